"""The action that says what is known of an account's credit."""

import asyncio
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from dev.simulator import FAULTS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .common import (
    ALERT,
    DAY,
    DAYS_LEFT,
    MINUTE,
    SECOND,
    USED,
    Home,
    ledger_file,
    request_arrives,
    update_entity,
)

HOUR = 60 * MINUTE


def figures(credit: Any) -> dict[str, Any]:
    """Return the figures in an answer, which are null while the sensors have none."""
    names = (
        "level",
        "balance",
        "days_left",
        "used_today",
        "daily_limit",
        "unusual_use",
    )
    return {name: credit[name] for name in names}


NO_FIGURES = {
    "level": "unknown",
    "balance": None,
    "days_left": None,
    "used_today": None,
    "daily_limit": None,
    "unusual_use": None,
}


def said(credit: Any, kind: str) -> tuple[str | None, str]:
    """Return what a message in an answer is about, and its title."""
    message = credit["messages"][kind]
    return message["alert"], message["title"]


async def test_action_says_all_that_is_known_of_an_account(home: Home) -> None:
    """In one answer, and without a request."""
    assert await home.set_up(*[4] * 28)
    await home.poll(176)
    days_left = home.state(DAYS_LEFT)
    home.simulator.requests.clear()

    assert await home.get_credit() == {
        "account": "The SMS Works",
        "account_url": "https://thesmsworks.co.uk/user/login",
        "level": "ok",
        "balance": 176,
        "threshold": 40,
        "overdraft": 0,
        "days_left": int(days_left),
        "used_today": 4,
        "daily_limit": 50,
        "unusual_use": False,
        "unusual_until": None,
        "read_at": "2026-07-01T12:15:01-07:00",
        "messages": {
            "credit": {
                "alert": None,
                "title": "The SMS Works: there is enough SMS credit",
                "message": f"Credit balance: 176. Days left: {days_left}."
                " Read at 12:15 on 01/07/2026.",
            },
            "use": {
                "alert": None,
                "title": "The SMS Works: usual use of SMS credit",
                "message": "Credits used today: 4. Daily limit: 50.",
            },
            "reading": {
                "alert": None,
                "title": "The SMS Works: SMS credit is up to date",
                "message": "The balance was last read at 12:15 on 01/07/2026.",
            },
        },
    }
    assert not home.simulator.requests


@pytest.mark.parametrize(
    ("balance", "level", "about", "title"),
    [
        (41, "ok", None, "The SMS Works: there is enough SMS credit"),
        (40, "low", "low_credit", "The SMS Works: SMS credit is low"),
        (-10, "out", "no_credit", "The SMS Works: SMS credit has run out"),
    ],
)
async def test_level_is_that_of_the_options(
    home: Home, balance: float, level: str, about: str | None, title: str
) -> None:
    """Which the answer has, too."""
    home.account.credits = balance
    assert await home.set_up(threshold=40, overdraft=10)
    credit = await home.get_credit()
    assert (credit["level"], credit["balance"]) == (level, balance)
    assert (credit["threshold"], credit["overdraft"]) == (40, 10)
    assert said(credit, "credit") == (about, title)


async def test_credit_message_says_so_too_while_use_is_unusual(home: Home) -> None:
    """A top-up must not hide that an automation goes on sending."""
    assert await home.set_up(daily_limit=20, days=0)
    await home.poll(155)
    await home.poll(500)
    credit = await home.get_credit()
    assert credit["unusual_use"] is True
    assert credit["level"] == "ok"
    days_left = home.state(DAYS_LEFT)
    use = credit["messages"]["use"]
    assert use["alert"] == "unusual_use"
    assert use["message"].startswith(
        "Credits used on 01/07/2026: 25. That is more than the daily limit of 20."
    )
    assert credit["messages"]["credit"]["message"] == (
        f"Credit balance: 500. Days left: {days_left}. Read at 12:30 on 01/07/2026."
        f"\n\n{use['message']}"
    )


