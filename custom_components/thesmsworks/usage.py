"""Record readings: how much was used, and on which local day."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from .forecast import MAX_DAYS
from .models import Ledger, Reading

DAY: Final = timedelta(days=1)
# The first day does not count, since it was not read from its start.
DAYS_KEPT: Final = MAX_DAYS + 1
# Below any price, and above what adding floats brings about.
DECIMALS: Final = 6


def record(ledger: Ledger | None, reading: Reading) -> Ledger:
    """Return the ledger with a reading. The first one opens it."""
    balance = round_credits(reading.balance)
    read_at = reading.at.timestamp()
    today = reading.at.date().isoformat()
    if ledger is None:
        return Ledger(
            balance=balance,
            read_at=read_at,
            previous_read_at=read_at,
            credits_used=0,
            used_by_day={today: 0},
            opening_balances={today: balance},
        )
    used = max(ledger.balance - balance, 0)
    shares = _share_by_day(used, ledger.read_at, reading.at)
    last_day = datetime.fromtimestamp(ledger.read_at, reading.at.tzinfo).date()
    # Where the clock was ahead at one of the two readings, no day is lost by it.
    earlier = datetime.fromtimestamp(min(ledger.read_at, read_at), reading.at.tzinfo)
    first_day = (earlier - DAYS_KEPT * DAY).date().isoformat()
    return replace(
        ledger,
        balance=balance,
        read_at=read_at,
        previous_read_at=ledger.read_at,
        credits_used=round_credits(ledger.credits_used + used),
        used_by_day=_add(ledger.used_by_day, shares, first_day),
        opening_balances=_opening_balances(
            ledger, last_day.isoformat(), today, used - shares[today]
        ),
        unusual_days=_since(first_day, ledger.unusual_days),
        told_unusual_days=_since(first_day, ledger.told_unusual_days),
    )


def whole_days(used_by_day: Mapping[str, float], today: str) -> list[float]:
    """Return the use on each day before today, oldest first.

    The first day is left out, since it was not read from its start.
    """
    days = sorted(day for day in used_by_day if day < today)
    return [used_by_day[day] for day in days[1:]]


def round_credits(credits: float) -> float:
    """Return credits without the noise of floats, as an int if they are whole."""
    rounded = round(credits, DECIMALS)
    if rounded.is_integer():
        return int(rounded)
    return rounded


def _share_by_day(used: float, since: float, until: datetime) -> dict[str, float]:
    """Return what was used on each local day, in proportion to the time.

    The shares add up to what was used. A clock that was ahead at the last reading gives
    it all to the day of this one, and a long time the days that are kept.
    """
    end = until.timestamp()
    start = min(max(since, end - DAYS_KEPT * DAY.total_seconds()), end)
    day = datetime.fromtimestamp(start, until.tzinfo).date()
    shared: float = 0
    shares: dict[str, float] = {}
    while day < until.date():
        part = (_midnight_after(day, until) - start) / (end - start)
        shared_until_midnight = round_credits(used * part)
        shares[day.isoformat()] = shared_until_midnight - shared
        shared = shared_until_midnight
        day += DAY
    shares[day.isoformat()] = used - shared
    return shares


def _midnight_after(day: date, moment: datetime) -> float:
    """Return when a day ends in the time zone of a moment."""
    return datetime.combine(day + DAY, time.min, moment.tzinfo).timestamp()


def _add(
    used_by_day: Mapping[str, float], shares: Mapping[str, float], first_day: str
) -> dict[str, float]:
    """Return the use by day with shares added, from a first day on."""
    days = _since(first_day, used_by_day.keys() | shares.keys())
    return {
        day: round_credits(used_by_day.get(day, 0) + shares.get(day, 0))
        for day in sorted(days)
    }


def _opening_balances(
    ledger: Ledger, last_day: str, today: str, used_before: float
) -> dict[str, float]:
    """Return the balances with which today and the day of the last reading began.

    `used_before` is what was used between the last reading and today.
    """
    if today in ledger.opening_balances:
        return dict(ledger.opening_balances)
    opening_balances = {today: round_credits(ledger.balance - used_before)}
    if last_day in ledger.opening_balances:
        opening_balances[last_day] = ledger.opening_balances[last_day]
    return opening_balances


def _since(first_day: str, days: Collection[str]) -> frozenset[str]:
    """Return the days from a first one on."""
    return frozenset(day for day in days if day >= first_day)
