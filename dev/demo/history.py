"""90 days of an account that did not happen."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from custom_components.thesmsworks.usage import Ledger
from homeassistant.util import dt as dt_util

BALANCE_NOW = 180
USE_BY_WEEKDAY = (7, 5, 9, 6, 8, 2, 1)
OFFICE_OPENS = 8
HOURS = 91 * 24


def past() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a ledger, and the statistics of the credits used.

    The account has what the simulated one starts with.
    """
    now = dt_util.now().replace(minute=0, second=0, microsecond=0)
    # The end of each hour, at which what was used in it is read.
    hours = [now - timedelta(hours=hour) for hour in reversed(range(HOURS))]
    uses = [
        OFFICE_OPENS < hour.hour <= OFFICE_OPENS + USE_BY_WEEKDAY[hour.weekday()]
        for hour in hours
    ]
    balance = BALANCE_NOW + sum(uses)
    ledger = Ledger(
        credit_balance=balance, read=(now - timedelta(hours=HOURS)).timestamp()
    )
    statistics = []
    for hour, used in zip(hours, uses, strict=True):
        balance -= used
        ledger = ledger.record(balance, hour)
        start = (hour - timedelta(hours=1)).isoformat()
        statistics.append(
            {"start": start, "state": ledger.credits_used, "sum": ledger.credits_used}
        )
    return asdict(ledger), statistics