async def test_unusual_use_holds_until_its_day_ends(home: Home) -> None:
    """So that a message of it can go then."""
    assert await home.set_up(daily_limit=20)
    assert (await home.get_credit())["unusual_until"] is None
    await home.poll(155)
    until = "2026-07-02T00:00:00-07:00"
    assert (await home.get_credit())["unusual_until"] == until
    await home.poll(after=2 * DAY)
    assert (await home.get_credit())["unusual_until"] == until


async def test_unusual_use_of_a_day_that_has_ended_held_until_it_was_told(
    home: Home,
) -> None:
    """Nobody could know of it before."""
    home.freezer.move_to("2026-07-01T22:00:00-07:00")
    assert await home.set_up(daily_limit=20)
    await home.poll(140, after=160 * MINUTE)
    assert (await home.get_credit())["unusual_until"] == "2026-07-02T00:40:00-07:00"


async def test_unusual_use_is_forgotten_with_its_day(home: Home) -> None:
    """Some 90 days are kept."""
    assert await home.set_up(daily_limit=20)
    await home.poll(155)
    await home.poll(154, after=95 * DAY)
    await home.poll(153, after=DAY)
    assert (await home.get_credit())["unusual_until"] is None


async def test_unusual_use_of_yesterday_is_no_warning_any_more(home: Home) -> None:
    """Its message can still be read by an automation that was told late."""
    assert await home.set_up(daily_limit=20)
    await home.poll(155)
    await home.poll(after=12 * HOUR)
    credit = await home.get_credit()
    assert credit["unusual_use"] is False
    assert said(credit, "use") == (None, "The SMS Works: unusual use of SMS credit")
    assert "Credits used" not in credit["messages"]["credit"]["message"]


async def test_figures_are_null_while_a_reading_fails(home: Home) -> None:
    """The messages say how it was, and when."""
    assert await home.set_up()
    await home.poll(38, fault=None)
    await home.poll(0, fault="503", after=DAY - 2 * SECOND)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert credit["read_at"] == "2026-07-01T12:15:01-07:00"
    assert said(credit, "credit")[0] == "low_credit"
    assert credit["messages"]["credit"]["message"].startswith(
        "Credit balance: 38, read at 12:15 on 01/07/2026."
    )
    assert said(credit, "reading") == (
        None,
        "The SMS Works: SMS credit cannot be read at the moment",
    )


async def test_credit_is_not_known_after_a_day_of_failed_readings(home: Home) -> None:
    """From then on it is something to warn of."""
    assert await home.set_up()
    await home.poll(fault="503", after=DAY)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert said(credit, "reading") == (
        "unknown_credit",
        "The SMS Works: SMS credit is not known",
    )
    message = credit["messages"]["reading"]["message"]
    assert message.startswith("The balance was last read at 12:00 on 01/07/2026.")
    assert "Check the internet connection" in message


async def test_credit_is_not_known_where_nothing_has_it_read(home: Home) -> None:
    """Until somebody has it read, and not before the answer is there."""
    home.turn_polling_off()
    assert await home.set_up()
    await home.poll(after=DAY + MINUTE)
    home.simulator.hold = answers = asyncio.Event()
    reading = asyncio.create_task(update_entity(home.hass))
    await request_arrives(home.simulator)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert credit["messages"]["reading"]["alert"] == "unknown_credit"
    assert "Polling is turned of" in credit["messages"]["reading"]["message"]

    answers.set()
    await reading
    assert (await home.get_credit())["level"] == "ok"


async def test_credit_is_not_known_while_the_token_is_refused(home: Home) -> None:
    """Also at the start of an account that was read before."""
    home.simulator.fault = FAULTS["401"]
    assert await home.set_up(1)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert credit["read_at"] == "2026-07-01T12:00:00-07:00"
    assert credit["messages"]["reading"]["alert"] == "unknown_credit"
    assert "Enter a new token" in credit["messages"]["reading"]["message"]


