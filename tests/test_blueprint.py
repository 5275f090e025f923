"""The alert that users make from the blueprint."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import re
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from dev import ROOT
from dev.simulator import FAULTS, Account, Simulator
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .common import BALANCE, DAYS_LEFT, LOW, pass_time, set_up, state

BLUEPRINT = "thesmsworks/low_credit_alert.yaml"
MESSAGE = "{{ balance }} of {{ threshold }}, {{ days_left }} days"


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder into which the blueprint was imported."""
    target = Path(hass_tmp_config_dir, "blueprints", "automation", BLUEPRINT)
    target.parent.mkdir(parents=True)
    shutil.copy(ROOT / "blueprints" / "automation" / BLUEPRINT, target)
    return hass_tmp_config_dir


@pytest.fixture
def low(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the calls of the action for low credit."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "low")
    return calls


@pytest.fixture
def recovered(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the calls of the action for credit that has recovered."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "recovered")
    return calls


type MakeAutomation = Callable[..., Awaitable[None]]


@pytest.fixture
def make_automation(hass: HomeAssistant, end_automations: None) -> MakeAutomation:
    """Return a function that makes an automation from the blueprint."""

    async def make(**inputs: Any) -> None:
        actions = {
            "low_actions": [{"action": "test.low", "data": {"message": MESSAGE}}],
            "recovered_actions": [{"action": "test.recovered"}],
        }
        blueprint = {"path": BLUEPRINT, "input": {"low_credit": LOW} | actions | inputs}
        automation = {"alias": "Alert", "use_blueprint": blueprint}
        assert await async_setup_component(
            hass, "automation", {"automation": automation}
        )
        assert state(hass, "automation.alert") == "on"

    return make


@pytest.fixture
async def alert(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    low: list[ServiceCall],
    recovered: list[ServiceCall],
    make_automation: MakeAutomation,
) -> None:
    """Set up the account, at noon, and an alert with a reminder at nine."""
    freezer.move_to("2026-07-01 12:00:00+00:00")
    assert await set_up(hass, config_entry)
    await make_automation()


async def until_nine(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let time pass until it is nine o'clock."""
    now = dt_util.now()
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    freezer.move_to(nine if nine > now else nine + timedelta(days=1))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1))
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.usefixtures("alert")
async def test_alert_tells_the_balance_that_set_it_off(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    low: list[ServiceCall],
    recovered: list[ServiceCall],
) -> None:
    """Once, and again when the account was topped up."""
    freezer.tick(timedelta(days=2))
    account.credits = 42
    await pass_time(hass, freezer)
    account.credits = 41
    await pass_time(hass, freezer)
    assert [call.data["message"] for call in low] == ["42 of 50, 0 days"]

    assert not recovered
    account.credits = 200
    await pass_time(hass, freezer)
    assert len(recovered) == 1
    assert len(low) == 1


@pytest.mark.usefixtures("alert")
async def test_reminder_comes_every_day_while_credit_is_low(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    low: list[ServiceCall],
) -> None:
    """And not before or after."""
    await until_nine(hass, freezer)
    assert not low

    account.credits = 42
    await pass_time(hass, freezer)
    assert len(low) == 1
    for reminders in (1, 2):
        await until_nine(hass, freezer)
        assert len(low) == 1 + reminders
    assert low[-1].data["message"].startswith("42 of 50")

    account.credits = 200
    await pass_time(hass, freezer)
    await until_nine(hass, freezer)
    assert len(low) == 3


async def test_reminder_can_be_turned_off(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
    low: list[ServiceCall],
    make_automation: MakeAutomation,
) -> None:
    """Then there is one alert and no more."""
    assert await set_up(hass, config_entry)
    await make_automation(reminder=False)
    account.credits = 42
    await pass_time(hass, freezer)
    await until_nine(hass, freezer)

    assert len(low) == 1


@pytest.mark.usefixtures("alert")
async def test_credit_that_got_low_while_the_line_was_down_is_told(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    account: Account,
    low: list[ServiceCall],
) -> None:
    """As soon as the line is back."""
    simulator.fault = FAULTS["reset"]
    await pass_time(hass, freezer)
    assert state(hass, LOW) == "unavailable"
    account.credits = 42
    simulator.fault = None
    await pass_time(hass, freezer)

    assert len(low) == 1


@pytest.mark.usefixtures("alert")
async def test_outage_alone_sets_nothing_off(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    low: list[ServiceCall],
    recovered: list[ServiceCall],
) -> None:
    """A balance that is back and good is no news."""
    simulator.fault = FAULTS["reset"]
    await pass_time(hass, freezer)
    simulator.fault = None
    await pass_time(hass, freezer)

    assert state(hass, LOW) == "off"
    assert not low
    assert not recovered


@pytest.mark.usefixtures("alert")
async def test_restart_while_credit_is_low_is_left_to_the_reminder(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
    low: list[ServiceCall],
) -> None:
    """It repeats no alert, and loses none."""
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    account.credits = 42
    assert await hass.config_entries.async_setup(config_entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, LOW) == "on"
    assert not low

    await until_nine(hass, freezer)
    assert len(low) == 1


@pytest.mark.usefixtures("alert")
async def test_alert_works_without_the_other_sensors(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    low: list[ServiceCall],
) -> None:
    """A figure that somebody has disabled is unknown, and the alert comes anyway."""
    hass.states.async_remove(BALANCE)
    hass.states.async_remove(DAYS_LEFT)
    hass.states.async_set(LOW, "on", {"threshold": 50})
    await hass.async_block_till_done()

    assert [call.data["message"] for call in low] == ["unknown of 50, unknown days"]


async def test_blueprint_is_imported_by_its_address(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker
) -> None:
    """From the file on GitHub that its own source_url names."""
    text = (ROOT / "blueprints" / "automation" / BLUEPRINT).read_text()
    [source_url] = re.findall(r"source_url: (\S+)", text)
    raw = source_url.replace("github.com", "raw.githubusercontent.com")
    aioclient_mock.get(raw.replace("/blob/", "/"), text=text)

    imported = await fetch_blueprint_from_url(hass, source_url)

    assert imported.blueprint.domain == "automation"
    assert imported.blueprint.name == "SMS credit is low"
    assert imported.blueprint.metadata["source_url"] == source_url
    assert imported.blueprint.validate() is None
