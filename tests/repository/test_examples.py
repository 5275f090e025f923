"""The examples in the documents do what is said of them."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib.util import find_spec
import re

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml

from dev.simulator import FAULTS, Account, Simulator
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from tests.common import DAYS_LEFT, pass_time, set_up, state

from .common import EVERYTHING

BLOCKS = [
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", EVERYTHING, re.DOTALL)
]
AUTOMATIONS = {block["alias"]: block for block in BLOCKS if "triggers" in block}
CONFIGURATION = {
    domain: config
    for block in BLOCKS
    if {*block} <= {"input_text", "script", "utility_meter"}
    for domain, config in block.items()
}

type GuardedText = Callable[..., Awaitable[None]]


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


@pytest.fixture
def sent(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the texts."""
    calls: list[ServiceCall] = async_mock_service(hass, "notify", "sms")
    return calls


async def automate(hass: HomeAssistant, alias: str) -> None:
    """Set up an automation of the documents."""
    automation = {"automation": AUTOMATIONS[alias]}
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "automation", automation)
    assert [shown.state for shown in hass.states.async_all("automation")] == ["on"]


def test_every_example_is_of_a_kind_that_is_tested() -> None:
    """One of another kind needs a test of its own."""
    configured = [block for block in BLOCKS if {*block} <= {*CONFIGURATION}]
    assert len(BLOCKS) == len(AUTOMATIONS) + len(configured)
    assert len(AUTOMATIONS) == 3


@pytest.mark.usefixtures("end_automations")
@pytest.mark.parametrize(("balance", "times"), [(120, 1), (260, 0)])
async def test_weekend_is_told_on_friday(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    told: list[ServiceCall],
    balance: float,
    times: int,
) -> None:
    """If the credit will not last until Monday."""
    await automate(hass, "SMS credit will not last the weekend")
    account.credits = balance
    for day in range(1, 12):
        freezer.move_to(f"2026-07-{day:02} 15:45:00+00:00")
        await pass_time(hass, freezer)
        account.drain(10)

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


@pytest.mark.usefixtures("end_automations")
async def test_each_alert_is_told(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    told: list[ServiceCall],
) -> None:
    """Also after a restart, which says nothing itself."""
    automation = AUTOMATIONS["SMS credit alert"]
    if not find_spec("homeassistant.components.event.trigger"):
        event = automation["triggers"][0]["target"]
        known = {"not_from": "unavailable", "not_to": "unavailable"}
        automation["triggers"] = [{"trigger": "state"} | event | known]
    await automate(hass, "SMS credit alert")
    for balance in (39, 0, 180):
        account.credits = balance
        await pass_time(hass, freezer)
    [entry] = hass.config_entries.async_entries("thesmsworks")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert [call.data["title"] for call in told] == [
        "SMS credit is low",
        "SMS credit has run out",
        "SMS credit is no longer low",
    ]
    assert told[0].data["message"] == "39 credits are left, 141 were used today."


@pytest.fixture
async def guarded_text(hass: HomeAssistant, account: Account) -> GuardedText:
    """Return a function that runs the script at once so many times."""
    for domain in ("input_text", "script"):
        assert await async_setup_component(hass, domain, CONFIGURATION)

    async def run(times: int = 1) -> None:
        call = hass.services.async_call
        text = {"message": "Alarm"}
        await gather(
            *(call("script", "guarded_text", text, blocking=True) for _ in range(times))
        )

    return run


@pytest.mark.parametrize(
    ("balance", "fault", "sends"),
    [(1, None, True), (0, None, False), (-5, None, False), (0, "reset", True)],
)
async def test_text_is_sent_unless_there_is_no_credit(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    simulator: Simulator,
    told: list[ServiceCall],
    sent: list[ServiceCall],
    guarded_text: GuardedText,
    balance: float,
    fault: str | None,
    sends: bool,
) -> None:
    """An unknown balance keeps no alarm back."""
    account.credits = balance
    simulator.fault = FAULTS[fault] if fault else None
    await pass_time(hass, freezer)

    await guarded_text()

    assert [call.data for call in sent] == [{"message": "Alarm"}] * sends
    assert len(told) == (not sends)


async def test_loop_sends_no_more_than_its_limit_a_day(
    freezer: FrozenDateTimeFactory,
    told: list[ServiceCall],
    sent: list[ServiceCall],
    guarded_text: GuardedText,
) -> None:
    """However fast it is, and on each day anew."""
    await guarded_text(19)
    assert (len(sent), len(told)) == (19, 0)
    await guarded_text(11)
    assert (len(sent), len(told)) == (20, 10)
    assert told[0].data["message"] == "Enough for today. The text was: Alarm"

    freezer.tick(timedelta(days=1))
    await guarded_text()
    assert len(sent) == 21
