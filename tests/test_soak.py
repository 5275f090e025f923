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
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant

from .common import state
from .disk import hass_config_dir, hass_storage  # noqa: F401

ACCOUNTS = 50
FAULT_NAMES = [
    name
    for name in FAULTS
    if name not in (*SLOW, "endless", "gzip bomb") and not name.startswith("401")
]


class Soak:
    """Accounts, what was used of each, and everything that can happen to them."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator, seed: int) -> None:
        """Initialize the soak. Nothing has happened yet."""
        self.hass = hass
        self.simulator = simulator
        self.random = Random(seed)
        self.entries: list[tuple[MockConfigEntry, Account]] = []
        self.used: list[Decimal] = []

    async def set_up(self) -> None:
        """Set up the accounts."""
        for number in range(ACCOUNTS):
            token = make_token(f"account {number}")
            account = self.simulator.add_account(token, 1_000)
            entry = MockConfigEntry(
                domain=DOMAIN, title=f"Account {number}", data={CONF_TOKEN: token}
            )
            entry.add_to_hass(self.hass)
            assert await self.hass.config_entries.async_setup(entry.entry_id)
            self.entries.append((entry, account))
            self.used.append(Decimal(0))
        await self.hass.async_block_till_done()

    async def poll(self) -> None:
        """Let something happen to an account, and poll it."""
        number = self.random.randrange(ACCOUNTS)
        entry, account = self.entries[number]
        happens = self.random.random()
        if happens < 0.2:
            self.simulator.fault = FAULTS[self.random.choice(FAULT_NAMES)]
            await entry.runtime_data.async_refresh()
            assert not entry.runtime_data.last_update_success
            self.simulator.fault = None
        elif happens < 0.6:
            used = Decimal(self.random.choice(["1", "2", "2.5", "0.1"]))
            account.credits = float(Decimal(repr(account.credits)) - used)
            self.used[number] += used
        elif happens < 0.62:
            account.credits += 100
        elif happens < 0.63:
            assert await self.hass.config_entries.async_reload(entry.entry_id)
        await entry.runtime_data.async_refresh()

    async def run(self, polls: int) -> None:
        """Poll many times."""
        for _ in range(polls):
            await self.poll()
            self.simulator.requests.clear()
        await self.hass.async_block_till_done()

    def check(self) -> None:
        """Compare every total with what was used."""
        for number, (entry, _) in enumerate(self.entries):
            assert entry.state is ConfigEntryState.LOADED
            shown = state(self.hass, f"sensor.account_{number}_credits_used")
            assert Decimal(shown) == self.used[number]

    def open(self) -> dict[str, int]:
        """Return how much is open or under way."""
        gc.collect()
        loop = asyncio.get_running_loop()
        scheduled = [
            handle
            for handle in loop._scheduled  # type: ignore[attr-defined]
            if not handle.cancelled()
        ]
        return {
            "tasks": len(asyncio.all_tasks()),
            "timers": len(scheduled),
            "files and sockets": len([*Path("/proc/self/fd").iterdir()]),
        }


@pytest.fixture
def no_log() -> Iterator[None]:
    """Log nothing: pytest would keep it all, and the test measures memory."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("no_log")
async def test_soak(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    enable_custom_integrations: None,
    simulator: Simulator,
) -> None:
    """Nothing grows, and no credit is counted wrong."""
    polls = request.config.getoption("--polls")
    seed = int(os.environ.get("SEED", Random().getrandbits(32)))
    soak = Soak(hass, simulator, seed)
    tracemalloc.start()
    try:
        await soak.set_up()
        await soak.run(max(polls // 4, 4 * ACCOUNTS))
        before, start = soak.open(), tracemalloc.get_traced_memory()[0]
        await soak.run(polls)
        after, end = soak.open(), tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()

    print(  # noqa: T201
        f"SEED={seed}: {polls} polls of {ACCOUNTS} accounts: memory {end - start:+,} "
        f"bytes, before {before}, after {after}, used {sum(soak.used)}"
    )
    soak.check()
    assert end - start < 2**20
    for what, number in after.items():
        assert number <= before[what] + 5, what
