"""Measure what a poll costs beside what else there is, and write docs/benchmark.md."""

import argparse
import asyncio
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
import logging
import platform
from random import Random
from statistics import median
import sys
import time
from unittest.mock import patch

from yarl import URL

from dev import ROOT

from .api import TOKEN
from .contenders import home_assistant, request, set_up_ours, set_up_rest
from .foresight import foresight
from .many import many

WARM_UP = 200
MANY_ACCOUNTS = 50
PAGE = """\
# Benchmark

Made by `scripts/benchmark`. The server is another process on the same machine, the
contenders take turns, and each figure is the median of {rounds:,} rounds, on {machine}
with Python {python}, Home Assistant {homeassistant} and aiohttp {aiohttp}.

## One poll, through to the state machine

In microseconds, of an account with 90 days of use. The limit is the request and the
parsing of its answer. A new balance is written to the ledger's file before it is shown.

|  | wall | of limit | of rest | CPU | of limit | of rest |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}

## {many_accounts} accounts

To set up {many_accounts} accounts with 90 days of use each, beside the plainest integration that
makes the same request and has as many entities. CPU time in milliseconds, memory in KiB.

|  | CPU | of plain | memory | of plain |
| --- | ---: | ---: | ---: | ---: |
{many}
"""


@asynccontextmanager
async def simulated_api(use: int) -> AsyncIterator[str]:
    """Run the simulated API in a process of its own."""
    process = await create_subprocess_exec(
        sys.executable, "-m", "dev.benchmark.api", str(use), stdout=PIPE
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode().strip()
    with patch("custom_components.thesmsworks.api.API_URL", URL(url)):
        yield url
    process.terminate()
    await process.wait()


async def race(
    contenders: dict[str, Callable[[], Awaitable[None]]], rounds: int
) -> dict[str, list[float]]:
    """Return the median wall and CPU time of each in microseconds.

    They take turns in a random order, since whoever comes after its like finds the
    caches of the processor warm.
    """
    order, random = list(contenders), Random(1)
    times: dict[str, list[tuple[int, int]]] = {name: [] for name in order}
    for _ in range(WARM_UP + rounds):
        random.shuffle(order)
        for name in order:
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            await contenders[name]()
            cpu = time.process_time_ns() - cpu
            times[name].append((time.perf_counter_ns() - wall, cpu))
    return {
        name: [median(spent) / 1000 for spent in zip(*all_[WARM_UP:], strict=True)]
        for name, all_ in times.items()
    }


async def measure(title: str, use: int, rounds: int) -> AsyncIterator[str]:
    """Let all poll an account that uses so much for each, and yield the table's rows."""
    async with simulated_api(use) as url, home_assistant() as hass:
        entry = await set_up_ours(hass)
        await set_up_rest(hass, url, TOKEN)
        contenders = {
            "limit": partial(request, hass, url),
            "this integration": entry.runtime_data.async_refresh,
            "rest sensor": hass.data["rest"]["coordinator"][0].async_refresh,
        }
        medians = await race(contenders, rounds)
        await hass.config_entries.async_unload(entry.entry_id)
    limits, rests = medians["limit"], medians["rest sensor"]
    for name, times in medians.items():
        cells = [f"{name}, {title}"]
        for spent, limit, rest in zip(times, limits, rests, strict=True):
            cells += [f"{spent:.0f}", f"{spent / limit:.2f}", f"{spent / rest:.2f}"]
        yield f"| {' | '.join(cells)} |"


async def run(rounds: int, accounts: int) -> None:
    """Measure, and write the page."""
    rows = [row async for row in measure("same balance", 0, rounds)]
    rows += [row async for row in measure("new balance", 1, rounds)]
    async with simulated_api(0) as url:
        many_rows = await many(url, MANY_ACCOUNTS)
    page = PAGE.format(
        rounds=rounds,
        machine=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        homeassistant=version("homeassistant"),
        aiohttp=version("aiohttp"),
        rows="\n".join(rows),
        many_accounts=MANY_ACCOUNTS,
        many=many_rows,
    )
    page += foresight(accounts)
    print(page)
    (ROOT / "docs" / "benchmark.md").write_text(page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--accounts", type=int, default=600)
    options = parser.parse_args()
    logging.disable()
    asyncio.run(run(options.rounds, options.accounts))
