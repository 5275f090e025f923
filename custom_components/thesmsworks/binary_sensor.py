"""Binary sensor platform for The SMS Works."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity
from .models import Assessment, Level

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SMSWorksBinarySensorEntityDescription(BinarySensorEntityDescription):
    """Describes a warning of an account, and what it depends on."""

    is_on_fn: Callable[[Assessment], bool]
    attributes_fn: Callable[[Assessment], dict[str, Any]]


BINARY_SENSORS: Final = (
    SMSWorksBinarySensorEntityDescription(
        key="low_credit",
        translation_key="low_credit",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on_fn=lambda assessment: assessment.level is not Level.OK,
        attributes_fn=lambda assessment: {
            "threshold": assessment.options.threshold,
            "days": assessment.options.days,
            "reason": assessment.low_reason,
        },
    ),
    SMSWorksBinarySensorEntityDescription(
        key="unusual_use",
        translation_key="unusual_use",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on_fn=lambda assessment: assessment.unusual_use,
        attributes_fn=lambda assessment: {"daily_limit": assessment.daily_limit},
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the warnings of an account."""
    async_add_entities(
        SMSWorksBinarySensor(entry.runtime_data, description)
        for description in BINARY_SENSORS
    )


class SMSWorksBinarySensor(SMSWorksEntity, BinarySensorEntity):
    """A warning of an account."""

    entity_description: SMSWorksBinarySensorEntityDescription

    @property
    @override
    def is_on(self) -> bool:
        """Return if there is something to warn of."""
        return self.entity_description.is_on_fn(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what the warning depends on."""
        return self.entity_description.attributes_fn(self.coordinator.data)
