"""The ledger of an account: balances in, credits used and days left out.

A fall of the balance is use. A rise, which is a top-up or a refund, is not counted.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Self

WINDOW_DAYS: Final = 28
MIN_OBSERVED: Final = timedelta(hours=24)
DAY: Final = timedelta(days=1)
SECONDS_PER_DAY: Final = 86400

# Far below any price, and far above the noise of a server that counts in floats.
SMALLEST: Final = Decimal("0.000001")


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

    Decimals keep fractions of credits from adding up to binary noise.
    """

    threshold: int
    balance: Decimal | None = None
    used: Decimal = Decimal(0)
    since: datetime | None = None
    daily: dict[date, Decimal] = field(default_factory=dict)
    is_low: bool = False

    def record(self, balance: float, when: datetime) -> Usage:
        """Take a polled balance at a local time, and return what it means."""
        new = Decimal(repr(balance)).quantize(SMALLEST)
        fall = (
            Decimal(0) if self.balance is None else max(self.balance - new, Decimal(0))
        )
        self.balance = new
        self.used += fall
        self._observe(fall, when)
        margin = Decimal(abs(self.threshold)) / 10 if self.is_low else 0
        self.is_low = new <= self.threshold + margin
        return Usage(
            balance=_number(new),
            used=_number(self.used),
            days_left=self._days_left(new, when),
            is_low=self.is_low,
            threshold=self.threshold,
        )

    def _observe(self, fall: Decimal, when: datetime) -> None:
        """Add to the use of today, and forget the days before the window.

        A clock that was set back has days after today: they count as today.
        """
        today = when.date()
        now = when.astimezone(UTC)
        self.since = min(self.since, now) if self.since else now
        oldest = today - (WINDOW_DAYS - 1) * DAY
        if not fall and all(oldest <= day <= today for day in self.daily):
            return
        days: dict[date, Decimal] = {}
        for day, used in [*self.daily.items(), (today, fall)]:
            if used and day >= oldest:
                day = min(day, today)
                days[day] = days.get(day, Decimal(0)) + used
        self.daily = days

    def _days_left(self, balance: Decimal, when: datetime) -> int | None:
        """Return the whole days until nothing is left, or None for an unknown pace."""
        if balance <= 0:
            return 0
        now = when.astimezone(UTC)
        observed = now - (self.since or now)
        used = sum(self.daily.values())
        if not used or observed < MIN_OBSERVED:
            return None
        oldest = when.date() - (WINDOW_DAYS - 1) * DAY
        window = now - datetime.combine(oldest, time.min, when.tzinfo).astimezone(UTC)
        seconds = Decimal(min(observed, window).total_seconds())
        return int(balance * seconds / used / SECONDS_PER_DAY)

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
            "balance": _text(self.balance or Decimal(0)),
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
            balance=_decimal(data["balance"]),
            used=_amount(data["used"]),
            since=since,
            daily={
                date.fromisoformat(day): _amount(used)
                for day, used in data["daily"].items()
            },
            # Another threshold is another question: the old answer has no say in it.
            is_low=data["threshold"] == threshold and data["is_low"] is True,
        )


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{text} is not a number")
    return number


def _amount(text: str) -> Decimal:
    number = _decimal(text)
    if number < 0:
        raise ValueError(f"{text} is below 0")
    return number


def _text(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _number(number: Decimal) -> float:
    return int(number) if number == int(number) else float(number)
