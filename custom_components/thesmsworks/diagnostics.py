"""Diagnostics support for The SMS Works."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_TOKEN, CONF_UNIQUE_ID
from homeassistant.core import HomeAssistant

from .coordinator import SMSWorksConfigEntry

TO_REDACT = {CONF_TOKEN, CONF_UNIQUE_ID, "title"}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SMSWorksConfigEntry
) -> dict[str, Any]:
    """Return what is known of an account, without a request."""
    coordinator = entry.runtime_data
    error = coordinator.last_exception
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "usage": asdict(coordinator.data),
        "ledger": coordinator.ledger.as_dict(),
        "last_update_success": coordinator.last_update_success,
        "last_exception": f"{type(error).__name__}: {error}" if error else None,
    }
