"""Diagnostics support for The SMS Works."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN, CONF_UNIQUE_ID
from homeassistant.core import HomeAssistant

from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator
from .models import Ledger
from .storage import async_get_store, to_dict

TO_REDACT = {CONF_TOKEN, CONF_UNIQUE_ID, "title"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SMSWorksConfigEntry
) -> dict[str, Any]:
    """Return what is known of an account, without a request."""
    diagnostics = {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "state": entry.state.value,
        "reason": entry.reason,
    }
    if entry.state is ConfigEntryState.LOADED:
        return diagnostics | _of_coordinator(entry.runtime_data)
    ledger = async_get_store(hass, entry.entry_id).ledger
    return diagnostics | {"ledger": _ledger(ledger)}


def _of_coordinator(coordinator: SMSWorksCoordinator) -> dict[str, Any]:
    """Return what is known of an account that is loaded."""
    last_error = None
    if not coordinator.last_update_success:
        last_error = str(coordinator.last_exception)
    assessment = asdict(coordinator.data)
    assessment["newly_unusual_days"] = sorted(coordinator.data.newly_unusual_days)
    return {
        "status": coordinator.status,
        "last_error": last_error,
        "ledger": _ledger(coordinator.ledger),
        "assessment": assessment,
    }


def _ledger(ledger: Ledger | None) -> dict[str, Any] | None:
    """Return a ledger as it is stored, None if there is none."""
    if ledger is None:
        return None
    return to_dict(ledger)
