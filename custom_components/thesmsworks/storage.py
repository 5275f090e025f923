"""The file of an account's ledger."""

from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import json_loads_object

from .const import DOMAIN
from .usage import Ledger

STORAGE_VERSION: Final = 1
STORES: HassKey[dict[str, LedgerStore]] = HassKey(f"{DOMAIN}_stores")
NO_LEDGER: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class LedgerStore(Store[dict[str, Any]]):
    """The ledger of an account, and what of it is on disk."""

    ledger: Ledger | None = None
    saved: Ledger | None = None

    async def async_load_ledger(self) -> None:
        """Load the ledger, unless a newer one waits for a full disk.

        Raises ConfigEntryError if there is a file without one.
        """
        ledger, saved = self.ledger, self.saved
        if ledger and not (ledger == saved and ledger.read == saved.read):
            return
        try:
            self.ledger = await self._async_read()
        except (*NO_LEDGER, HomeAssistantError, NotImplementedError, OSError):
            # Without the cause, which Home Assistant would log at length.
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="unreadable_file",
                translation_placeholders={"path": self.path},
            ) from None
        self.saved = self.ledger and replace(self.ledger)

    async def _async_read(self) -> Ledger | None:
        """Return the ledger in the file, None where there is no file."""
        is_there = await self.hass.async_add_executor_job(_is_there, self.path)
        stored = await self.async_load()
        if stored is None and not is_there:
            return None
        ledger, now = Ledger(**(stored or {})), dt_util.now()
        ledger.answer(now).record(ledger.credit_balance - 1, now).tell()
        return ledger

    async def async_save_ledger(self) -> None:
        """Write the ledger. If that fails, it is logged, and tried again later."""
        assert self.ledger
        await self.async_save(asdict(self.ledger))

    @override
    async def _async_write_data(self, data: dict[str, Any]) -> None:
        """Write the file, and note that it worked, which async_save does not tell."""
        await super()._async_write_data(data)
        self.saved = Ledger(**data["data"])

    @override
    async def async_remove(self) -> None:
        """Remove the file, once all that waits for a slow disk is written."""
        async with self._write_lock:
            self._data = None
        await super().async_remove()


@callback
def async_get_store(hass: HomeAssistant, entry_id: str) -> LedgerStore:
    """Return the store of an account, always the same one, so that writes queue."""
    key = f"{DOMAIN}.{entry_id}"
    new = LedgerStore(hass, STORAGE_VERSION, key, atomic_writes=True)
    return hass.data.setdefault(STORES, {}).setdefault(key, new)


def _is_there(path: str) -> bool:
    """Return if there is a file, and raise an error for one that holds no object.

    Store would put that away, and all would begin at 0.
    """
    with suppress(FileNotFoundError):
        json_loads_object(Path(path).read_bytes())
        return True
    return False
