"""The SMS Works integration."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator

PLATFORMS = [Platform.SENSOR]


async def async_setup_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Set up an account from a config entry."""
    coordinator = SMSWorksCoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Unload a config entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
