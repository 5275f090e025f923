"""How long credit lasts, and which use of a day is unusual.

Both are judged by the history of an account: the use of its whole days so far, oldest
first, followed by today's as soon as it is unusual.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Final

# What was used earlier says nothing about the days to come.
MAX_DAYS: Final = 90

# A day counts half as much as one that is a fortnight younger. That is short enough to
# follow an account that changes, and long enough to remember what is sent once a month.
FORTNIGHT: Final = 14
WEIGHTS: Final = tuple(0.5 ** (age / FORTNIGHT) for age in reversed(range(MAX_DAYS)))

# Added to the dispersion that was seen, because the largest burst is still to come.
# Found on real use: with it, the days shown are too many in one case out of ten.
UNSEEN_DISPERSION: Final = 1.5

# Where a pace drifts, the error of exponential smoothing is twice as large as chance
# alone would make it, if the weights suit the drift (Muth 1960).
DRIFT: Final = 2

# From so many days on, the busiest of them tells what is usual.
MIN_DAYS_TO_COMPARE: Final = 7
# Reaches back to what is sent once a month.
BUSIEST_WINDOW: Final = 35
# Less is never unusual: so few credits are not worth an alarm.
MIN_DAILY_LIMIT: Final = 50
# What a new account may use of its balance on a day. Five such days would end it.
NEW_ACCOUNT_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class _Pace:
    """The mean use of a day, and how many days tell it."""

    mean: float
    days: float


def include_unusual_today(
    history: Sequence[float], used_today: float, limit: float
) -> list[float]:
    """Return the history, followed by today if its use is above the daily limit.

    Today's use is too little to go by until the day is over. But above the limit it
    shows already that credit will not last as long as it would have.
    """
    if used_today > limit:
        return [*history, used_today]
    return list(history)


def days_left(credit: float, history: Sequence[float]) -> int | None:
    """Return how many days credit lasts at least, in about nine cases out of ten.

    None if no use is known.
    """
    if credit <= 0:
        return 0
    recent = history[-MAX_DAYS:]
    if not any(recent):
        return None
    dispersion = _dispersion(recent)
    days = min(_lasts(credit, pace, dispersion) for pace in _paces(recent))
    return round(days)


def _dispersion(uses: Sequence[float]) -> float:
    """Return the index of dispersion, which tells how much use comes in bursts.

    It is about 1 for single texts at random times, and about n for mailings of n texts.
    All days count alike: bursts are rare, and their size changes less than the pace.
    """
    return _variance(uses) / fmean(uses) + UNSEEN_DISPERSION


def _paces(uses: Sequence[float]) -> list[_Pace]:
    """Return the paces at which use may go on."""
    smoothed = _smoothed_pace(uses)
    fortnight = uses[-FORTNIGHT:]
    latest = _Pace(fmean(fortnight), len(fortnight))
    standard_error = sqrt(_variance(fortnight) / latest.days)
    # Smoothing is slow to follow an account that has become much busier.
    if latest.mean - standard_error > smoothed.mean:
        return [smoothed, latest]
    return [smoothed]


def _smoothed_pace(uses: Sequence[float]) -> _Pace:
    """Return the pace by exponential smoothing: younger days count more.

    Days of unequal weight tell less than their number. Kish's effective sample size
    (1965) is the number of equal days that would tell as much.
    """
    weights = WEIGHTS[-len(uses) :]
    effective_days = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    return _Pace(fmean(uses, weights), effective_days)


def _variance(uses: Sequence[float]) -> float:
    """Return the variance. `statistics.pvariance` is exact, and ten times slower."""
    mean = fmean(uses)
    return fmean([(use - mean) ** 2 for use in uses])


def _lasts(credit: float, pace: _Pace, dispersion: float) -> float:
    """Return how many days credit lasts, with a margin for what is not known.

    After N days, credit - mean·N is expected to be left. Its variance has two parts:

    - dispersion·mean·N: what chance does in these N days,
    - DRIFT·dispersion·mean·N²/days: how well the pace is known. As credit is to last
      for N days, mean·N is at most credit, which stands in its place below.

    N is the largest number of days for which the expected rest is at least as large as
    its standard deviation:

        (credit - mean·N)² ≥ dispersion·N·(mean + DRIFT·credit/days)

    Divided by credit², this is (1 - share·N)² ≥ doubt·N.
    """
    share = pace.mean / credit
    doubt = dispersion / credit * (share + DRIFT / pace.days)
    # Of the forms of the solution, the one that never rises with less credit.
    return 2 / (2 * share + doubt + sqrt(doubt * (doubt + 4 * share)))


def daily_limit(history: Sequence[float], opening_balance: float) -> float:
    """Return the use above which a day is unusual.

    The balance with which the day began is all there is to go by in the first week.
    """
    if len(history) < MIN_DAYS_TO_COMPARE:
        usual = NEW_ACCOUNT_SHARE * opening_balance
    else:
        usual = 2 * max(history[-BUSIEST_WINDOW:])
    return max(MIN_DAILY_LIMIT, usual)
