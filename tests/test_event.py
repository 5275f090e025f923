"""Somebody is told of each change exactly once."""

from collections.abc import Callable
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, Account, Simulator, make_token
from homeassistant.const import CONF_TOKEN
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .common import ledger_file, pass_time, set_up, state
from .disk import hass_config_dir, hass_storage  # noqa: F401

ALERT = "event.the_sms_works_alert"

type Alerts = Callable[[], list[str]]


# A trigger as people write it.
IS_NEWS = """{{ trigger.from_state is not none
    and trigger.from_state.state != "unavailable"
    and trigger.to_state.state not in ("unavailable", "unknown") }}"""
AUTOMATION = {
    "alias": "Listen",
    "mode": "queued",
    "triggers": [{"trigger": "state", "entity_id": ALERT}],
    "conditions": [IS_NEWS],
    "actions": [
        {
            "action": "test.tell",
            "data": {"alert": "{{ trigger.to_state.attributes.event_type }}"},
        }
    ],
}


async def listen(hass: HomeAssistant) -> None:
    """Set up the automation."""
    config = {"automation": AUTOMATION}
    assert await async_setup_component(hass, "automation", config)


@pytest.fixture
def told(hass: HomeAssistant, end_automations: None) -> list[ServiceCall]:
    """Return what the automation hears, in a Home Assistant that has not started."""
    hass.set_state(CoreState.not_running)
    calls: list[ServiceCall] = async_mock_service(hass, "test", "tell")
    return calls


@pytest.fixture
def entry(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, config_entry: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of the account, at noon, with a daily limit."""
    freezer.move_to("2026-07-01 19:00:00+00:00")
    hass.config_entries.async_update_entry(config_entry, options={"daily_limit": 165})
    return config_entry


@pytest.fixture
async def started(
    hass: HomeAssistant, entry: MockConfigEntry, told: list[ServiceCall]
) -> Alerts:
    """Return what was told since it was last asked, with the account set up."""
    await listen(hass)
    assert await set_up(hass, entry)
    await hass.async_start()

    def alerts() -> list[str]:
        names = [call.data["alert"] for call in told]
        told.clear()
        return names

    assert not alerts()
    assert state(hass, ALERT) == "unknown"
    return alerts


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have an account set up by a Home Assistant that has not started yet."""
    await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.not_running)
    await set_up(hass, entry)


@pytest.mark.parametrize(
    ("steps", "alerts"),
    [
        ("39", ["low_credit"]),
        ("0", ["no_credit", "unusual_use"]),
        ("39 0", ["low_credit", "no_credit", "unusual_use"]),
        ("39 41 39 44 40", ["low_credit"]),
        ("39 99 39", ["low_credit", "recovered", "low_credit", "unusual_use"]),
        ("0 1 4 0", ["no_credit", "unusual_use"]),
        ("0 180", ["no_credit", "unusual_use", "recovered"]),
        ("20 0 5 0", ["low_credit", "no_credit", "unusual_use", "no_credit"]),
        ("10", ["low_credit", "unusual_use"]),
    ],
)
async def test_each_change_is_told_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    started: Alerts,
    steps: str,
    alerts: list[str],
) -> None:
    """One message for one change, and none for a refund of one credit."""
    for balance in steps.split():
        account.credits = int(balance)
        await pass_time(hass, freezer)
        await pass_time(hass, freezer)

    assert started() == alerts


async def test_unusual_use_is_told_once_a_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    started: Alerts,
) -> None:
    """However long it goes on."""
    account.credits = 2000
    await pass_time(hass, freezer)
    for alerts in (["unusual_use"], []):
        account.drain(170)
        await pass_time(hass, freezer)
        assert started() == alerts
    freezer.move_to("2026-07-02 20:00:00+00:00")
    await pass_time(hass, freezer)
    account.drain(170)
    await pass_time(hass, freezer)

    assert started() == ["unusual_use"]


async def test_alert_says_what_was_read(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    started: Alerts,
) -> None:
    """So a message can tell it without another sensor."""
    account.credits = 30.5
    await pass_time(hass, freezer)

    shown = hass.states.get(ALERT)
    assert shown
    assert started() == ["low_credit"]
    figures = ("balance", "threshold", "days_left", "used_today")
    assert [shown.attributes[figure] for figure in figures] == [30.5, 40, None, 149.5]


