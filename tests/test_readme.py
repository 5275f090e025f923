"""What the README shows is what runs."""

from datetime import timedelta
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component

from .common import DAYS_LEFT, ROOT, pass_time, set_up, state
from .simulator import FAULTS, Account, Simulator

README = (ROOT / "README.md").read_text()
BLOCKS = [
    yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
]
CARDS = [block for block in BLOCKS if "type" in block]
AUTOMATIONS = {block["alias"]: block for block in BLOCKS if "triggers" in block}
PACKAGES = [block for block in BLOCKS if {"script", "utility_meter"} & set(block)]


async def automate(hass: HomeAssistant, alias: str) -> None:
    """Set up an automation of the README."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(
        hass, "automation", {"automation": AUTOMATIONS[alias]}
    )
    [automation] = hass.states.async_all("automation")
    assert automation.state == "on"


@pytest.fixture
async def account(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    config_entry: MockConfigEntry,
) -> Account:
    """Return the account, set up on a Wednesday morning."""
    freezer.move_to("2026-07-01 15:59:00+00:00")
    assert await set_up(hass, config_entry)
    return account


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """Return the titles of the notifications."""
    titles: list[str] = []

    async def create(call: ServiceCall) -> None:
        titles.append(call.data["title"])

    hass.services.async_register("persistent_notification", "create", create)
    return titles


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """A block of another kind needs a test of its own."""
    assert len(BLOCKS) == len(CARDS) + len(AUTOMATIONS) + len(PACKAGES)
    assert set(AUTOMATIONS) == {
        "Read the SMS credit every hour",
        "SMS credit is not known",
        "SMS credit will not last the weekend",
    }


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card["type"])
async def test_card_is_on_the_dashboard_and_shows_what_exists(
    hass: HomeAssistant, account: Account, card: dict[str, Any]
) -> None:
    """The demonstration has the same cards, and every entity in them exists."""
    dashboard = yaml.safe_load((ROOT / "scripts/demo/dashboard.yaml").read_text())
    shown = [
        shown
        for view in dashboard["views"]
        for section in view["sections"]
        for shown in section["cards"]
    ]

    assert card in shown
    entities = re.findall(r"\b(?:binary_)?sensor\.\w+", str(card))
    assert entities
    for entity_id in entities:
        assert state(hass, entity_id)
    if "content" in card:
        text = Template(card["content"], hass).async_render()
        assert "Only **180** credits are left." in text


@pytest.mark.usefixtures("end_automations")
async def test_unknown_balance_is_told_after_a_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    simulator: Simulator,
    told: list[str],
) -> None:
    """And not after a night."""
    await automate(hass, "SMS credit is not known")
    simulator.fault = FAULTS["reset"]
    await pass_time(hass, freezer)
    await pass_time(hass, freezer, timedelta(hours=12))
    assert told == []

    await pass_time(hass, freezer, timedelta(hours=12))
    assert told == ["SMS credit is not known"]


@pytest.mark.usefixtures("end_automations")
@pytest.mark.parametrize("credits", [30, 170])
async def test_weekend_is_told_on_friday(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    told: list[str],
    credits: float,
) -> None:
    """If the credit will not last until Monday."""
    await automate(hass, "SMS credit will not last the weekend")
    account.credits = credits
    for day in ("02", "03", "04"):
        freezer.move_to(f"2026-07-{day} 15:45:00+00:00")
        await pass_time(hass, freezer)

    assert state(hass, DAYS_LEFT).isdecimal()
    assert told == (["Top up before the weekend"] if credits == 30 else [])


@pytest.mark.usefixtures("end_automations")
async def test_balance_is_read_every_hour(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """For those who turned off polling."""
    hass.config_entries.async_update_entry(config_entry, pref_disable_polling=True)
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await automate(hass, "Read the SMS credit every hour")
    simulator.requests.clear()

    for hour in range(1, 4):
        await pass_time(hass, freezer, timedelta(hours=1))
        assert len(simulator.requests) == hour


# The meter's own timer for the end of the month.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_credits_are_counted_per_month(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, account: Account
) -> None:
    """By Home Assistant's own meter."""
    [package] = [package for package in PACKAGES if "utility_meter" in package]
    assert await async_setup_component(hass, "utility_meter", package)
    await hass.async_block_till_done()
    await hass.async_start()
    account.drain(12)
    await pass_time(hass, freezer)
    account.drain(3)
    await pass_time(hass, freezer)

    assert float(state(hass, "sensor.sms_credits_this_month")) == 15


@pytest.mark.parametrize(
    ("credits", "fault", "sends"),
    [(1, None, True), (0, None, False), (-5, None, False), (0, "reset", True)],
)
async def test_text_is_sent_unless_there_is_no_credit(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    simulator: Simulator,
    told: list[str],
    credits: float,
    fault: str | None,
    sends: bool,
) -> None:
    """An unknown balance keeps no alarm back."""
    [package] = [package for package in PACKAGES if "script" in package]
    assert await async_setup_component(hass, "script", package)
    sent = async_mock_service(hass, "notify", "sms")
    account.credits = credits
    simulator.fault = FAULTS[fault] if fault else None
    await pass_time(hass, freezer)

    await hass.services.async_call(
        "script", "block_when_empty", {"message": "Alarm"}, blocking=True
    )

    assert [call.data["message"] for call in sent] == (["Alarm"] if sends else [])
    assert told == ([] if sends else ["No SMS credit"])
