"""The SMS Works integration."""

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, PLATFORMS
from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator, async_update_issues
from .storage import async_get_store

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Keep repair issues in step with entries, also with those that are not loaded."""

    @callback
    def update_issues(change: ConfigEntryChange, entry: SMSWorksConfigEntry) -> None:
        if entry.domain == DOMAIN:
            async_update_issues(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, update_issues)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Set up an account from a config entry."""
    await async_get_store(hass, entry.entry_id).async_load_ledger()
    coordinator = SMSWorksCoordinator(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    for platform in PLATFORMS:
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
    # With this, the account is watched even if all of its entities are disabled.
    entry.async_on_unload(
        coordinator.async_add_listener(lambda: async_update_issues(hass, entry))
    )
    # One that was disabled meanwhile has no platforms that could be unloaded.
    return not entry.disabled_by


async def async_unload_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Unload a config entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
    """Remove the file of an account."""
    await async_get_store(hass, entry.entry_id).async_remove()
