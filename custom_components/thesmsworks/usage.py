"""The ledger of an account: balances in; use, low credit and alerts out."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from math import inf
from typing import Any, Final

from .forecast import daily_limit, days_left, whole_days

DAY: Final = timedelta(days=1)
DEFAULT_OPTIONS: Final = {"threshold": 40, "days": 7, "daily_limit": None}
DAYS_KEPT: Final = 91 * DAY  # One more, as the oldest was not read from its start.


class Alert(StrEnum):
    """What somebody is told. The first three are levels of credit."""

    RECOVERED = "recovered"
    LOW_CREDIT = "low_credit"
    NO_CREDIT = "no_credit"
    UNUSUAL_USE = "unusual_use"


@dataclass(kw_only=True, slots=True)
class Ledger:
    """What is known of an account, as JSON can hold it. Figures are in credits.

    Use is what the balance fell, on each day in `daily`. `read` is the POSIX time of
    the last reading, `today` its local day. `told` is the level that was told last,
    `unusual` has the days with unusual use, and if that was told. `limit` is the option
    for `daily_limit`. `reason` is what credit is low by, "balance" or "days". At the
    balance `end` texts stop, and above `recovered` credit is no longer low.
    """

    credit_balance: float
    read: float = field(compare=False)
    today: str = ""
    credits_used: float = 0
    daily: dict[str, float] = field(default_factory=dict, compare=False)
    told: str = Alert.RECOVERED
    unusual: dict[str, bool] = field(default_factory=dict)

    threshold: int = 0
    days: int = 0
    limit: int | None = None
    used_today: float = 0
    days_left: int | None = None
    daily_limit: float | None = None
    unusual_use: bool = False
    low_credit: bool = False
    reason: str | None = None
    end: int = 0
    recovered: float = 0

    def record(self, balance: float, now: datetime, options: dict[str, Any]) -> Ledger:
        """Return the ledger with a balance, this one if only `read` has changed."""
        balance, today = tidy(balance), now.date().isoformat()
        asked = options["threshold"], options["days"], options["daily_limit"]
        known = (self.threshold, self.days, self.limit)
        if asked == known and (balance, today) == (self.credit_balance, self.today):
            self.read = now.timestamp()
            return self
        # Another question has no margin yet.
        reason = self.reason if asked[:2] == known[:2] else None
        ledger = replace(self, today=today, reason=reason)
        ledger.threshold, ledger.days, ledger.limit = asked
        ledger.book(balance, now)
        return ledger

    def book(self, balance: float, now: datetime) -> None:
        """Book what was used until a local time, and work out what follows from it."""
        fall = max(tidy(self.credit_balance - balance), 0)
        uses, oldest = self._uses(fall, now), (now - DAYS_KEPT).date().isoformat()
        self.daily = daily = {
            day: tidy(self.daily.get(day, 0) + uses.get(day, 0))
            for day in self.daily | uses
            if day >= oldest
        }
        self.credits_used = tidy(self.credits_used + fall)
        self.credit_balance, self.read = balance, now.timestamp()
        self.used_today = daily[self.today]
        self.end = min(0, self.threshold)
        self.recovered = tidy(self.threshold + abs(self.threshold) / 10)
        self.days_left = days_left(balance - self.end, whole_days(daily, self.today))
        self.reason = self._low()
        self.low_credit = self.reason is not None
        limit = {day: self.limit or daily_limit(whole_days(daily, day)) for day in uses}
        self.daily_limit = limit[self.today]
        over = [day for day in uses if daily.get(day, 0) > (limit[day] or inf)]
        self.unusual_use = self.today in over
        self.unusual = dict.fromkeys(over, False) | self.unusual

    def tell(self) -> list[Alert]:
        """Return what nobody was told yet, and remember that they are told now."""
        is_out = self.told == Alert.NO_CREDIT
        # A refund of one credit is no news.
        margin = self.recovered - self.threshold if is_out else 0
        level = Alert.LOW_CREDIT if self.low_credit else Alert.RECOVERED
        if self.credit_balance <= self.end + margin:
            level = Alert.NO_CREDIT
        is_news = level != self.told and not (is_out and self.low_credit)
        alerts = [level] if is_news else []
        if not all(self.unusual.values()):
            alerts.append(Alert.UNUSUAL_USE)
        self.told, self.unusual = level, dict.fromkeys(self.unusual, True)
        return alerts

    def _low(self) -> str | None:
        """Return what credit is low by, with a margin on the way back."""
        limit = self.recovered if self.reason == "balance" else self.threshold
        if self.credit_balance <= limit:
            return "balance"
        days = self.days * 2 if self.reason else self.days
        is_short = days and self.days_left is not None and self.days_left <= days
        return "days" if is_short else None

    def _uses(self, fall: float, now: datetime) -> dict[str, float]:
        """Return what of a fall was used on each day since the last reading."""
        end, booked, uses = now.timestamp(), 0.0, {}
        start = min(self.read, end)
        day = datetime.fromtimestamp(start, now.tzinfo).date()
        while day < now.date():
            midnight = datetime.combine(day + DAY, time.min, now.tzinfo).timestamp()
            until = tidy(fall * ((midnight - start) / (end - start)))
            uses[day.isoformat()] = until - booked
            day, booked = day + DAY, until
        return uses | {day.isoformat(): fall - booked}


def tidy(credits: float) -> float:
    """Return credits to the millionth, below any price and above what floats add."""
    rounded = round(credits, 6)
    return int(rounded) if rounded.is_integer() else rounded


def format_credits(credits: float | None) -> str:
    """Return credits as people write them, with two decimals at most."""
    return "–" if credits is None else str(tidy(round(credits, 2)))
