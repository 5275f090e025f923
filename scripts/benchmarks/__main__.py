"""Measure everything, print it and write docs/benchmark.md."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
import logging
import os
from pathlib import Path
import platform
from random import Random
from statistics import median
import subprocess
import sys
import time
import tracemalloc
from unittest.mock import patch

from yarl import URL

from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.storage import get_store
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from scripts.demo.history import past
from scripts.demo.server import SimulatedApi, free_port, simulated_api
from tests.simulator import make_token

from .contenders import (
    BARE,
    TOKEN,
    add_entry,
    bare_coordinator,
    bare_request,
    home_assistant,
    mock_bare_integration,
    rest_coordinator,
    set_up_entry,
    set_up_rest,
)

REPORT = Path(__file__).parents[2] / "docs" / "benchmark.md"
WARM_UP = 200
ENTRIES = 500
IMPORTS = 11
POLLS_A_DAY = 24 * 60 // 15
REST_POLLS_A_DAY = 24 * 60 * 60 // 30

type Round = Callable[[], Awaitable[None]]


def row(*cells: object) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


async def race(
    contenders: dict[str, Round], rounds: int
) -> dict[str, tuple[float, float]]:
    """Return the median wall and CPU time of each in microseconds.

    They take turns in a random order, since whoever comes after its like finds the
    caches of the processor warm.
    """
    names, shuffle = list(contenders), Random(1).shuffle
    times: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    for number in range(WARM_UP + rounds):
        shuffle(names)
        for name in names:
            cpu, wall = time.process_time_ns(), time.perf_counter_ns()
            await contenders[name]()
            spent = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
            if number >= WARM_UP:
                times[name].append(spent)
    return {
        name: (median(w for w, _ in spent) / 1000, median(c for _, c in spent) / 1000)
        for name, spent in times.items()
    }


async def refresh(api: SimulatedApi, rounds: int) -> list[str]:
    """Measure a poll through to the state machine."""
    lines = [
        "## One poll, through to the state machine",
        "",
        "Medians in microseconds, of an account with four weeks of use. The limit is the",
        "request and the parsing of its answer; the same polled by Home Assistant is what",
        "no integration can be far below. A new balance is written to the ledger's file",
        "before it is shown.",
        "",
        row("", "wall", "of limit", "of rest", "CPU", "of limit", "of rest"),
        row("---", *["---:"] * 6),
    ]
    for title, use in (("same balance", 0), ("new balance", 1)):
        async with home_assistant() as hass:
            await api.change(token=TOKEN, credits=10**6, use_per_poll=use)
            entry = add_entry(hass)
            ledger, _, _ = past()
            await get_store(hass, entry.entry_id).async_save(ledger)
            await set_up_entry(hass, entry)
            assert entry.runtime_data.data.days_left
            await set_up_rest(hass, api.url, 1)
            bare = bare_coordinator(hass, api.url)
            bare.async_add_listener(lambda: None)
            medians = await race(
                {
                    "limit": partial(bare_request, hass, api.url),
                    "limit, polled by Home Assistant": bare.async_refresh,
                    "this integration": entry.runtime_data.async_refresh,
                    "rest sensor": rest_coordinator(hass).async_refresh,
                },
                rounds,
            )
            await bare.async_shutdown()
            await hass.config_entries.async_unload(entry.entry_id)
        (limit_wall, limit_cpu), (rest_wall, rest_cpu) = (
            medians["limit"],
            medians["rest sensor"],
        )
        lines += [
            row(
                f"{name}, {title}",
                f"{wall:.0f}",
                f"{wall / limit_wall:.2f}",
                f"{wall / rest_wall:.2f}",
                f"{cpu:.0f}",
                f"{cpu / limit_cpu:.2f}",
                f"{cpu / rest_cpu:.2f}",
            )
            for name, (wall, cpu) in medians.items()
        ]
    return lines


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
            await set_up_rest(hass, api.url, 4)
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


async def growth(tokens: list[str]) -> float:
    """Return how much dearer it is to set up the last accounts than the first."""
    spent = []
    async with home_assistant() as hass:
        await set_up_entry(hass, add_entry(hass))
        for number, token in enumerate(tokens):
            entry = add_entry(hass, token, f"Account {number}")
            start = time.perf_counter()
            await set_up_entry(hass, entry)
            spent.append(time.perf_counter() - start)
    tenth = ENTRIES // 10
    return median(spent[-tenth:]) / median(spent[:tenth])


async def at_once(tokens: list[str]) -> float:
    """Return the milliseconds for each account when all are set up at once."""
    async with home_assistant() as hass:
        await set_up_entry(hass, add_entry(hass))
        entries = [
            add_entry(hass, token, f"Account {number}")
            for number, token in enumerate(tokens)
        ]
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
        for number, token in enumerate(tokens):
            entry = add_entry(hass, token, f"Account {number}", domain)
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
        await set_up_rest(hass, api.url, 1)
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


def machine() -> list[str]:
    """Return what was measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    versions = ", ".join(
        f"{name} {version(package)}"
        for name, package in (
            ("Home Assistant", "homeassistant"),
            ("aiohttp", "aiohttp"),
        )
    )
    return [
        f"- {os.cpu_count()} cores: {cpu}",
        f"- {platform.system()}, Python {platform.python_version()}, {versions}",
    ]


async def report(api: SimulatedApi, rounds: int) -> str:
    """Measure everything and return it as a page."""
    lines = [
        "# Benchmark",
        "",
        "Made by `scripts/benchmark`. The server is another process on the same machine,",
        f"the contenders take turns, and each figure is the median of {rounds:,} rounds.",
        "",
        *machine(),
        "",
        *await refresh(api, rounds),
    ]
    ours, rest = await one_setup(api, rounds // 2)
    tokens = await tokens_of_many(api)
    lines += [
        "",
        "## Start and memory",
        "",
        f"Medians of {IMPORTS} imports, and of {rounds // 2:,} set-ups of each in turn. Nearly all",
        "of the memory is what Home Assistant itself keeps of a config entry, its device",
        "and four entities.",
        "",
        row("", "figure"),
        row("---", "---:"),
        row("Import, after Home Assistant is loaded", f"{import_time():.1f} ms"),
        row("Set-up of an account", f"{ours:.1f} ms"),
        row("Set-up of a rest resource with four sensors", f"{rest:.1f} ms"),
        row("The one in the other", f"{ours / rest:.2f}"),
        row(
            f"The last of {ENTRIES} accounts in the first",
            f"{await growth(tokens):.2f}",
        ),
        row(
            f"Set-up of {ENTRIES} accounts at once, for each",
            f"{await at_once(tokens):.1f} ms",
        ),
        row("Memory of an account", f"{await memory(api, tokens, DOMAIN):.1f} KiB"),
        row(
            "Memory of a config entry with four entities that do nothing",
            f"{await memory(api, tokens, BARE):.1f} KiB",
        ),
        "",
        "## A day with the same balance",
        "",
        row("", "requests", "states recorded"),
        row("---", "---:", "---:"),
        *[row(*result) for result in await day(api)],
    ]
    return "\n".join(lines) + "\n"


async def run(rounds: int) -> None:
    """Start the server, measure, and write the page."""
    async with simulated_api(free_port(), TOKEN, "--drain", "0") as api:
        with patch("custom_components.thesmsworks.api.API_URL", URL(api.url)):
            page = await report(api, rounds)
    print(page)
    REPORT.write_text(page)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    logging.disable()
    asyncio.run(run(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
