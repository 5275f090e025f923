"""Sensor platform for The SMS Works."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SMSWorksSensorDescription(SensorEntityDescription):
    """Describe a sensor of an account."""

    value_fn: Callable[[float], float]


SENSORS = (
    SMSWorksSensorDescription(
        key="credit_balance",
        translation_key="credit_balance",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda balance: balance,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an account."""
    async_add_entities(
        SMSWorksSensor(entry.runtime_data, description) for description in SENSORS
    )


class SMSWorksSensor(SMSWorksEntity, SensorEntity):
    """A figure of an account's credit."""

    entity_description: SMSWorksSensorDescription

    @property
    @override
    def native_value(self) -> float:
        """Return the figure from the last poll."""
        return self.entity_description.value_fn(self.coordinator.data)
