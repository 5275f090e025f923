"""What is said of an account: texts of the translations, and what is filled in.

Repairs, the action and, through it, the blueprint say the same.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .api import (
    SMSWorksAuthenticationError,
    SMSWorksConnectionError,
    SMSWorksError,
    SMSWorksNameError,
    SMSWorksRateLimitError,
    SMSWorksResponseError,
    SMSWorksServerError,
    SMSWorksTimeoutError,
    SMSWorksTLSError,
    SMSWorksTokenError,
    SMSWorksUnreachableError,
)
from .const import DOMAIN
from .models import (
    Alert,
    Assessment,
    Ledger,
    Level,
    LowReason,
    ReadingStatus,
    UnusualDay,
)
from .usage import DAY, DECIMALS, round_credits

# The texts of errors: at a form, and of an account that cannot be read.
ERROR_KEYS: Final[dict[type[SMSWorksError], str]] = {
    SMSWorksTokenError: "invalid_token",
    SMSWorksAuthenticationError: "invalid_auth",
    SMSWorksTimeoutError: "timeout",
    SMSWorksNameError: "name_not_resolved",
    SMSWorksTLSError: "tls_failed",
    SMSWorksUnreachableError: "unreachable",
    SMSWorksConnectionError: "connection_broken",
    SMSWorksRateLimitError: "rate_limited",
    SMSWorksServerError: "server_error",
    SMSWorksResponseError: "unexpected_response",
}
STATUS_KEYS: Final = {
    ReadingStatus.KNOWN: "known_credit",
    ReadingStatus.FAILED: "failed_reading",
    ReadingStatus.UNREAD: "unknown_credit",
    ReadingStatus.NOT_POLLED: "not_polled",
    ReadingStatus.REFUSED: "refused_token",
    ReadingStatus.NOT_LOADED: "not_loaded",
    ReadingStatus.DISABLED: "disabled",
}
UNKNOWN_STATUSES: Final = {
    ReadingStatus.UNREAD,
    ReadingStatus.NOT_POLLED,
    ReadingStatus.REFUSED,
    ReadingStatus.NOT_LOADED,
}
NO_FIGURE: Final = "–"
USUAL_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class Message:
    """A text in the category "issues" of the translations.

    `alert` is what it is about, None if there is nothing to warn of.
    """

    translation_key: str
    placeholders: dict[str, str]
    alert: Alert | None = None


class MessageWriter:
    """Write the messages of an account, with figures as people write them."""

    def __init__(self, account: str, decimal_separator: str) -> None:
        """Initialize the writer with the name of the account."""
        self.account = account
        self._decimal_separator = decimal_separator

    def credit(self, assessment: Assessment, read_at: datetime) -> Message:
        """Return what is said of the credit, which was read at a local time."""
        options = assessment.options
        placeholders = {
            "account": self.account,
            **moment_parts(read_at),
            "balance": self.figure(assessment.balance),
            "days": str(options.days),
            "days_left": _days(assessment.days_left),
            "empty_balance": self.figure(options.empty_balance),
            "recovered_balance": self.figure(options.recovered_balance),
            "recovered_days": str(options.recovered_days),
            "refilled_balance": self.figure(options.refilled_balance),
            "threshold": self.figure(options.threshold),
        }
        if assessment.level is Level.OUT:
            return Message("no_credit", placeholders, Alert.NO_CREDIT)
        if assessment.level is Level.LOW:
            return Message(_low_key(assessment), placeholders, Alert.LOW_CREDIT)
        return Message("enough_credit", placeholders)

    def use(self, ledger: Ledger, assessment: Assessment, now: datetime) -> Message:
        """Return what is said of the use.

        Unusual use is spoken of for a day after it was told, even if its day has ended.
        """
        unusual_day = assessment.last_unusual_day
        is_due = assessment.unusual_use or _is_told_lately(ledger, now)
        if unusual_day is not None and is_due:
            return self._unusual_use(unusual_day, assessment, now)
        # What was used on the day of an old reading was not used today.
        used_today = NO_FIGURE
        if datetime.fromtimestamp(ledger.read_at, now.tzinfo).date() == now.date():
            used_today = self.figure(assessment.used_today)
        placeholders = {
            "account": self.account,
            "daily_limit": self.figure(assessment.daily_limit),
            "used": used_today,
        }
        return Message("usual_use", placeholders)

    def _unusual_use(
        self, unusual_day: UnusualDay, assessment: Assessment, now: datetime
    ) -> Message:
        """Return what is said of a day with unusual use, an alert while it lasts."""
        day = datetime.fromisoformat(unusual_day.day)
        placeholders = {
            "account": self.account,
            **moment_parts(day),
            "daily_limit": self.figure(unusual_day.daily_limit),
            "used": self.figure(unusual_day.used),
        }
        alert = None
        if assessment.unusual_use and day.date() == now.date():
            alert = Alert.UNUSUAL_USE
        return Message("unusual_use", placeholders, alert)

    def reading(self, status: ReadingStatus, read_at: datetime | None) -> Message:
        """Return what is said of the last reading, which was at a local time."""
        if read_at is None and status is ReadingStatus.FAILED:
            return self.never_read()
        placeholders = {"account": self.account}
        if read_at is not None:
            placeholders |= moment_parts(read_at)
        alert = Alert.UNKNOWN_CREDIT if status in UNKNOWN_STATUSES else None
        return Message(STATUS_KEYS[status], placeholders, alert)

    def never_read(self) -> Message:
        """Return what is said before the first reading."""
        return Message("never_read", {"account": self.account})

    def figure(self, credits: float) -> str:
        """Return credits as people of the language write them."""
        return format_credits(credits).replace(".", self._decimal_separator)


@callback
def async_get_writer(hass: HomeAssistant, entry: ConfigEntry) -> MessageWriter:
    """Return the writer of an account's messages in Home Assistant's language.

    The account has the name of its device, which follows the entry's title until
    somebody renames it.
    """
    account = entry.title
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    if device is not None and device.name_by_user is not None:
        account = device.name_by_user
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    separator = texts.get(f"component.{DOMAIN}.common.decimal_separator", ".")
    return MessageWriter(account, separator)


def format_credits(credits: float) -> str:
    """Return credits with two decimals, or more if it took them for a whole number.

    So 39.999 of 40 is not 40, and 0.004 is not 0.
    """
    for decimals in range(USUAL_DECIMALS, DECIMALS):
        shown = round(credits, decimals)
        if not shown.is_integer() or credits == shown:
            break
    else:
        shown = credits
    # Not str() of it, which is 1e-05 for 0.00001.
    return f"{Decimal(str(round_credits(shown))):f}"


def _low_key(assessment: Assessment) -> str:
    """Return the text that says what makes credit low."""
    if assessment.low_reason is LowReason.DAYS:
        return "low_days"
    if assessment.options.days == 0:
        return "low_balance_only"
    return "low_balance"


def _is_told_lately(ledger: Ledger, now: datetime) -> bool:
    """Return if unusual use was told within the last day."""
    if ledger.told_unusual_at is None:
        return False
    return abs(now.timestamp() - ledger.told_unusual_at) < DAY.total_seconds()


def local_time(timestamp: float) -> datetime:
    """Return a POSIX time in Home Assistant's time zone."""
    return dt_util.as_local(dt_util.utc_from_timestamp(timestamp))


def moment_parts(moment: datetime) -> dict[str, str]:
    """Return a moment in parts, as each language has its own order of them."""
    return {
        "time": f"{moment:%H:%M}",
        "day": f"{moment:%d}",
        "month": f"{moment:%m}",
        "year": f"{moment:%Y}",
    }


def _days(days: int | None) -> str:
    """Return a number of days, which may not be known."""
    return NO_FIGURE if days is None else str(days)
