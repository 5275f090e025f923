"""How much credit is left, what is unusual, and what is told."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.thesmsworks.assessment import (
    due_alerts,
    due_alerts_while_unknown,
)
from custom_components.thesmsworks.forecast import days_left
from custom_components.thesmsworks.models import (
    Alert,
    Assessment,
    Level,
    LowReason,
    Options,
    UnusualDay,
)

from .common import DAY, MINUTE, NOON, Watch

HOUR = timedelta(hours=1)
TOMORROW = NOON + DAY

# Balances fall to them in one step, which is not to be unusual use.
BY_BALANCE_ONLY = Options(days=0, daily_limit=10**6)
BY_DAYS_ONLY = Options(threshold=0, daily_limit=10**6)
LIMIT_50 = Options(daily_limit=50)
STEADY = [10] * 20

waits = st.integers(-100_000, 1_000_000).map(lambda seconds: timedelta(seconds=seconds))
limits = st.one_of(st.none(), st.integers(0, 200))


def credit_for(days: int, history: Sequence[float]) -> int:
    """Return the least whole credit that lasts for so many days."""
    return bisect_left(
        range(10**6), days, key=lambda credit: days_left(credit, history) or 0
    )


def steady_use(options: Options) -> Watch:
    """Return an account that used 10 on each of 20 whole days, until June 22."""
    watch = Watch(10_000, options, now=NOON.replace(hour=0))
    watch.use(0, *STEADY)
    watch.told.clear()
    return watch


def test_answers_are_those_of_the_last_reading() -> None:
    watch = Watch(1000)
    assessment = watch.use(10, 2.5, every=HOUR)
    assert assessment == Assessment(
        options=watch.options,
        balance=987.5,
        credits_used=12.5,
        used_today=12.5,
        used_30_days=12.5,
        days_left=None,
        lasts_until=None,
        level=Level.OK,
        low_reason=None,
        daily_limit=200,
        unusual_use=False,
        newly_unusual_days=frozenset(),
        last_unusual_day=None,
    )


def test_new_day_begins_without_a_reading() -> None:
    watch = Watch(1000)
    assert watch.use(300, every=HOUR).unusual_use
    watch.now = TOMORROW
    assessment = watch.assess()
    assert assessment.used_today == 0
    assert not assessment.unusual_use
    assert assessment.used_30_days == 300


def test_used_in_30_days_counts_today_and_29_days_before() -> None:
    watch = Watch(10**6, now=NOON.replace(hour=0))
    assessment = watch.use(0, *range(1, 41))
    assert assessment.used_today == 0
    assert assessment.used_30_days == sum(range(12, 41))
    assert watch.use(0.5, every=HOUR).used_30_days == sum(range(12, 41)) + 0.5


def test_used_in_30_days_has_no_noise_of_floats() -> None:
    watch = Watch(1000, now=NOON.replace(hour=0))
    assert watch.use(0.1, 0.1, 0.1).used_30_days == 0.3


@pytest.mark.parametrize(
    ("options", "low_until"),
    [
        ({"threshold": 1}, 5),
        ({"threshold": 5}, 9),
        ({"threshold": 9}, 13),
        ({"threshold": 40}, 44),
        ({"threshold": 45}, 49.5),
        ({"threshold": 1000}, 1100),
        ({"threshold": 0, "overdraft": 200}, 4),
        ({"threshold": -100, "overdraft": 200}, -90),
    ],
)
def test_credit_is_low_at_the_threshold_until_it_is_clearly_above(
    options: dict[str, int], low_until: float
) -> None:
    """By 4 credits at least, or a tenth of the threshold."""
    watch = Watch(5000, replace(BY_BALANCE_ONLY, **options))
    threshold = options["threshold"]
    assert watch.read(threshold + 0.01).level is Level.OK
    assert watch.read(threshold).level is Level.LOW
    assert watch.read(low_until).level is Level.LOW
    assert watch.read(low_until + 0.01).level is Level.OK


@pytest.mark.parametrize("overdraft", [0, 1, 200])
@pytest.mark.parametrize("threshold", [40, 400])
def test_credit_is_out_at_minus_the_overdraft_until_it_is_4_above(
    threshold: int, overdraft: int
) -> None:
    watch = Watch(
        5000, replace(BY_BALANCE_ONLY, threshold=threshold, overdraft=overdraft)
    )
    assert watch.read(-overdraft + 0.01).level is Level.LOW
    assert watch.read(-overdraft).level is Level.OUT
    assert watch.read(-overdraft + 4).level is Level.OUT
    assert watch.read(-overdraft + 4.01).level is Level.LOW


def test_credit_with_a_threshold_of_0_is_out_and_never_low() -> None:
    watch = Watch(100, replace(BY_BALANCE_ONLY, threshold=0))
    assert watch.read(0.01).level is Level.OK
    assert watch.read(0).level is Level.OUT
    assert watch.read(4).level is Level.OUT
    assert watch.read(4.01).level is Level.OK


def test_credit_that_was_out_is_low_until_it_is_clearly_above_the_threshold() -> None:
    watch = Watch(100, BY_BALANCE_ONLY)
    assert watch.read(0).level is Level.OUT
    assert watch.read(44).level is Level.LOW
    assert watch.read(44.01).level is Level.OK


def test_credit_is_low_by_days_until_it_lasts_more_than_twice_as_long() -> None:
    watch = steady_use(replace(BY_DAYS_ONLY, days=7))
    levels = [watch.read(credit_for(days, STEADY)).level for days in (8, 7, 14, 15)]
    assert levels == [Level.OK, Level.LOW, Level.LOW, Level.OK]


def test_one_day_is_the_least_warning_by_days() -> None:
    watch = steady_use(replace(BY_DAYS_ONLY, days=1))
    levels = [watch.read(credit_for(days, STEADY)).level for days in (2, 1, 2, 3)]
    assert levels == [Level.OK, Level.LOW, Level.LOW, Level.OK]


def test_0_days_turn_the_warning_by_days_off() -> None:
    watch = steady_use(replace(BY_DAYS_ONLY, days=0))
    assessment = watch.read(1)
    assert assessment.days_left == 0
    assert assessment.level is Level.OK


def test_credit_is_not_low_by_days_while_no_use_is_known() -> None:
    assessment = Watch(1000).read(1000)
    assert assessment.days_left is None
    assert assessment.level is Level.OK


@pytest.mark.parametrize(
    ("polled", "reason"),
    [
        pytest.param([5000], None, id="not low"),
        pytest.param([100], LowReason.BALANCE, id="balance"),
        pytest.param([100.01], LowReason.DAYS, id="days"),
        pytest.param([100, 110], LowReason.DAYS, id="days above the threshold"),
        pytest.param([100, 400], LowReason.DAYS, id="margin of days"),
        pytest.param([-1], LowReason.BALANCE, id="out"),
    ],
)
def test_reason_is_the_balance_or_else_the_days(
    polled: list[float], reason: LowReason | None
) -> None:
    watch = steady_use(Options(threshold=100, days=30, daily_limit=10**6))
    assert [watch.read(balance).low_reason for balance in polled][-1] is reason


@pytest.mark.parametrize(
    ("balance", "reason"), [(110, LowReason.BALANCE), (110.01, None)]
)
def test_reason_within_the_margin_is_the_balance_while_days_are_plenty(
    balance: float, reason: LowReason | None
) -> None:
    watch = steady_use(Options(threshold=100, days=1, daily_limit=10**6))
    watch.read(100)
    assert watch.read(balance).low_reason is reason


@pytest.mark.parametrize("limit", [500, None])
def test_another_daily_limit_leaves_the_margin(limit: int | None) -> None:
    """It is no question about the credit that is left."""
    watch = Watch(40, BY_BALANCE_ONLY)
    watch.options = replace(watch.options, daily_limit=limit)
    assert watch.read(44).level is Level.LOW


@pytest.mark.parametrize(
    "change", [{"threshold": 39}, {"days": 1}, {"overdraft": 1}], ids=str
)
def test_other_options_for_the_level_have_no_margin_yet(change: dict[str, int]) -> None:
    """One that was topped up at the same time is not low by the margin of the old."""
    watch = Watch(40, BY_BALANCE_ONLY)
    watch.options = replace(watch.options, **change)
    assert watch.read(42).level is Level.OK
    assert watch.read(39).level is Level.LOW
    assert watch.read(42).level is Level.LOW


def test_agreed_overdraft_is_credit() -> None:
    watch = steady_use(replace(BY_DAYS_ONLY, overdraft=200))
    assert watch.read(100).days_left == days_left(300, STEADY)
    assert watch.read(-200).days_left == 0


def test_days_left_count_today_only_when_its_use_is_unusual() -> None:
    watch = steady_use(LIMIT_50)
    assert watch.use(50, every=HOUR).days_left == days_left(9750, STEADY)
    assert watch.use(1, every=HOUR).days_left == days_left(9749, [*STEADY, 51])


def test_loop_on_the_first_day_has_days_left() -> None:
    watch = Watch(1000)
    assert watch.use(200, every=HOUR).days_left is None
    assert watch.use(1, every=HOUR).days_left == days_left(799, [201])


def test_lasts_until_is_so_many_days_from_today() -> None:
    watch = steady_use(BY_DAYS_ONLY)
    assessment = watch.read(credit_for(12, STEADY))
    assert assessment.days_left == 12
    assert assessment.lasts_until == date(2026, 6, 22) + 12 * DAY


def test_date_more_than_ten_years_away_is_not_named() -> None:
    watch = steady_use(BY_DAYS_ONLY)
    assessment = watch.read(credit_for(3650, STEADY))
    assert assessment.lasts_until == date(2026, 6, 22) + 3650 * DAY
    assessment = watch.read(credit_for(3651, STEADY))
    assert assessment.days_left == 3651
    assert assessment.lasts_until is None


def test_limit_of_a_new_account_is_a_fifth_of_what_the_day_began_with() -> None:
    """Although the balance falls meanwhile."""
    watch = Watch(1000)
    assessment = watch.use(150, 50, every=HOUR)
    assert assessment.daily_limit == 200
    assert not assessment.unusual_use
    assessment = watch.use(0.01, every=HOUR)
    assert assessment.daily_limit == 200
    assert assessment.unusual_use


def test_top_up_does_not_raise_the_limit_of_a_new_account() -> None:
    """Else a loop would be usual again as soon as credit is bought by itself."""
    watch = Watch(180)
    watch.use(60, every=HOUR)
    assessment = watch.read(380, HOUR)
    assert assessment.unusual_use
    assert assessment.last_unusual_day == UnusualDay(
        day="2026-06-01", used=60, daily_limit=50
    )


def test_each_day_of_a_new_account_has_a_limit_of_its_own() -> None:
    watch = Watch(1000, now=NOON.replace(hour=0))
    assessment = watch.use(0, 190, 170, every=DAY)
    assert assessment.daily_limit == 128
    assert assessment.last_unusual_day == UnusualDay(
        day="2026-06-03", used=170, daily_limit=162
    )


def test_limit_follows_the_use_once_a_week_is_known() -> None:
    watch = Watch(10_000, now=NOON.replace(hour=0))
    assert watch.use(0, 5, 40, 5, 5, 5, 5).daily_limit == 1987
    assert watch.use(5).daily_limit == 80


def test_own_limit_is_in_force_at_once() -> None:
    watch = Watch(1000, Options(daily_limit=10))
    assert not watch.use(10, every=HOUR).unusual_use
    assert watch.told == []
    assessment = watch.use(0.5, every=HOUR)
    assert assessment.unusual_use
    assert watch.told == [Alert.UNUSUAL_USE]
    assert assessment.last_unusual_day == UnusualDay(
        day="2026-06-01", used=10.5, daily_limit=10
    )


def test_day_is_not_unusual_any_more_at_its_new_limit() -> None:
    """So nobody says that 60 is more than 60."""
    watch = Watch(1000, LIMIT_50)
    watch.use(60, every=HOUR)
    watch.options = Options(daily_limit=59)
    assert watch.assess().last_unusual_day == UnusualDay(
        day="2026-06-01", used=60, daily_limit=59
    )
    watch.options = Options(daily_limit=60)
    assert watch.assess().last_unusual_day is None


@pytest.mark.parametrize(
    ("polled", "told"),
    [
        ([40, 38, 42, 40, 1], [Alert.LOW_CREDIT]),
        ([40, 0, -5], [Alert.LOW_CREDIT, Alert.NO_CREDIT]),
        ([0, 4, 0], [Alert.NO_CREDIT]),
        ([0, 20, 0], [Alert.NO_CREDIT, Alert.LOW_CREDIT, Alert.NO_CREDIT]),
        ([0, 20, 100], [Alert.NO_CREDIT, Alert.LOW_CREDIT, Alert.RECOVERED]),
        ([40, 100, 40], [Alert.LOW_CREDIT, Alert.RECOVERED, Alert.LOW_CREDIT]),
        ([0, 100], [Alert.NO_CREDIT, Alert.RECOVERED]),
    ],
)
def test_each_change_of_level_is_told_once(
    polled: list[float], told: list[Alert]
) -> None:
    watch = Watch(100, BY_BALANCE_ONLY)
    for balance in polled:
        watch.read(balance)
    assert watch.told == told


@pytest.mark.parametrize(
    ("threshold", "told"),
    [
        (0, [Alert.NO_CREDIT]),
        (1, [Alert.NO_CREDIT]),
        (5, [Alert.LOW_CREDIT, Alert.NO_CREDIT]),
        (9, [Alert.LOW_CREDIT, Alert.NO_CREDIT]),
    ],
)
def test_three_refunds_of_one_credit_are_no_news(
    threshold: int, told: list[Alert]
) -> None:
    watch = Watch(100, replace(BY_BALANCE_ONLY, threshold=threshold))
    for balance in (2, 0, 1, 0, 1, 0, 1, 2):
        watch.read(balance)
    assert watch.told == told


def test_unusual_use_is_told_once_a_day() -> None:
    """A loop that goes on is told of again on the next day."""
    watch = Watch(10**5, LIMIT_50)
    watch.use(40, 20, 20, 20, every=HOUR)
    assert watch.told == [Alert.UNUSUAL_USE]
    watch.use(200, 10)
    assert watch.told == [Alert.UNUSUAL_USE] * 2


def test_unusual_use_of_a_night_without_a_line_is_told_in_the_morning() -> None:
    """With the figure and the limit of its day."""
    watch = Watch(10**5, LIMIT_50, now=NOON.replace(hour=18))
    watch.use(0, every=HOUR)
    assessment = watch.use(72, every=6 * HOUR)
    assert watch.told == [Alert.UNUSUAL_USE]
    assert assessment.used_today == 12
    assert not assessment.unusual_use
    assert assessment.last_unusual_day == UnusualDay(
        day="2026-06-01", used=60, daily_limit=50
    )


def test_lower_limit_is_asked_only_of_the_days_of_the_last_reading() -> None:
    """What was usual the day before is not told of any more."""
    watch = Watch(10**5, Options(daily_limit=150))
    watch.use(120, every=HOUR)
    watch.use(0)
    watch.use(0, every=MINUTE)
    watch.options = replace(watch.options, daily_limit=100)
    watch.use(0, every=MINUTE)
    assert watch.told == []


@pytest.mark.parametrize("jump", [-30 * DAY, -DAY, DAY, 20 * DAY, 120 * DAY])
def test_wrong_clock_neither_repeats_nor_silences_unusual_use(jump: timedelta) -> None:
    watch = Watch(10**5, LIMIT_50)
    watch.use(60, every=HOUR)
    watch.use(0, every=DAY)
    assert watch.told == [Alert.UNUSUAL_USE]
    watch.use(0, every=jump)
    watch.use(0, every=-jump)
    assert watch.told == [Alert.UNUSUAL_USE]
    watch.use(60, every=HOUR)
    assert watch.told == [Alert.UNUSUAL_USE] * 2


def test_unusual_use_by_a_clock_that_was_ahead_is_not_the_last_one() -> None:
    watch = Watch(10**5, LIMIT_50)
    watch.use(0, every=120 * DAY)
    watch.use(60, every=MINUTE)
    assert watch.told == [Alert.UNUSUAL_USE]
    assessment = watch.use(60, every=-120 * DAY)
    assert watch.told == [Alert.UNUSUAL_USE] * 2
    assert assessment.last_unusual_day == UnusualDay(
        day="2026-06-01", used=60, daily_limit=50
    )


def test_unusual_use_is_told_while_the_clock_is_behind_the_servers() -> None:
    watch = Watch(10**5, LIMIT_50)
    watch.clock_error = -10 * DAY
    assessment = watch.use(60, every=HOUR)
    assert watch.told == [Alert.UNUSUAL_USE]
    assert assessment.used_today == 0
    assert assessment.last_unusual_day == UnusualDay(
        day="2026-06-01", used=60, daily_limit=50
    )


def test_clock_that_is_behind_after_days_off_raises_no_alarm() -> None:
    """The server tells the time of the reading."""
    watch = Watch(10**5, LIMIT_50)
    watch.clock_error = -10 * DAY
    assessment = watch.use(80, every=10 * DAY)
    assert watch.told == []
    assert assessment.used_today == 4
    assert assessment.credits_used == 80


def test_clock_that_goes_back_over_midnight_shows_the_day_that_it_says() -> None:
    watch = Watch(1000, now=NOON.replace(hour=23))
    watch.use(20, every=MINUTE)
    assert watch.use(0, every=HOUR).used_today == 0
    assert watch.use(0, every=-HOUR).used_today == 20


def test_day_is_that_of_the_time_zone_of_now() -> None:
    watch = Watch(1000, LIMIT_50, now=NOON.replace(hour=23))
    watch.now = watch.now.astimezone(ZoneInfo("Pacific/Auckland"))
    assessment = watch.use(60, every=MINUTE)
    assert assessment.used_today == 60
    assert assessment.newly_unusual_days == {"2026-06-02"}


def test_unknown_credit_is_told_once() -> None:
    alerts, ledger = due_alerts_while_unknown(Watch().ledger)
    assert alerts == [Alert.UNKNOWN_CREDIT]
    assert due_alerts_while_unknown(ledger) == ([], ledger)


def test_known_again_is_told_once_and_before_all_else() -> None:
    watch = Watch(100)
    _, watch.ledger = due_alerts_while_unknown(watch.ledger)
    watch.use(80, every=HOUR)
    watch.use(0, every=HOUR)
    assert watch.told == [Alert.KNOWN_AGAIN, Alert.LOW_CREDIT, Alert.UNUSUAL_USE]
    alerts, _ = due_alerts_while_unknown(watch.ledger)
    assert alerts == [Alert.UNKNOWN_CREDIT]


def test_time_of_telling_unusual_use_is_remembered() -> None:
    assert Watch().ledger.told_unusual_at is None
    watch = Watch(1000)
    watch.use(300, every=HOUR)
    told_at = (NOON + HOUR).timestamp()
    assert watch.ledger.told_unusual_at == told_at
    watch.use(10, every=HOUR)
    assert watch.ledger.told_unusual_at == told_at


def test_three_years_over_the_limit_each_day_leave_three_months() -> None:
    watch = Watch(10**6, LIMIT_50, now=datetime(2026, 6, 1, tzinfo=UTC))
    watch.use(*[60] * 1095)
    watch.use(0, every=MINUTE)
    assert watch.told == [Alert.UNUSUAL_USE] * 1095
    assert len(watch.ledger.used_by_day) == 92
    assert len(watch.ledger.unusual_days) == 91
    assert len(watch.ledger.told_unusual_days) == 91


@given(
    st.lists(st.tuples(st.integers(-50, 400), waits, st.booleans()), max_size=20),
    st.integers(-100, 100),
    limits,
)
def test_restart_changes_no_answer(
    steps: list[tuple[int, timedelta, bool]], threshold: int, limit: int | None
) -> None:
    """Whenever it happens, and whatever the clock did meanwhile."""
    options = Options(threshold=threshold, overdraft=30, daily_limit=limit)
    steady = Watch(100, options)
    restarted = Watch(100, options)
    for balance, wait, restarts in steps:
        assert steady.read(balance, wait) == restarted.read(balance, wait)
        assert steady.told == restarted.told
        for _ in range(restarts):
            restarted.restart()


@given(st.lists(st.tuples(st.integers(-50, 400), waits), max_size=20), limits)
def test_nothing_is_told_twice_in_a_row(
    steps: list[tuple[int, timedelta]], limit: int | None
) -> None:
    """Of the level. Unusual use may be, on another day."""
    watch = Watch(400, Options(daily_limit=limit))
    for balance, wait in steps:
        watch.read(balance, wait)
        assert due_alerts(watch.ledger, watch.assess(), watch.now)[0] == []
    levels = [alert for alert in watch.told if alert is not Alert.UNUSUAL_USE]
    assert all(one is not other for one, other in pairwise(levels))
