"""Much of everything. SEED=number in the environment repeats a run.

A year of polls in minutes: pytest tests/test_soak.py --polls 35000 --days 3650.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
import gc
import logging
import os
from pathlib import Path
from random import Random

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, SLOW, Simulator, make_token
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .common import DAY, MINUTE, Home, set_up

LEFT_OUT = {*SLOW, "endless", "gzip bomb", *(name for name in FAULTS if "401" in name)}
QUICK = [name for name in FAULTS if name not in LEFT_OUT]
COME_AND_GO = 15  # So many tasks, timers, files, sockets and objects may, at a moment.
MAX_DAYS = 93


@dataclass
class Customer:
    """An account, and what is known of it beside Home Assistant."""

    home: Home
    used_entity: str
    last_read: Decimal
    used: Decimal = Decimal(0)

    def change(self, random: Random) -> None:
        """Use some credit, or much of it, or buy some, or have some refunded."""
        change = random.choice(["0", "-1", "-2.5", "-0.1", "-70", "1", "120"])
        self.home.account.credits = float(self.credits() + Decimal(change))

    def credits(self) -> Decimal:
        """Return the balance at the provider."""
        return Decimal(repr(self.home.account.credits))

    def note_reading(self) -> None:
        """Note that the balance was read."""
        self.used += max(self.last_read - self.credits(), Decimal(0))
        self.last_read = self.credits()


@pytest.fixture
def random() -> Random:
    """Return what happens, by a seed that is printed."""
    seed = int(os.environ.get("SEED", Random().getrandbits(32)))
    print(f"SEED={seed}")  # noqa: T201
    return Random(seed)


@pytest.fixture
def silence() -> Iterator[None]:
    """Log nothing, as pytest would keep it all."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
async def customers(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    enable_custom_integrations: None,
    silence: None,
) -> list[Customer]:
    """Return some accounts that are set up, with different limits."""
    # Which keeps the stack of each callback, and takes most of the time.
    hass.loop.set_debug(False)
    simulator.requests = deque(maxlen=1)
    customers = []
    for number in range(3):
        token = make_token(f"account {number}")
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=f"Account {number}",
            data={CONF_TOKEN: token},
            options={"daily_limit": 50} if number % 2 else {},
        )
        entry.add_to_hass(hass)
        account = simulator.add_account(token, 1_000)
        home = Home(hass, freezer, entry, simulator, account)
        assert await home.set_up()
        used_entity = f"sensor.account_{number}_credits_used_in_total"
        customers.append(Customer(home, used_entity, Decimal(1_000)))
    return customers


def is_ours(thing: object) -> bool:
    """Return if an object is of a class of the integration."""
    return type(thing).__module__.startswith("custom_components.thesmsworks")


def held() -> dict[str, int]:
    """Return how much is open, under way or in memory."""
    gc.collect()
    scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": len([timer for timer in scheduled if not timer.cancelled()]),
        "files and sockets": len([*Path("/proc/self/fd").iterdir()]),
        "objects": len([each for each in gc.get_objects() if is_ours(each)]),
    }


def grown(before: dict[str, int]) -> list[str]:
    """Return what there is clearly more of than before."""
    now = held()
    return [what for what in before if now[what] - before[what] > COME_AND_GO]


async def poll_on_demand(customer: Customer, random: Random) -> None:
    """Have an account read, after anything that can happen to it."""
    coordinator = customer.home.entry.runtime_data
    simulator = customer.home.simulator
    happens = random.random()
    if happens < 0.2:
        simulator.fault = FAULTS[random.choice(QUICK)]
        await coordinator.async_refresh()
        assert not coordinator.last_update_success
        simulator.fault = None
    elif happens < 0.6:
        customer.change(random)
    elif happens < 0.63:
        await customer.home.reload()
        coordinator = customer.home.entry.runtime_data
    await coordinator.async_refresh()
    customer.note_reading()


@pytest.mark.timeout(0)
async def test_polls_by_the_thousand_leave_nothing_behind_and_lose_no_credit(
    request: pytest.FixtureRequest, customers: list[Customer], random: Random
) -> None:
    polls = request.config.getoption("--polls")
    for _ in range(200):
        await poll_on_demand(random.choice(customers), random)
    before = held()
    for _ in range(polls):
        await poll_on_demand(random.choice(customers), random)
    assert grown(before) == []
    for customer in customers:
        assert Decimal(customer.home.state(customer.used_entity)) == customer.used


async def restart(customers: list[Customer]) -> None:
    """Restart Home Assistant with all accounts."""
    first, *others = [customer.home for customer in customers]
    for home in others:
        await home.unload()
    await first.stop()
    for customer in customers:
        await set_up(customer.home.hass, customer.home.entry)
    await first.start()


async def spend_days(customers: list[Customer], random: Random, days: int) -> None:
    """Let days pass, and with them anything that can happen."""
    home = customers[0].home
    end = dt_util.utcnow() + days * DAY
    while dt_util.utcnow() < end:
        for customer in customers:
            customer.change(random)
        is_faulty = random.random() < 0.1
        fault = random.choice(QUICK) if is_faulty else None
        await home.poll(fault=fault, after=random.randint(600, 3600) * MINUTE)
        happens = random.random()
        if happens < 0.1:
            await random.choice(customers).home.reload()
        elif happens < 0.13:
            await restart(customers)
        if not is_faulty:
            for customer in customers:
                customer.note_reading()


async def use_and_poll(customers: list[Customer]) -> None:
    """Have each account use a credit, and be read."""
    for customer in customers:
        customer.home.account.drain(1)
    await customers[0].home.poll()
    for customer in customers:
        customer.note_reading()


@pytest.mark.timeout(0)
async def test_years_leave_no_more_than_three_months_behind_and_lose_no_credit(
    request: pytest.FixtureRequest, customers: list[Customer], random: Random
) -> None:
    await spend_days(customers, random, 100)
    before = held()
    await spend_days(customers, random, request.config.getoption("--days"))
    # What is kept is that much once the reading before was on the same day.
    for _ in range(2):
        await use_and_poll(customers)
    assert grown(before) == []
    for customer in customers:
        assert Decimal(customer.home.state(customer.used_entity)) == customer.used
        kept = customer.home.stored("used_by_day", "unusual_days", "told_unusual_days")
        assert max(len(days) for days in kept) <= MAX_DAYS
