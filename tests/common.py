"""Helpers for the tests."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.thesmsworks import async_setup
from custom_components.thesmsworks.assessment import assess, due_alerts, remember
from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.coordinator import DATA_WAIT_UNTIL
from custom_components.thesmsworks.models import (
    Alert,
    Assessment,
    Ledger,
    Options,
    Reading,
)
from custom_components.thesmsworks.storage import LEDGER_SCHEMA
from custom_components.thesmsworks.usage import record
from dev.simulator import FAULTS, SLOW, Account, Simulator
from homeassistant.components.button import DOMAIN as BUTTON_DOMAIN, SERVICE_PRESS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigFlowResult
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

BALANCE = "sensor.the_sms_works_credit_balance"
ALERT = "event.the_sms_works_alert"
DAYS_LEFT = "sensor.the_sms_works_days_left"
LASTS_UNTIL = "sensor.the_sms_works_lasts_until"
LOW = "binary_sensor.the_sms_works_low_credit"
READ_NOW = "button.the_sms_works_read_now"
UNUSUAL = "binary_sensor.the_sms_works_unusual_use"
USED = "sensor.the_sms_works_credits_used_in_total"
USED_TODAY = "sensor.the_sms_works_credits_used_today"

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
INTERVAL = 15 * MINUTE
DAY = timedelta(days=1)


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
    """Take a step that makes a request, and wait ten seconds for an answer.

    For all of it, and not for each byte.
    """
    task = asyncio.create_task(step)
    if any(simulator.fault is FAULTS[name] for name in SLOW):
        await request_arrives(simulator)
        for _ in range(9):
            freezer.tick(1)
            await let_others_run()
        assert not task.done()
        freezer.tick(2)
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


def wrapped(token: str) -> str:
    """Return a token as a mail program breaks it over lines."""
    return "\r\n".join(token[start : start + 40] for start in range(0, len(token), 40))


async def update_entity(hass: HomeAssistant, entity_id: str = BALANCE) -> None:
    """Ask for the balance now, as an automation can."""
    assert await async_setup_component(hass, HOMEASSISTANT_DOMAIN, {})
    await hass.services.async_call(
        HOMEASSISTANT_DOMAIN, "update_entity", {"entity_id": entity_id}, blocking=True
    )


def issues(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, ir.IssueEntry]:
    """Return the repair issues of an account that a user sees, by kind."""
    return {
        issue.issue_id.removesuffix(f"_{entry.entry_id}"): issue
        for issue in ir.async_get(hass).issues.values()
        if issue.active and issue.issue_id.endswith(f"_{entry.entry_id}")
    }


def ledger_file(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    """Return where the ledger of an account is stored."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}"))


