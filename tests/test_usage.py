"""Balances in; use, low credit and alerts out."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.thesmsworks.usage import (
    DEFAULT_OPTIONS,
    Alert,
    Ledger,
    format_credits,
)

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 6, 1, 12, tzinfo=LONDON)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

RECOVERED, LOW, NO, UNUSUAL = Alert
# Half an hour off, changed by half an hour, changed at midnight, the date skipped.
ZONES = [
    "Europe/London",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
]

credits_ = st.integers(-(10**9), 10**9).map(lambda micro: micro / 10_000)
balances = st.lists(credits_, min_size=2, max_size=30)
moments = st.datetimes(
    datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
waits = st.lists(st.integers(-100_000, 1_000_000), min_size=30, max_size=30)
options_ = st.fixed_dictionaries(
    {"threshold": st.integers(-100, 100), "days": st.integers(0, 30)}
)


class Account:
    """An account as Home Assistant follows it."""

    def __init__(
        self, balance: float = 1000, now: datetime = START, **options: Any
    ) -> None:
        """Read it for the first time."""
        self.now = now
        self.ledger = Ledger(credit_balance=balance, read=now.timestamp())
        self.options = DEFAULT_OPTIONS | options
        self.told: list[Alert] = []
        self.read(balance)

    def read(self, balance: float, wait: timedelta = timedelta()) -> Ledger:
        """Read a balance after a while."""
        self.now = (self.now.astimezone(UTC) + wait).astimezone(self.now.tzinfo)
        self.ledger = self.ledger.record(balance, self.now, self.options)
        self.told += self.ledger.tell()
        return self.ledger

    def use(self, *uses: float, wait: timedelta = DAY) -> Ledger:
        """Use so much, again and again, each after a while."""
        for used in uses or (0,):
            usage = self.read(self.ledger.credit_balance - used, wait)
        return usage

    def restart(self) -> None:
        """Come back from the file."""
        self.ledger = Ledger(**json.loads(json.dumps(asdict(self.ledger))))


def exact(numbers: Iterable[float]) -> Decimal:
    """Return the sum of numbers as they are written."""
    return sum((Decimal(repr(number)) for number in numbers), Decimal(0))


@pytest.mark.parametrize(
    ("polled", "used"),
    [
        ([180, 170, 370, 360], 20),
        ([2e9, 1e9], 10**9),
        ([180, 180 - 0.1, 180 - 0.1 - 0.1, 180 - 0.1 - 0.1 - 0.1], 0.3),
        ([0.1 + 0.2, 0.3], 0),
    ],
)
def test_falls_are_used_and_rises_are_not(polled: list[float], used: float) -> None:
    """Fractions add up to what a person would write, without a server's noise."""
    account = Account(polled[0])
    usages = [account.read(balance, MINUTE) for balance in polled]
    assert str(usages[-1].credits_used) == str(usages[-1].used_today) == str(used)


@given(balances, waits, zones, options_)
def test_used_is_the_sum_of_all_falls(
    polled: list[float], waits: list[int], zone: ZoneInfo, options: dict[str, int]
) -> None:
    """Whatever the clock does, and whatever the options are."""
    account = Account(polled[0], START.astimezone(zone), **options)
    for balance, wait in zip(polled[1:], waits, strict=False):
        usage = account.read(balance, timedelta(seconds=wait))
    falls = (exact([before, -after]) for before, after in pairwise(polled))
    assert exact([usage.credits_used]) == sum(fall for fall in falls if fall > 0)


@given(balances, waits, options_, st.sets(st.integers(0, 29)))
def test_restart_changes_no_answer(
    polled: list[float], waits: list[int], options: dict[str, int], restarts: set[int]
) -> None:
    """Whenever it happens, and whatever the clock did meanwhile."""
    steady, restarted = (Account(polled[0], START, **options) for _ in range(2))
    for number, (balance, wait) in enumerate(zip(polled, waits, strict=False)):
        step = timedelta(seconds=wait)
        assert steady.read(balance, step) == restarted.read(balance, step)
        assert steady.told == restarted.told
        if number in restarts:
            restarted.restart()


