"""How long credit lasts and what use is unusual, by the use of whole days so far."""

from collections.abc import Mapping, Sequence
from math import inf, sqrt
from statistics import fmean
from typing import Final

MIN_DAYS: Final = 7
WINDOWS: Final = (28, 42, 60, 90)  # What the benchmark of foresight supports.
Z_90_PERCENT: Final = 1.28
BUSIEST_WINDOW: Final = 35  # Reaches back to what happens once a month.
MIN_DAILY_LIMIT: Final = 50


def whole_days(daily: Mapping[str, float], today: str) -> list[float]:
    """Return the use of the days before today but the first, which began before."""
    return [daily[day] for day in sorted(daily) if day < today][1:]


def days_left(credit: float, history: Sequence[float]) -> int | None:
    """Return the whole days that credit lasts, nine times out of ten at least.

    None where fewer than 7 days are known or nothing was used. Source: the reorder
    point for a service level of 90 % (Teunter & Duncan 2006), solved for the time.
    """
    if credit <= 0:
        return 0
    if len(history) < MIN_DAYS or not any(history):
        return None
    paces = [_pace(history[-days:]) for days in WINDOWS]
    mean, spread, days = fortnight = _pace(history[-14:])
    # A pace that is surely faster than the whole counts by itself.
    if mean - sqrt(spread / days) > paces[-1][0]:
        paces.append(fortnight)
    return int(min(_lasts(credit, *pace) for pace in paces))


def _pace(uses: Sequence[float]) -> tuple[float, float, int]:
    """Return the mean use of a day, z² times its variance, and the number of days."""
    mean = fmean(uses)
    return mean, Z_90_PERCENT**2 * fmean([(use - mean) ** 2 for use in uses]), len(uses)


def _lasts(credit: float, mean: float, spread: float, days: int) -> float:
    """Return the largest N with mean·N + √(spread·N + spread·N²/days) ≤ credit.

    spread·N is for what chance does in N days, the rest for how well days tell it.
    """
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