async def test_account_that_was_never_read_has_no_figures(home: Home) -> None:
    """Home Assistant tries its set-up again."""
    home.simulator.fault = FAULTS["503"]
    assert not await home.set_up()
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert (credit["threshold"], credit["overdraft"]) == (40, 0)
    assert credit["read_at"] is None
    never = {
        "alert": None,
        "title": "The SMS Works: SMS credit is not known yet",
        "message": "The balance has not been read yet.",
    }
    assert credit["messages"] == {"credit": never, "use": never, "reading": never}


@pytest.mark.parametrize("fault", ["401"])
async def test_account_whose_first_token_is_refused_is_not_watched(
    home: Home, fault: str
) -> None:
    """It could not be set up."""
    home.simulator.fault = FAULTS[fault]
    assert not await home.set_up()
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert said(credit, "reading") == (
        "unknown_credit",
        "The SMS Works: SMS credit is not watched",
    )


async def test_account_whose_file_cannot_be_read_is_not_watched(home: Home) -> None:
    """What was known of it is not known any more."""
    ledger_file(home.hass, home.entry).mkdir(parents=True)
    assert not await home.set_up()
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert credit["read_at"] is None
    not_watched = "The SMS Works: SMS credit is not watched"
    assert said(credit, "reading") == ("unknown_credit", not_watched)
    assert said(credit, "credit") == (None, not_watched)
    assert said(credit, "use") == (None, not_watched)


@pytest.mark.parametrize("after", [MINUTE, 3 * DAY])
async def test_account_that_is_disabled_is_not_watched(home: Home, after: Any) -> None:
    """Which is nothing to warn of, as its user wants it so."""
    assert await home.set_up()
    await home.poll(38)
    await home.disable()
    home.freezer.tick(after)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert credit["read_at"] == "2026-07-01T12:15:01-07:00"
    assert said(credit, "credit") == ("low_credit", "The SMS Works: SMS credit is low")
    assert said(credit, "reading") == (None, "The SMS Works: SMS credit is not watched")


@pytest.mark.parametrize(
    ("after", "about"), [(DAY - SECOND, None), (DAY, "unknown_credit")]
)
async def test_account_that_is_not_loaded_is_not_known_after_a_day(
    home: Home, after: Any, about: str | None
) -> None:
    """As while it is reloaded, or its entry was unloaded."""
    assert await home.set_up()
    await home.unload()
    home.freezer.tick(after)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert credit["messages"]["reading"]["alert"] == about


async def test_account_that_is_being_set_up_is_nothing_to_warn_of(home: Home) -> None:
    """Although it was not read for long. Its first reading is under way."""
    assert await home.set_up()
    await home.unload()
    home.entry.mock_state(home.hass, ConfigEntryState.SETUP_IN_PROGRESS)
    home.freezer.tick(2 * DAY)
    credit = await home.get_credit()
    assert figures(credit) == NO_FIGURES
    assert said(credit, "reading") == (
        None,
        "The SMS Works: SMS credit cannot be read at the moment",
    )
    home.entry.mock_state(home.hass, ConfigEntryState.NOT_LOADED)


async def test_use_of_a_day_that_has_ended_is_not_that_of_today(home: Home) -> None:
    """While nothing is read, nobody knows what was used since."""
    assert await home.set_up()
    await home.poll(170)
    await home.poll(fault="503", after=DAY)
    credit = await home.get_credit()
    assert credit["messages"]["use"]["message"] == (
        "Credits used today: –. Daily limit: 50."
    )


async def test_answer_that_waits_for_the_disk_undoes_nothing(home: Home) -> None:
    """What is read of the account meanwhile is kept."""
    assert await home.set_up(1)
    await home.stop()
    is_free = Event()
    read_bytes = Path.read_bytes
    reads: list[Path] = []

    def reads_slowly(path: Path) -> bytes:
        content = read_bytes(path)
        reads.append(path)
        if len(reads) == 1:
            assert is_free.wait(30)
        return content

    with patch("pathlib.Path.read_bytes", reads_slowly):
        asking = asyncio.create_task(home.get_credit())
        while not reads:
            await asyncio.sleep(0)
        home.account.credits = 170
        assert await home.hass.config_entries.async_setup(home.entry.entry_id)
        is_free.set()
        await asking
    home.account.credits = 180
    await home.reload()
    assert home.state(USED) == "10"