@given(st.integers(0, 10**9), moments, moments, zones)
def test_fall_is_shared_by_the_days_on_which_it_may_have_been(
    micro: int, one: datetime, other: datetime, zone: ZoneInfo
) -> None:
    """The shares add up to it exactly, in any time zone and at the change of clocks."""
    (start, end), fall = sorted((one, other)), micro / 1000
    start = max(start, end - 90 * DAY)
    account = Account(fall, start.astimezone(zone))
    account.read(0, end - start)
    shares = account.ledger.daily
    assert exact(shares.values()) == exact([fall])
    assert min(shares.values()) >= 0
    assert min(shares) == start.astimezone(zone).date().isoformat()
    assert max(shares) == end.astimezone(zone).date().isoformat()


@pytest.mark.parametrize(
    ("start", "hours", "fall", "shares"),
    [
        (datetime(2026, 7, 1, 22), 8, 100, [25, 75]),
        (datetime(2026, 7, 1), 24, 100, [100, 0]),
        (datetime(2026, 3, 28, 12), 47, 47, [12, 23, 12]),
        (datetime(2026, 10, 24, 12), 49, 49, [12, 25, 12]),
        (datetime(2026, 7, 1), 72, 1, [0.333333, 0.333334, 0.333333, 0]),
        (datetime(2026, 7, 1, 12), 90 * 24, 90, [0.5, *[1] * 89, 0.5]),
    ],
)
def test_downtime_is_shared_by_local_days(
    start: datetime, hours: int, fall: float, shares: list[float]
) -> None:
    """In proportion to their time, in summer and at the change of clocks as well."""
    account = Account(fall, start.replace(tzinfo=LONDON))
    assert account.read(0, hours * HOUR).used_today == shares[-1]
    assert list(account.ledger.daily.values()) == pytest.approx(shares, abs=2e-2)


def test_90_whole_days_are_kept() -> None:
    """Beside the first, which was not read from its start, and today."""
    account = Account(10**6, START.replace(hour=0))
    assert len(account.use(*[24] * 100).daily) == 92


def test_clock_that_was_wrong_for_a_while_loses_no_day() -> None:
    """Neither those behind nor the one to come."""
    account = Account()
    account.use(*[5] * 10)
    account.use(5, wait=-40 * DAY)
    assert account.use(5, wait=41 * DAY).credits_used == 60
    assert sum(account.ledger.daily.values()) == 60


@pytest.mark.parametrize(
    ("options", "use", "polled", "low"),
    [
        ({}, 0, [41, 40], "balance"),
        ({}, 0, [40, 44], "balance"),
        ({}, 0, [40, 44.5], None),
        ({}, 0, [40, 45, 42], None),
        ({"threshold": 0}, 0, [0, 1], None),
        ({"threshold": -100}, 0, [-100, -90], "balance"),
        ({"threshold": -100}, 0, [-100, -89], None),
        ({}, 10, [80], None),
        ({}, 10, [79], "days"),
        ({}, 10, [79, 149], "days"),
        ({}, 10, [79, 150], None),
        ({"days": 5}, 8, [41, 43], "days"),
        ({}, 10, [40, 149], "days"),
        ({"days": 0}, 10, [41], None),
        ({"days": 3}, 10, [45], None),
    ],
)
def test_credit_is_low_until_it_is_clearly_not(
    options: dict[str, Any], use: float, polled: list[float], low: str | None
) -> None:
    """By credits with a tenth of them to spare, or by days with twice as many."""
    account = Account(5000, **options)
    account.use(*[use] * 20)
    assert [account.read(balance) for balance in polled][-1].reason == low


def test_agreed_overdraft_is_credit() -> None:
    """It counts down to the threshold."""
    account = Account(300, threshold=-100)
    assert account.use(*[10] * 30).days_left == 10
    assert account.read(-100).days_left == 0


