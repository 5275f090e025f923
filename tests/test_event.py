"""Somebody is told of each change exactly once."""

from collections.abc import Awaitable, Callable
from errno import ENOSPC
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.thesmsworks.models import Alert
from dev.simulator import FAULTS
from homeassistant.core import CoreState
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component

from .common import (
    ALERT,
    DAY,
    DAYS_LEFT,
    MINUTE,
    SECOND,
    Home,
    disk_does,
    update_entity,
)

HOUR = 60 * MINUTE
# As people make it in Home Assistant's editor.
AUTOMATION = {
    "mode": "queued",
    "triggers": {
        "trigger": "event.received",
        "target": {"entity_id": ALERT},
        "options": {"event_type": list(Alert)},
    },
    "actions": {
        "event": "told",
        "event_data": {"alert": "{{ trigger.to_state.attributes.event_type }}"},
    },
}

type Told = Callable[[], list[str]]
type Meanwhile = Callable[[Home, float], Awaitable[None]]


async def listen(home: Home) -> None:
    """Set up the automation."""
    config = {"automation": AUTOMATION}
    assert await async_setup_component(home.hass, "automation", config)


@pytest.fixture
def told(home: Home, end_automations: None) -> Told:
    """Return what the automation has heard since it was last asked.

    Home Assistant has not started yet. No use is unusual.
    """
    home.hass.config_entries.async_update_entry(
        home.entry, options={"daily_limit": 1000}
    )
    home.hass.set_state(CoreState.not_running)
    events = async_capture_events(home.hass, "told")

    def told() -> list[str]:
        alerts = [event.data["alert"] for event in events]
        events.clear()
        return alerts

    return told


@pytest.fixture
async def started(home: Home, told: Told) -> Told:
    """Return what is told once the account is set up and all has started."""
    await listen(home)
    assert await home.set_up()
    await home.start()
    assert not told()
    assert home.state(ALERT) == "unknown"
    return told


async def outage(home: Home, balance: float) -> None:
    """Have the balance change while the line is down."""
    await home.poll(balance, fault="reset")
    await update_entity(home.hass, ALERT)
    await home.poll()


async def reloading(home: Home, balance: float) -> None:
    """Have the balance change before a reload."""
    home.account.credits = balance
    await home.reload()


async def restart(home: Home, balance: float) -> None:
    """Have the balance change, and be read before Home Assistant has started."""
    await home.restart()
    await home.poll(balance)
    await home.start()


async def power_cut(home: Home, balance: float) -> None:
    """Have the balance change while there is no power."""
    home.account.credits = balance
    await home.kill()
    await home.start()


async def disabling_the_alert(home: Home, balance: float) -> None:
    """Have the balance change while the entity is disabled."""
    update = er.async_get(home.hass).async_update_entity
    update(ALERT, disabled_by=er.RegistryEntryDisabler.USER)
    await home.poll()
    await home.poll(balance)
    update(ALERT, disabled_by=None)
    await home.poll()
    await home.hass.async_block_till_done()


@pytest.mark.parametrize(
    "meanwhile", [outage, reloading, restart, power_cut, disabling_the_alert]
)
@pytest.mark.parametrize(
    ("before", "after", "alerts"),
    [
        (180, 30, ["low_credit"]),
        (180, 0, ["no_credit"]),
        (30, 180, ["recovered"]),
        (0, 30, ["low_credit"]),
        (30, 29, []),
    ],
)
async def test_change_that_nobody_saw_is_told_once_after_it(
    home: Home,
    started: Told,
    meanwhile: Meanwhile,
    before: float,
    after: float,
    alerts: list[str],
) -> None:
    """What was told before, and is restored, is not news."""
    await home.poll(before)
    started()
    await meanwhile(home, after)
    assert started() == alerts

    for again in (outage, reloading, restart, power_cut, disabling_the_alert):
        await again(home, after)
    assert not started()


async def test_killed_before_it_was_remembered_is_told_again(
    home: Home, started: Told
) -> None:
    """It is told first and remembered then, so that it is never not told."""
    remembers = home.stored("told_level")

    def is_full() -> None:
        raise OSError(ENOSPC, "No space left on device")

    with disk_does(is_full):
        await home.poll(30)
        assert started() == ["low_credit"]
        assert home.stored("told_level") == remembers
        await home.kill()
    await home.start()
    assert started() == ["low_credit"]

    await home.kill()
    await home.start()
    assert not started()


