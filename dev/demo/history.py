"""Four weeks of an account that did not happen."""

from datetime import timedelta
from typing import Any

from custom_components.thesmsworks.usage import Ledger
from homeassistant.util import dt as dt_util

BALANCE_NOW = 180
USE_BY_WEEKDAY = (7, 5, 9, 6, 8, 2, 1)
OFFICE_OPENS = 8
HOURS = 28 * 24


def past() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a ledger, and the statistics of the credits used.

    The account has what the simulated one starts with.
    """
    now = dt_util.now().replace(minute=0, second=0, microsecond=0)
    ledger, statistics = Ledger(threshold=50), []
    hours = [now + timedelta(hours=hour) for hour in range(-HOURS, 0)]
    uses = [
        OFFICE_OPENS <= hour.hour < OFFICE_OPENS + USE_BY_WEEKDAY[hour.weekday()]
        for hour in hours
    ]
    balance = BALANCE_NOW + sum(uses)
    for hour, used in zip(hours, uses, strict=True):
        balance -= used
        total = ledger.record(balance, hour).used
        statistics.append({"start": hour.isoformat(), "state": total, "sum": total})
    return ledger.as_dict(), statistics
