"""Readings in; how much was used, and on which day, out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.thesmsworks.models import Ledger, Reading
from custom_components.thesmsworks.usage import record, round_credits, whole_days

from .common import DAY, LONDON, MINUTE, NOON

HOUR = timedelta(hours=1)
# Half an hour off, changed by half an hour, changed at midnight, a date skipped.
ZONES = [
    "Europe/London",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
]

balances = st.integers(-(10**9), 10**9).map(lambda micro: micro / 10_000)
waits = st.integers(-100_000, 1_000_000).map(lambda seconds: timedelta(seconds=seconds))
zones = st.sampled_from(ZONES).map(ZoneInfo)
timestamps = st.integers(946_684_800, 2_208_988_800)  # From 2000 to 2040.


def recorded(*readings: tuple[float, datetime]) -> Ledger:
    """Return the ledger of some readings."""
    ledger = None
    for balance, at in readings:
        ledger = record(ledger, Reading(balance=balance, at=at))
    assert ledger
    return ledger


def used_daily(used: float, days: int, start: datetime) -> Ledger:
    """Return the ledger of an account that used as much on each of some days."""
    return recorded(*((-used * day, start + day * DAY) for day in range(days + 1)))


def exact_sum(numbers: Iterable[float]) -> Decimal:
    """Return the sum of numbers as they are written."""
    return sum((Decimal(repr(number)) for number in numbers), Decimal(0))


def test_first_reading_opens_the_ledger() -> None:
    ledger = recorded((180, NOON))
    assert ledger == Ledger(
        balance=180,
        read_at=NOON.timestamp(),
        previous_read_at=NOON.timestamp(),
        credits_used=0,
        used_by_day={"2026-06-01": 0},
        opening_balances={"2026-06-01": 180},
    )


def test_reading_keeps_the_time_of_the_one_before() -> None:
    ledger = recorded((180, NOON), (180, NOON + HOUR), (180, NOON + DAY))
    assert ledger.previous_read_at == (NOON + HOUR).timestamp()
    assert ledger.read_at == (NOON + DAY).timestamp()


@pytest.mark.parametrize(
    ("polled", "used"),
    [
        ([180, 170, 370, 360], 20),
        ([-5, -7.5], 2.5),
        ([2e9, 1e9], 10**9),
        ([180, 180 - 0.1, 180 - 0.1 - 0.1, 180 - 0.1 - 0.1 - 0.1], 0.3),
        ([0.1 + 0.2, 0.3], 0),
        ([2**53, -(2**53)], 2**54),
    ],
)
def test_falls_are_used_and_rises_are_not(polled: list[float], used: float) -> None:
    """Fractions add up to what a person would write."""
    ledger = recorded(*((balance, NOON) for balance in polled))
    assert str(ledger.credits_used) == str(used)
    assert str(ledger.used_by_day["2026-06-01"]) == str(used)
    assert ledger.balance == pytest.approx(polled[-1])


@given(balances, zones, st.lists(st.tuples(balances, waits), max_size=30))
def test_used_is_the_sum_of_all_falls_whatever_the_clock_does(
    opening: float, zone: ZoneInfo, steps: list[tuple[float, timedelta]]
) -> None:
    polled = [opening, *(balance for balance, _ in steps)]
    at = NOON.astimezone(zone)
    ledger = recorded((opening, at))
    for balance, wait in steps:
        at += wait
        ledger = record(ledger, Reading(balance=balance, at=at))
    falls = [exact_sum([before, -after]) for before, after in pairwise(polled)]
    assert exact_sum([ledger.credits_used]) == sum(fall for fall in falls if fall > 0)


@given(st.integers(0, 10**9), timestamps, st.integers(0, 90 * 86_400), zones)
def test_fall_is_shared_by_the_days_on_which_it_may_have_been(
    milli: int, start: int, seconds: int, zone: ZoneInfo
) -> None:
    """The shares add up to it exactly, in any time zone and at any change of clocks."""
    fall = milli / 1000
    since = datetime.fromtimestamp(start, zone)
    until = datetime.fromtimestamp(start + seconds, zone)
    shares = recorded((fall, since), (0, until)).used_by_day
    assert exact_sum(shares.values()) == exact_sum([fall])
    assert min(shares.values()) >= 0
    assert list(shares) == sorted(shares)
    assert min(shares) == since.date().isoformat()
    assert max(shares) == until.date().isoformat()


@pytest.mark.parametrize(
    ("start", "hours", "fall", "shares"),
    [
        pytest.param(datetime(2026, 7, 1, 22), 8, 100, [25, 75], id="night"),
        pytest.param(datetime(2026, 7, 1), 24, 100, [100, 0], id="midnights"),
        pytest.param(datetime(2026, 3, 28, 12), 47, 47, [12, 23, 12], id="spring"),
        pytest.param(datetime(2026, 10, 24, 12), 49, 49, [12, 25, 12], id="autumn"),
        pytest.param(
            datetime(2026, 7, 1), 72, 1, [0.333333, 0.333334, 0.333333, 0], id="third"
        ),
        pytest.param(
            datetime(2026, 7, 1, 12), 90 * 24, 90, [0.5, *[1] * 89, 0.5], id="90 days"
        ),
    ],
)
def test_downtime_is_shared_by_local_days_in_proportion(
    start: datetime, hours: int, fall: float, shares: list[float]
) -> None:
    """Days at the change of clocks have 23 or 25 hours."""
    since = start.replace(tzinfo=LONDON)
    until = datetime.fromtimestamp(since.timestamp() + hours * 3600, LONDON)
    assert list(recorded((fall, since), (0, until)).used_by_day.values()) == shares


def test_longer_downtime_is_shared_by_the_days_that_are_kept() -> None:
    until = NOON + 120 * DAY
    ledger = recorded((910, NOON), (0, until), (0, until))
    assert list(ledger.used_by_day.values()) == [5, *[10] * 90, 5]
    assert max(ledger.used_by_day) == until.date().isoformat()


def test_use_is_booked_on_the_days_of_the_time_zone_at_the_reading() -> None:
    """Whoever moves Home Assistant to the west has the same day once more."""
    auckland = datetime(2026, 6, 2, 8, tzinfo=ZoneInfo("Pacific/Auckland"))
    honolulu = auckland.astimezone(ZoneInfo("Pacific/Honolulu"))
    ledger = recorded((180, auckland), (170, auckland), (165, honolulu))
    assert ledger.used_by_day == {"2026-06-01": 5, "2026-06-02": 10}


def test_90_whole_days_are_kept_beside_the_first_and_today() -> None:
    midnight = NOON.replace(hour=0) + 200 * DAY
    today = midnight.date()
    ledger = used_daily(24, 200, midnight - 200 * DAY)
    ledger = record(ledger, Reading(balance=ledger.balance, at=midnight + MINUTE))
    assert whole_days(ledger.used_by_day, today.isoformat()) == [24] * 90
    assert min(ledger.used_by_day) == (today - 91 * DAY).isoformat()
    assert max(ledger.used_by_day) == today.isoformat()


def test_first_day_and_today_are_no_whole_days() -> None:
    used_by_day = {"2026-06-03": 3, "2026-06-01": 1, "2026-06-02": 2, "2026-06-04": 4}
    assert whole_days(used_by_day, "2026-06-04") == [2, 3]
    assert whole_days(used_by_day, "2026-06-02") == []
    assert whole_days(used_by_day, "2026-06-01") == []


def test_what_was_said_of_a_day_is_kept_as_long_as_its_use() -> None:
    ledger = recorded((180, NOON))
    kept = (NOON - 91 * DAY).date().isoformat()
    dropped = (NOON - 92 * DAY).date().isoformat()
    ledger = replace(
        ledger,
        used_by_day={dropped: 60, kept: 60},
        unusual_days=frozenset({dropped, kept}),
        told_unusual_days=frozenset({dropped, kept}),
    )
    ledger = record(ledger, Reading(balance=180, at=NOON))
    assert ledger.used_by_day == {kept: 60, "2026-06-01": 0}
    assert ledger.unusual_days == {kept}
    assert ledger.told_unusual_days == {kept}


def test_days_of_the_last_two_readings_have_the_balance_that_they_began_with() -> None:
    """Without what was used before midnight. A top-up does not change it."""
    evening = NOON + 6 * HOUR
    morning = NOON + 18 * HOUR
    ledger = recorded((1000, NOON), (990, NOON + HOUR), (1200, evening))
    assert ledger.opening_balances == {"2026-06-01": 1000}
    ledger = record(ledger, Reading(balance=1100, at=morning))
    assert ledger.opening_balances == {"2026-06-01": 1000, "2026-06-02": 1150}
    ledger = record(ledger, Reading(balance=1100, at=morning + DAY))
    assert ledger.opening_balances == {"2026-06-02": 1150, "2026-06-03": 1100}


@pytest.mark.parametrize("error", [-3 * DAY, 3 * DAY])
def test_one_reading_by_a_wrong_clock_changes_no_opening_balance(
    error: timedelta,
) -> None:
    """Neither that of its day nor, as a top-up follows, that of a day to come."""
    used = recorded((50, NOON), (40, NOON + HOUR))
    ledger = record(used, Reading(balance=40, at=NOON + error))
    ledger = record(ledger, Reading(balance=40, at=NOON + 2 * HOUR))
    assert ledger.opening_balances["2026-06-01"] == 50
    for day in (1, 2, 3):
        ledger = record(ledger, Reading(balance=5000 + day, at=NOON + day * DAY))
    assert ledger.opening_balances == {"2026-06-03": 5001, "2026-06-04": 5002}


@pytest.mark.parametrize("error", [-5000 * DAY, -40 * DAY, 120 * DAY, 5000 * DAY])
def test_one_reading_by_a_wrong_clock_loses_no_history(error: timedelta) -> None:
    now = NOON + 95 * DAY
    before = used_daily(8, 95, NOON)
    at_wrong_time = record(before, Reading(balance=before.balance, at=now + error))
    after = record(at_wrong_time, Reading(balance=before.balance, at=now + MINUTE))
    assert whole_days(after.used_by_day, "2026-09-04")[-89:] == [8] * 89
    assert after.credits_used == 760


def test_clock_that_was_behind_for_a_while_loses_no_day() -> None:
    ledger = used_daily(5, 10, NOON)
    for at in (NOON - 30 * DAY, NOON - 29 * DAY, NOON + 12 * DAY):
        ledger = record(ledger, Reading(balance=ledger.balance - 5, at=at))
    assert ledger.credits_used == 65
    assert exact_sum(ledger.used_by_day.values()) == 65


def test_use_while_the_clock_was_ahead_is_of_the_day_on_which_it_is_right() -> None:
    ledger = recorded((180, NOON), (180, NOON + 120 * DAY), (170, NOON + MINUTE))
    assert ledger.used_by_day["2026-06-01"] == 10


@pytest.mark.parametrize(
    ("credits", "written"),
    [
        (180.0, "180"),
        (0.1 + 0.2, "0.3"),
        (-0.0000004, "0"),
        (2.0000006, "2.000001"),
        (2.0000004, "2"),
        (-2.5, "-2.5"),
    ],
)
def test_noise_of_floats_is_rounded_away(credits: float, written: str) -> None:
    assert str(round_credits(credits)) == written
