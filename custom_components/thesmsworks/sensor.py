"""Sensor platform for The SMS Works."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity
from .usage import Usage

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SMSWorksSensorDescription(SensorEntityDescription):
    """Describe a sensor of an account."""

    value_fn: Callable[[Usage], float | None]


SENSORS = (
    SMSWorksSensorDescription(
        key="credit_balance",
        translation_key="credit_balance",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda usage: usage.balance,
    ),
    SMSWorksSensorDescription(
        key="credits_used",
        translation_key="credits_used",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda usage: usage.used,
    ),
    SMSWorksSensorDescription(
        key="used_today",
        translation_key="used_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda usage: usage.used_today,
    ),
    SMSWorksSensorDescription(
        key="days_left",
        translation_key="days_left",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda usage: usage.days_left,
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
    def native_value(self) -> float | None:
        """Return the figure from the last poll."""
        return self.entity_description.value_fn(self.coordinator.data)
