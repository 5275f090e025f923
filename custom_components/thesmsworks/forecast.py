"""How long credit lasts, and what a day with unusual use is. Pure functions.

`history` is the use of whole days in credits, the oldest first.
"""

from collections.abc import Mapping, Sequence
from math import inf, sqrt
from statistics import fmean
from typing import Final

MIN_DAYS: Final = 7

# What the benchmark of foresight supports.
WINDOWS: Final = (28, 42, 60, 90)
FORTNIGHT: Final = 14
Z_90_PERCENT: Final = 1.28

# Reaches back to what happens once a month, however long the month.
BUSIEST_WINDOW: Final = 35
MIN_DAILY_LIMIT: Final = 50

type Pace = tuple[float, float, int]


def whole_days(daily: Mapping[str, float], today: str) -> list[float]:
    """Return the use of the days before today but the first, which began before."""
    return [daily[day] for day in sorted(daily) if day < today][1:]


def days_left(credit: float, history: Sequence[float]) -> int | None:
    """Return the whole days that credit lasts, nine times out of ten at least.

    None where fewer than 7 days are known or nothing was used. The last fortnight
    counts by itself where it is surely faster than the whole. Source: the reorder
    point for a service level of 90 % (Teunter & Duncan 2006), solved for the time.
    """
    if credit <= 0:
        return 0
    if len(history) < MIN_DAYS or not any(history):
        return None
    paces = [_pace(history[-days:]) for days in WINDOWS]
    mean, spread, days = fortnight = _pace(history[-FORTNIGHT:])
    if mean - sqrt(spread / days) > paces[-1][0]:
        paces.append(fortnight)
    return int(min(_lasts(credit, pace) for pace in paces))


def _pace(uses: Sequence[float]) -> Pace:
    """Return the mean use of a day, z² times its variance, and the number of days."""
    mean = fmean(uses)
    variance = fmean([(use - mean) ** 2 for use in uses])
    return mean, Z_90_PERCENT**2 * variance, len(uses)


def _lasts(credit: float, pace: Pace) -> float:
    """Return the largest N with m·N + z·√(v·N + v·N²/H) ≤ credit.

    m and v are mean and variance of the use of a day, H is the number of days. v·N
    is for what chance does in N days, v·N²/H for how well H days tell the mean.
    """
    mean, spread, days = pace
    if not mean:
        return inf
    # Of the forms of the solution, the one that never rises with less credit.
    chance = spread / credit
    root = sqrt(chance**2 + 4 * mean * chance + 4 * spread / days)
    return 2 * credit / (2 * mean + chance + root)


def daily_limit(history: Sequence[float]) -> float | None:
    """Return the use above which a day is unusual, None below 7 known days."""
    if len(history) < MIN_DAYS:
        return None
    return max(MIN_DAILY_LIMIT, 2 * max(history[-BUSIEST_WINDOW:]))
