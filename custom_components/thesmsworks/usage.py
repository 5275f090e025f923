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


@dataclass(kw_only=True, slots=True)
class Ledger:
    """What is known of an account, as JSON can hold it. Figures are in credits.

    `read` is the POSIX time of the last reading. `daily` is the use of each local day
    since the first, 0 included. `told` is the level of credit that was told last, and
    `unusual` has the days with unusual use, and if that was told.

    The options are when to warn: at `threshold` credits, at `days` left (0 for never),
    and at `limit` credits a day (None where the use so far tells it).

    The rest follows from both on the day `today`. `reason` is what credit is low by,
    "balance" or "days".
    """

    credit_balance: float
    read: float = field(compare=False)
    credits_used: float = 0
    daily: dict[str, float] = field(default_factory=dict, compare=False)
    told: str = Alert.RECOVERED
    unusual: dict[str, bool] = field(default_factory=dict)

    threshold: int = 0
    days: int = 0
    limit: int | None = None

    today: str = ""
    used_today: float = 0
    days_left: int | None = None
    daily_limit: float | None = None
    unusual_use: bool = False
    low_credit: bool = False
    reason: str | None = None

    @property
    def end(self) -> int:
        """The balance at which texts stop: 0, or an agreed overdraft."""
        return min(0, self.threshold)

    @property
    def recovered(self) -> float:
        """The balance above which credit is no longer low."""
        return self.threshold + abs(self.threshold) / 10

    def record(self, balance: float, now: datetime) -> Self:
        """Return the ledger with a balance that was read at a local time.

        It is the same one if only `read` has changed, as for most polls.
        """
        balance, today = tidy(balance), now.date().isoformat()
        is_booked = today in self.daily and today == self.today
        if is_booked and balance == self.credit_balance:
            self.read = now.timestamp()
            return self
        fall = max(tidy(self.credit_balance - balance), 0)
        daily = self._book(fall, now)
        ledger = replace(
            self,
            credit_balance=balance,
            read=now.timestamp(),
            credits_used=tidy(self.credits_used + fall),
            daily=daily,
        ).answer(now)
        over = [
            day
            for day in daily
            if (day == today or daily[day] != self.daily.get(day))
            and ledger.is_unusual(day)
        ]
        known = {day: told for day, told in self.unusual.items() if day in daily}
        return replace(ledger, unusual=dict.fromkeys(over, False) | known)

    def ask(self, *, threshold: int, days: int, daily_limit: int | None) -> Self:
        """Return the ledger with options to answer. Changed ones have no margin yet."""
        is_same = (threshold, days) == (self.threshold, self.days)
        return replace(
            self,
            threshold=threshold,
            days=days,
            limit=daily_limit,
            reason=self.reason if is_same else None,
            today="",
        )

    def answer(self, now: datetime) -> Self:
        """Return the ledger with what follows from it at a local time."""
        today = now.date().isoformat()
        # Only a reading ends a day: of the one in which it was, more may be unread.
        read = datetime.fromtimestamp(self.read, now.tzinfo).date().isoformat()
        history = whole_days(self.daily, read)
        lasts = days_left(self.credit_balance - self.end, history)
        reason = self._low(lasts)
        return replace(
            self,
            today=today,
            used_today=self.daily.get(today, 0),
            days_left=lasts,
            daily_limit=self._limit(today),
            unusual_use=self.is_unusual(today),
            low_credit=reason is not None,
            reason=reason,
        )

    def is_unusual(self, day: str) -> bool:
        """Return if more was used on a day than its limit."""
        return self.daily.get(day, 0) > (self._limit(day) or inf)

    def tell(self) -> tuple[Self, list[Alert]]:
        """Return what nobody was told yet, and the ledger once they are told."""
        level, alerts = self._level(), []
        is_partial_top_up = (self.told, level) == (Alert.NO_CREDIT, Alert.LOW_CREDIT)
        if level != self.told and not is_partial_top_up:
            alerts.append(level)
        if not all(self.unusual.values()):
            alerts.append(Alert.UNUSUAL_USE)
        unusual = dict.fromkeys(self.unusual, True)
        return replace(self, told=level, unusual=unusual), alerts

    def _level(self) -> Alert:
        """Return how good or bad it is, which a refund of one credit does not change."""
        margin = self.recovered - self.threshold
        if self.credit_balance <= self.end + margin * (self.told == Alert.NO_CREDIT):
            return Alert.NO_CREDIT
        return Alert.LOW_CREDIT if self.low_credit else Alert.RECOVERED

    def _low(self, lasts: int | None) -> str | None:
        """Return what credit is low by, with a margin on the way back."""
        limit = self.recovered if self.reason == "balance" else self.threshold
        if self.credit_balance <= limit:
            return "balance"
        days = self.days * 2 if self.reason else self.days
        return "days" if days and lasts is not None and lasts <= days else None

    def _limit(self, day: str) -> float | None:
        """Return the use above which a day is unusual, None where none is known."""
        return self.limit or daily_limit(whole_days(self.daily, day))

    def _book(self, fall: float, now: datetime) -> dict[str, float]:
        """Return the use of each day, with a fall since the last reading on them.

        In proportion to the time, so that the shares add up to the fall. A clock that
        was set back leaves the day of now. Days to come are kept: a clock that is
        behind would forget all others.
        """
        end, booked, daily = now.timestamp(), 0.0, defaultdict(float, self.daily)
        start = min(self.read, end)
        day = datetime.fromtimestamp(start, now.tzinfo).date()
        while day < now.date():
            midnight = datetime.combine(day + DAY, time.min, now.tzinfo).timestamp()
            until = tidy(fall * ((midnight - start) / (end - start)))
            daily[day.isoformat()] += until - booked
            day, booked = day + DAY, until
        daily[day.isoformat()] += fall - booked
        oldest = (now - DAYS_KEPT).date().isoformat()
        return {day: tidy(used) for day, used in daily.items() if day >= oldest}


def tidy(credits: float, digits: int = 6) -> float:
    """Return credits to the millionth, below any price and above what floats add."""
    rounded = round(credits, digits)
    return int(rounded) if rounded.is_integer() else rounded