@pytest.mark.parametrize("way", ["outage", "reload", "restart", "enable"])
@pytest.mark.parametrize(
    ("before", "after", "alerts"),
    [
        (180, 30, ["low_credit"]),
        (180, 0, ["no_credit", "unusual_use"]),
        (30, 180, ["recovered"]),
        (30, 29, []),
        (180, 179, []),
    ],
)
async def test_change_that_nobody_saw_is_told_once_after_it(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    account: Account,
    entry: MockConfigEntry,
    started: Alerts,
    way: str,
    before: float,
    after: float,
    alerts: list[str],
) -> None:
    """What was told before, and is restored, is not news."""
    account.credits = before
    await pass_time(hass, freezer)
    started()
    match way:
        case "outage":
            simulator.fault = FAULTS["reset"]
            account.credits = after
            await pass_time(hass, freezer)
            assert state(hass, ALERT) != "unavailable"
            simulator.fault = None
            await pass_time(hass, freezer)
        case "reload":
            account.credits = after
            assert await hass.config_entries.async_reload(entry.entry_id)
        case "restart":
            await restart(hass, entry)
            account.credits = after
            await pass_time(hass, freezer)
            assert not started()
            await hass.async_start()
        case _:
            registry = er.async_get(hass)
            by = er.RegistryEntryDisabler.USER
            registry.async_update_entity(ALERT, disabled_by=by)
            await pass_time(hass, freezer)
            account.credits = after
            await pass_time(hass, freezer)
            registry.async_update_entity(ALERT, disabled_by=None)
            await pass_time(hass, freezer)
    await hass.async_block_till_done()

    assert started() == alerts
    for repeat in (
        hass.config_entries.async_reload(entry.entry_id),
        restart(hass, entry),
    ):
        await repeat
        await hass.async_start()
        await pass_time(hass, freezer)
    assert not started()


async def test_killed_before_it_was_remembered_is_told_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    entry: MockConfigEntry,
    started: Alerts,
) -> None:
    """At least once, and what was saved as not told yet is told after a kill."""
    file = ledger_file(hass, entry)
    before = file.read_text()
    account.credits = 30
    await pass_time(hass, freezer)
    assert started() == ["low_credit"]
    saved = json.loads(file.read_text())
    assert await hass.config_entries.async_unload(entry.entry_id)
    for data in ({"told": "recovered"}, json.loads(before)["data"]):
        freezer.tick()
        hass.set_state(CoreState.not_running)
        file.write_text(json.dumps(saved | {"data": saved["data"] | data}))
        assert await set_up(hass, entry)
        await hass.async_start()
        await hass.async_block_till_done()
        assert started() == ["low_credit"]
        assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("options", "alerts"),
    [
        ({"threshold": 150}, []),
        ({"threshold": 20}, ["recovered"]),
        ({"daily_limit": 100}, ["unusual_use"]),
    ],
)
async def test_changed_option_is_answered_at_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    entry: MockConfigEntry,
    started: Alerts,
    options: dict[str, Any],
    alerts: list[str],
) -> None:
    """And only if the answer is another."""
    account.credits = 30
    await pass_time(hass, freezer)
    started()
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert started() == alerts


@pytest.mark.parametrize("first", ["automation", "account", "start"])
@pytest.mark.parametrize(
    ("balance", "alerts"),
    [(180, []), (50, []), (40, ["low_credit"]), (0, ["no_credit"])],
)
async def test_new_account_is_told_of_only_if_it_is_low(
    hass: HomeAssistant,
    account: Account,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    balance: float,
    alerts: list[str],
    first: str,
) -> None:
    """Once automations listen, whatever is set up first."""
    account.credits = balance
    if first != "account":
        await listen(hass)
    if first == "start":
        await hass.async_start()
    assert await set_up(hass, entry)
    if first == "account":
        await listen(hass)
    if first != "start":
        await hass.async_block_till_done()
        assert not told
        await hass.async_start()
    await hass.async_block_till_done()

    assert [call.data["alert"] for call in told] == alerts


async def test_accounts_do_not_mix(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    account: Account,
    started: Alerts,
) -> None:
    """Each has an alert of its own."""
    token = make_token("bob")
    bobs = simulator.add_account(token)
    entry = MockConfigEntry(domain=DOMAIN, title="Bob", data={CONF_TOKEN: token})
    entry.add_to_hass(hass)
    assert await set_up(hass, entry)
    bobs.credits = 30
    await pass_time(hass, freezer)
    assert not started()
    account.credits = 30
    await pass_time(hass, freezer)

    bob = hass.states.get("event.bob_alert")
    assert bob
    assert bob.attributes["event_type"] == "low_credit"
    assert started() == ["low_credit"]
