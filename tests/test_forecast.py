"""How long credit lasts, and what a day with unusual use is."""

from math import sqrt
from statistics import fmean, pvariance

from hypothesis import given, strategies as st
import pytest

from custom_components.thesmsworks.forecast import daily_limit, days_left

credits_ = st.integers(-(10**9), 10**9).map(lambda micro: micro / 1000)
histories = st.lists(st.integers(0, 10**6).map(lambda n: n / 1000), max_size=95)


@given(credits_, credits_, histories)
def test_days_left_never_rise_with_less_credit(
    one: float, other: float, history: list[float]
) -> None:
    """A fall of the balance is never good news."""
    less, more = (days_left(credit, history) for credit in sorted((one, other)))
    assert (less is None) is (more is None) or less == 0
    assert less is None or more is None or less <= more


def needed(history: list[float], days: int) -> float:
    """Return the credits for so many days, which are enough nine times out of ten."""
    variance = pvariance(history) * (days + days**2 / len(history))
    return fmean(history) * days + 1.28 * sqrt(variance)


@given(st.integers(1, 10**6), histories.filter(lambda history: len(history) >= 7))
def test_credit_is_enough_for_the_days_left(
    credit: float, history: list[float]
) -> None:
    """By the use of up to 90 days; one day more is too many by one at least."""
    days = days_left(credit, history)
    if days is None:
        assert not any(history)
        return
    recent = [history[-length:] for length in (28, 42, 60, 90)]
    assert all(needed(uses, days) <= credit * (1 + 1e-9) for uses in recent)
    recent.append(history[-14:])
    assert any(needed(uses, days + 1) >= credit * (1 - 1e-9) for uses in recent)


@pytest.mark.parametrize("history", [[], [5] * 6, [0] * 90])
def test_days_left_are_unknown_without_use_in_a_week(history: list[float]) -> None:
    """A guess would be wrong in most accounts."""
    assert days_left(100, history) is None


@pytest.mark.parametrize("credit", [0, -12.5])
@pytest.mark.parametrize("history", [[], [5] * 7])
def test_no_days_are_left_without_credit(credit: float, history: list[float]) -> None:
    """For that, nothing else needs to be known."""
    assert days_left(credit, history) == 0


@pytest.mark.parametrize(
    ("credit", "history", "days"),
    [
        (99, [10] * 7, 9),
        (100, [10] * 7, 10),
        (0.5, [1] * 90, 0),
        (100, [20, 0] * 45, 6),
        (100, [70, 0, 0, 0, 0, 0, 0] * 12, 3),
        (100, [0] * 89 + [10], 116),
        (100, [0] * 62 + [5] * 28, 20),
        (100, [5] * 40 + [0] * 28, 27),
        (100, [2] * 76 + [10] * 14, 10),
        (100, [10] * 76 + [2] * 14, 10),
        (100, [9] * 34 + [1] * 56, 18),
        (1_000, [0] * 48 + [5] * 14 + [0] * 28, 464),
        (1_000, [0] * 30 + [5] * 32 + [0] * 28, 320),
        (100, [0] * 48 + [4] * 28 + [0, 10] * 7, 13),
        (1_000, [3] * 83 + [2, 4, 3, 3, 3, 3, 10], 278),
    ],
)
def test_days_left_are_cautious(credit: float, history: list[int], days: int) -> None:
    """The more use varies, or the faster it has become, the less is promised."""
    assert days_left(credit, history) == days


@pytest.mark.parametrize(
    ("history", "limit"),
    [
        ([100] * 6, None),
        ([0] * 7, 50),
        ([25] * 7, 50),
        ([1] * 6 + [26], 52),
        ([60] + [1] * 34, 120),
        ([60] + [1] * 35, 50),
    ],
)
def test_twice_the_busiest_day_of_a_month_is_unusual(
    history: list[float], limit: float | None
) -> None:
    """Of 35 days, so that a newsletter a month is usual; but never below 50."""
    assert daily_limit(history) == limit
