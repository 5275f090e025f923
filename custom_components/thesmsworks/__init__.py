"""The SMS Works integration."""

from homeassistant.core import HomeAssistant

from .const import PLATFORMS
from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator, async_delete_issues
from .storage import async_get_store


async def async_setup_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Set up an account from a config entry."""
    await async_get_store(hass, entry.entry_id).async_load_ledger()
    coordinator = SMSWorksCoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    for platform in PLATFORMS:
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
    # With this, the account is watched even if all of its entities are disabled.
    update_issues = coordinator.async_update_issues
    entry.async_on_unload(coordinator.async_add_listener(update_issues))
    update_issues()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Unload a config entry."""
    if entry.disabled_by:
        async_delete_issues(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
    """Remove what is kept of an account."""
    async_delete_issues(hass, entry)
    await async_get_store(hass, entry.entry_id).async_remove()