@pytest.mark.parametrize("entry_id", ["", "01JNOBODY", "of another integration"])
async def test_what_is_no_account_is_refused(home: Home, entry_id: str) -> None:
    """With words that say what to do."""
    assert await home.set_up()
    other = MockConfigEntry(domain="other", entry_id="of another integration")
    other.add_to_hass(home.hass)
    with pytest.raises(ServiceValidationError, match="Choose an account"):
        await home.hass.services.async_call(
            "thesmsworks",
            "get_credit",
            {"config_entry_id": entry_id},
            blocking=True,
            return_response=True,
        )


async def test_messages_are_in_the_language_of_home_assistant(home: Home) -> None:
    """Figures are written as its people do, in Repairs, too."""
    home.hass.config.language = "de"
    home.account.credits = 39.5
    assert await home.set_up()
    credit = await home.get_credit()
    assert credit["balance"] == 39.5
    assert "39,5" in credit["messages"]["credit"]["message"]
    assert credit["messages"]["credit"]["title"] != "The SMS Works: SMS credit is low"
    placeholders = home.issues()["low_credit"].translation_placeholders
    assert placeholders
    assert placeholders["balance"] == "39,5"


@pytest.mark.usefixtures("end_automations")
async def test_automation_that_is_told_finds_the_new_figures(home: Home) -> None:
    """As soon as the alert is there, however busy the machine is."""
    automation = {
        "triggers": {
            "trigger": "event.received",
            "target": {"entity_id": ALERT},
            "options": {"event_type": ["low_credit", "unknown_credit"]},
        },
        "actions": [
            {
                "action": "thesmsworks.get_credit",
                "data": {"config_entry_id": home.entry.entry_id},
                "response_variable": "credit",
            },
            {
                "event": "told",
                "event_data": {
                    "level": "{{ credit.level }}",
                    "balance": "{{ credit.balance }}",
                    "about": "{{ credit.messages.values() | map(attribute='alert')"
                    " | select | list }}",
                },
            },
        ],
    }
    assert await home.set_up()
    told = async_capture_events(home.hass, "told")
    config = {"automation": automation}
    assert await async_setup_component(home.hass, "automation", config)

    await home.poll(39)
    await home.poll(fault="503", after=DAY)
    assert [event.data for event in told] == [
        {"level": "low", "balance": 39, "about": ["low_credit", "unusual_use"]},
        {
            "level": "unknown",
            "balance": None,
            "about": ["low_credit", "unknown_credit"],
        },
    ]


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_account_has_the_name_that_its_user_gave_it(
    home: Home, device_registry: dr.DeviceRegistry, is_loaded: bool
) -> None:
    """Whether the entry was renamed, or the device."""
    assert await home.set_up()
    home.hass.config_entries.async_update_entry(home.entry, title="The shop")
    if not is_loaded:
        await home.disable()
    credit = await home.get_credit()
    assert credit["account"] == "The shop"
    assert credit["messages"]["use"]["title"].startswith("The shop: ")

    [device] = dr.async_entries_for_config_entry(device_registry, home.entry.entry_id)
    device_registry.async_update_device(device.id, name_by_user="Our shop")
    credit = await home.get_credit()
    assert credit["account"] == "Our shop"
    assert credit["messages"]["use"]["title"].startswith("Our shop: ")


async def test_action_is_there_without_a_loaded_account(
    hass: HomeAssistant, home: Home
) -> None:
    """So that an automation that uses it is not broken by an outage at the start."""
    home.simulator.fault = FAULTS["503"]
    assert not await home.set_up()
    assert hass.services.has_service("thesmsworks", "get_credit")
