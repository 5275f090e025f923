"""What is said of an account."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from custom_components.thesmsworks.messages import (
    Message,
    MessageWriter,
    format_credits,
)
from custom_components.thesmsworks.models import Alert, Options, ReadingStatus

from .common import DAY, MINUTE, NOON, Watch

HOUR = timedelta(hours=1)
READ_AT = datetime(2026, 6, 7, 8, 9)
READ_AT_PARTS = {"time": "08:09", "day": "07", "month": "06", "year": "2026"}
WRITER = MessageWriter("Ward 7", ".")
NO_LIMIT = 10**6


def credit(balance: float, **options: Any) -> Message:
    """Return what is said of a balance."""
    watch = Watch(balance, Options(**options))
    return WRITER.credit(watch.assess(), READ_AT)


def use(watch: Watch) -> Message:
    """Return what is said of the use."""
    return WRITER.use(watch.ledger, watch.assess(), watch.now)


@pytest.mark.parametrize(
    ("credits", "written"),
    [
        (200, "200"),
        (-2.5, "-2.5"),
        (2.349, "2.35"),
        (0.1, "0.1"),
        (39.999, "39.999"),
        (40.001, "40.001"),
        (39.9999, "39.9999"),
        (39.99999, "39.99999"),
        (39.999999, "39.999999"),
        (39.994, "39.99"),
        (0.004, "0.004"),
        (-0.004, "-0.004"),
        (0.00001, "0.00001"),
        (0.000001, "0.000001"),
        (-0.0, "0"),
        (2**53, "9007199254740992"),
        (2.0**53, "9007199254740992"),
    ],
)
def test_credits_are_written_as_people_write_them(credits: float, written: str) -> None:
    """With two decimals, or with more where it would look like a whole number."""
    assert format_credits(credits) == written


def test_figures_have_the_decimal_separator_of_the_language() -> None:
    writer = MessageWriter("Station 7", ",")
    assert writer.figure(1234.5) == "1234,5"
    message = writer.credit(Watch(39.5).assess(), READ_AT)
    assert message.placeholders["balance"] == "39,5"


def test_low_credit_is_said_with_what_ends_it() -> None:
    message = credit(41.25, threshold=45, days=8, overdraft=20)
    assert message == Message(
        "low_balance",
        {
            "account": "Ward 7",
            **READ_AT_PARTS,
            "balance": "41.25",
            "days": "8",
            "days_left": "–",
            "empty_balance": "-20",
            "recovered_balance": "49.5",
            "recovered_days": "16",
            "refilled_balance": "-16",
            "threshold": "45",
        },
        Alert.LOW_CREDIT,
    )


@pytest.mark.parametrize(
    ("balance", "options", "text", "alert"),
    [
        (41, {}, "enough_credit", None),
        (40, {}, "low_balance", Alert.LOW_CREDIT),
        (40, {"days": 0}, "low_balance_only", Alert.LOW_CREDIT),
        (0, {}, "no_credit", Alert.NO_CREDIT),
        (0, {"days": 0}, "no_credit", Alert.NO_CREDIT),
        (0, {"overdraft": 10}, "low_balance", Alert.LOW_CREDIT),
    ],
)
def test_text_and_alert_follow_the_level(
    balance: float, options: dict[str, int], text: str, alert: Alert | None
) -> None:
    message = credit(balance, **options)
    assert message.translation_key == text
    assert message.alert is alert


def test_credit_that_is_low_by_days_is_said_with_the_days() -> None:
    watch = Watch(1000, Options(daily_limit=NO_LIMIT), now=NOON.replace(hour=0))
    watch.use(0, *[100] * 8)
    message = WRITER.credit(watch.assess(), READ_AT)
    assert message.translation_key == "low_days"
    assert message.alert is Alert.LOW_CREDIT
    assert message.placeholders["days_left"] == str(watch.assess().days_left)


def test_usual_use_is_said_of_today() -> None:
    watch = Watch(1000)
    watch.use(12.5, every=HOUR)
    assert use(watch) == Message(
        "usual_use", {"account": "Ward 7", "daily_limit": "200", "used": "12.5"}
    )


def test_unusual_use_is_said_of_its_day() -> None:
    watch = Watch(1000)
    watch.use(250.5, every=HOUR)
    assert use(watch) == Message(
        "unusual_use",
        {
            "account": "Ward 7",
            "time": "00:00",
            "day": "01",
            "month": "06",
            "year": "2026",
            "daily_limit": "200",
            "used": "250.5",
        },
        Alert.UNUSUAL_USE,
    )


def test_unusual_use_is_spoken_of_for_a_day_after_it_was_told() -> None:
    """It is nothing to warn of any more, once its day has ended."""
    watch = Watch(1000)
    watch.use(250, every=HOUR)
    told_at = watch.now

    watch.now = told_at + DAY - timedelta(seconds=1)
    message = use(watch)
    assert message.translation_key == "unusual_use"
    assert message.placeholders["day"] == "01"
    assert message.alert is None

    watch.now = told_at + DAY
    assert use(watch).translation_key == "usual_use"


def test_unusual_use_that_nobody_was_told_is_not_spoken_of_after_its_day() -> None:
    watch = Watch(1000)
    watch.use(250, every=HOUR)
    watch.ledger = replace(watch.ledger, told_unusual_at=None)
    watch.now += DAY
    assert use(watch).translation_key == "usual_use"


def test_unusual_use_is_warned_of_as_long_as_its_day_lasts() -> None:
    """Although it was told more than a day ago, by a clock that was wrong since."""
    watch = Watch(10**5, Options(daily_limit=50))
    watch.use(60, every=HOUR)
    watch.use(60, every=-3 * DAY)
    watch.use(0, every=3 * DAY)
    watch.told.clear()
    message = use(watch)
    assert watch.told == []
    assert message.translation_key == "unusual_use"
    assert message.alert is Alert.UNUSUAL_USE


def test_unusual_use_of_another_day_is_nothing_to_warn_of_today() -> None:
    watch = Watch(10**5, Options(daily_limit=50), now=NOON.replace(hour=18))
    watch.use(0, every=HOUR)
    watch.use(72, every=6 * HOUR)
    message = use(watch)
    assert message.translation_key == "unusual_use"
    assert message.placeholders["used"] == "60"
    assert message.alert is None


def test_unusual_use_is_told_of_after_the_clock_was_ahead() -> None:
    watch = Watch(10**5, Options(daily_limit=50))
    watch.use(60, every=120 * DAY)
    watch.use(60, every=MINUTE)
    watch.use(60, every=-120 * DAY)
    message = use(watch)
    assert message.placeholders["day"] == "01"
    assert message.alert is Alert.UNUSUAL_USE


def test_unusual_use_that_was_told_by_a_clock_ahead_does_not_keep_an_older_one() -> (
    None
):
    watch = Watch(10**5, Options(daily_limit=50))
    watch.use(60, every=HOUR)
    watch.use(0, every=60 * DAY)
    watch.use(60, every=MINUTE)
    watch.use(0, every=-58 * DAY)
    assert use(watch).translation_key == "usual_use"


@pytest.mark.parametrize(
    ("status", "text", "alert"),
    [
        (ReadingStatus.KNOWN, "known_credit", None),
        (ReadingStatus.FAILED, "failed_reading", None),
        (ReadingStatus.UNREAD, "unknown_credit", Alert.UNKNOWN_CREDIT),
        (ReadingStatus.NOT_POLLED, "not_polled", Alert.UNKNOWN_CREDIT),
        (ReadingStatus.REFUSED, "refused_token", Alert.UNKNOWN_CREDIT),
        (ReadingStatus.NOT_LOADED, "not_loaded", Alert.UNKNOWN_CREDIT),
        (ReadingStatus.DISABLED, "disabled", None),
    ],
)
def test_each_status_of_the_reading_has_a_text_with_its_time(
    status: ReadingStatus, text: str, alert: Alert | None
) -> None:
    message = WRITER.reading(status, READ_AT)
    assert message == Message(text, {"account": "Ward 7", **READ_AT_PARTS}, alert)


@pytest.mark.parametrize(
    ("status", "text", "alert"),
    [
        (ReadingStatus.FAILED, "never_read", None),
        (ReadingStatus.NOT_LOADED, "not_loaded", Alert.UNKNOWN_CREDIT),
        (ReadingStatus.DISABLED, "disabled", None),
    ],
)
def test_reading_that_never_was_is_said_without_a_time(
    status: ReadingStatus, text: str, alert: Alert | None
) -> None:
    assert WRITER.reading(status, None) == Message(text, {"account": "Ward 7"}, alert)


def test_credit_that_was_never_read_is_not_known_yet() -> None:
    assert WRITER.never_read() == Message("never_read", {"account": "Ward 7"})
