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

from .const import CONF_DAILY_LIMIT, CONF_DAYS, CONF_THRESHOLD
from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity
from .usage import Limits, Usage

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SMSWorksBinarySensorDescription(BinarySensorEntityDescription):
    """Describe a warning, and the attributes that say why."""

    is_on_fn: Callable[[Usage], bool]
    attributes_fn: Callable[[Usage, Limits], dict[str, Any]]


BINARY_SENSORS = (
    SMSWorksBinarySensorDescription(
        key="low_credit",
        translation_key="low_credit",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on_fn=lambda usage: usage.low is not None,
        attributes_fn=lambda usage, limits: {
            CONF_THRESHOLD: limits.threshold,
            CONF_DAYS: limits.days,
            "reason": usage.low,
        },
    ),
    SMSWorksBinarySensorDescription(
        key="unusual_use",
        translation_key="unusual_use",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on_fn=lambda usage: usage.is_unusual,
        attributes_fn=lambda usage, limits: {CONF_DAILY_LIMIT: usage.daily_limit},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an account."""
    async_add_entities(
        SMSWorksBinarySensor(entry.runtime_data, description)
        for description in BINARY_SENSORS
    )


class SMSWorksBinarySensor(SMSWorksEntity, BinarySensorEntity):
    """A warning about an account's credit."""

    entity_description: SMSWorksBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return if the last reading is a reason to warn."""
        return self.entity_description.is_on_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the warning depends on."""
        return self.entity_description.attributes_fn(
            self.coordinator.data, self.coordinator.limits
        )
