"""An office that sends texts, and the 90 days of its accounts that did not happen."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.thesmsworks.usage import DEFAULT_OPTIONS, Ledger

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
HOURS = 91 * 24
OFFICE_OPENS, OFFICE_HOURS = 8, 10
TEXTS_BY_WEEKDAY = (5, 4, 7, 4, 6, 1, 0)
FULL, TOP_UP = 260, 200


def sent(since: datetime, until: datetime) -> int:
    """Return how many texts the office sends between two moments."""
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight + timedelta(day) for day in range((until - since).days + 2)]
    return sum(since < moment <= until for day in days for moment in _texts_of(day))


def _texts_of(midnight: datetime) -> Iterator[datetime]:
    """Return when the texts of a day go out: one at night, the others by day."""
    yield midnight + HOUR / 10
    by_day = TEXTS_BY_WEEKDAY[midnight.weekday()] + midnight.toordinal() % 3
    for text in range(by_day):
        yield midnight + HOUR * (OFFICE_OPENS + OFFICE_HOURS * (text + 0.5) / by_day)


def past(
    credits: float = 180,
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return a ledger that ends with a balance, and the statistics of its sensors.

    The credit was topped up whenever it was near its end, but for the last time.
    """
    now = datetime.now(LONDON)
    hour = now.replace(minute=0, second=0, microsecond=0)
    ends = [now, *(hour - HOUR * hours for hours in range(HOURS))]
    balances = [credits]
    for until, since in pairwise(ends):
        before = balances[-1] + sent(since, until)
        balances.append(before - TOP_UP if before > FULL else before)
    ledger = Ledger(credit_balance=balances[-1], read=ends[-1].timestamp())
    used, left = [], []
    for end, balance in list(zip(ends, balances, strict=True))[-2::-1]:
        ledger = ledger.record(balance, end, DEFAULT_OPTIONS)
        start = (end - HOUR).isoformat()
        total = ledger.credits_used
        used.append({"start": start, "state": total, "sum": total})
        left.append({"start": start} | dict.fromkeys(("mean", "min", "max"), balance))
    # The hour that is not over has no statistics yet.
    return asdict(ledger), {"credits_used": used[:-1], "credit_balance": left[:-1]}
