"""Data update coordinator for The SMS Works."""

from datetime import datetime, timedelta
from typing import Final, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api import SMSWorksClient, SMSWorksError
from .const import ACCOUNT_URL, DOMAIN, LOGGER, UPDATE_INTERVAL
from .storage import async_get_store
from .usage import DAY, DEFAULT_OPTIONS, Alert, Ledger, format_credits

type SMSWorksConfigEntry = ConfigEntry[SMSWorksCoordinator]

RETRY_REFUSED: Final = 60


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
        session = async_get_clientsession(hass)
        self.client = SMSWorksClient(session, entry.data[CONF_TOKEN])
        self.store = async_get_store(hass, entry.entry_id)
        self._refused: float | None = None

    @override
    async def _async_update_data(self) -> Ledger:
        """Read the balance, and save it before anybody sees it."""
        try:
            balance = await self.client.get_balance()
        except SMSWorksError as err:
            if not self._shutdown_requested:
                raise self._async_failed(err) from err
        # A poll on demand may outlast the entry. Then it has no effect.
        if self._shutdown_requested:
            return self.data
        if self._refused or not self.data:
            # Take back the request for a new token, which would stop this one.
            self._refused = None
            flows = self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})
            for flow in list(flows):
                self.hass.config_entries.flow.async_abort(flow["flow_id"])
        now = dt_util.now()
        last = self.store.ledger or Ledger(credit_balance=balance, read=now.timestamp())
        ledger = last.record(balance, now, DEFAULT_OPTIONS | self.config_entry.options)
        # A day begins with a reading. The timer comes up to a second early.
        past = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second - 1)
        self.update_interval = min(UPDATE_INTERVAL, DAY - past)
        await self.store.async_save_ledger(ledger)
        return ledger

    @callback
    def _async_failed(self, err: SMSWorksError) -> HomeAssistantError:
        """Return what to raise, once the account asks for a token if it has to."""
        # Time brings issues, too. After a cancelled poll, Home Assistant tells nobody.
        self.async_update_listeners()
        # What asks for it at the start has not been read, and is not asked so often.
        least = UPDATE_INTERVAL.total_seconds() if self.data else 0
        wait = min(max(err.retry_after or 0, least), DAY.total_seconds()) or None
        if err.kind == "invalid_auth":
            if not self.data and not self.config_entry.disabled_by:
                return ConfigEntryAuthFailed(
                    translation_domain=DOMAIN, translation_key=err.kind
                )
            now = dt_util.utcnow().timestamp()
            self._refused = self._refused or now
            # Polls on demand do not make it sooner, nor does a wrong clock end it.
            if abs(now - self._refused) < RETRY_REFUSED - 1:
                wait = RETRY_REFUSED
            else:
                # And polling goes on: a gateway's bad day must not end the watch.
                self.config_entry.async_start_reauth(self.hass)
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=err.kind,
            translation_placeholders={"error": str(err)},
            retry_after=wait,
        )

    @callback
    def async_tell(self) -> list[Alert]:
        """Return what nobody was told yet. What is not shown yet is told then."""
        alerts = self.data.tell() if self.data is self.store.ledger else []
        if alerts:
            self.hass.async_create_task(self.store.async_save_ledger(self.data))
        return alerts


@callback
def async_update_issues(hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
    """Raise what the last reading calls for, and take back what it does not."""
    ledger, now = async_get_store(hass, entry.entry_id).ledger, dt_util.now()
    if not ledger:
        return
    read = datetime.fromtimestamp(ledger.read, now.tzinfo)
    # Changed options are answered without a reading, too.
    ledger = ledger.record(ledger.credit_balance, read, DEFAULT_OPTIONS | entry.options)
    is_out = ledger.credit_balance <= ledger.end
    is_unusual = ledger.unusual_use and ledger.today == now.date().isoformat()
    texts = {
        "low_credit": ledger.reason and not is_out and f"low_{ledger.reason}",
        "no_credit": is_out and "no_credit",
        "unusual_use": is_unusual and "unusual_use",
        "unknown_credit": dt_util.utcnow() - read >= DAY and "unknown_credit",
    }
    placeholders = {
        "account": entry.title,
        "account_url": ACCOUNT_URL,
        "balance": format_credits(ledger.credit_balance),
        "daily_limit": format_credits(ledger.daily_limit),
        "days": str(ledger.days),
        "days_left": str(ledger.days_left),
        "end": str(ledger.end),
        "recovered": format_credits(ledger.recovered),
        "recovered_days": str(2 * ledger.days),
        "since": f"{read:%Y-%m-%d %H:%M}",
        "threshold": str(ledger.threshold),
        "used_today": format_credits(ledger.used_today),
    }
    watched = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    for kind, text in texts.items():
        issue_id = f"{kind}_{entry.entry_id}"
        if not text or entry not in watched:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            learn_more_url=ACCOUNT_URL,
            severity=ir.IssueSeverity.ERROR if is_out else ir.IssueSeverity.WARNING,
            translation_key=text,
            translation_placeholders=placeholders,
        )
