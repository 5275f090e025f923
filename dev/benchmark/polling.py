"""What one poll costs."""

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from statistics import median
import time

from custom_components.thesmsworks.storage import get_store
from dev.demo.history import past
from dev.demo.server import SimulatedApi

from .contenders import (
    TOKEN,
    add_entry,
    bare_coordinator,
    bare_request,
    home_assistant,
    rest_coordinator,
    set_up_entry,
    set_up_rest,
)

WARM_UP = 200

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
            await set_up_rest(hass, api.url, TOKEN)
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
