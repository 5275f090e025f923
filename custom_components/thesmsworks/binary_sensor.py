"""Binary sensor platform for The SMS Works."""

from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity

PARALLEL_UPDATES = 0

ATTRIBUTES = {
    "low_credit": ("threshold", "days", "reason"),
    "unusual_use": ("daily_limit",),
}


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the warnings of an account."""
    async_add_entities(
        SMSWorksBinarySensor(entry, BinarySensorEntityDescription(key=key))
        for key in ATTRIBUTES
    )


class SMSWorksBinarySensor(SMSWorksEntity, BinarySensorEntity):
    """A warning about an account's credit."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM

    @property
    @override
    def is_on(self) -> bool:
        """Return if the last reading is a reason to warn."""
        return bool(getattr(self.coordinator.data, self.key))

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the warning depends on."""
        ledger = self.coordinator.data
        return {name: getattr(ledger, name) for name in ATTRIBUTES[self.key]}
