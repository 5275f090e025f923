"""How long credit lasts, and which use of a day is unusual."""

from hypothesis import given, strategies as st
import pytest

from custom_components.thesmsworks.forecast import (
    daily_limit,
    days_left,
    include_unusual_today,
)

credits_ = st.integers(-(10**9), 10**9).map(lambda micro: micro / 1000)
histories = st.lists(st.integers(0, 10**6).map(lambda n: n / 1000), max_size=95)
used_histories = histories.filter(lambda history: any(history[-90:]))


def known_days_left(credit: float, history: list[float]) -> int:
    """Return the days left of an account whose use is known."""
    days = days_left(credit, history)
    assert days is not None
    return days


@given(credits_, credits_, used_histories)
def test_days_left_never_rise_with_less_credit(
    one: float, other: float, history: list[float]
) -> None:
    """A fall of the balance is never good news."""
    less, more = sorted((one, other))
    assert known_days_left(less, history) <= known_days_left(more, history)


@given(st.integers(1, 10**6), used_histories)
def test_days_left_are_never_more_than_by_the_smoothed_pace(
    credit: float, history: list[float]
) -> None:
    """With a half-life of a fortnight, and to the nearest day."""
    recent = history[-90:]
    weights = [0.5 ** (age / 14) for age in reversed(range(len(recent)))]
    used = sum(use * weight for use, weight in zip(recent, weights, strict=True))
    assert known_days_left(credit, history) <= credit * sum(weights) / used + 0.5


@given(st.integers(1, 10**6), used_histories)
def test_twice_the_credit_for_twice_the_use_lasts_no_shorter(
    credit: float, history: list[float]
) -> None:
    """More texts are more even, so that less is kept back for chance."""
    doubled = [2 * use for use in history]
    less, more = known_days_left(credit, history), known_days_left(2 * credit, doubled)
    assert less <= more


@pytest.mark.parametrize("history", [[], [0], [0] * 90, [5] + [0] * 90])
def test_days_left_are_unknown_without_use_in_90_days(history: list[float]) -> None:
    """Then there is no pace that could go on."""
    assert days_left(100, history) is None


@pytest.mark.parametrize("credit", [0, -12.5])
@pytest.mark.parametrize("history", [[], [0], [5]])
def test_no_days_are_left_without_credit(credit: float, history: list[float]) -> None:
    """For that, nothing else needs to be known."""
    assert days_left(credit, history) == 0


@pytest.mark.parametrize(
    ("credit", "history", "days"),
    [
        # The more even days are known, the nearer to 100 days.
        (1_000, [10], 58),
        (1_000, [10] * 2, 68),
        (1_000, [10] * 7, 81),
        (1_000, [10] * 28, 89),
        (1_000, [10] * 90, 91),
        # The fewer texts, the more may chance change.
        (100, [1] * 90, 74),
        (10_000, [100] * 90, 97),
        (0.1, [1] * 90, 0),
        (1, [0.01] * 90, 9),
        # As much use, in ever larger bursts.
        (1_000, [20, 0] * 45, 79),
        (1_000, [70, 0, 0, 0, 0, 0, 0] * 13, 61),
        (1_000, [300] + [0] * 29 + [300] + [0] * 29 + [300] + [0] * 29, 41),
        # Use a while ago counts less, and not at all before 90 days.
        (1_000, [10] + [0] * 89, 1698),
        (1_000, [0] * 45 + [10] + [0] * 44, 1462),
        (1_000, [0] * 89 + [10], 721),
        (1_000, [500] + [10] * 90, 91),
        # An account that became busier, and one that became quieter.
        (1_000, [2] * 76 + [20] * 14, 37),
        (1_000, [2] * 75 + [20] * 15, 37),
        (1_000, [2] * 76 + [10, 30] * 7, 36),
        (1_000, [20] * 76 + [2] * 14, 79),
        # Busier in a fortnight, but by one burst only.
        (1_000, [2] * 80 + [90] + [2] * 9, 117),
    ],
)
def test_days_left_are_cautious(credit: float, history: list[float], days: int) -> None:
    """Less is promised where less is known, and where use varies."""
    assert days_left(credit, history) == days


def test_a_loop_shows_in_the_days_left_before_the_day_is_over() -> None:
    """With 343 texts sent today, 169 credits do not last for weeks."""
    history = [5] * 30
    with_today = include_unusual_today(history, 343, daily_limit(history, 512))
    assert (days_left(169, history), days_left(169, with_today)) == (28, 2)


def test_today_counts_only_above_the_limit() -> None:
    """A usual day is too short so far to tell anything."""
    assert include_unusual_today([5, 6], 50, 50) == [5, 6]
    assert include_unusual_today([5, 6], 50.5, 50) == [5, 6, 50.5]


@pytest.mark.parametrize(
    ("history", "limit"),
    [
        ([0] * 7, 50),
        ([25] * 7, 50),
        ([1] * 6 + [26], 52),
        ([60] + [1] * 34, 120),
        ([60] + [1] * 35, 50),
    ],
)
def test_twice_the_busiest_day_of_a_month_is_unusual(
    history: list[float], limit: float
) -> None:
    """Of 35 days, so that a newsletter a month is usual; but never below 50."""
    assert daily_limit(history, 10_000) == limit


@pytest.mark.parametrize(
    ("opening_balance", "limit"), [(1_000, 200), (250, 50), (240, 50), (-5, 50)]
)
@pytest.mark.parametrize("history", [[], [300] * 6])
def test_a_fifth_of_the_balance_is_unusual_in_the_first_week(
    history: list[float], opening_balance: float, limit: float
) -> None:
    """So that a loop is noticed while most of the credit is left."""
    assert daily_limit(history, opening_balance) == limit
