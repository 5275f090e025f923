"""Four weeks of an account that did not happen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from custom_components.thesmsworks.usage import Ledger
from homeassistant.util import dt as dt_util

BALANCE_NOW = 180
DAYS = 28
TOP_UP = 100
USE_BY_WEEKDAY = (7, 5, 9, 6, 8, 2, 1)
OFFICE_OPENS = 8
HOUR = timedelta(hours=1)


def _hours() -> Iterator[tuple[datetime, int]]:
    """Yield the hours until now, with the credits used in each."""
    now = dt_util.now().replace(minute=0, second=0, microsecond=0)
    hour = now - timedelta(days=DAYS)
    while hour < now:
        texts = USE_BY_WEEKDAY[hour.weekday()]
        yield hour, int(OFFICE_OPENS <= hour.hour < OFFICE_OPENS + texts)
        hour += HOUR


def past() -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a ledger, and the statistics of the balance and of the credits used.

    The account was topped up half-way, and has what the simulated one starts with.
    """
    hours = list(_hours())
    balance = BALANCE_NOW - TOP_UP + sum(used for _, used in hours)
    ledger, balances, uses = Ledger(threshold=50), [], []
    for number, (hour, used) in enumerate(hours):
        balance += TOP_UP * (number == len(hours) // 2) - used
        total = ledger.record(balance, hour).used
        start = hour.isoformat()
        balances.append(
            {"start": start, "mean": balance, "min": balance, "max": balance}
        )
        uses.append({"start": start, "state": total, "sum": total})
    return ledger.as_dict(), balances, uses
