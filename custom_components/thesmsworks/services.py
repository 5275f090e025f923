"""Actions of The SMS Works."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ConfigEntryError, ServiceValidationError
from homeassistant.helpers.selector import ConfigEntrySelector
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .assessment import assess
from .const import ACCOUNT_URL, DOMAIN
from .coordinator import SMSWorksConfigEntry
from .messages import Message, async_get_writer, local_time
from .models import Assessment, Ledger, Options, ReadingStatus
from .storage import async_get_store
from .usage import DAY

SERVICE_GET_CREDIT: Final = "get_credit"
SERVICE_GET_CREDIT_SCHEMA: Final = vol.Schema(
    {vol.Required(ATTR_CONFIG_ENTRY_ID): ConfigEntrySelector({"integration": DOMAIN})}
)
UNKNOWN_LEVEL: Final = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Knowledge:
    """What is known of an account, which may not be loaded.

    `ledger` and `assessment` are of the last reading, and None before the first one.
    """

    status: ReadingStatus
    is_available: bool = False
    ledger: Ledger | None = None
    assessment: Assessment | None = None


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_CREDIT,
        _async_get_credit,
        schema=SERVICE_GET_CREDIT_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_credit(call: ServiceCall) -> ServiceResponse:
    """Return what is known of the credit of an account, without a request."""
    hass = call.hass
    entry = _get_entry(hass, call.data[ATTR_CONFIG_ENTRY_ID])
    options = Options.from_entry(entry)
    knowledge = await _async_get_knowledge(hass, entry)
    return {
        "account": async_get_writer(hass, entry).account,
        "account_url": ACCOUNT_URL,
        **_figures(knowledge),
        "threshold": options.threshold,
        "overdraft": options.overdraft,
        "unusual_until": _unusual_until(knowledge),
        "read_at": _read_at(knowledge.ledger),
        "messages": await _async_get_messages(hass, entry, knowledge),
    }


def _get_entry(hass: HomeAssistant, entry_id: str) -> SMSWorksConfigEntry:
    """Return the entry of an account.

    Home Assistant's own helper takes only one that is loaded.
    """
    entry = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_account"
        )
    return entry


async def _async_get_knowledge(
    hass: HomeAssistant, entry: SMSWorksConfigEntry
) -> _Knowledge:
    """Return what is known of an account."""
    if entry.state is ConfigEntryState.LOADED:
        coordinator = entry.runtime_data
        return _Knowledge(
            status=coordinator.status,
            is_available=coordinator.is_available,
            ledger=coordinator.ledger,
            assessment=coordinator.data,
        )
    try:
        ledger = await async_get_store(hass, entry.entry_id).load()
    except ConfigEntryError:
        return _Knowledge(status=_status_unless_loaded(entry, None))
    status = _status_unless_loaded(entry, ledger)
    if ledger is None:
        return _Knowledge(status=status)
    options = Options.from_entry(entry)
    assessment = assess(ledger, options, local_time(ledger.read_at))
    return _Knowledge(status=status, ledger=ledger, assessment=assessment)


def _status_unless_loaded(
    entry: SMSWorksConfigEntry, ledger: Ledger | None
) -> ReadingStatus:
    """Return how the reading of an account stands that is not loaded."""
    if entry.disabled_by is not None:
        return ReadingStatus.DISABLED
    if entry.state is ConfigEntryState.SETUP_ERROR:
        return ReadingStatus.NOT_LOADED
    if entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
        # It is being read. An alert that is shown before would never be taken back.
        return ReadingStatus.FAILED
    if ledger is not None and dt_util.now() - local_time(ledger.read_at) >= DAY:
        return ReadingStatus.UNREAD
    return ReadingStatus.FAILED


def _figures(knowledge: _Knowledge) -> JsonObjectType:
    """Return the figures, null while the sensors have none either."""
    assessment = knowledge.assessment
    if assessment is None or not knowledge.is_available:
        return {
            "level": UNKNOWN_LEVEL,
            "balance": None,
            "days_left": None,
            "used_today": None,
            "daily_limit": None,
            "unusual_use": None,
        }
    return {
        "level": assessment.level,
        "balance": assessment.balance,
        "days_left": assessment.days_left,
        "used_today": assessment.used_today,
        "daily_limit": assessment.daily_limit,
        "unusual_use": assessment.unusual_use,
    }


def _unusual_until(knowledge: _Knowledge) -> str | None:
    """Return until when the unusual use held that was told last.

    That is the end of its day, or when it was told if the day had ended by then.
    """
    ledger = knowledge.ledger
    assessment = knowledge.assessment
    if ledger is None or ledger.told_unusual_at is None:
        return None
    if assessment is None or assessment.last_unusual_day is None:
        return None
    day = date.fromisoformat(assessment.last_unusual_day.day)
    end = dt_util.start_of_local_day(day + DAY)
    return max(end, local_time(ledger.told_unusual_at)).isoformat()


def _read_at(ledger: Ledger | None) -> str | None:
    """Return when the balance was read last."""
    if ledger is None:
        return None
    return local_time(ledger.read_at).isoformat()


async def _async_get_messages(
    hass: HomeAssistant, entry: SMSWorksConfigEntry, knowledge: _Knowledge
) -> JsonObjectType:
    """Return what is said of credit, use and reading."""
    writer = async_get_writer(hass, entry)
    ledger = knowledge.ledger
    assessment = knowledge.assessment
    if ledger is None or assessment is None:
        reading = writer.reading(knowledge.status, None)
        # The reason why nothing is known of them either. It is one alert, not three.
        credit = replace(reading, alert=None)
        use = credit
    else:
        read_at = local_time(ledger.read_at)
        credit = writer.credit(assessment, read_at)
        use = writer.use(ledger, assessment, dt_util.now())
        reading = writer.reading(knowledge.status, read_at)

    texts = await async_get_translations(hass, hass.config.language, "issues", [DOMAIN])
    credit_text = _text(credit, "description", texts)
    use_text = _text(use, "description", texts)
    if use.alert is not None:
        # A top-up must not hide that an automation goes on using credit.
        credit_text = f"{credit_text}\n\n{use_text}"
    return {
        "credit": {
            "alert": credit.alert,
            "title": _text(credit, "title", texts),
            "message": credit_text,
        },
        "use": {
            "alert": use.alert,
            "title": _text(use, "title", texts),
            "message": use_text,
        },
        "reading": {
            "alert": reading.alert,
            "title": _text(reading, "title", texts),
            "message": _text(reading, "description", texts),
        },
    }


def _text(message: Message, part: str, texts: dict[str, str]) -> str:
    """Return the title or the description of a message, with its figures."""
    text = texts[f"component.{DOMAIN}.issues.{message.translation_key}.{part}"]
    return text.format(**message.placeholders)
