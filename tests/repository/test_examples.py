"""The examples in the documents do what is said of them."""

from datetime import timedelta
import re

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml

from dev import ROOT
from dev.simulator import FAULTS, Account, Simulator
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from tests.common import DAYS_LEFT, pass_time, set_up, state

from .common import EVERYTHING

BLOCKS = [
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", EVERYTHING, re.DOTALL)
]
CARDS = [block for block in BLOCKS if "type" in block]
AUTOMATIONS = {block["alias"]: block for block in BLOCKS if "triggers" in block}
CONFIGURATION = {
    domain: config
    for block in BLOCKS
    if {*block} <= {"script", "utility_meter"}
    for domain, config in block.items()
}


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
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the notifications."""
    calls: list[ServiceCall] = async_mock_service(
        hass, "persistent_notification", "create"
    )
    return calls


async def automate(hass: HomeAssistant, alias: str) -> None:
    """Set up an automation of the documents."""
    automation = {"automation": AUTOMATIONS[alias]}
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "automation", automation)
    assert [shown.state for shown in hass.states.async_all("automation")] == ["on"]


def test_every_example_is_of_a_kind_that_is_tested() -> None:
    """One of another kind needs a test of its own."""
    assert len(BLOCKS) == len(CARDS) + len(AUTOMATIONS) + len(CONFIGURATION)
    assert len(AUTOMATIONS) == 3


def test_cards_are_those_of_the_demonstration() -> None:
    """Which the tests in a browser look at."""
    dashboard = yaml.safe_load((ROOT / "dev/demo/dashboard.yaml").read_text())
    sections = [section["cards"] for section in dashboard["views"][0]["sections"]]

    assert CARDS
    for card in CARDS:
        assert any(card in cards for cards in sections)


@pytest.mark.usefixtures("account", "end_automations")
async def test_unknown_balance_is_told_after_a_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    told: list[ServiceCall],
) -> None:
    """And not after a night."""
    await automate(hass, "SMS credit is not known")
    simulator.fault = FAULTS["reset"]
    for wait in (timedelta(minutes=16), timedelta(hours=12)):
        await pass_time(hass, freezer, wait)
        assert not told

    await pass_time(hass, freezer, timedelta(hours=12))
    assert len(told) == 1


@pytest.mark.usefixtures("end_automations")
@pytest.mark.parametrize(("credits", "times"), [(30, 1), (170, 0)])
async def test_weekend_is_told_on_friday(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    told: list[ServiceCall],
    credits: float,
    times: int,
) -> None:
    """If the credit will not last until Monday."""
    await automate(hass, "SMS credit will not last the weekend")
    account.credits = credits
    for day in ("02", "03", "04"):
        freezer.move_to(f"2026-07-{day} 15:45:00+00:00")
        await pass_time(hass, freezer)

    assert state(hass, DAYS_LEFT).isdecimal()
    assert len(told) == times


@pytest.mark.usefixtures("account", "end_automations")
async def test_balance_is_read_every_hour(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
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
    assert await async_setup_component(hass, "utility_meter", CONFIGURATION)
    await hass.async_start()
    for used in (12, 3):
        account.drain(used)
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
    told: list[ServiceCall],
    credits: float,
    fault: str | None,
    sends: bool,
) -> None:
    """An unknown balance keeps no alarm back."""
    assert await async_setup_component(hass, "script", CONFIGURATION)
    sent = async_mock_service(hass, "notify", "sms")
    account.credits = credits
    simulator.fault = FAULTS[fault] if fault else None
    await pass_time(hass, freezer)

    text = {"message": "Alarm"}
    await hass.services.async_call("script", "block_when_empty", text, blocking=True)

    assert [call.data for call in sent] == ([text] if sends else [])
    assert len(told) == (not sends)
