"""Binary sensor platform for The SMS Works."""

from collections.abc import Callable
from dataclasses import dataclass
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
from .usage import Ledger, Limits

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SMSWorksBinarySensorDescription(BinarySensorEntityDescription):
    """Describe a warning, and the attributes that say why."""

    device_class: BinarySensorDeviceClass = BinarySensorDeviceClass.PROBLEM
    attributes_fn: Callable[[Ledger, Limits], dict[str, Any]]


BINARY_SENSORS = (
    SMSWorksBinarySensorDescription(
        key="low_credit",
        attributes_fn=lambda ledger, limits: {
            "threshold": limits.threshold,
            "days": limits.days,
            "reason": ledger.low_credit,
        },
    ),
    SMSWorksBinarySensorDescription(
        key="unusual_use",
        attributes_fn=lambda ledger, limits: {"daily_limit": ledger.daily_limit},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an account."""
    async_add_entities(
        SMSWorksBinarySensor(entry.runtime_data, warning) for warning in BINARY_SENSORS
    )


class SMSWorksBinarySensor(SMSWorksEntity, BinarySensorEntity):
    """A warning about an account's credit."""

    entity_description: SMSWorksBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return if the last reading is a reason to warn."""
        return bool(getattr(self.coordinator.data, self.key))

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the warning depends on."""
        coordinator = self.coordinator
        return self.entity_description.attributes_fn(
            coordinator.data, coordinator.limits
        )
