"""Keep the ledger of each account in a file of its own."""

import asyncio
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson
import voluptuous as vol

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.file import WriteError
from homeassistant.util.hass_dict import HassKey

from .api import MAX_CREDITS
from .const import DOMAIN
from .models import Ledger, Level

STORAGE_VERSION: Final = 1
STORAGE_VERSION_MINOR: Final = 1
# An idle account's file is not written more often, in seconds.
MAX_AGE: Final = 6 * 60 * 60
MAX_USED_CREDITS: Final = 2**63  # A sum may be more than any balance.
LATEST_TIME: Final = 2**35  # In the year 3058, which dates can hold in any time zone.

DATA_STORES: HassKey[dict[str, LedgerStore]] = HassKey(DOMAIN)


def _number(value: object) -> float:
    """Validate a number. Not isinstance(), as a bool is an int."""
    if type(value) is int or type(value) is float:
        return value
    raise vol.Invalid("expected a number")


def _day(value: object) -> str:
    """Validate a day as an ISO date, in the one form that days are compared in."""
    if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
        return value
    raise vol.Invalid("expected an ISO date")


CREDITS: Final = vol.All(_number, vol.Range(min=-MAX_CREDITS, max=MAX_CREDITS))
USED_CREDITS: Final = vol.All(_number, vol.Range(min=0, max=MAX_USED_CREDITS))
TIME: Final = vol.All(_number, vol.Range(min=0, max=LATEST_TIME))
DAYS: Final = vol.All([_day], vol.Coerce(frozenset))

FILE_SCHEMA: Final = vol.Schema(
    {
        vol.Required("version"): int,
        vol.Required("minor_version"): int,
        vol.Required("data"): dict,
    },
    extra=vol.REMOVE_EXTRA,
)
# Keys of a newer minor version are left out, so that a user can go back.
LEDGER_SCHEMA: Final = vol.Schema(
    {
        vol.Required("balance"): CREDITS,
        vol.Required("read_at"): TIME,
        vol.Required("previous_read_at"): TIME,
        vol.Required("credits_used"): USED_CREDITS,
        # Schemas of their own, which do not leave out what is no day.
        vol.Required("used_by_day"): vol.Schema({_day: USED_CREDITS}),
        vol.Required("opening_balances"): vol.All(
            vol.Schema({_day: CREDITS}), vol.Length(min=1)
        ),
        vol.Required("level"): vol.Coerce(Level),
        vol.Required("level_options"): vol.All([int], vol.Coerce(tuple)),
        vol.Required("unusual_days"): DAYS,
        vol.Required("told_level"): vol.Coerce(Level),
        vol.Required("told_unusual_days"): DAYS,
        vol.Required("told_unusual_at"): vol.Maybe(TIME),
        vol.Required("told_unknown"): bool,
    },
    extra=vol.REMOVE_EXTRA,
)


class LedgerStore:
    """The ledger of an account, in memory and on disk."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Initialize the store. Nothing is read yet."""
        self._hass = hass
        self._path = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry_id}"))
        self._lock = asyncio.Lock()
        self._saved: Ledger | None = None
        self._has_failed = False
        self.ledger: Ledger | None = None

    async def load(self) -> Ledger | None:
        """Return the ledger, None if there is none yet.

        Raises ConfigEntryError if the file cannot be read, which is left as it is.
        """
        if self.ledger is None:
            ledger = await self._hass.async_add_executor_job(_read, self._path)
            # Somebody else may have loaded it meanwhile, and may be ahead by now.
            if self.ledger is None:
                self.ledger = ledger
                self._saved = ledger
        return self.ledger

    async def save(self, ledger: Ledger) -> None:
        """Keep a ledger and write it.

        If that fails, Home Assistant logs it, and it is tried again at the next poll.
        """
        self.ledger = ledger
        # If the caller is cancelled, the thread still writes, and the lock is held.
        await asyncio.shield(self._hass.async_create_task(self.flush()))

    @callback
    def keep(self, ledger: Ledger) -> None:
        """Keep a ledger in which nothing is new but the time of the reading.

        It is written at the stop, every six hours, and if the last write has failed.
        """
        self.ledger = ledger
        if self._has_failed or self._saved is None or _is_old(self._saved, ledger):
            self._hass.async_create_task(self.flush())

    async def flush(self) -> None:
        """Write the ledger if it is not on disk as it is."""
        async with self._lock:
            ledger = self.ledger
            if ledger is None or ledger == self._saved:
                return
            self._has_failed = False
            try:
                await self._hass.async_add_executor_job(_write, self._path, ledger)
            except WriteError:
                self._has_failed = True
            else:
                self._saved = ledger

    async def remove(self) -> None:
        """Forget the ledger and remove its file. Raises OSError if that fails."""
        async with self._lock:
            self.ledger = None
            await self._hass.async_add_executor_job(_remove, self._path)


