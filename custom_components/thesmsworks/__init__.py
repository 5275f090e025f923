"""The SMS Works integration."""

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_device_registry_updated_event
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN, PLATFORMS
from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator, async_forget_wait
from .issue import (
    async_create_file_issue,
    async_delete_file_issue,
    async_delete_issues,
    async_update_issues,
)
from .services import async_setup_services
from .storage import async_flush_stores, async_get_store, async_remove_store

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what is there once for all accounts."""

    async def flush_stores(_event: Event) -> None:
        """Write what is not on disk yet, such as the time of the last reading."""
        await async_flush_stores(hass)

    @callback
    def entry_changed(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Delete the issues of an account that was disabled, loaded or not."""
        if entry.domain == DOMAIN and entry.disabled_by is not None:
            async_delete_issues(hass, entry)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, flush_stores)
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Set up an account from a config entry."""
    store = async_get_store(hass, entry.entry_id)
    try:
        await store.load()
    except ConfigEntryError as err:
        async_create_file_issue(hass, entry, err)
        raise
    async_delete_file_issue(hass, entry)

    coordinator = SMSWorksCoordinator(hass, entry, store)
    if coordinator.ledger is None:
        await coordinator.async_config_entry_first_refresh()
    else:
        # An account that was read before is set up in any case, as only its alert
        # entity can tell that it cannot be read.
        await coordinator.async_refresh()
    entry.runtime_data = coordinator

    # One after the other, in this order.
    for platform in PLATFORMS:
        await hass.config_entries.async_forward_entry_setups(entry, [platform])
    coordinator.async_start()

    @callback
    def update_issues() -> None:
        """Bring the repair issues up to date."""
        async_update_issues(hass, coordinator)

    # With a listener of its own, the account is watched even without any entity.
    entry.async_on_unload(coordinator.async_add_listener(update_issues))
    update_issues()
    _async_follow_names(hass, entry, update_issues)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> bool:
    """Unload a config entry."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
    """Remove all that is kept of an account."""
    async_delete_issues(hass, entry)
    async_forget_wait(hass, entry)
    await async_remove_store(hass, entry.entry_id)


@callback
def _async_follow_names(
    hass: HomeAssistant, entry: SMSWorksConfigEntry, update_issues: CALLBACK_TYPE
) -> None:
    """Have device and repair issues follow, whichever of entry and device is renamed."""
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    assert device is not None  # Its entities have created it.

    @callback
    def rename_device(_change: ConfigEntryChange, changed: ConfigEntry) -> None:
        """Give the device the title of its entry."""
        if changed is entry:
            devices.async_update_device(device.id, name=entry.title)

    @callback
    def device_changed(_event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        """Bring the name in the repair issues up to date."""
        update_issues()

    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, rename_device)
    )
    entry.async_on_unload(
        async_track_device_registry_updated_event(hass, device.id, device_changed)
    )