async def test_reload_repeats_nothing_that_a_full_disk_did_not_take(
    home: Home, started: Told
) -> None:
    """It is remembered until it can be saved."""

    def is_full() -> None:
        raise OSError(ENOSPC, "No space left on device")

    with disk_does(is_full):
        await home.poll(0)
        assert started() == ["no_credit"]
        await home.reload()
    assert not started()


async def test_credit_that_runs_out_again_during_a_restart_is_told(
    home: Home, started: Told
) -> None:
    """A partial top-up before it was told."""
    await home.poll(0)
    await home.poll(20)
    assert started() == ["no_credit", "low_credit"]
    home.account.credits = 0
    await home.restart()
    await home.start()
    assert started() == ["no_credit"]


@pytest.mark.parametrize(
    ("options", "alerts"),
    [
        ({"threshold": 150, "daily_limit": 1000}, []),
        ({"threshold": 20, "daily_limit": 1000}, ["recovered"]),
        ({"overdraft": 100, "daily_limit": 1000}, []),
        ({"daily_limit": 100}, ["unusual_use"]),
    ],
)
async def test_changed_option_is_answered_at_once(
    home: Home, started: Told, options: dict[str, int], alerts: list[str]
) -> None:
    """And only if the answer is another."""
    await home.poll(30)
    started()
    await home.reload(days=0, **options)
    assert started() == alerts


@pytest.mark.parametrize(
    ("balance", "alerts"), [(41, []), (40, ["low_credit"]), (0, ["no_credit"])]
)
async def test_new_account_is_told_of_only_if_it_is_low(
    home: Home, told: Told, balance: float, alerts: list[str]
) -> None:
    """It was not there before, so it has not recovered."""
    home.account.credits = balance
    await listen(home)
    await home.start()
    assert await home.set_up()
    await home.hass.async_block_till_done()
    assert told() == alerts


async def test_nothing_is_told_before_home_assistant_has_started(
    home: Home, told: Told
) -> None:
    """An automation that is set up last hears it, too."""
    home.account.credits = 30
    assert await home.set_up()
    await home.poll(29)
    await listen(home)
    assert not told()
    await home.start()
    assert told() == ["low_credit"]


# What goes with an alert.


def figures(home: Home) -> dict[str, Any]:
    """Return the figures that went with the last alert."""
    found = home.hass.states.get(ALERT)
    assert found
    no_figures = {"event_types", "event_type", "device_class", "friendly_name", "icon"}
    return {
        name: found.attributes[name] for name in found.attributes.keys() - no_figures
    }


async def test_alert_of_the_level_has_the_figures_of_now(home: Home) -> None:
    """As a message needs them."""
    assert await home.set_up(*[4] * 28, daily_limit=150)
    await home.poll(38)
    assert home.attributes(ALERT, "event_type") == ["low_credit"]
    assert figures(home) == {
        "balance": 38,
        "threshold": 40,
        "days_left": int(home.state(DAYS_LEFT)),
        "used_today": 142,
        "daily_limit": 150,
    }


async def test_alert_of_unknown_credit_has_no_figures(home: Home) -> None:
    """They would be old ones."""
    assert await home.set_up()
    await home.poll(fault="503", after=DAY)
    assert home.attributes(ALERT, "event_type") == ["unknown_credit"]
    assert figures(home) == {}


async def test_alert_of_unusual_use_has_the_figures_of_the_day_it_was(
    home: Home,
) -> None:
    """Even if that has ended before anybody could know."""
    home.freezer.move_to("2026-07-01T22:00:00-07:00")
    assert await home.set_up(*[10] * 28, days=0)
    await home.poll(100, after=3 * HOUR - 20 * MINUTE)
    assert home.attributes(ALERT, "event_type") == ["unusual_use"]
    assert figures(home) == {
        "balance": 100,
        "threshold": 40,
        "days_left": int(home.state(DAYS_LEFT)),
        "used_today": 60,
        "daily_limit": 50,
        "day": "2026-07-01",
    }


# Credit that is not known.


