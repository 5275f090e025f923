"""A year of polling in a minute: pytest tests/test_soak.py --polls 20000."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
import gc
import logging
import os
from pathlib import Path
from random import Random
import tracemalloc

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, SLOW, Account, Simulator, make_token
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant

from .common import set_up, state
from .disk import hass_config_dir, hass_storage  # noqa: F401

ACCOUNTS = 25
LEFT_OUT = {*SLOW, "endless", "gzip bomb", *(name for name in FAULTS if "401" in name)}
QUICK = [fault for name, fault in FAULTS.items() if name not in LEFT_OUT]


@pytest.fixture
def memory() -> Iterator[None]:
    """Trace memory, and log nothing: pytest would keep it all."""
    logging.disable()
    tracemalloc.start()
    yield
    tracemalloc.stop()
    logging.disable(logging.NOTSET)


async def poll(
    hass: HomeAssistant,
    simulator: Simulator,
    random: Random,
    entry: MockConfigEntry,
    account: Account,
) -> Decimal:
    """Let anything happen to an account that can, poll it, and return the use."""
    happens, used = random.random(), Decimal(0)
    if happens < 0.2:
        simulator.fault = random.choice(QUICK)
        await entry.runtime_data.async_refresh()
        assert not entry.runtime_data.last_update_success
        simulator.fault = None
    elif happens < 0.6:
        used = Decimal(random.choice(["1", "2", "2.5", "0.1"]))
        account.credits = float(Decimal(repr(account.credits)) - used)
    elif happens < 0.62:
        account.top_up(100)
    elif happens < 0.63:
        assert await hass.config_entries.async_reload(entry.entry_id)
    await entry.runtime_data.async_refresh()
    simulator.requests.clear()
    return used


def held() -> dict[str, int]:
    """Return how much is open, under way or in memory."""
    gc.collect()
    scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": len([timer for timer in scheduled if not timer.cancelled()]),
        "files and sockets": len([*Path("/proc/self/fd").iterdir()]),
        "bytes": tracemalloc.get_traced_memory()[0],
    }


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("enable_custom_integrations", "memory")
async def test_soak(
    request: pytest.FixtureRequest, hass: HomeAssistant, simulator: Simulator
) -> None:
    """Nothing grows, and no credit is counted wrong."""
    polls = request.config.getoption("--polls")
    seed = int(os.environ.get("SEED", Random().getrandbits(32)))
    random = Random(seed)
    accounts: list[tuple[MockConfigEntry, Account]] = []
    for number in range(ACCOUNTS):
        token = make_token(f"account {number}")
        entry = MockConfigEntry(
            domain=DOMAIN, title=f"Account {number}", data={CONF_TOKEN: token}
        )
        entry.add_to_hass(hass)
        accounts.append((entry, simulator.add_account(token, 1_000)))
        assert await set_up(hass, entry)

    used = [Decimal(0)] * ACCOUNTS
    levels = []
    for times in (max(polls // 4, 8 * ACCOUNTS), polls):
        for _ in range(times):
            number = random.randrange(ACCOUNTS)
            used[number] += await poll(hass, simulator, random, *accounts[number])
        await hass.async_block_till_done()
        levels.append(held())

    print(f"SEED={seed}: {polls} polls of {ACCOUNTS} accounts: {levels}")  # noqa: T201
    assert used == [
        Decimal(state(hass, f"sensor.account_{number}_credits_used"))
        for number in range(ACCOUNTS)
    ]
    for what, level in levels[1].items():
        assert level - levels[0][what] < (2**20 if what == "bytes" else 6), what
