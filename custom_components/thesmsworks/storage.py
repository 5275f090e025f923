"""The ledger of an account as a file."""

from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.storage import Store

from .const import DOMAIN, LOGGER
from .usage import Ledger

STORAGE_VERSION: Final = 1

type LedgerStore = Store[dict[str, Any]]


def get_store(hass: HomeAssistant, entry_id: str) -> LedgerStore:
    """Return the file of a config entry's ledger."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}")


async def async_load_ledger(store: LedgerStore, threshold: int) -> Ledger:
    """Return the stored ledger, or a new one where there is none to go on with."""
    try:
        if (data := await store.async_load()) is not None:
            return Ledger.from_dict(data, threshold)
    except (
        ArithmeticError,
        AttributeError,
        KeyError,
        TypeError,
        UnsupportedStorageVersionError,
        ValueError,
    ) as err:
        aside = Path(f"{store.path}.unreadable")
        await store.hass.async_add_executor_job(Path(store.path).replace, aside)
        LOGGER.warning(
            "The usage file cannot be read (%r) and is kept as %s; "
            "credits used are counted from 0 again",
            err,
            aside,
        )
    return Ledger(threshold=threshold)
