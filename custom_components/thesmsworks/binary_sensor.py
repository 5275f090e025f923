"""Binary sensor platform for The SMS Works."""

from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_THRESHOLD
from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity

PARALLEL_UPDATES = 0

LOW_CREDIT = BinarySensorEntityDescription(
    key="low_credit",
    translation_key="low_credit",
    device_class=BinarySensorDeviceClass.PROBLEM,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensor of an account."""
    async_add_entities([SMSWorksLowCreditSensor(entry.runtime_data, LOW_CREDIT)])


class SMSWorksLowCreditSensor(SMSWorksEntity, BinarySensorEntity):
    """Tell if an account is low on credit."""

    @property
    @override
    def is_on(self) -> bool:
        """Return if the balance fell to the threshold and has not recovered."""
        return self.coordinator.data.is_low

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the threshold in credits."""
        return {CONF_THRESHOLD: self.coordinator.data.threshold}
