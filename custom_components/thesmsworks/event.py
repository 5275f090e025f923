"""Event platform for The SMS Works."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.start import async_at_started

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity
from .usage import Alert

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the alerts of an account."""
    alert = EventEntityDescription(key="alert", event_types=list(Alert))
    async_add_entities([SMSWorksAlert(entry, alert)])


class SMSWorksAlert(SMSWorksEntity, EventEntity):
    """Tell of each change of an account's credit exactly once."""

    available = True  # What was told stays true while the account is not read.

    @override
    async def async_added_to_hass(self) -> None:
        """Tell what has changed until now, when automations listen."""
        await super().async_added_to_hass()
        self.async_on_remove(async_at_started(self.hass, self._async_tell_next))

    @callback
    def _async_tell_next(self, hass: HomeAssistant) -> None:
        """Tell once automations listen, and no more ignore it as from unavailable."""
        tell = hass.loop.call_soon(self._handle_coordinator_update)
        self.async_on_remove(tell.cancel)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Tell what nobody was told yet, once Home Assistant has started."""
        if self.hass.state is not CoreState.running:
            return
        for alert in self.coordinator.async_tell():
            ledger = self.coordinator.data
            attributes = {
                "balance": ledger.credit_balance,
                "threshold": ledger.threshold,
                "days_left": ledger.days_left,
                "used_today": ledger.used_today,
            }
            self._trigger_event(alert, attributes)
            self.async_write_ha_state()
