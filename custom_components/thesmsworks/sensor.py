"""Sensor platform for The SMS Works."""

from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass as StateClass,
)
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity

PARALLEL_UPDATES = 0

SENSORS = (
    SensorEntityDescription(key="credit_balance", state_class=StateClass.MEASUREMENT),
    SensorEntityDescription(
        key="credits_used", state_class=StateClass.TOTAL_INCREASING
    ),
    SensorEntityDescription(key="used_today", state_class=StateClass.TOTAL_INCREASING),
    SensorEntityDescription(
        key="days_left",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        state_class=StateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an account."""
    async_add_entities(SMSWorksSensor(entry, sensor) for sensor in SENSORS)


class SMSWorksSensor(SMSWorksEntity, SensorEntity):
    """A figure of an account's credit."""

    @property
    @override
    def native_value(self) -> Any:
        """Return the figure of this name."""
        return getattr(self.coordinator.data, self.key)
