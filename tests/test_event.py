"""Somebody is told of each change exactly once."""

from collections.abc import Callable
from errno import ENOSPC
import json

import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from homeassistant.core import CoreState, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .common import Home, disk_does, ledger_file, set_up, update_entity
from .disk import hass_config_dir, hass_storage  # noqa: F401

ALERT = "event.the_sms_works_alert"
# A trigger as people write it.
IS_NEWS = """{{ trigger.from_state is not none
    and trigger.from_state.state != "unavailable"
    and trigger.to_state.state not in ("unavailable", "unknown") }}"""
AUTOMATION = {
    "mode": "queued",
    "triggers": {"trigger": "state", "entity_id": ALERT},
    "conditions": IS_NEWS,
    "actions": {
        "action": "test.tell",
        "data": {"alert": "{{ trigger.to_state.attributes.event_type }}"},
    },
}

type Told = Callable[[], list[str]]


async def listen(home: Home) -> None:
    """Set up the automation."""
    config = {"automation": AUTOMATION}
    assert await async_setup_component(home.hass, "automation", config)


@pytest.fixture
def told(home: Home, end_automations: None) -> Told:
    """Return what the automation has heard since it was last asked.

    Home Assistant has not started yet, and the account has a daily limit.
    """
    home.hass.config_entries.async_update_entry(
        home.entry, options={"daily_limit": 165}
    )
    home.hass.set_state(CoreState.not_running)
    calls: list[ServiceCall] = async_mock_service(home.hass, "test", "tell")

    def told() -> list[str]:
        alerts = [call.data["alert"] for call in calls]
        calls.clear()
        return alerts

    return told


@pytest.fixture
async def started(home: Home, told: Told) -> Told:
    """Return what is told once the account is set up and all has started."""
    await listen(home)
    assert await home.set_up()
    await home.hass.async_start()
    assert not told()
    assert home.state(ALERT) == "unknown"
    return told


@pytest.mark.parametrize("way", ["outage", "reload", "restart", "enable"])
@pytest.mark.parametrize(
    ("before", "after", "alerts"),
    [
        (180, 30, ["low_credit"]),
        (180, 0, ["no_credit", "unusual_use"]),
        (30, 180, ["recovered"]),
        (30, 29, []),
    ],
)
async def test_change_that_nobody_saw_is_told_once_after_it(
    home: Home, started: Told, way: str, before: float, after: float, alerts: list[str]
) -> None:
    """What was told before, and is restored, is not news."""
    await home.poll(before)
    started()
    match way:
        case "outage":
            await home.poll(after, fault="reset")
            await update_entity(home.hass, ALERT)
            assert home.state(ALERT) != "unavailable"
            await home.poll()
        case "reload":
            home.account.credits = after
            await home.reload()
        case "restart":
            await home.restart()
            await home.poll(after)
            assert not started()
            await home.hass.async_start()
        case _:
            update = er.async_get(home.hass).async_update_entity
            update(ALERT, disabled_by=er.RegistryEntryDisabler.USER)
            await home.poll()
            await home.poll(after)
            update(ALERT, disabled_by=None)
            await home.poll()
    await home.hass.async_block_till_done()

    assert started() == alerts
    for repeat in (home.reload, home.restart):
        await repeat()
        await home.hass.async_start()
        await home.poll()
    assert not started()


async def test_killed_before_it_was_remembered_is_told_again(
    home: Home, started: Told
) -> None:
    """At least once. What was told is remembered at once, so that is a moment."""
    file = ledger_file(home.hass, home.entry)
    before = json.loads(file.read_text())["data"]
    await home.poll(30)
    assert started() == ["low_credit"]
    saved = json.loads(file.read_text())
    assert saved["data"]["told"] == "low_credit"
    for data in ({"told": "recovered"}, before):
        await home.stop()
        home.freezer.tick()
        file.write_text(json.dumps(saved | {"data": saved["data"] | data}))
        assert await set_up(home.hass, home.entry)
        await home.hass.async_start()
        await home.hass.async_block_till_done()
        assert started() == ["low_credit"]


async def test_credit_that_runs_out_again_during_a_restart_is_told(
    home: Home, started: Told
) -> None:
    """A partial top-up before it was no news, but is remembered."""
    await home.poll(0)
    await home.poll(20)
    started()
    home.account.credits = 0
    await home.restart()
    await home.hass.async_start()
    await home.hass.async_block_till_done()
    assert started() == ["no_credit"]


async def test_reload_repeats_nothing_that_a_full_disk_did_not_take(
    home: Home, started: Told
) -> None:
    """It is remembered until it can be saved."""
    writes = 0

    def fills_up() -> None:
        nonlocal writes
        writes += 1
        if writes > 1:
            raise OSError(ENOSPC, "No space left on device")

    with disk_does(fills_up):
        await home.poll(0)
        assert started() == ["no_credit", "unusual_use"]
        await home.reload()
    assert not started()


@pytest.mark.parametrize(
    ("option", "value", "alerts"),
    [
        ("threshold", 150, []),
        ("threshold", 20, ["recovered"]),
        ("threshold", -50, ["recovered"]),
        ("daily_limit", 100, ["unusual_use"]),
    ],
)
async def test_changed_option_is_answered_at_once(
    home: Home, started: Told, option: str, value: int, alerts: list[str]
) -> None:
    """And only if the answer is another."""
    await home.poll(30)
    started()
    await home.reload(**{option: value})

    assert started() == alerts


@pytest.mark.parametrize("first", ["automation", "account", "start"])
@pytest.mark.parametrize(
    ("balance", "alerts"), [(50, []), (40, ["low_credit"]), (0, ["no_credit"])]
)
async def test_new_account_is_told_of_only_if_it_is_low(
    home: Home, told: Told, balance: float, alerts: list[str], first: str
) -> None:
    """Once automations listen, whatever is set up first."""
    home.account.credits = balance
    if first != "account":
        await listen(home)
    if first == "start":
        await home.hass.async_start()
    assert await home.set_up()
    if first == "account":
        await listen(home)
    if first != "start":
        await home.hass.async_block_till_done()
        assert not told()
        await home.hass.async_start()
    await home.hass.async_block_till_done()

    assert told() == alerts
