"""Event platform for The SMS Works."""

from typing import Any, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity
from .models import Alert

PARALLEL_UPDATES = 0

ALERT: Final = EventEntityDescription(
    key="alert", translation_key="alert", event_types=list(Alert)
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the alerts of an account."""
    async_add_entities([SMSWorksAlert(entry.runtime_data, ALERT)])


class SMSWorksAlert(SMSWorksEntity, EventEntity):
    """Tell each change of an account exactly once."""

    @property
    @override
    def available(self) -> bool:
        """Return True: what was told stays true while the account is not read."""
        return True

    @override
    async def async_added_to_hass(self) -> None:
        """Tell what has changed until now, once automations listen."""
        await super().async_added_to_hass()
        self.async_on_remove(async_at_started(self.hass, self._async_started))

    @callback
    def _async_started(self, hass: HomeAssistant) -> None:
        """Tell in the next turn of the event loop.

        Until then this entity has no state, or automations do not listen yet.
        """
        handle = hass.loop.call_soon(self._handle_coordinator_update)
        self.async_on_remove(handle.cancel)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Tell what nobody was told yet, while Home Assistant runs."""
        if self.hass.state is not CoreState.running:
            return
        alerts = self.coordinator.async_take_alerts()
        for alert in alerts:
            self._trigger_event(alert, self._attributes(alert))
            self.async_write_ha_state()
        if alerts:
            self.hass.async_create_task(self.coordinator.async_save())

    def _attributes(self, alert: Alert) -> dict[str, Any]:
        """Return the figures that go with an alert."""
        assessment = self.coordinator.data
        if alert is Alert.UNKNOWN_CREDIT:
            return {}
        attributes: dict[str, Any] = {
            "balance": assessment.balance,
            "threshold": assessment.options.threshold,
            "days_left": assessment.days_left,
            "used_today": assessment.used_today,
            "daily_limit": assessment.daily_limit,
        }
        unusual = assessment.last_unusual_day
        if alert is Alert.UNUSUAL_USE and unusual is not None:
            # The day may have ended before anybody could be told.
            attributes["day"] = unusual.day
            attributes["used_today"] = unusual.used
            attributes["daily_limit"] = unusual.daily_limit
        return attributes
