"""What an account costs."""

import asyncio
from collections.abc import Iterator
from statistics import median
import subprocess
import sys
import time
import tracemalloc

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.demo.server import SimulatedApi
from dev.simulator import make_token
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback

from .contenders import (
    TOKEN,
    add_entry,
    home_assistant,
    mock_bare_integration,
    rest_coordinator,
    set_up_entry,
    set_up_rest,
)

ENTRIES = 500
IMPORTS = 11
POLLS_A_DAY = 24 * 60 // 15
REST_POLLS_A_DAY = 24 * 60 * 60 // 30


def import_time() -> float:
    """Return the milliseconds of the import after Home Assistant is loaded."""
    script = """
import time
from homeassistant import config_entries
from homeassistant.components import binary_sensor, diagnostics, sensor
from homeassistant.helpers import aiohttp_client, selector, storage
from homeassistant.helpers import update_coordinator
start = time.perf_counter()
from custom_components.thesmsworks import binary_sensor, config_flow, diagnostics
from custom_components.thesmsworks import sensor
print((time.perf_counter() - start) * 1000)
"""
    return median(
        float(subprocess.check_output([sys.executable, "-c", script]))
        for _ in range(IMPORTS)
    )


async def one_setup(api: SimulatedApi, rounds: int) -> tuple[float, float]:
    """Return the median milliseconds to set up an account, and rest with 4 sensors."""
    ours, rest = [], []
    for _ in range(rounds):
        async with home_assistant() as hass:
            start = time.perf_counter()
            await set_up_rest(hass, api.url, TOKEN, sensors=4)
            rest.append(time.perf_counter() - start)
        async with home_assistant() as hass:
            entry = add_entry(hass)
            start = time.perf_counter()
            await set_up_entry(hass, entry)
            ours.append(time.perf_counter() - start)
            await hass.config_entries.async_unload(entry.entry_id)
    return median(ours) * 1000, median(rest) * 1000


async def tokens_of_many(api: SimulatedApi) -> list[str]:
    """Open many accounts, and return their tokens."""
    tokens = [make_token(f"benchmark {number}") for number in range(ENTRIES)]
    for token in tokens:
        await api.change(token=token, credits=180)
    return tokens


def accounts(
    hass: HomeAssistant, tokens: list[str], domain: str = DOMAIN
) -> Iterator[MockConfigEntry]:
    """Add an account for each token, one whenever the next is asked for."""
    for number, token in enumerate(tokens):
        yield add_entry(hass, token, f"Account {number}", domain)


async def growth(tokens: list[str]) -> float:
    """Return how much dearer it is to set up the last accounts than the first."""
    spent = []
    async with home_assistant() as hass:
        await set_up_entry(hass, add_entry(hass))
        for entry in accounts(hass, tokens):
            start = time.perf_counter()
            await set_up_entry(hass, entry)
            spent.append(time.perf_counter() - start)
    tenth = ENTRIES // 10
    return median(spent[-tenth:]) / median(spent[:tenth])


async def at_once(tokens: list[str]) -> float:
    """Return the milliseconds for each account when all are set up at once."""
    async with home_assistant() as hass:
        await set_up_entry(hass, add_entry(hass))
        entries = [*accounts(hass, tokens)]
        start = time.perf_counter()
        await asyncio.gather(*(set_up_entry(hass, entry) for entry in entries))
        spent = time.perf_counter() - start
    return spent * 1000 / len(tokens)


async def memory(api: SimulatedApi, tokens: list[str], domain: str) -> float:
    """Return the KiB of an account among many."""
    async with home_assistant() as hass:
        mock_bare_integration(hass, api.url)
        await set_up_entry(hass, add_entry(hass, domain=domain))
        tracemalloc.start()
        for entry in accounts(hass, tokens, domain):
            await set_up_entry(hass, entry)
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return used / ENTRIES / 1024


async def day(api: SimulatedApi) -> list[tuple[str, int, int]]:
    """Return the requests and the recorded states of a day with the same balance."""
    await api.change(token=TOKEN, credits=180, use_per_poll=0)
    results = []
    async with home_assistant() as hass:
        entry = add_entry(hass)
        await set_up_entry(hass, entry)
        await set_up_rest(hass, api.url, TOKEN)
        states: list[Event[EventStateChangedData]] = []

        @callback
        def keep(event: Event[EventStateChangedData]) -> None:
            states.append(event)

        hass.bus.async_listen(EVENT_STATE_CHANGED, keep)
        for name, polls, poll in (
            ("this integration", POLLS_A_DAY, entry.runtime_data.async_refresh),
            ("rest sensor", REST_POLLS_A_DAY, rest_coordinator(hass).async_refresh),
        ):
            states.clear()
            for _ in range(polls):
                await poll()
            await hass.async_block_till_done()
            results.append((name, polls, len(states)))
    return results
