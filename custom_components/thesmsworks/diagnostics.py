"""Diagnostics support for The SMS Works."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_TOKEN, CONF_UNIQUE_ID
from homeassistant.core import HomeAssistant

from .coordinator import SMSWorksConfigEntry
from .storage import async_get_store

TO_REDACT = {CONF_TOKEN, CONF_UNIQUE_ID, "title"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SMSWorksConfigEntry
) -> dict[str, Any]:
    """Return what is known of an account, without a request."""
    ledger = async_get_store(hass, entry.entry_id).ledger
    coordinator: Any = getattr(entry, "runtime_data", None)
    has_failed = coordinator and not coordinator.last_update_success
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "state": entry.state.value,
        "reason": entry.reason,
        "last_error": str(coordinator.last_exception) if has_failed else None,
        "ledger": ledger and asdict(ledger),
    }
