"""Data update coordinator for The SMS Works."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api import (
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksError,
    SMSWorksResponseError,
)
from .const import DOMAIN, LOGGER, MAX_RETRY_AFTER, UPDATE_INTERVAL
from .issue import async_check_age, async_update_issues
from .storage import async_get_store
from .usage import Alert, Ledger, Limits, Usage

type SMSWorksConfigEntry = ConfigEntry[SMSWorksCoordinator]

RETRY_REFUSED: Final = timedelta(minutes=1)
# An idle account is written this often, so that a power cut loses little of the
# time of its last reading, and the memory card does not wear out.
SAVE_INTERVAL: Final = timedelta(hours=6)


class SMSWorksCoordinator(DataUpdateCoordinator[Usage]):
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
        self.limits = Limits(**entry.options)
        self.ledger: Ledger | None = None
        self._store = async_get_store(hass, entry.entry_id)
        self._polling: asyncio.Task[Any] | None = None
        self._refused_at: float | None = None

    @override
    async def _async_setup(self) -> None:
        """Go on with the ledger of the last run."""
        self.ledger = await self._store.async_load_ledger()

    @override
    async def async_shutdown(self) -> None:
        """End the poll under way, also one on demand, which its caller runs."""
        await super().async_shutdown()
        if self._polling:
            self._polling.cancel()

    @override
    async def _async_update_data(self) -> Usage:
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

    async def _async_poll(self) -> Usage:
        """Read the balance, record it, and save that before anybody sees it."""
        balance = await self._async_get_balance()
        now, before = dt_util.now(), self.ledger
        ledger = before or Ledger(balance=balance, read=now.isoformat())
        self.ledger = ledger.record(balance, now, self.limits)
        if not self._store.is_saved(self.ledger, within=SAVE_INTERVAL):
            await self.async_save()
        usage = self.data
        # A poll that ended while it was saving has recorded what is not shown yet.
        if not usage or self.ledger != before or not self.last_update_success:
            usage = self.ledger.usage(dt_util.now(), self.limits)
        if usage is not self.data or self.name != self.config_entry.title:
            self.name = self.config_entry.title
            async_update_issues(self.hass, self.config_entry, usage, self.limits)
        if not self.data or not self.last_update_success:
            async_check_age(self.hass, self.config_entry, self.ledger)
        return usage

    async def _async_get_balance(self) -> float:
        """Fetch the balance."""
        try:
            balance = await self.client.get_balance()
        except SMSWorksError as err:
            async_check_age(self.hass, self.config_entry, self.ledger)
            is_refused = isinstance(err, SMSWorksAuthenticationError)
            if self.ledger and not self.data:
                usage = self.ledger.usage(dt_util.now(), self.limits)
                if is_refused:
                    # Until there is a new token, nobody would see the day end.
                    usage = replace(usage, is_unusual=False)
                async_update_issues(self.hass, self.config_entry, usage, self.limits)
            if is_refused and not self.data:
                raise ConfigEntryAuthFailed(
                    translation_domain=DOMAIN, translation_key=err.kind
                ) from err
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=err.kind,
                translation_placeholders={"error": str(err)},
                retry_after=self._seconds_to_wait(err),
            ) from err
        if self._refused_at is not None:
            self._async_accepted()
        return balance

    def _seconds_to_wait(self, err: SMSWorksError) -> float | None:
        """Return the seconds to the next poll, None for the usual interval."""
        if isinstance(err, SMSWorksAuthenticationError):
            return self._async_refused()
        if not isinstance(err, SMSWorksResponseError) or err.retry_after is None:
            return None
        # What asks for it at the start has not been read, and is not asked so often.
        least = UPDATE_INTERVAL.total_seconds() if self.data else 0
        return min(max(err.retry_after, least), MAX_RETRY_AFTER.total_seconds())

    @callback
    def _async_refused(self) -> float | None:
        """Ask for a new token if the one in use is refused for a minute.

        Polling goes on: a gateway that had a bad day must not end the watch.
        """
        now = self.hass.loop.time()
        if self._refused_at is None:
            self._refused_at = now
        # The loop's timers come up to a second early.
        if now - self._refused_at < RETRY_REFUSED.total_seconds() - 1:
            return RETRY_REFUSED.total_seconds()
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
    def async_tell(self) -> tuple[Usage, list[Alert]]:
        """Return what nobody was told yet, and remember that they are told now."""
        assert self.ledger
        usage = self.ledger.usage(dt_util.now(), self.limits)
        self.ledger, alerts = self.ledger.tell(usage, self.limits)
        if alerts:
            self.config_entry.async_create_task(self.hass, self.async_save())
        return usage, alerts

    @callback
    def async_new_day(self, now: datetime) -> None:
        """Begin a day with no use, without a reading."""
        assert self.ledger
        self.data = self.ledger.usage(now, self.limits)
        async_update_issues(self.hass, self.config_entry, self.data, self.limits)
        self.async_update_listeners()

    async def async_save(self, _event: Event | None = None) -> None:
        """Write the ledger, which unloading the entry waits for."""
        if self.ledger and not self._store.is_saved(self.ledger):
            save = self._store.async_save_ledger(self.ledger)
            await asyncio.shield(self.config_entry.async_create_task(self.hass, save))
