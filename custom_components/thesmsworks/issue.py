"""The repair issue of an account that is low on credit."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import ACCOUNT_URL, DOMAIN
from .usage import Usage


def _issue_id(entry_id: str) -> str:
    return f"low_credit_{entry_id}"


@callback
def async_update_issue(
    hass: HomeAssistant, entry_id: str, title: str, usage: Usage
) -> None:
    """Raise the issue while credit is low, in other words once there is none."""
    if not usage.is_low:
        async_delete_issue(hass, entry_id)
        return
    is_empty = usage.balance <= 0
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry_id),
        is_fixable=False,
        learn_more_url=ACCOUNT_URL,
        severity=ir.IssueSeverity.ERROR if is_empty else ir.IssueSeverity.WARNING,
        translation_key="no_credit" if is_empty else "low_credit",
        translation_placeholders={
            "account": title,
            "balance": str(usage.balance),
            "threshold": str(usage.threshold),
            "account_url": ACCOUNT_URL,
        },
    )


@callback
def async_delete_issue(hass: HomeAssistant, entry_id: str) -> None:
    """Take the issue back."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry_id))
