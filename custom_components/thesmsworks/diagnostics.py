"""Diagnostics support for The SMS Works."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_UNIQUE_ID
from homeassistant.core import HomeAssistant

from .coordinator import SMSWorksConfigEntry

TO_REDACT = {CONF_TOKEN, CONF_UNIQUE_ID, "title"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SMSWorksConfigEntry
) -> dict[str, Any]:
    """Return what is known of an account, without a request."""
    diagnostics: dict[str, Any] = {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "state": entry.state.value,
        "reason": entry.reason,
    }
    if entry.state is not ConfigEntryState.LOADED:
        return diagnostics
    coordinator = entry.runtime_data
    error = coordinator.last_exception and coordinator.last_exception.__cause__
    return diagnostics | {
        "ledger": asdict(coordinator.data),
        "last_update_success": coordinator.last_update_success,
        "last_error": getattr(error, "kind", None),
        "last_status": getattr(error, "status", None),
    }
