"""The repair issues of an account."""

from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import ACCOUNT_URL, DOMAIN
from .usage import Ledger, tidy

KINDS: Final = ("low_credit", "no_credit", "unusual_use", "unknown_credit")
UNKNOWN_AFTER: Final = timedelta(days=1)


@callback
def async_update_issues(
    hass: HomeAssistant, entry: ConfigEntry[Any], ledger: Ledger
) -> None:
    """Raise what an account calls for now, and take back what it does not."""
    read = dt_util.as_local(datetime.fromtimestamp(ledger.read, dt_util.UTC))
    is_out = ledger.credit_balance <= ledger.end
    texts = {
        "low_credit": ledger.reason and not is_out and f"low_{ledger.reason}",
        "no_credit": is_out and "no_credit",
        "unusual_use": ledger.unusual_use and "unusual_use",
        "unknown_credit": dt_util.now() - read >= UNKNOWN_AFTER and "unknown_credit",
    }
    placeholders = {
        "account": entry.title,
        "account_url": ACCOUNT_URL,
        "balance": format_credits(ledger.credit_balance),
        "daily_limit": format_credits(ledger.daily_limit),
        "days": str(ledger.days),
        "days_left": str(ledger.days_left),
        "end": str(ledger.end),
        "recovered": format_credits(ledger.recovered),
        "recovered_days": str(2 * ledger.days),
        "since": f"{read:%Y-%m-%d %H:%M}",
        "threshold": str(ledger.threshold),
        "used_today": format_credits(ledger.used_today),
    }
    for kind, translation_key in texts.items():
        issue_id = f"{kind}_{entry.entry_id}"
        if not translation_key:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            continue
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            learn_more_url=ACCOUNT_URL,
            severity=ir.IssueSeverity.ERROR if is_out else ir.IssueSeverity.WARNING,
            translation_key=translation_key,
            translation_placeholders=placeholders,
        )


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Take back all issues of an account, which nobody watches any more."""
    for kind in KINDS:
        ir.async_delete_issue(hass, DOMAIN, f"{kind}_{entry.entry_id}")


def format_credits(credits: float | None) -> str:
    """Return credits as people write them, with two decimals at most."""
    return "–" if credits is None else str(tidy(credits, 2))
