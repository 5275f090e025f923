"""The ledger of an account: balances in; use, low credit and alerts out.

A fall of the balance is use. A rise, which is a top-up or a refund, is not counted.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from math import inf
from typing import Final, Self

from .forecast import daily_limit, days_left, whole_days

DAY: Final = timedelta(days=1)
# The oldest day was not read from its start, so that one more is kept.
DAYS_KEPT: Final = 91 * DAY


class Alert(StrEnum):
    """What somebody is told. The first three are levels of credit."""

    RECOVERED = "recovered"
    LOW_CREDIT = "low_credit"
    NO_CREDIT = "no_credit"
    UNUSUAL_USE = "unusual_use"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """When to warn: at `threshold` credits, at `days` left (0 for never).

    `daily_limit` is in credits, and None where the use so far tells it.
    """

    threshold: int = 40
    days: int = 7
    daily_limit: int | None = None

    @property
    def end(self) -> int:
        """The balance at which texts stop: 0, or an agreed overdraft."""
        return min(0, self.threshold)

    @property
    def recovered(self) -> float:
        """The balance above which credit is no longer low."""
        return self.threshold + abs(self.threshold) / 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a ledger says. All figures are in credits, but for the days.

    `low` is what the credit is low by, "balance" or "days". `used_month` and
    `busiest_day` are of the 28 days before today, and None where none is known.
    """

    balance: float
    used: float
    used_today: float
    used_month: float | None
    busiest_day: float | None
    days_left: int | None
    low: str | None
    daily_limit: float | None
    is_unusual: bool


@dataclass(kw_only=True, slots=True)
class Ledger:
    """What has to be remembered of an account from poll to poll, as JSON can hold it.

    `day` is the local day of the last reading, `read` the moment. `daily` is the use
    of each local day since the first reading, 0 included. `low` is the answer to
    `threshold` and `days`. `told` is the level that was told last. `unusual` is the
    last day that ended unusual, `unusual_told` the last unusual day that was told.
    """

    balance: float
    read: str = field(compare=False)
    day: str = ""
    used: float = 0
    daily: dict[str, float] = field(default_factory=dict, compare=False)
    low: str | None = None
    threshold: int | None = None
    days: int | None = None
    told: str = Alert.RECOVERED
    unusual: str = ""
    unusual_told: str = ""

    def record(self, balance: float, now: datetime, limits: Limits) -> Self:
        """Return the ledger with a balance read at a local time: itself if it is old."""
        balance, today = tidy(balance), now.date().isoformat()
        is_same_question = self._answers(limits)
        if balance == self.balance and today == self.day and is_same_question:
            self.read = now.isoformat()
            return self
        fall = max(tidy(self.balance - balance), 0)
        daily = self._book(fall, now)
        lasts = days_left(balance - limits.end, whole_days(daily, today))
        was_low = self.low if is_same_question else None
        return replace(
            self,
            balance=balance,
            read=now.isoformat(),
            day=today,
            used=tidy(self.used + fall),
            daily=daily,
            low=_low(balance, lasts, limits, was_low),
            threshold=limits.threshold,
            days=limits.days,
            unusual=self._last_unusual(daily, today, limits),
        )

    def usage(self, now: datetime, limits: Limits) -> Usage:
        """Return what the ledger says at a local time."""
        today = now.date().isoformat()
        history = whole_days(self.daily, today)
        used_today = self.daily.get(today, 0)
        limit = limits.daily_limit or daily_limit(history)
        lasts = days_left(self.balance - limits.end, history)
        is_answer = self._answers(limits)
        return Usage(
            balance=self.balance,
            used=self.used,
            used_today=used_today,
            used_month=tidy(sum(history[-28:])) if history else None,
            busiest_day=max(history[-28:], default=None),
            days_left=lasts,
            low=self.low if is_answer else _low(self.balance, lasts, limits, None),
            daily_limit=limit,
            is_unusual=limit is not None and used_today > limit,
        )

    def tell(self, usage: Usage, limits: Limits) -> tuple[Self, list[Alert]]:
        """Return what nobody was told yet, and the ledger once they are told."""
        level, alerts = self._level(limits), []
        is_partial_top_up = (self.told, level) == (Alert.NO_CREDIT, Alert.LOW_CREDIT)
        if level != self.told and not is_partial_top_up:
            alerts.append(level)
        unusual = max(self.unusual, self.day if usage.is_unusual else "")
        if unusual > self.unusual_told:
            alerts.append(Alert.UNUSUAL_USE)
        told = max(unusual, self.unusual_told)
        return replace(self, told=level, unusual_told=told), alerts

    def _level(self, limits: Limits) -> Alert:
        """Return how good or bad it is, which a refund of one credit does not change."""
        margin = limits.recovered - limits.threshold
        if self.balance <= limits.end + margin * (self.told == Alert.NO_CREDIT):
            return Alert.NO_CREDIT
        return Alert.LOW_CREDIT if self.low else Alert.RECOVERED

    def _last_unusual(self, daily: dict[str, float], today: str, limits: Limits) -> str:
        """Return the last day until now that ended with unusual use."""
        limit = (
            limits.daily_limit or daily_limit(whole_days(self.daily, self.day)) or inf
        )
        over = [day for day in daily if self.day <= day < today and daily[day] > limit]
        return max(over, default=self.unusual)

    def _answers(self, limits: Limits) -> bool:
        return (self.threshold, self.days) == (limits.threshold, limits.days)

    def _book(self, fall: float, now: datetime) -> dict[str, float]:
        """Return the use of each day, with a fall since the last reading booked on them.

        In proportion to the time, so that the shares add up to the fall. A clock that
        was set back leaves the day of now. Days to come are kept: a clock that is
        behind would forget all others.
        """
        start = min(datetime.fromisoformat(self.read), now).astimezone(now.tzinfo)
        day, since, booked = start.date(), start.timestamp(), 0.0
        daily = defaultdict(float, self.daily)
        while day < now.date():
            midnight = datetime.combine(day + DAY, time.min, now.tzinfo).timestamp()
            until = tidy(fall * ((midnight - since) / (now.timestamp() - since)))
            daily[day.isoformat()] += until - booked
            day, booked = day + DAY, until
        daily[day.isoformat()] += fall - booked
        oldest = (now - DAYS_KEPT).date().isoformat()
        return {day: tidy(used) for day, used in daily.items() if day >= oldest}


def tidy(credits: float) -> float:
    """Return credits to the millionth, below any price and above the noise of floats."""
    rounded = round(credits, 6)
    return int(rounded) if rounded.is_integer() else rounded


def _low(
    balance: float, days: int | None, limits: Limits, was: str | None
) -> str | None:
    """Return what credit is low by, with a margin on the way back."""
    if balance <= (limits.recovered if was == "balance" else limits.threshold):
        return "balance"
    if limits.days and days is not None and days <= limits.days * (2 if was else 1):
        return "days"
    return None
