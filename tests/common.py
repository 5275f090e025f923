"""Helpers for the tests."""

import asyncio
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from homeassistant.core import HomeAssistant

from .simulator import Simulator

BALANCE = "sensor.the_sms_works_credit_balance"
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


async def poll_in_vain(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: Simulator
) -> None:
    """Let time pass until a poll that gets no answer has been given up."""
    freezer.tick(INTERVAL + timedelta(seconds=1))
    async_fire_time_changed(hass)
    await request_arrives(simulator)
    freezer.tick(TIMEOUT)
    await hass.async_block_till_done(wait_background_tasks=True)


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
