"""Data update coordinator for The SMS Works."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api import SMSWorksAuthenticationError, SMSWorksClient, SMSWorksError
from .const import DEFAULT_OPTIONS, DOMAIN, LOGGER, MAX_RETRY_AFTER, UPDATE_INTERVAL
from .issue import async_update_issues
from .storage import async_get_store
from .usage import Alert, Ledger

type SMSWorksConfigEntry = ConfigEntry[SMSWorksCoordinator]

RETRY_REFUSED: Final = timedelta(minutes=1)
# An idle account is written this often, so that a power cut loses little of the
# time of its last reading, and the memory card does not wear out.
SAVE_INTERVAL: Final = timedelta(hours=6)


class SMSWorksCoordinator(DataUpdateCoordinator[Ledger]):
    """Poll the credit balance of one account, and keep its ledger."""

    config_entry: SMSWorksConfigEntry

    def __init__(self, hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
        """Initialize the coordinator."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=UPDATE_INTERVAL,
            always_update=False,
        )
        self.client = SMSWorksClient(
            async_get_clientsession(hass), entry.data[CONF_TOKEN]
        )
        self.options = DEFAULT_OPTIONS | entry.options
        self.store = async_get_store(hass, entry.entry_id)
        self._polling: asyncio.Task[Any] | None = None
        self._refused_at: float | None = None

    @override
    async def _async_setup(self) -> None:
        """Go on with the ledger of the last run."""
        await self.store.async_load_ledger()

    @override
    async def async_shutdown(self) -> None:
        """End the poll under way, also one on demand, which its caller runs."""
        await super().async_shutdown()
        if self._polling:
            self._polling.cancel()

    @override
    async def _async_update_data(self) -> Ledger:
        """Poll until the entry is unloaded, which is no end for the caller."""
        self._polling = task = asyncio.current_task()
        try:
            return await self._async_poll()
        except asyncio.CancelledError:
            if task and self._shutdown_requested:
                task.uncancel()
            raise
        finally:
            self._polling = None

    async def _async_poll(self) -> Ledger:
        """Read the balance, record it, and save that before anybody sees it."""
        try:
            balance = await self.client.get_balance()
        except SMSWorksError as err:
            raise self._async_failed(err) from err
        if self._refused_at:
            self._async_accepted()
        store, now = self.store, dt_util.now()
        ledger = store.ledger or Ledger(credit_balance=balance, read=now.timestamp())
        if not self.data:
            ledger = ledger.ask(**self.options)
        store.ledger = ledger = ledger.record(balance, now)
        age = ledger.read - (store.saved.read if store.saved else 0)
        if ledger != store.saved or age >= SAVE_INTERVAL.total_seconds():
            await self.async_save()
        is_shown = self.last_update_success and self.data == store.ledger
        if not is_shown or self.name != self.config_entry.title:
            self.name = self.config_entry.title
            self._async_update_issues()
        return store.ledger

    @callback
    def _async_failed(self, err: SMSWorksError) -> HomeAssistantError:
        """Return what to raise, and raise issues from the last reading."""
        self._async_update_issues()
        is_refused = isinstance(err, SMSWorksAuthenticationError)
        if is_refused and not self.data:
            return ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=err.kind
            )
        # What asks for it at the start has not been read, and is not asked so often.
        least = UPDATE_INTERVAL.total_seconds() if self.data else 0
        most = MAX_RETRY_AFTER.total_seconds()
        wait = err.retry_after and min(max(err.retry_after, least), most)
        if is_refused:
            wait = self._async_refused()
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=err.kind,
            translation_placeholders={"error": str(err)},
            retry_after=wait,
        )

    @callback
    def _async_refused(self) -> float | None:
        """Return the seconds to the next try, or ask for a token after a minute.

        Polling goes on: a gateway that had a bad day must not end the watch.
        """
        now, wait = self.hass.loop.time(), RETRY_REFUSED.total_seconds()
        self._refused_at = self._refused_at or now
        # The loop's timers come up to a second early.
        if now - self._refused_at < wait - 1:
            return wait
        self.config_entry.async_start_reauth(self.hass)
        return None

    @callback
    def _async_accepted(self) -> None:
        """Take back the request for a new token, which would stop this one."""
        self._refused_at = None
        flows = self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})
        for flow in list(flows):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])

    @callback
    def _async_update_issues(self) -> None:
        """Raise the issues that the account calls for now."""
        if self.store.ledger:
            ledger = self.store.ledger.ask(**self.options).answer(dt_util.now())
            async_update_issues(self.hass, self.config_entry, ledger)

    @callback
    def async_tell(self) -> list[Alert]:
        """Return what nobody was told yet, and remember that they are told now."""
        # What waits for a slow disk is told once it is shown.
        if self.data != self.store.ledger:
            return []
        self.data, alerts = self.store.ledger.tell()
        self.store.ledger = self.data
        if alerts:
            self.config_entry.async_create_task(self.hass, self.async_save())
        return alerts

    @callback
    def async_new_day(self, now: datetime) -> None:
        """Begin a day with no use, without a reading."""
        assert self.store.ledger
        self.store.ledger = self.store.ledger.answer(now)
        # Not that one: it may still wait for a slow disk.
        self.data = self.data.answer(now)
        self._async_update_issues()
        self.async_update_listeners()

    async def async_save(self, _event: Event | None = None) -> None:
        """Write the ledger, which unloading the entry waits for."""
        save = self.store.async_save_ledger()
        await asyncio.shield(self.config_entry.async_create_task(self.hass, save))
