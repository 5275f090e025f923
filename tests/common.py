"""Helpers for the tests."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
import json
import os
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, SLOW, Fault, Simulator, answer, raw
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

BALANCE = "sensor.the_sms_works_credit_balance"
DAYS_LEFT = "sensor.the_sms_works_days_left"
LOW = "binary_sensor.the_sms_works_low_credit"
UNUSUAL = "binary_sensor.the_sms_works_unusual_use"
USED = "sensor.the_sms_works_credits_used"
USED_TODAY = "sensor.the_sms_works_used_today"

INTERVAL = timedelta(minutes=15)
TIMEOUT = timedelta(seconds=11)

CUSTOMER_ID = "7c5de3f0-1c1b-4e0e-9f5c-0d5b1a2f3e4d"


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
    """Take a step that makes a request, and let the time pass that a fault takes."""
    task = asyncio.create_task(step)
    if any(simulator.fault is FAULTS[name] for name in SLOW):
        await request_arrives(simulator)
        freezer.tick(TIMEOUT)
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


def quoting(token: str) -> dict[str, Fault]:
    """Return faults in which the server says all that nobody else may see."""
    forms = (token, token[:70], token[-70:], token.upper(), token.replace("-", ""))
    quote = f"Alice Ltd alice@example.com {CUSTOMER_ID} {' '.join(forms)}"
    header = f"HTTP/1.1 500 Oops\r\nX-Note: {quote}\r\n"
    return {
        "message": answer(500, json.dumps({"message": f"{quote}\n{wrapped(token)}"})),
        "401 with a message": answer(401, json.dumps({"message": quote})),
        "429 that says when": answer(429, quote, Retry_After=quote),
        "text for a number": answer(200, json.dumps({"credits": quote})),
        "plain text": answer(200, quote),
        "status line": raw(f"HTTP/1.1 500 {quote}\r\n\r\n".encode()),
        "status that is none": raw(f"HTTP/1.1 {quote}\r\n\r\n".encode()),
        "length that is none": raw(f"{header}Content-Length: {quote}\r\n\r\n".encode()),
        "coding that is none": raw(
            f"{header}Content-Encoding: {quote}\r\n\r\n".encode()
        ),
        "header without a colon": raw(f"HTTP/1.1 200 OK\r\n{quote}\r\n\r\n".encode()),
        "garbage": raw(f"{quote}\r\n\r\n".encode()),
        "redirect": answer(302, Location=f"https://{quote}"),
        "redirect to a port that is none": answer(302, Location=f"https://a:{token}/"),
        "cookie": answer(500, Set_Cookie=f"{token[:70]},=1; Path={quote}"),
        "cookie that cannot be sent": answer(500, Set_Cookie=f"{token}=a,b"),
    }


def wrapped(token: str) -> str:
    """Return a token as a mail program breaks it over lines."""
    return "\r\n".join(token[start : start + 40] for start in range(0, len(token), 40))


def quoted(text: str, token: str) -> list[str]:
    """Return what a text holds of what the faults of quoting() say."""
    letters, secret = (re.sub(r"\W", "", part.upper()) for part in (text, token))
    parts = [secret[start : start + 12] for start in range(0, len(secret) - 12, 4)]
    words = ["ALICE LTD", "EXAMPLE.COM", CUSTOMER_ID.upper()]
    return [part for part in parts if part in letters] + [
        word for word in words if word in text.upper()
    ]


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
    days = [now - timedelta(days=ago) for ago in range(len(used), 0, -1)]
    # The first day is not known as a whole.
    daily = {(now - timedelta(days=len(used) + 1)).date().isoformat(): 0.0}
    daily |= {day.date().isoformat(): use for day, use in zip(days, used, strict=True)}
    data = {"balance": 180, "read": now.isoformat(), "daily": daily}
    path = ledger_file(hass, entry)
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps({"version": 1, "minor_version": 1, "key": path.name, "data": data})
    )


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
