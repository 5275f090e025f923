"""The repair issues of an account."""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import ACCOUNT_URL, DOMAIN
from .usage import Ledger, Limits, Usage

LOW_CREDIT: Final = "low_credit"
NO_CREDIT: Final = "no_credit"
UNKNOWN_CREDIT: Final = "unknown_credit"
UNUSUAL_USE: Final = "unusual_use"
READING_ISSUES: Final = (LOW_CREDIT, NO_CREDIT, UNUSUAL_USE)

UNKNOWN_AFTER: Final = timedelta(days=1)


@callback
def async_update_issues(
    hass: HomeAssistant, entry: ConfigEntry[Any], usage: Usage, limits: Limits
) -> None:
    """Raise what a reading calls for, and take back what it does not."""
    wanted: dict[str, str] = {}
    if usage.balance <= limits.end:
        wanted[NO_CREDIT] = NO_CREDIT
    elif usage.low:
        wanted[LOW_CREDIT] = f"low_{usage.low}"
    if usage.is_unusual:
        wanted[UNUSUAL_USE] = UNUSUAL_USE
    for kind in READING_ISSUES:
        if kind not in wanted:
            ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")
            continue
        _async_create(
            hass,
            entry,
            kind,
            wanted[kind],
            balance=format_credits(usage.balance),
            daily_limit=format_credits(usage.daily_limit),
            days=str(limits.days),
            days_left=str(usage.days_left),
            end=format_credits(limits.end),
            recovered=format_credits(limits.recovered),
            recovered_days=str(2 * limits.days),
            threshold=format_credits(limits.threshold),
            used_today=format_credits(usage.used_today),
        )


@callback
def async_check_age(
    hass: HomeAssistant, entry: ConfigEntry[Any], ledger: Ledger | None
) -> None:
    """Say so when the balance could not be read for a day, until it was."""
    if ledger is None:
        return
    read = datetime.fromisoformat(ledger.read)
    if dt_util.utcnow() - read >= UNKNOWN_AFTER:
        since = dt_util.as_local(read).strftime("%Y-%m-%d %H:%M")
        _async_create(hass, entry, UNKNOWN_CREDIT, UNKNOWN_CREDIT, since=since)
    else:
        ir.async_delete_issue(hass, DOMAIN, f"{UNKNOWN_CREDIT}_{entry.entry_id}")


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take back all issues of an account, which nobody watches any more."""
    for kind in (*READING_ISSUES, UNKNOWN_CREDIT):
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")


def _async_create(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    kind: str,
    translation_key: str,
    **placeholders: str,
) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{kind}_{entry.entry_id}",
        is_fixable=False,
        learn_more_url=ACCOUNT_URL,
        severity=(
            ir.IssueSeverity.ERROR if kind == NO_CREDIT else ir.IssueSeverity.WARNING
        ),
        translation_key=translation_key,
        translation_placeholders={
            "account": entry.title,
            "account_url": ACCOUNT_URL,
            **placeholders,
        },
    )


def format_credits(credits: float | None) -> str:
    """Return credits as people write them, with two decimals at most."""
    if credits is None:
        return "–"
    return f"{round(credits, 2) + 0:.2f}".rstrip("0").removesuffix(".")