async def test_credit_is_not_known_after_24_hours_of_failed_readings(
    home: Home, started: Told
) -> None:
    """And known again at the next reading."""
    await home.poll()
    await home.poll(fault="503", after=DAY - 2 * SECOND)
    assert not started()
    await home.poll(fault="503", after=4 * SECOND)
    assert started() == ["unknown_credit"]
    await home.poll(fault="503", after=DAY)
    assert not started()

    await home.poll(30)
    assert started() == ["known_again", "low_credit"]
    await home.poll()
    assert not started()


async def test_credit_is_not_known_where_nothing_has_it_read(
    home: Home, started: Told
) -> None:
    """Polling is turned off, and a daily reading may be some seconds late."""
    home.turn_polling_off()
    await home.reload()
    await home.poll(after=DAY + 58 * SECOND)
    assert not started()
    await update_entity(home.hass)
    assert not started()

    await home.poll(after=DAY + 58 * SECOND)
    assert not started()
    await home.poll(after=4 * SECOND)
    assert started() == ["unknown_credit"]
    await update_entity(home.hass)
    await home.hass.async_block_till_done()
    assert started() == ["known_again"]


async def test_credit_is_not_known_at_a_start_after_a_long_outage(
    home: Home, started: Told
) -> None:
    """If the first reading fails, too."""
    await home.stop()
    home.simulator.fault = FAULTS["503"]
    home.freezer.tick(DAY + SECOND)
    assert await home.set_up()
    await home.start()
    assert started() == ["unknown_credit"]

    await home.restart()
    await home.start()
    assert not started()
    await home.poll()
    assert started() == ["known_again"]


async def test_long_outage_that_ends_with_a_reading_is_not_told(
    home: Home, started: Told
) -> None:
    """Home Assistant was off, and knows at once."""
    await home.stop()
    home.freezer.tick(3 * DAY)
    assert await home.set_up()
    await home.start()
    assert not started()


async def test_credit_is_not_known_at_once_when_the_token_is_refused(
    home: Home, started: Told
) -> None:
    """It takes two refusals, and is told once."""
    await home.poll(fault="401")
    assert not started()
    await home.poll(fault="401", after=MINUTE + SECOND)
    assert started() == ["unknown_credit"]
    await home.poll(fault="401", after=DAY)
    await home.reload()
    assert not started()

    await home.poll()
    assert started() == ["known_again"]


async def test_credit_is_not_known_at_a_start_with_a_token_that_is_refused(
    home: Home, started: Told
) -> None:
    """It was made invalid while Home Assistant was off."""
    home.account.is_revoked = True
    await home.restart()
    await home.start()
    assert started() == ["unknown_credit"]


@pytest.mark.parametrize("error", [3 * DAY, -3 * DAY])
async def test_jump_of_the_clock_tells_nothing(
    home: Home, started: Told, error: Any
) -> None:
    """Neither while the balance is read, nor while a reading fails."""
    with home.clock_wrong_by(error):
        await home.poll()
        await home.poll(fault="503")
    await home.poll(fault="503")
    with home.clock_wrong_by(error):
        await home.poll(fault="503")
        await home.poll()
    await home.poll()
    assert not started()


async def test_clock_that_was_ahead_does_not_put_off_that_credit_is_not_known(
    home: Home, started: Told
) -> None:
    """The last reading seems to be still to come, also after a restart."""
    with home.clock_wrong_by(120 * DAY):
        await home.poll()
    await home.poll(fault="503", after=DAY + SECOND)
    assert started() == ["unknown_credit"]
    await home.poll()
    started()

    with home.clock_wrong_by(120 * DAY):
        await home.poll()
    home.simulator.fault = FAULTS["503"]
    await home.restart()
    await home.start()
    await home.poll(fault="503", after=DAY - MINUTE)
    assert not started()
    await home.poll(fault="503", after=2 * MINUTE)
    assert started() == ["unknown_credit"]


@pytest.mark.parametrize("fault", ["401", "503"])
async def test_nothing_is_told_of_an_account_that_is_disabled(
    home: Home, started: Told, fault: str
) -> None:
    """Its user wants no news of it. It is not told later, either."""
    await home.poll(fault=fault)
    await home.disable()
    await home.poll(0, fault=fault, after=3 * DAY)
    assert not started()

    home.account.credits = 180
    home.simulator.fault = None
    await home.enable()
    assert not started()