@callback
def async_get_store(hass: HomeAssistant, entry_id: str) -> LedgerStore:
    """Return the store of an account.

    It is the same one as long as the account is there, so that no two write at once.
    """
    stores = hass.data.setdefault(DATA_STORES, {})
    if entry_id not in stores:
        stores[entry_id] = LedgerStore(hass, entry_id)
    return stores[entry_id]


async def async_remove_store(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the file of an account, and forget all about it."""
    store = async_get_store(hass, entry_id)
    del hass.data[DATA_STORES][entry_id]
    await store.remove()


async def async_flush_stores(hass: HomeAssistant) -> None:
    """Write what is not on disk yet of all accounts."""
    for store in list(hass.data.get(DATA_STORES, {}).values()):
        await store.flush()


def migrate(version: int, minor_version: int, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a file as the present version has it.

    There has been no other version so far. A later one adds its step here, from the
    version before it, as in `if minor_version < 2: data = {**data, "new": 0}`.
    """
    return data


def from_dict(data: dict[str, Any]) -> Ledger:
    """Return the ledger in the data of a file. Raises vol.Invalid if there is none."""
    return Ledger(**LEDGER_SCHEMA(data))


def to_dict(ledger: Ledger) -> dict[str, Any]:
    """Return a ledger as the data of a file."""
    data = asdict(ledger)
    data["level_options"] = list(ledger.level_options)
    data["unusual_days"] = sorted(ledger.unusual_days)
    data["told_unusual_days"] = sorted(ledger.told_unusual_days)
    return data


def _is_old(saved: Ledger, ledger: Ledger) -> bool:
    """Return if the time of the last reading on disk is too old."""
    return abs(ledger.read_at - saved.read_at) >= MAX_AGE


def _read(path: Path) -> Ledger | None:
    """Return the ledger in a file, None if there is no file.

    Not with Store, which would put a damaged file away and begin a new one.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError:
        raise _error("unreadable_file", path) from None
    try:
        stored = FILE_SCHEMA(orjson.loads(content))
        if stored["version"] > STORAGE_VERSION:
            raise _error("newer_file", path)
        data = migrate(stored["version"], stored["minor_version"], stored["data"])
        return from_dict(data)
    except orjson.JSONDecodeError, vol.Invalid:
        # Without the cause, which Home Assistant would log at length.
        raise _error("unreadable_file", path) from None


def _error(translation_key: str, path: Path) -> ConfigEntryError:
    """Return the error for a file that cannot be used."""
    return ConfigEntryError(
        translation_domain=DOMAIN,
        translation_key=translation_key,
        translation_placeholders={"path": str(path)},
    )


def _write(path: Path, ledger: Ledger) -> None:
    """Write a ledger, flushed to disk before it replaces the old one."""
    content = {
        "version": STORAGE_VERSION,
        "minor_version": STORAGE_VERSION_MINOR,
        "key": path.name,  # As in the files beside it.
        "data": to_dict(ledger),
    }
    with suppress(OSError):  # Then the write fails, too, and says why.
        path.parent.mkdir(exist_ok=True)
    save_json(str(path), content, atomic_writes=True)


def _remove(path: Path) -> None:
    """Remove a file, if there is one."""
    path.unlink(missing_ok=True)
