"""Data update coordinator for The SMS Works."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final, NoReturn, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_call_later, async_track_time_change
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .api import (
    CreditBalance,
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksError,
    SMSWorksResponseError,
)
from .assessment import assess, due_alerts, due_alerts_while_unknown, remember
from .const import DOMAIN, LOGGER, UPDATE_INTERVAL
from .messages import ERROR_KEYS, UNKNOWN_STATUSES, local_time, moment_parts
from .models import Alert, Assessment, Ledger, Options, Reading, ReadingStatus
from .storage import LedgerStore
from .usage import DAY, record, round_credits

type SMSWorksConfigEntry = ConfigEntry[SMSWorksCoordinator]

# One refusal may be a gateway's fault, so it takes another one after a minute.
RETRY_REFUSED: Final = timedelta(minutes=1)
# About as often as Home Assistant tries a set-up that has failed.
RETRY_START: Final = timedelta(minutes=1)
# For whoever has the balance read once a day, which is never on the second.
GRACE: Final = timedelta(minutes=1)
# Longer waits are cut, as the account would be unread.
MAX_WAIT: Final = DAY
# A clock that differs more from the server's is wrong.
MAX_CLOCK_ERROR: Final = timedelta(hours=1)

# Until when the server asked to wait, by token, in the time of the event loop. A reload
# does not end it.
DATA_WAIT_UNTIL: HassKey[dict[str, float]] = HassKey(f"{DOMAIN}_wait_until")


@callback
def async_forget_wait(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
    """Forget the wait of an account that is removed, and its token with it."""
    hass.data.get(DATA_WAIT_UNTIL, {}).pop(entry.data[CONF_TOKEN], None)


class SMSWorksCoordinator(DataUpdateCoordinator[Assessment]):
    """Read the balance of an account, keep its ledger, and assess it.

    `ledger` is None until the account has been read once. `data` is what follows from
    the last reading, also while there is no new one.
    """

    config_entry: SMSWorksConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: SMSWorksConfigEntry, store: LedgerStore
    ) -> None:
        """Initialize the coordinator with a store that is loaded."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=UPDATE_INTERVAL,
            always_update=False,
        )
        self.options = Options.from_entry(entry)
        # Ahead of the store's until it is saved.
        self.ledger: Ledger | None = store.ledger
        self._store = store
        self._token: str = entry.data[CONF_TOKEN]
        self._client = SMSWorksClient(async_get_clientsession(hass), self._token)
        self._wait_until = hass.data.setdefault(DATA_WAIT_UNTIL, {})

        # Whether it was read since it was set up, other than `ledger`.
        self._was_read = False
        self._refused_at: float | None = None
        self._is_refused = False
        self._told_status = ReadingStatus.KNOWN
        self._read_time = hass.loop.time()
        self._unread_after = DAY.total_seconds()
        if entry.pref_disable_polling:
            self._unread_after += GRACE.total_seconds()
        self._is_clock_right = False
        self._is_saving = False
        self._recorded_on: date | None = None
        self._assessed_on: date | None = None
        self._cancel_watch: CALLBACK_TYPE
        if self.ledger is not None:
            age = dt_util.utcnow().timestamp() - self.ledger.read_at
            # A clock that was ahead at that reading does not make the account unread.
            self._read_time -= max(age, 0)
            self.data = self._assess(self.ledger)
            # With other options there is more to record than the time of the reading.
            if remember(self.ledger, self.data) == self.ledger:
                self._recorded_on = local_time(self.ledger.read_at).date()

    @property
    def is_available(self) -> bool:
        """Return if the figures are those of the account now."""
        return self.last_update_success and not self.is_unread

    @property
    def is_unread(self) -> bool:
        """Return if the balance has not been read for a day.

        A reading must have failed, or polling be turned off: a clock that jumps does not
        make an account unread.
        """
        if self._time_until_unread() > 0:
            return False
        return self.config_entry.pref_disable_polling or not self.last_update_success

    @property
    def status(self) -> ReadingStatus:
        """Return how the reading of the account stands."""
        if self._is_refused:
            return ReadingStatus.REFUSED
        if self.is_available:
            return ReadingStatus.KNOWN
        if not self.is_unread:
            return ReadingStatus.FAILED
        if self.last_update_success:
            return ReadingStatus.NOT_POLLED
        return ReadingStatus.UNREAD

    @callback
    def async_start(self) -> None:
        """Notice the new day, and a day without a reading, until the entry unloads."""
        self.config_entry.async_on_unload(
            async_track_time_change(
                self.hass, self._async_notice_day, minute=0, second=0
            )
        )
        self._async_watch()
        self.config_entry.async_on_unload(self._async_stop_watch)

    @callback
    def async_take_alerts(self) -> list[Alert]:
        """Return what is to be told now. It counts as told from here on."""
        assert self.ledger is not None  # There is no alert entity before.
        alerts: list[Alert] = []
        if self.status in UNKNOWN_STATUSES:
            alerts, self.ledger = due_alerts_while_unknown(self.ledger)
        elif self.is_available:
            alerts, self.ledger = due_alerts(self.ledger, self.data, dt_util.utcnow())
        return alerts

    def raise_if_failed(self) -> None:
        """Raise HomeAssistantError if the last reading has failed, which says why."""
        err = self.last_exception
        if not self.last_update_success and isinstance(err, HomeAssistantError):
            raise HomeAssistantError(
                translation_domain=err.translation_domain,
                translation_key=err.translation_key,
                translation_placeholders=err.translation_placeholders,
            ) from err

    async def async_save(self) -> None:
        """Save the ledger."""
        assert self.ledger is not None
        await self._store.save(self.ledger)

    @override
    async def _async_update_data(self) -> Assessment:
        """Read the balance, and save it before anybody sees it.

        A poll on demand goes on if the entry is unloaded. Then it has no effect.
        """
        # Nothing was read later than now, even if the time was set back since.
        self._read_time = min(self._read_time, self.hass.loop.time())
        self._raise_if_told_to_wait()
        try:
            answer = await self._client.get_balance()
        except SMSWorksError as err:
            if self._shutdown_requested:
                return self.data
            self._raise_failure(err)
        if self._shutdown_requested:
            return self.data
        self._async_accept()
        at = self._time_of(answer)
        if self._is_idle(answer, at):
            self._async_record_idle(at)
            return self.data
        return await self._async_record(
            Reading(balance=round_credits(answer.credits), at=at)
        )

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        """Tell the listeners of what Home Assistant does not tell them.

        These are a failure after a poll that was given up, and a reading after a day
        without one.
        """
        if self.status is not self._told_status:
            self.async_update_listeners()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Tell the listeners of the data and the status."""
        self._told_status = self.status
        super().async_update_listeners()

    def _raise_if_told_to_wait(self) -> None:
        """Raise UpdateFailed while the server's wait is not over, without a request."""
        wait = self._wait_until.get(self._token, 0) - self.hass.loop.time()
        if wait <= 0:
            return
        until = dt_util.now() + timedelta(seconds=wait)
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="waiting",
            translation_placeholders=moment_parts(until),
            retry_after=wait,
        )

    @callback
    def _raise_failure(self, err: SMSWorksError) -> NoReturn:
        """Raise what Home Assistant is to do about a reading that failed."""
        if isinstance(err, SMSWorksAuthenticationError):
            self._raise_refusal(err)
        retry_after = RETRY_START.total_seconds()
        if self._was_read:
            retry_after = UPDATE_INTERVAL.total_seconds()
        placeholders = {}
        if isinstance(err, SMSWorksResponseError):
            placeholders["status"] = str(err.status)
            if err.retry_after is not None:
                wait = min(err.retry_after, MAX_WAIT.total_seconds())
                self._wait_until[self._token] = self.hass.loop.time() + wait
                retry_after = max(retry_after, wait)
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=ERROR_KEYS[type(err)],
            translation_placeholders=placeholders,
            retry_after=retry_after,
        ) from err

    @callback
    def _raise_refusal(self, err: SMSWorksAuthenticationError) -> NoReturn:
        """Raise what Home Assistant is to do about a token that is refused.

        In an account that was read before, polling goes on, as the refusal may be the
        server's fault.
        """
        if self.ledger is None:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="invalid_auth"
            ) from err
        now = dt_util.utcnow().timestamp()
        if self._refused_at is None:
            self._refused_at = now
        retry_after = RETRY_REFUSED
        # A poll on demand that comes sooner proves nothing, while the one that is due may
        # come a second early, and a clock that is set back puts nothing off.
        is_repeated = abs(now - self._refused_at) >= RETRY_REFUSED.total_seconds() - 1
        if is_repeated or not self._was_read:
            self._async_ask_for_token()
            retry_after = UPDATE_INTERVAL
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="invalid_auth",
            retry_after=retry_after.total_seconds(),
        ) from err

    @callback
    def _async_ask_for_token(self) -> None:
        """Ask for a new token, unless the account was disabled meanwhile."""
        if self.config_entry.disabled_by is None:
            self._is_refused = True
            self.config_entry.async_start_reauth(self.hass)

    @callback
    def _async_accept(self) -> None:
        """Note that the token works, and take back the request for a new one."""
        self._read_time = self.hass.loop.time()
        if self._was_read and self._refused_at is None:
            return
        self._was_read = True
        self._refused_at = None
        self._is_refused = False
        flows = self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})
        for flow in list(flows):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])

    def _time_of(self, answer: CreditBalance) -> datetime:
        """Return the local time of a reading, by the server's clock if ours is wrong.

        After a power cut it may be, until it is set. The clocks are compared at first,
        and whenever something changes: the server's takes long to parse.
        """
        now = dt_util.now()
        if self._is_clock_right and self._is_idle(answer, now):
            return now
        date_of_server = answer.date
        if date_of_server is None or abs(date_of_server - now) <= MAX_CLOCK_ERROR:
            self._is_clock_right = True
            return now
        self._is_clock_right = False
        return date_of_server.astimezone(now.tzinfo)

    def _is_idle(self, answer: CreditBalance, at: datetime) -> bool:
        """Return if nothing has changed since the last reading but the time.

        This saves a poll of an idle account most of its work.
        """
        return (
            self.ledger is not None
            and answer.credits == self.ledger.balance
            and at.date() == self._recorded_on
        )

    @callback
    def _async_record_idle(self, at: datetime) -> None:
        """Record a reading of an idle account."""
        assert self.ledger is not None
        self.ledger = replace(
            self.ledger, read_at=at.timestamp(), previous_read_at=self.ledger.read_at
        )
        self._store.keep(self.ledger)

    async def _async_record(self, reading: Reading) -> Assessment:
        """Record a reading, and return what follows from it once it is saved."""
        ledger = record(self.ledger, reading)
        self.ledger = remember(ledger, self._assess(ledger))
        # If saving is cancelled, `data` is not that of the ledger, and the next poll
        # is not idle.
        self._recorded_on = None
        self._is_saving = True
        try:
            await self._store.save(self.ledger)
        finally:
            self._is_saving = False
        self._recorded_on = reading.at.date()
        # Again, as saving may take its time, and what is told by then counts.
        return self._assess(self.ledger)

    def _assess(self, ledger: Ledger) -> Assessment:
        """Return what follows from a ledger now."""
        now = dt_util.now()
        self._assessed_on = now.date()
        return assess(ledger, self.options, now)

    @callback
    def _async_notice_day(self, _now: datetime) -> None:
        """Assess a new day without a request, unless a reading is just being saved.

        This looks every hour, as in some time zones there is a day without a midnight.
        """
        if self._is_saving or dt_util.now().date() == self._assessed_on:
            return
        if self.ledger is not None and self.is_available:
            self.data = self._assess(self.ledger)
            self.ledger = remember(self.ledger, self.data)
        self.async_update_listeners()

    def _time_until_unread(self) -> float:
        """Return the seconds until the balance has not been read for a day."""
        return self._read_time + self._unread_after - self.hass.loop.time()

    @callback
    def _async_watch(self, _now: datetime | None = None) -> None:
        """Tell the listeners when the balance has not been read for a day."""
        if self.is_unread:
            self.async_update_listeners()
        next_look = self._time_until_unread()
        if next_look <= 0:
            next_look = UPDATE_INTERVAL.total_seconds()
        self._cancel_watch = async_call_later(self.hass, next_look, self._async_watch)

    @callback
    def _async_stop_watch(self) -> None:
        """Stop looking for a day without a reading."""
        self._cancel_watch()
