"""The file of an account's ledger."""

import asyncio
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import json_loads_object

from .const import DOMAIN
from .usage import Ledger, Limits

STORAGE_VERSION: Final = 1
STORES: HassKey[dict[str, LedgerStore]] = HassKey(f"{DOMAIN}_stores")


class LedgerStore(Store[dict[str, Any]]):
    """A store that knows what is on disk, and leaves a damaged file as it is."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize the store of an account. Files are flushed before they count."""
        super().__init__(
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", atomic_writes=True
        )
        self._saving = asyncio.Lock()
        self._saved: Ledger | None = None
        self._unsaved: Ledger | None = None
        self._written: object = None

    async def async_load_ledger(self) -> Ledger | None:
        """Return the ledger, as it was last to be saved, None for a new account.

        Raises ConfigEntryError for anything that is not one.
        """
        self._saved = None
        if self._unsaved:
            return replace(self._unsaved)
        try:
            is_there = await self.hass.async_add_executor_job(_is_there, self.path)
            stored = await self.async_load()
            if stored is None and not is_there:
                return None
            ledger, now = Ledger(**(stored or {})), dt_util.now()
            ledger.usage(now, Limits())
            ledger.record(ledger.balance - 1, now, Limits())
        except (
            AttributeError,
            HomeAssistantError,
            KeyError,
            NotImplementedError,
            OSError,
            OverflowError,
            TypeError,
            ValueError,
        ):
            # Without the cause, which Home Assistant would log at length.
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="unreadable_file",
                translation_placeholders={"path": self.path},
            ) from None
        self._saved = replace(ledger)
        return ledger

    async def async_save_ledger(self, ledger: Ledger) -> None:
        """Write a ledger. If that fails, it is logged, and not taken for saved."""
        data, saved = asdict(ledger), replace(ledger)
        self._unsaved = saved
        async with self._saving:
            await self.async_save(data)
            if self._written is data:
                self._saved = saved
                if self._unsaved is saved:
                    self._unsaved = None

    def is_saved(self, ledger: Ledger, within: timedelta = timedelta()) -> bool:
        """Return if a ledger is on disk, with a reading about as late as its own."""
        return self._saved == ledger and within >= (
            datetime.fromisoformat(ledger.read)
            - datetime.fromisoformat(self._saved.read)
        )

    async def async_remove_ledger(self) -> None:
        """Remove the file, once all that waits for a slow disk is written."""
        async with self._saving:
            self._unsaved = None
            await self.async_remove()

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        """Write the file, and note that it worked, which async_save does not tell."""
        await super()._async_write_data(data)
        self._written = data["data"]


@callback
def async_get_store(hass: HomeAssistant, entry_id: str) -> LedgerStore:
    """Return the store of an account, the same one always, so that writes queue."""
    stores = hass.data.setdefault(STORES, {})
    return stores.setdefault(entry_id, LedgerStore(hass, entry_id))


def _is_there(path: str) -> bool:
    """Return if there is a file.

    Raises OSError or ValueError for one that Store would replace by nothing.
    """
    with suppress(FileNotFoundError):
        json_loads_object(Path(path).read_bytes())
        return True
    return False
