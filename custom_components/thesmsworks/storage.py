"""The file of an account's ledger."""

import asyncio
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Final, override

import orjson

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .usage import DEFAULT_OPTIONS, Ledger

STORAGE_VERSION: Final = 1
SAVE_INTERVAL: Final = 6 * 60 * 60  # For the time of an idle account's last reading.


class LedgerStore(Store[dict[str, Any]]):
    """The ledger of an account, and what of it is on disk."""

    ledger: Ledger | None = None
    saved: Ledger | None = None

    async def async_load_ledger(self) -> None:
        """Load the ledger once. Raises ConfigEntryError if the file holds none."""
        if not self.ledger:
            self.ledger = await self.hass.async_add_executor_job(_read, self.path)

    async def async_save_ledger(self, ledger: Ledger) -> None:
        """Write a ledger that is new or not on disk. It is tried again if that fails."""
        if ledger is not self.ledger or ledger != self.saved:
            self.ledger = ledger
            # A cancelled task would free the lock while its thread still writes.
            save = self.async_save(asdict(ledger))
            await asyncio.shield(self.hass.async_create_task(save))

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        """Write the file, note if that worked, and write again later or at the stop."""
        try:
            await super()._async_write_data(data)
            self.saved = Ledger(**data["data"])
        finally:
            if self.ledger and self.hass.state is not CoreState.final_write:
                self.async_delay_save(partial(asdict, self.ledger), SAVE_INTERVAL)

    @override
    async def async_remove(self) -> None:
        """Remove the file, once all that waits for a slow disk is written."""
        async with self._write_lock:
            self._data = None
        await super().async_remove()


@callback
def async_get_store(hass: HomeAssistant, entry_id: str) -> LedgerStore:
    """Return the store of an account, always the same one, so that writes queue."""
    stores: dict[str, LedgerStore] = hass.data.setdefault(DOMAIN, {})
    key = f"{DOMAIN}.{entry_id}"
    new = LedgerStore(hass, STORAGE_VERSION, key, atomic_writes=True)
    return stores.setdefault(key, new)


def _read(path: str) -> Ledger | None:
    """Return the ledger in a file. Store would put a damaged one away for a new one."""
    try:
        stored = orjson.loads(Path(path).read_bytes())
        ledger = {STORAGE_VERSION: Ledger}[stored["version"]](**stored["data"])
        ledger.record(ledger.credit_balance - 1, dt_util.now(), DEFAULT_OPTIONS)
    except FileNotFoundError:
        return None
    except ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError:
        # Without the cause, which Home Assistant would log at length.
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="unreadable_file",
            translation_placeholders={"path": path},
        ) from None
    return ledger