@pytest.mark.parametrize(
    ("polled", "told"),
    [
        ([100, 40, 38, 42, 40, 1], [LOW]),
        ([100, 40, 0, -5], [LOW, NO]),
        ([100, 0, 4, 0], [NO]),
        ([100, 0, 5, 0], [NO, NO]),
        ([100, 0, 20, 100], [NO, RECOVERED]),
        ([100, 40, 100, 40], [LOW, RECOVERED, LOW]),
        ([100, 0, 100, 0], [NO, RECOVERED, NO]),
    ],
)
def test_each_change_is_told_once(polled: list[float], told: list[Alert]) -> None:
    """The worst of it, a partial top-up not at all, and whatever restarts between."""
    account = Account(polled[0])
    for balance in polled:
        account.restart()
        account.read(balance, MINUTE)
    assert account.told == told


def test_unusual_use_is_told_once_a_day() -> None:
    """A loop that goes on is told of again on the next day."""
    account = Account(10**5, daily_limit=50)
    account.use(40, 20, 20, wait=HOUR)
    account.restart()
    account.use(20, wait=HOUR)
    assert account.told == [UNUSUAL]
    account.use(200, 10)
    assert account.told == [UNUSUAL] * 2


def test_unusual_use_of_a_day_that_ended_unread_is_told() -> None:
    """A loop in a night without a line, which ended in time or not."""
    account = Account(10**5, daily_limit=50)
    account.use(10)
    account.read(10**5 - 600, DAY + HOUR)
    assert account.told == [UNUSUAL]


@pytest.mark.parametrize("jump", [-30 * DAY, -DAY, DAY, 20 * DAY])
def test_wrong_clock_neither_repeats_nor_silences_an_alert(jump: timedelta) -> None:
    """A day is told by its name, whenever the clock says that it is."""
    account = Account(10**5, daily_limit=50)
    account.use(60, wait=HOUR)
    account.use(0, wait=DAY)
    assert account.told == [UNUSUAL]
    account.use(0, wait=jump)
    account.use(0, wait=-jump)
    assert account.told == [UNUSUAL]
    account.use(60, wait=HOUR)
    assert account.told == [UNUSUAL] * 2


def test_clock_that_goes_back_over_midnight_shows_the_day_that_it_says() -> None:
    """Though nothing else has changed."""
    account = Account(1000, START.replace(hour=23))
    account.use(20, wait=MINUTE)
    assert account.use(0, wait=HOUR).used_today == 0
    assert account.use(0, wait=-HOUR).used_today == 20


def test_another_daily_limit_leaves_the_margin() -> None:
    """It is no question about the credit that is left."""
    account = Account(40)
    account.options |= {"daily_limit": 500}
    assert account.read(44).reason == "balance"


def test_lower_limit_is_asked_of_today_alone() -> None:
    """What was usual yesterday is not told of any more."""
    account = Account(10**5, daily_limit=150)
    account.use(120, wait=HOUR)
    account.use(0)
    account.options |= {"daily_limit": 100}
    account.use(0, wait=HOUR)
    assert account.told == []


def test_changed_threshold_is_asked_of_the_new_balance() -> None:
    """One that was topped up at the same time is not low by the margin of the old."""
    account = Account(95, threshold=96)
    assert account.ledger.reason == "balance"
    account.options |= {"threshold": 100}
    assert account.read(105).reason is None
    assert account.read(100).reason == "balance"


@pytest.mark.parametrize(
    ("credits", "shown"),
    [
        (200, "200"),
        (2.349, "2.35"),
        (-0.001, "0"),
        (-2.5, "-2.5"),
        (2**53, "9007199254740992"),
        (None, "–"),
    ],
)
def test_credits_are_written_as_people_do(credits: float | None, shown: str) -> None:
    """With two decimals at most, no exponent, and no negative 0."""
    assert format_credits(credits) == shown
