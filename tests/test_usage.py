"""Balances in, credits used and days left out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.thesmsworks.usage import MICRO, Ledger, Usage

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 3, 1, 12, tzinfo=LONDON)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

balances = st.lists(
    st.decimals(-(10**12), 10**12, places=4).map(float), min_size=1, max_size=40
)
steps = st.lists(st.integers(-100_000, 1_000_000), min_size=40, max_size=40)


def record(
    ledger: Ledger, *balances: float, start: datetime = START, step: timedelta = HOUR
) -> Usage:
    """Record balances one step apart, and return what the last one meant."""
    for number, balance in enumerate(balances):
        usage = ledger.record(balance, start + number * step)
    return usage


def restart(ledger: Ledger, threshold: int = 50) -> Ledger:
    """Return the ledger as it comes back from its file."""
    return Ledger.from_dict(json.loads(json.dumps(ledger.as_dict())), threshold)


@pytest.fixture
def ledger() -> Ledger:
    """Return a new ledger."""
    return Ledger(threshold=50)


def test_first_balance_is_no_use(ledger: Ledger) -> None:
    """What was used before the installation is not known."""
    assert record(ledger, 180) == Usage(
        balance=180, used=0, days_left=None, is_low=False, threshold=50
    )


@pytest.mark.parametrize(
    ("polled", "used"),
    [
        ([180, 170], 10),
        ([180, 170, 170, 165], 15),
        ([180, 170, 370, 360], 20),
        ([180, 170, 171, 171], 10),
        ([5, -5], 10),
        ([0.3, 0.2, 0.0], 0.3),
        ([1, 0.9, 0.7], 0.3),
        ([2e9, 1e9], 10**9),
        ([100, 97.5], 2.5),
        ([180, 180 - 0.1, 180 - 0.1 - 0.1, 180 - 0.1 - 0.1 - 0.1], 0.3),
    ],
)
def test_falls_are_used_and_rises_are_not(
    ledger: Ledger, polled: list[float], used: float
) -> None:
    """Fractions add up to what a person would write."""
    assert str(record(ledger, *polled).used) == str(used)


def test_noise_of_a_server_that_counts_in_floats_is_not_shown(ledger: Ledger) -> None:
    """Nor is it taken for use."""
    assert record(ledger, 0.1 + 0.2, 0.3) == Usage(
        balance=0.3, used=0, days_left=None, is_low=True, threshold=50
    )


@given(balances)
def test_used_is_the_sum_of_all_falls(polled: list[float]) -> None:
    """For any sequence of balances, and it never falls itself."""
    ledger, totals = Ledger(threshold=50), []
    for number, balance in enumerate(polled):
        totals.append(ledger.record(balance, START + number * HOUR).used)

    exact = [Decimal(repr(balance)) for balance in polled]
    falls = sum(max(before - after, Decimal(0)) for before, after in pairwise(exact))
    assert ledger.used == falls * MICRO
    assert totals == sorted(totals)


@given(balances, steps)
def test_restart_changes_no_answer(polled: list[float], steps: list[int]) -> None:
    """Whenever it happens, and whatever the clock did meanwhile."""
    steady, restarted, when = Ledger(threshold=50), Ledger(threshold=50), START
    for balance, seconds in zip(polled, steps, strict=False):
        when += timedelta(seconds=seconds)
        assert steady.record(balance, when) == restarted.record(balance, when)
        restarted = restart(restarted)
        assert restarted == steady


@given(st.integers(1, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_fall_may_be_seen_in_several_polls(start: int, falls: list[int]) -> None:
    """Polling more often gives the same total."""
    once, often = Ledger(threshold=50), Ledger(threshold=50)
    record(once, start, start - sum(falls))
    record(often, start, *(start - sum(falls[: n + 1]) for n in range(len(falls))))

    assert once.used == often.used


@given(balances, steps)
def test_use_per_day_is_never_more_than_the_total(
    polled: list[float], steps: list[int]
) -> None:
    """Nor are there more than 28 days of it, or, once used, one still to come."""
    ledger, when = Ledger(threshold=50), START
    for balance, seconds in zip(polled, steps, strict=False):
        when += timedelta(seconds=seconds)
        before = ledger.used
        ledger.record(balance, when)

        assert sum(ledger.daily.values()) <= ledger.used
        assert len(ledger.daily) <= 28
        if ledger.used > before:
            assert all(0 <= (when.date() - day).days < 28 for day in ledger.daily)


def test_use_is_kept_by_local_day(ledger: Ledger) -> None:
    """Half past midnight in summer is still the day before in UTC."""
    midnight = datetime(2026, 7, 1, tzinfo=LONDON)
    record(ledger, 100, 99, 97, start=midnight - timedelta(minutes=30), step=HOUR)

    assert ledger.as_dict()["daily"] == {"2026-07-01": "3"}


def test_pace_is_not_known_on_the_first_day(ledger: Ledger) -> None:
    """Nor while nothing was used, however long."""
    assert (
        record(ledger, 100, 90, step=24 * HOUR - timedelta(seconds=1)).days_left is None
    )
    assert record(Ledger(threshold=50), 100, 100, step=7 * DAY).days_left is None


def test_days_left_are_whole_days_at_the_recent_pace(ledger: Ledger) -> None:
    """Ten a day make 99 last nine days, not ten."""
    assert record(ledger, 119, 109, 99, step=DAY).days_left == 9


def test_use_of_more_than_28_days_ago_is_no_pace(ledger: Ledger) -> None:
    """A busy month that is over does not frighten anybody."""
    record(ledger, 10_000, 5_000)
    usage = record(ledger, 4_990, 4_980, start=START + 40 * DAY, step=DAY)

    # Twenty since midnight 27 days ago, one of them an hour short.
    assert usage.days_left == 4_980 * (27 * 24 + 11) // (20 * 24)
    assert usage.used == 5_020


def test_pace_is_not_known_after_28_days_without_use(ledger: Ledger) -> None:
    """What was used before says nothing any more."""
    record(ledger, 1_000, 900)

    assert record(ledger, 900, start=START + 27 * DAY).days_left is not None
    assert record(ledger, 900, start=START + 28 * DAY).days_left is None


@pytest.mark.parametrize("balance", [0, -12.5])
def test_no_days_are_left_without_credit(ledger: Ledger, balance: float) -> None:
    """For that, no pace is needed."""
    assert record(ledger, balance).days_left == 0


@pytest.mark.parametrize(
    ("change", "hours"), [(datetime(2026, 3, 29), 23), (datetime(2026, 10, 25), 25)]
)
def test_day_of_the_clock_change_has_its_real_length(
    ledger: Ledger, change: datetime, hours: int
) -> None:
    """Noon to noon over it is not 24 hours."""
    noon = change.replace(hour=12, tzinfo=LONDON)
    usage = record(ledger, 1_100, 100, start=noon - DAY, step=DAY)

    assert usage.days_left == (None if hours < 24 else 100 * hours // (1_000 * 24))


def test_clock_that_is_set_back_loses_no_use(ledger: Ledger) -> None:
    """Days that turned out not to have come yet count as today."""
    record(ledger, 100, 90, start=START + 365 * DAY)
    usage = record(ledger, 90, 80, 70, start=START, step=DAY)

    assert usage.used == 30
    assert sum(ledger.daily.values()) == 30 * MICRO
    assert usage.days_left == 4


def test_use_that_the_clock_dated_ahead_ages_like_any_other(ledger: Ledger) -> None:
    """Forty days later, it is no recent pace, although its date is still to come."""
    record(ledger, 100, 90, start=START + 365 * DAY)
    record(ledger, 80, start=START)
    usage = record(ledger, 80, 79, start=START + 39 * DAY, step=DAY)

    # One since midnight 27 days ago.
    assert usage.days_left == 79 * (27 * 24 + 11) // 24
    assert usage.used == 21


def test_no_more_than_28_days_are_kept(ledger: Ledger) -> None:
    """However long it runs."""
    record(ledger, *range(100, 40, -1), step=DAY)

    assert len(ledger.daily) == 28


@pytest.mark.parametrize(
    ("threshold", "polled", "is_low"),
    [
        (50, [51, 50], True),
        (50, [51], False),
        (50, [50, 51, 55], True),
        (50, [50, 55, 55.5], False),
        (50, [50, 56, 53], False),
        (50, [53], False),
        (0, [0], True),
        (0, [0, 1], False),
        (-100, [-99], False),
        (-100, [-100, -90], True),
        (-100, [-100, -89], False),
    ],
)
def test_credit_is_low_until_it_is_clearly_not(
    threshold: int, polled: list[float], is_low: bool
) -> None:
    """One refunded text does not end an alert."""
    assert record(Ledger(threshold=threshold), *polled).is_low is is_low


def test_low_credit_is_remembered_over_a_restart(ledger: Ledger) -> None:
    """So a refund meanwhile does not end it either."""
    record(ledger, 50)

    assert restart(ledger).record(53, START).is_low


def test_other_threshold_is_another_question(ledger: Ledger) -> None:
    """Whoever lowers it below the balance has no low credit any more."""
    record(ledger, 50)

    assert not restart(ledger, threshold=48).record(50, START).is_low
    assert restart(ledger, threshold=48).record(48, START).is_low


GOOD: dict[str, Any] = {
    "threshold": 50,
    "balance": "100",
    "used": "5",
    "since": "2026-03-01 12:00:00+00:00",
    "daily": {"2026-03-01": "5"},
    "is_low": False,
}


def test_stored_ledger_is_understood() -> None:
    """The form that is on people's disks stays readable."""
    usage = Ledger.from_dict(GOOD, 50).record(90, datetime(2026, 3, 3, 12, tzinfo=UTC))

    assert (usage.used, usage.days_left) == (15, 12)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("balance", "lots"),
        ("balance", "NaN"),
        ("balance", None),
        ("used", "Infinity"),
        ("used", "-5"),
        ("used", []),
        ("since", "yesterday"),
        ("since", "2026-03-01 12:00:00"),
        ("since", 5),
        ("daily", ["2026-03-01"]),
        ("daily", {"today": "5"}),
        ("daily", {"2026-03-01": "-1"}),
    ],
)
def test_stored_nonsense_is_refused(key: str, value: object) -> None:
    """A ledger that lies is worse than none."""
    with pytest.raises((ArithmeticError, AttributeError, TypeError, ValueError)):
        Ledger.from_dict(GOOD | {key: value}, 50)


@pytest.mark.parametrize("key", GOOD)
def test_stored_ledger_with_a_gap_is_refused(key: str) -> None:
    """Every part of it counts."""
    with pytest.raises(KeyError):
        Ledger.from_dict({k: v for k, v in GOOD.items() if k != key}, 50)
