"""Data update coordinator for The SMS Works."""

from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .api import (
    MAX_BALANCE,
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksConnectionError,
    SMSWorksResponseError,
)
from .const import (
    CONF_THRESHOLD,
    DEFAULT_THRESHOLD,
    DOMAIN,
    LOGGER,
    MAX_RETRY_AFTER,
    UPDATE_INTERVAL,
)
from .issue import async_update_issue
from .storage import async_load_ledger, get_store
from .usage import Ledger, Usage

type SMSWorksConfigEntry = ConfigEntry[SMSWorksCoordinator]


class SMSWorksCoordinator(DataUpdateCoordinator[Usage]):
    """Poll the credit balance of one account, and keep its ledger."""

    config_entry: SMSWorksConfigEntry
    ledger: Ledger

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
        self._store = get_store(hass, entry.entry_id)
        self._saved: tuple[object, ...] | None = None

    @override
    async def _async_setup(self) -> None:
        """Go on with the ledger of the last run."""
        threshold = _threshold(self.config_entry)
        self.ledger = await async_load_ledger(self._store, threshold)

    @override
    async def _async_update_data(self) -> Usage:
        """Poll the balance, and record it."""
        usage = self.ledger.record(await self._async_get_balance(), dt_util.now())
        # Before anybody sees it: after a power cut, use is counted from what is saved.
        if (revision := self.ledger.revision) != self._saved:
            await self._store.async_save(self.ledger.as_dict())
            self._saved = revision
        if usage != self.data:
            entry = self.config_entry
            async_update_issue(self.hass, entry.entry_id, entry.title, usage)
        return usage

    async def _async_get_balance(self) -> float:
        """Fetch the balance."""
        try:
            return await self.client.get_balance()
        except SMSWorksAuthenticationError as err:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="invalid_auth"
            ) from err
        except SMSWorksConnectionError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="cannot_connect",
                translation_placeholders={"error": str(err)},
            ) from err
        except SMSWorksResponseError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="unexpected_response",
                translation_placeholders={"error": str(err)},
                retry_after=_clamp(err.retry_after),
            ) from err


def _clamp(retry_after: float | None) -> float | None:
    """Keep a server's wish from polling faster than usual or not at all."""
    if retry_after is None:
        return None
    return min(
        max(retry_after, UPDATE_INTERVAL.total_seconds()),
        MAX_RETRY_AFTER.total_seconds(),
    )


def _threshold(entry: SMSWorksConfigEntry) -> int:
    """Return the threshold in credits at which credit is low."""
    threshold = entry.options.get(CONF_THRESHOLD, DEFAULT_THRESHOLD)
    if type(threshold) is int and abs(threshold) <= MAX_BALANCE:
        return threshold
    LOGGER.warning(
        "The threshold of %s is not a whole number, so %s is used; set it anew",
        entry.title,
        DEFAULT_THRESHOLD,
    )
    return DEFAULT_THRESHOLD
