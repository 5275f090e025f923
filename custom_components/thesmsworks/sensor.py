"""Sensor platform for The SMS Works."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, override

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
from .models import Assessment, Level

PARALLEL_UPDATES = 0

LEVEL_ICONS: Final = {
    Level.OK: "mdi:message-text-outline",
    Level.LOW: "mdi:message-alert-outline",
    Level.OUT: "mdi:message-off-outline",
}


@dataclass(frozen=True, kw_only=True)
class SMSWorksSensorEntityDescription(SensorEntityDescription):
    """Describes a sensor of an account. Without `icon_fn`, its icon does not change."""

    value_fn: Callable[[Assessment], float | date | None]
    icon_fn: Callable[[Assessment], str] | None = None


SENSORS: Final = (
    SMSWorksSensorEntityDescription(
        key="credit_balance",
        translation_key="credit_balance",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda assessment: assessment.balance,
        icon_fn=lambda assessment: LEVEL_ICONS[assessment.level],
    ),
    SMSWorksSensorEntityDescription(
        key="credits_used",
        translation_key="credits_used",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda assessment: assessment.credits_used,
    ),
    SMSWorksSensorEntityDescription(
        key="used_today",
        translation_key="used_today",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value_fn=lambda assessment: assessment.used_today,
    ),
    SMSWorksSensorEntityDescription(
        key="used_30_days",
        translation_key="used_30_days",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda assessment: assessment.used_30_days,
    ),
    SMSWorksSensorEntityDescription(
        key="days_left",
        translation_key="days_left",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=lambda assessment: assessment.days_left,
    ),
    SMSWorksSensorEntityDescription(
        key="lasts_until",
        translation_key="lasts_until",
        device_class=SensorDeviceClass.DATE,
        value_fn=lambda assessment: assessment.lasts_until,
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
    """A figure of an account."""

    entity_description: SMSWorksSensorEntityDescription

    @property
    @override
    def native_value(self) -> float | date | None:
        """Return the figure."""
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def icon(self) -> str | None:
        """Return the icon, where it follows the level of credit."""
        if self.entity_description.icon_fn is None:
            return None
        return self.entity_description.icon_fn(self.coordinator.data)