def stored(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return what is on the disk of an account."""
    data: dict[str, Any] = json.loads(ledger_file(hass, entry).read_text())["data"]
    return data


def store(hass: HomeAssistant, entry: MockConfigEntry, *used: float) -> None:
    """Have 180 credits read just now, and so many used on each day before today."""
    now = dt_util.now()
    daily = {
        (now - timedelta(days=len(used) + 1 - number)).date().isoformat(): use
        # The first day is not known as a whole.
        for number, use in enumerate((0, *used))
    }
    data = {
        "balance": 180,
        "read_at": now.timestamp(),
        "previous_read_at": now.timestamp(),
        "credits_used": 0,
        "used_by_day": daily,
        "opening_balances": {now.date().isoformat(): 180},
        "level": "ok",
        "level_options": [],
        "unusual_days": [],
        "told_level": "ok",
        "told_unusual_days": [],
        "told_unusual_at": None,
        "told_unknown": False,
    }
    path = ledger_file(hass, entry)
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({"version": 1, "minor_version": 1, "key": path.name, "data": data})
    )


def fields(form: ConfigFlowResult) -> dict[str, Any]:
    """Return how the fields of a form look."""
    assert form["data_schema"]
    schema = form["data_schema"].schema
    return {str(key): selector.config for key, selector in schema.items()}


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    assert form["data_schema"]
    keys = form["data_schema"].schema
    return {str(key): (key.description or {}).get("suggested_value") for key in keys}


@contextmanager
def disk_does(step: Callable[[], object]) -> Iterator[None]:
    """Take a step in the thread that writes a ledger, before it replaces the old one."""
    rename = os.rename

    def renames(source: str, target: str) -> None:
        if DOMAIN in Path(target).name:
            step()
        rename(source, target)

    with patch("os.rename", renames):
        yield


@contextmanager
def slow_disk() -> Iterator[tuple[Event, Event]]:
    """Hold back what is written, and yield if it is and what lets it go on."""
    writes, is_free = Event(), Event()

    def is_slow() -> None:
        writes.set()
        assert is_free.wait(30)

    with disk_does(is_slow):
        yield writes, is_free
        is_free.set()


@dataclass
class Home:
    """A Home Assistant at noon, and the account of its entry at the provider."""

    hass: HomeAssistant
    freezer: FrozenDateTimeFactory
    entry: MockConfigEntry
    simulator: Simulator
    account: Account

    async def set_up(self, *used: float, **options: int) -> bool:
        """Set up the account, which used so much on each day before, if any."""
        if used:
            store(self.hass, self.entry, *used)
        self._set(options)
        return await set_up(self.hass, self.entry)

    async def poll(
        self,
        credits: float | None = None,
        *,
        fault: str | None = None,
        after: timedelta = INTERVAL + timedelta(seconds=1),
    ) -> None:
        """Have the balance read after a while, or another one, or a fault instead."""
        if credits is not None:
            self.account.credits = credits
        self.simulator.fault = FAULTS[fault] if fault else None
        await pass_time(self.hass, self.freezer, after)

    async def press(self) -> None:
        """Press the button Read now."""
        await self.hass.services.async_call(
            BUTTON_DOMAIN, SERVICE_PRESS, {"entity_id": READ_NOW}, blocking=True
        )

    async def get_credit(self) -> Any:
        """Ask the action what is known of the account."""
        return await self.hass.services.async_call(
            DOMAIN,
            "get_credit",
            {"config_entry_id": self.entry.entry_id},
            blocking=True,
            return_response=True,
        )

    async def disable(self) -> None:
        """Disable the account, as a user does."""
        await self.hass.config_entries.async_set_disabled_by(
            self.entry.entry_id, ConfigEntryDisabler.USER
        )
        await self.hass.async_block_till_done()

    async def enable(self) -> None:
        """Enable the account again."""
        await self.hass.config_entries.async_set_disabled_by(self.entry.entry_id, None)
        await self.hass.async_block_till_done()

    async def remove(self) -> None:
        """Remove the account from Home Assistant."""
        await self.hass.config_entries.async_remove(self.entry.entry_id)
        await self.hass.async_block_till_done()

    def turn_polling_off(self) -> None:
        """Turn polling off, which is one of Home Assistant's options of each entry."""
        self.hass.config_entries.async_update_entry(
            self.entry, pref_disable_polling=True
        )

    @contextmanager
    def clock_wrong_by(self, error: timedelta) -> Iterator[None]:
        """Have the clock be wrong for a while, as the time itself goes on."""
        loop = self.hass.loop
        time = loop.time
        self.freezer.tick(error)
        with patch.object(loop, "time", lambda: time() - error.total_seconds()):
            yield
            self.freezer.tick(-error)

    async def unload(self) -> None:
        """Unload the account."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def reload(self, **options: int) -> None:
        """Reload the account, with other options if any."""
        self._set(options)
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.hass.async_block_till_done()

    async def stop(self) -> None:
        """Stop Home Assistant, which writes files in the end and forgets all else."""
        await self.unload()
        # In this state nothing is left to be written later, into the next one's file.
        self.hass.set_state(CoreState.final_write)
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await self.hass.async_block_till_done()
        del self.hass.data[DOMAIN]
        self.hass.data.pop(DATA_WAIT_UNTIL, None)
        self.hass.set_state(CoreState.not_running)
        # The next Home Assistant sets up what is there once for all accounts.
        assert await async_setup(self.hass, {})

    async def restart(self) -> None:
        """Set the account up in a Home Assistant that has not started yet."""
        await self.stop()
        await set_up(self.hass, self.entry)

    async def kill(self) -> None:
        """Do the same after a power cut: the disk is left as it is."""
        file = ledger_file(self.hass, self.entry)
        content = file.read_bytes()
        await self.stop()
        file.write_bytes(content)
        await set_up(self.hass, self.entry)

    async def start(self) -> None:
        """Start Home Assistant, in which the account is set up."""
        await self.hass.async_start()
        await self.hass.async_block_till_done()

    def state(self, entity_id: str = BALANCE) -> str:
        """Return the state of an entity."""
        return state(self.hass, entity_id)

    def attributes(self, entity_id: str, *names: str) -> list[Any]:
        """Return attributes of an entity."""
        found = self.hass.states.get(entity_id)
        assert found
        return [found.attributes[name] for name in names]

    def issues(self) -> dict[str, ir.IssueEntry]:
        """Return the repair issues of the account that a user sees, by kind."""
        return issues(self.hass, self.entry)

    def stored(self, *names: str) -> list[Any]:
        """Return what is on the disk of the account."""
        data = stored(self.hass, self.entry)
        return [data[name] for name in names]

    def _set(self, options: dict[str, int]) -> None:
        self.hass.config_entries.async_update_entry(
            self.entry, options=options or self.entry.options
        )


LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 6, 1, 12, tzinfo=LONDON)
DEFAULT_OPTIONS = Options()


class Watch:
    """What becomes of readings, without a Home Assistant around it.

    `clock_error` is how far the clock is ahead of the time of the readings, which the
    server has told.
    """

    def __init__(
        self,
        balance: float = 1000,
        options: Options = DEFAULT_OPTIONS,
        now: datetime = NOON,
    ) -> None:
        """Read the account for the first time."""
        self.now = now
        self.clock_error = timedelta()
        self.options = options
        self.told: list[Alert] = []
        self.ledger = record(None, Reading(balance=balance, at=now))
        self.assess()

    def read(self, balance: float, after: timedelta = timedelta()) -> Assessment:
        """Read a balance after a while."""
        self.now = (self.now.astimezone(UTC) + after).astimezone(self.now.tzinfo)
        self.ledger = record(self.ledger, Reading(balance=balance, at=self.now))
        return self.assess()

    def use(self, *uses: float, every: timedelta = DAY) -> Assessment:
        """Use so much, again and again, each in a while, and read each time."""
        for used in uses:
            assessment = self.read(self.ledger.balance - used, every)
        return assessment

    def assess(self) -> Assessment:
        """Assess what is known now, and tell what is due."""
        now = self.now + self.clock_error
        assessment = assess(self.ledger, self.options, now)
        self.ledger = remember(self.ledger, assessment)
        alerts, self.ledger = due_alerts(self.ledger, assessment, now)
        self.told += alerts
        return assessment

    def restart(self) -> None:
        """Come back from the file."""
        data = json.loads(json.dumps(asdict(self.ledger), default=sorted))
        self.ledger = Ledger(**LEDGER_SCHEMA(data))
