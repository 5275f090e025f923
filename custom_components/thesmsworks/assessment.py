"""Assess an account: how much credit is left, what is unusual, and what is to be told."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from .forecast import daily_limit, days_left, include_unusual_today
from .models import Alert, Assessment, Ledger, Level, LowReason, Options, UnusualDay
from .usage import round_credits, whole_days

MONTH: Final = timedelta(days=30)
# Beyond it, a date would say more than is known.
FARTHEST_DATE: Final = timedelta(days=3650)

LEVEL_ALERTS: Final = {
    Level.OK: Alert.RECOVERED,
    Level.LOW: Alert.LOW_CREDIT,
    Level.OUT: Alert.NO_CREDIT,
}


def assess(ledger: Ledger, options: Options, now: datetime) -> Assessment:
    """Return what follows from a ledger at a moment in the local time zone."""
    today = now.date().isoformat()
    used_today = ledger.used_by_day.get(today, 0)
    limit_today = limit_on(ledger, options, today)
    unusual_days = _unusual_days(ledger, options, now)
    history = whole_days(ledger.used_by_day, today)
    left = days_left(
        ledger.balance - options.empty_balance,
        include_unusual_today(history, used_today, limit_today),
    )
    level = _level(ledger, options, left)
    return Assessment(
        options=options,
        balance=ledger.balance,
        credits_used=ledger.credits_used,
        used_today=used_today,
        used_30_days=_used_since(ledger, now.date() - MONTH),
        days_left=left,
        lasts_until=_last_date(now.date(), left),
        level=level,
        low_reason=_low_reason(level, ledger.balance, options, left),
        daily_limit=limit_today,
        unusual_use=used_today > limit_today,
        newly_unusual_days=unusual_days,
        last_unusual_day=_last_unusual_day(ledger, options, unusual_days, now),
    )


def remember(ledger: Ledger, assessment: Assessment) -> Ledger:
    """Return the ledger that remembers what the next assessment builds on."""
    return replace(
        ledger,
        level=assessment.level,
        level_options=assessment.options.level_options,
        unusual_days=ledger.unusual_days | assessment.newly_unusual_days,
    )


def due_alerts(
    ledger: Ledger, assessment: Assessment, now: datetime
) -> tuple[list[Alert], Ledger]:
    """Return what is to be told of an account that is read, and the ledger after it."""
    alerts = []
    told_unusual_at = ledger.told_unusual_at
    if ledger.told_unknown:
        alerts.append(Alert.KNOWN_AGAIN)
    if assessment.level is not ledger.told_level:
        alerts.append(LEVEL_ALERTS[assessment.level])
    if ledger.unusual_days - ledger.told_unusual_days:
        alerts.append(Alert.UNUSUAL_USE)
        told_unusual_at = now.timestamp()
    told = replace(
        ledger,
        told_level=assessment.level,
        told_unusual_days=ledger.unusual_days,
        told_unusual_at=told_unusual_at,
        told_unknown=False,
    )
    return alerts, told


def due_alerts_while_unknown(ledger: Ledger) -> tuple[list[Alert], Ledger]:
    """Return what is to be told if the balance is not known, and the ledger after it."""
    if ledger.told_unknown:
        return [], ledger
    return [Alert.UNKNOWN_CREDIT], replace(ledger, told_unknown=True)


def limit_on(ledger: Ledger, options: Options, day: str) -> float:
    """Return the use above which a day is unusual."""
    if options.daily_limit is not None:
        return options.daily_limit
    # Of a day between two readings, the balance that it began with is not known.
    opening_balance = ledger.opening_balances.get(day, ledger.balance)
    return daily_limit(whole_days(ledger.used_by_day, day), opening_balance)


def _unusual_days(ledger: Ledger, options: Options, now: datetime) -> frozenset[str]:
    """Return the days with unusual use among those that the last reading was about."""
    # Where the clock was ahead at the reading before, it is about its own day.
    since = min(ledger.previous_read_at, ledger.read_at)
    first_day = _day_of(since, now)
    last_day = _day_of(ledger.read_at, now)
    return frozenset(
        day
        for day, used in ledger.used_by_day.items()
        if first_day <= day <= last_day and used > limit_on(ledger, options, day)
    )


def _last_unusual_day(
    ledger: Ledger, options: Options, unusual_days: frozenset[str], now: datetime
) -> UnusualDay | None:
    """Return the last day with unusual use, None if it is not unusual any more.

    A higher limit may have been set since. A day after the last reading is of a clock
    that was ahead.
    """
    last_day = _day_of(ledger.read_at, now)
    known_days = ledger.unusual_days | unusual_days
    day = max((day for day in known_days if day <= last_day), default=None)
    if day is None:
        return None
    used = ledger.used_by_day.get(day, 0)
    limit = limit_on(ledger, options, day)
    if used <= limit:
        return None
    return UnusualDay(day=day, used=used, daily_limit=limit)


def _day_of(timestamp: float, now: datetime) -> str:
    """Return the day of a POSIX time, in the time zone of now."""
    return datetime.fromtimestamp(timestamp, now.tzinfo).date().isoformat()


def _used_since(ledger: Ledger, day_before: date) -> float:
    """Return the use after a day."""
    return round_credits(
        sum(
            used
            for day, used in ledger.used_by_day.items()
            if day > day_before.isoformat()
        )
    )


def _last_date(today: date, left: int | None) -> date | None:
    """Return the date until which credit lasts, None if it is not known or far off."""
    if left is None or left > FARTHEST_DATE.days:
        return None
    return today + timedelta(days=left)


def _level(ledger: Ledger, options: Options, left: int | None) -> Level:
    """Return the level of credit. It takes a margin to leave a level upwards."""
    previous_level = Level.OK
    if ledger.level_options == options.level_options:
        previous_level = ledger.level
    if _is_out(ledger.balance, options, previous_level):
        return Level.OUT
    if _is_low(ledger.balance, left, options, previous_level):
        return Level.LOW
    return Level.OK


def _is_out(balance: float, options: Options, previous_level: Level) -> bool:
    """Return if texts are not sent, or not for sure after credit was out."""
    if previous_level is Level.OUT:
        return balance <= options.refilled_balance
    return balance <= options.empty_balance


def _is_low(
    balance: float, left: int | None, options: Options, previous_level: Level
) -> bool:
    """Return if the balance or the days left are at or below a limit."""
    if previous_level is Level.OK:
        return balance <= options.threshold or _is_short(left, options.days)
    return balance <= options.recovered_balance or _is_short(
        left, options.recovered_days
    )


def _is_short(left: int | None, days: int) -> bool:
    """Return if credit lasts for so many days at most. 0 days turn that off."""
    return days > 0 and left is not None and left <= days


def _low_reason(
    level: Level, balance: float, options: Options, left: int | None
) -> LowReason | None:
    """Return what makes credit low, or keeps it low."""
    if level is Level.OK:
        return None
    if balance <= options.threshold:
        return LowReason.BALANCE
    if _is_short(left, options.days):
        return LowReason.DAYS
    if balance <= options.recovered_balance:
        return LowReason.BALANCE
    return LowReason.DAYS
