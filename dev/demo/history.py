"""An office that sends texts, and the 90 days of its accounts that did not happen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.thesmsworks.assessment import assess, remember
from custom_components.thesmsworks.models import Options, Reading
from custom_components.thesmsworks.storage import to_dict
from custom_components.thesmsworks.usage import record

# The hours of each sensor, by the end of its entity ID.
type Statistics = dict[str, list[dict[str, Any]]]

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)
HOURS = 91 * 24
OFFICE_OPENS, OFFICE_HOURS = 8, 10
TEXTS_BY_WEEKDAY = (5, 4, 7, 4, 6, 1, 0)
MORE_BY_WEEK = (0, 2, 1, 0, 3)
FULL, TOP_UP = 260, 200


def sent(since: datetime, until: datetime) -> int:
    """Return how many texts the office sends between two moments."""
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight + timedelta(day) for day in range((until - since).days + 2)]
    return sum(since < moment <= until for day in days for moment in _texts_of(day))


def _texts_of(midnight: datetime) -> Iterator[datetime]:
    """Return when the texts of a day go out: one at night, the others by day."""
    yield midnight + HOUR / 10
    weeks, weekday = divmod(midnight.toordinal() - 1, 7)
    by_day = TEXTS_BY_WEEKDAY[weekday] + MORE_BY_WEEK[weeks % 5] + weeks % 2
    for text in range(by_day):
        yield midnight + HOUR * (OFFICE_OPENS + OFFICE_HOURS * (text + 0.5) / by_day)


def past(credits: float) -> tuple[dict[str, Any], Statistics]:
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
    ledger = record(None, Reading(balance=balances[-1], at=ends[-1]))
    used: list[dict[str, Any]] = []
    left = []
    for end, balance in list(zip(ends, balances, strict=True))[-2::-1]:
        ledger = record(ledger, Reading(balance=balance, at=end))
        ledger = remember(ledger, assess(ledger, Options(), end))
        start = (end - HOUR).isoformat()
        used.append({"start": start, "state": ledger.credits_used})
        left.append({"start": start} | dict.fromkeys(("mean", "min", "max"), balance))
    for row in used:
        # Home Assistant counts from 0 at its first start, and so this ends there.
        row["sum"] = row["state"] - ledger.credits_used
    # The hour that is not over has no statistics yet.
    return to_dict(ledger), {
        "credits_used_in_total": used[:-1],
        "credit_balance": left[:-1],
    }
