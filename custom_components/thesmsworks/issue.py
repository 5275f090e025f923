"""Keep the repair issues of an account in step with what is known of it.

The ID of an issue is its kind with the entry ID, such as low_credit_01J….
"""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import ALERTS_URL, DOMAIN
from .coordinator import SMSWorksCoordinator
from .messages import Message, async_get_writer, local_time
from .models import Alert

LOW_CREDIT: Final = "low_credit"
NO_CREDIT: Final = "no_credit"
UNUSUAL_USE: Final = "unusual_use"
UNKNOWN_CREDIT: Final = "unknown_credit"
UNREADABLE_FILE: Final = "unreadable_file"
KINDS: Final = (LOW_CREDIT, NO_CREDIT, UNUSUAL_USE, UNKNOWN_CREDIT, UNREADABLE_FILE)
ERRORS: Final = (NO_CREDIT, UNREADABLE_FILE)


@callback
def async_update_issues(hass: HomeAssistant, coordinator: SMSWorksCoordinator) -> None:
    """Create the issues that an account has now, and delete the others."""
    entry = coordinator.config_entry
    ledger = coordinator.ledger
    assert ledger is not None  # It is loaded, so it was read.
    read_at = local_time(ledger.read_at)
    writer = async_get_writer(hass, entry)

    credit = writer.credit(coordinator.data, read_at)
    if credit.alert is Alert.LOW_CREDIT:
        _async_create(hass, entry, LOW_CREDIT, credit)
        _async_delete_unless_ignored(hass, entry, NO_CREDIT)
    elif credit.alert is Alert.NO_CREDIT:
        _async_create(hass, entry, NO_CREDIT, credit)
        _async_delete_unless_ignored(hass, entry, LOW_CREDIT)
    else:
        _async_delete(hass, entry, LOW_CREDIT)
        _async_delete(hass, entry, NO_CREDIT)

    use = writer.use(ledger, coordinator.data, dt_util.now())
    if use.alert is Alert.UNUSUAL_USE:
        _async_create(hass, entry, UNUSUAL_USE, use)
    else:
        _async_delete(hass, entry, UNUSUAL_USE)

    # For a token that is refused, Home Assistant has an issue of its own at once.
    if coordinator.is_unread:
        reading = writer.reading(coordinator.status, read_at)
        _async_create(hass, entry, UNKNOWN_CREDIT, reading)
    else:
        _async_delete(hass, entry, UNKNOWN_CREDIT)


@callback
def async_create_file_issue(
    hass: HomeAssistant, entry: ConfigEntry, err: ConfigEntryError
) -> None:
    """Create the issue for a file that cannot be used, as the error says."""
    account = async_get_writer(hass, entry).account
    placeholders = {"account": account, **(err.translation_placeholders or {})}
    message = Message(str(err.translation_key), placeholders)
    _async_create(hass, entry, UNREADABLE_FILE, message)


@callback
def async_delete_file_issue(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete the issue for a file that could not be used."""
    _async_delete(hass, entry, UNREADABLE_FILE)


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete all issues of an account that nobody watches any more."""
    for kind in KINDS:
        _async_delete(hass, entry, kind)


@callback
def _async_create(
    hass: HomeAssistant, entry: ConfigEntry, kind: str, message: Message
) -> None:
    """Create an issue, or bring it up to date."""
    severity = ir.IssueSeverity.WARNING
    if kind in ERRORS:
        severity = ir.IssueSeverity.ERROR
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(entry, kind),
        is_fixable=False,
        learn_more_url=ALERTS_URL,
        severity=severity,
        translation_key=message.translation_key,
        translation_placeholders=message.placeholders,
    )


@callback
def _async_delete(hass: HomeAssistant, entry: ConfigEntry, kind: str) -> None:
    """Delete an issue, if there is one."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry, kind))


@callback
def _async_delete_unless_ignored(
    hass: HomeAssistant, entry: ConfigEntry, kind: str
) -> None:
    """Delete an issue, unless the user ignored it.

    Nobody sees that one, and deleting it would forget that it is ignored.
    """
    issue = ir.async_get(hass).async_get_issue(DOMAIN, _issue_id(entry, kind))
    if issue is not None and issue.dismissed_version is None:
        _async_delete(hass, entry, kind)


def _issue_id(entry: ConfigEntry, kind: str) -> str:
    """Return the ID of an issue."""
    return f"{kind}_{entry.entry_id}"
