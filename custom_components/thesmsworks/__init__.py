"""The SMS Works integration."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator
from .issue import async_delete_issue
from .storage import get_store

PLATFORMS = [Platform.SENSOR, Platform.BINARY_SENSOR]


async def async_setup_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Set up an account from a config entry."""
    coordinator = SMSWorksCoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    # One after the other, so that at each poll the sensors are written first: an
    # automation that low credit sets off finds the balance that it is about.
    for platform in PLATFORMS:
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Unload a config entry."""
    async_delete_issue(hass, entry.entry_id)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
    """Remove what is kept of an account."""
    await get_store(hass, entry.entry_id).async_remove()
