"""What is known of an account, and what follows from it.

All figures are in credits unless they say otherwise. Days are local ones, written as ISO
dates, and moments are POSIX times in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

MIN_MARGIN: Final = 4


class Level(StrEnum):
    """How much credit is left."""

    OK = "ok"
    LOW = "low"
    OUT = "out"


class LowReason(StrEnum):
    """What makes credit low."""

    BALANCE = "balance"
    DAYS = "days"


class Alert(StrEnum):
    """A change that is told, named as the event types of the alert entity."""

    LOW_CREDIT = "low_credit"
    NO_CREDIT = "no_credit"
    RECOVERED = "recovered"
    UNUSUAL_USE = "unusual_use"
    UNKNOWN_CREDIT = "unknown_credit"
    KNOWN_AGAIN = "known_again"


class ReadingStatus(StrEnum):
    """How the reading of an account stands.

    KNOWN: the last reading has worked. FAILED: it has not. UNREAD: none has for a day.
    NOT_POLLED: none was asked for in a day. REFUSED: the token is not accepted.
    NOT_LOADED: the account could not be set up. DISABLED: the user wants none.
    """

    KNOWN = "known"
    FAILED = "failed"
    UNREAD = "unread"
    NOT_POLLED = "not_polled"
    REFUSED = "refused"
    NOT_LOADED = "not_loaded"
    DISABLED = "disabled"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """When to warn.

    Credit is low at `threshold` credits, and when it lasts for `days` days (0 turns that
    off). It is out at minus `overdraft`. Use above `daily_limit` is unusual (None: the
    limit follows from the use so far).
    """

    threshold: int = 40
    days: int = 7
    overdraft: int = 0
    daily_limit: int | None = None

    @classmethod
    def from_entry(cls, entry: ConfigEntry) -> Self:
        """Return the options of a config entry.

        Those that only a newer version knows are left out.
        """
        known = {option.name for option in fields(cls)}
        return cls(**{key: entry.options[key] for key in entry.options if key in known})

    @property
    def level_options(self) -> tuple[int, int, int]:
        """The options that the level is judged by."""
        return self.threshold, self.days, self.overdraft

    @property
    def empty_balance(self) -> int:
        """The balance at which texts stop."""
        return -self.overdraft

    @property
    def refilled_balance(self) -> int:
        """The balance above which credit is no longer out.

        A refund of a credit or two is no news.
        """
        return self.empty_balance + MIN_MARGIN

    @property
    def recovered_balance(self) -> float:
        """The balance above which credit is no longer low."""
        return self.threshold + max(MIN_MARGIN, abs(self.threshold) / 10)

    @property
    def recovered_days(self) -> int:
        """The days that credit has to outlast to be no longer low."""
        return 2 * self.days


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A balance that was read."""

    balance: float
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """What is known of an account for sure, and what was said of it.

    This is all that is stored. `used_by_day` has each day since the first reading, 90
    whole ones at most. `credits_used` is the total since then. `opening_balances` are
    those with which the days of the last two readings began.
    """

    balance: float
    read_at: float
    previous_read_at: float
    credits_used: float
    used_by_day: Mapping[str, float]
    opening_balances: Mapping[str, float]

    # The last level, as it takes a margin to leave it, and the options that it was
    # judged by, as there is no margin for other ones.
    level: Level = Level.OK
    level_options: tuple[int, ...] = ()
    unusual_days: frozenset[str] = frozenset()

    told_level: Level = Level.OK
    told_unusual_days: frozenset[str] = frozenset()
    told_unusual_at: float | None = None
    told_unknown: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UnusualDay:
    """A day with unusual use."""

    day: str
    used: float
    daily_limit: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """What follows from a ledger and the options at a moment. It is never stored.

    `days_left` is in whole days, and None as long as no use is known. `lasts_until` is
    None then, too, and if it is more than ten years ahead. `newly_unusual_days` are those
    since the reading before the last one.
    """

    options: Options
    balance: float
    credits_used: float
    used_today: float
    used_30_days: float
    days_left: int | None
    lasts_until: date | None
    level: Level
    low_reason: LowReason | None
    daily_limit: float
    unusual_use: bool
    newly_unusual_days: frozenset[str]
    last_unusual_day: UnusualDay | None
