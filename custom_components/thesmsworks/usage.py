"""The ledger of an account: balances in, credits used and days left out.

A fall of the balance is use. A rise, which is a top-up or a refund, is not counted.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Self

WINDOW: Final = timedelta(days=28)
MIN_OBSERVED: Final = timedelta(hours=24)
DAY: Final = timedelta(days=1)
MICROSECOND: Final = timedelta(microseconds=1)

# A millionth of a credit: far below any price, and far above the noise of a server
# that counts in floats.
MICRO: Final = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a ledger makes of the last balance.

    `balance`, `used` and `threshold` are in credits. `days_left` is whole days at the
    recent pace, or None while there is no pace to tell it from.
    """

    balance: float
    used: float
    days_left: int | None
    is_low: bool
    threshold: int


@dataclass(kw_only=True, slots=True)
class Ledger:
    """What has to be remembered of an account from poll to poll.

    `threshold` is in credits. `balance`, `used` and `daily` are in millionths of a
    credit, which are whole numbers and so add up exactly.
    """

    threshold: int
    balance: int | None = None
    used: int = 0
    since: datetime | None = None
    daily: dict[date, int] = field(default_factory=dict)
    is_low: bool = False

    def record(self, balance: float, when: datetime) -> Usage:
        """Take a polled balance at a local time, and return what it means."""
        new, now = _micro(balance), when.astimezone(UTC)
        if self.balance is not None and new < self.balance:
            self._use(self.balance - new, when.date())
        self.balance = new
        self.since = min(self.since or now, now)
        limit = self.threshold * MICRO
        self.is_low = new <= (limit + abs(limit) // 10 if self.is_low else limit)
        return Usage(
            balance=_number(new),
            used=_number(self.used),
            days_left=self._days_left(new, when, now - self.since),
            is_low=self.is_low,
            threshold=self.threshold,
        )

    def _use(self, fall: int, today: date) -> None:
        """Add to the total and to today, and forget the days before the window.

        A clock that was set back has days after today: they count as today.
        """
        self.used += fall
        oldest = _oldest(today)
        days: dict[date, int] = {}
        for day, used in [*self.daily.items(), (today, fall)]:
            if day >= oldest:
                day = min(day, today)
                days[day] = days.get(day, 0) + used
        self.daily = days

    def _days_left(
        self, balance: int, when: datetime, observed: timedelta
    ) -> int | None:
        """Return the whole days until nothing is left, or None for an unknown pace."""
        if balance <= 0:
            return 0
        if not self.daily or observed < MIN_OBSERVED:
            return None
        oldest = _oldest(when.date())
        used = sum(used for day, used in self.daily.items() if day >= oldest)
        if not used:
            return None
        midnight = datetime.combine(oldest, time.min, when.tzinfo)
        window = when.astimezone(UTC) - midnight.astimezone(UTC)
        span = min(observed, window) // MICROSECOND
        return balance * span // (used * (DAY // MICROSECOND))

    @property
    def revision(self) -> tuple[object, ...]:
        """What is another after each record that must be stored.

        The days need not be in it: they change with the total, or fall out of the
        window, as they would again after a restart.
        """
        return self.balance, self.used, self.since, self.is_low

    def as_dict(self) -> dict[str, Any]:
        """Return a ledger that has a record as JSON can hold it."""
        return {
            "threshold": self.threshold,
            "balance": _text(self.balance or 0),
            "used": _text(self.used),
            "since": str(self.since),
            "daily": {day.isoformat(): _text(used) for day, used in self.daily.items()},
            "is_low": self.is_low,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any], threshold: int) -> Self:
        """Return a ledger that was stored, to go on with this threshold.

        Raises ArithmeticError, AttributeError, KeyError, TypeError or ValueError for
        what as_dict() did not make.
        """
        since = datetime.fromisoformat(data["since"])
        if since.tzinfo is None:
            raise ValueError("the start has no time zone")
        return cls(
            threshold=threshold,
            balance=_micro(data["balance"]),
            used=_amount(data["used"]),
            since=since,
            daily={
                date.fromisoformat(day): _amount(used)
                for day, used in data["daily"].items()
            },
            # Another threshold is another question: the old answer has no say in it.
            is_low=data["threshold"] == threshold and data["is_low"] is True,
        )


def _oldest(today: date) -> date:
    """Return the first day of the window."""
    return today - WINDOW + DAY


def _micro(credits: float | str) -> int:
    """Return millionths of a credit, rounded. A str is as exact as it is long."""
    if isinstance(credits, int):
        return credits * MICRO
    return round(Decimal(str(credits)) * MICRO)


def _amount(text: str) -> int:
    number = _micro(text)
    if number < 0:
        raise ValueError(f"{text} is below 0")
    return number


def _text(micro: int) -> str:
    return format((Decimal(micro) / MICRO).normalize(), "f")


def _number(micro: int) -> float:
    whole, rest = divmod(micro, MICRO)
    return micro / MICRO if rest else whole
