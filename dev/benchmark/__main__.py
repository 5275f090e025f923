"""Measure everything, print it and write docs/benchmark.md."""

import argparse
import asyncio
from importlib.metadata import version
import logging
import os
from pathlib import Path
import platform
from unittest.mock import patch

from yarl import URL

from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT
from dev.demo.server import SimulatedApi, free_port, simulated_api

from .accounts import (
    ENTRIES,
    IMPORTS,
    at_once,
    day,
    growth,
    import_time,
    memory,
    one_setup,
    tokens_of_many,
)
from .contenders import BARE, TOKEN
from .polling import refresh, row

REPORT = ROOT / "docs" / "benchmark.md"


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
