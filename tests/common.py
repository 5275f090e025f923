"""Helpers for the tests."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from dev.simulator import FAULTS, SLOW, Simulator
from homeassistant.core import HomeAssistant

BALANCE = "sensor.the_sms_works_credit_balance"
DAYS_LEFT = "sensor.the_sms_works_days_left"
LOW = "binary_sensor.the_sms_works_low_credit"
USED = "sensor.the_sms_works_credits_used"

INTERVAL = timedelta(minutes=15)
TIMEOUT = timedelta(seconds=11)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Set up an entry, and return if that worked."""
    done: bool = await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return done


async def pass_time(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    time: timedelta = INTERVAL + timedelta(seconds=1),
) -> None:
    """Let time pass, by default as much as there is between two polls."""
    freezer.tick(time)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def outlast[ResultT](
    step: Coroutine[Any, Any, ResultT],
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
) -> ResultT:
    """Take a step that makes a request, and let the time pass that a fault takes."""
    task = asyncio.create_task(step)
    if any(simulator.fault is FAULTS[name] for name in SLOW):
        await request_arrives(simulator)
        freezer.tick(TIMEOUT)
    return await task


async def request_arrives(simulator: Simulator) -> None:
    """Wait until the next request is at the server."""
    before = len(simulator.requests)
    while len(simulator.requests) == before:
        await asyncio.sleep(0)


async def let_others_run() -> None:
    """Let everything run that need not wait for time to pass."""
    for _ in range(100):
        await asyncio.sleep(0)


def state(hass: HomeAssistant, entity_id: str = BALANCE) -> str:
    """Return the state of an entity."""
    found = hass.states.get(entity_id)
    assert found
    return found.state
