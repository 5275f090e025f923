"""The file of a ledger, on a real disk: before a figure counts, it is there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from errno import ENOSPC
import json
import logging
import os
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.storage import async_get_store
from custom_components.thesmsworks.usage import Ledger
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util

from .common import (
    USED,
    USED_TODAY,
    Home,
    disk_does,
    ledger_file,
    let_others_run,
    slow_disk,
    store,
    update_entity,
)
from .disk import hass_config_dir, hass_storage  # noqa: F401

LEDGER: dict[str, object] = {"credit_balance": 180, "read": 1777636800}


async def test_change_is_flushed_before_it_replaces_the_old_file_and_is_shown(
    home: Home,
) -> None:
    """So a power cut at any moment loses no use, and leaves a whole file."""
    assert await home.set_up()
    steps: list[str] = []
    home.account.drain(10)
    with (
        patch("atomicwrites._proper_fsync", side_effect=os.fsync) as flushed,
        disk_does(lambda: steps.append(f"{flushed.call_count} {home.state(USED)}")),
    ):
        await update_entity(home.hass)

    assert steps == ["1 0"]
    assert home.state(USED) == "10"
    assert home.stored("credit_balance", "credits_used") == [170, 10]


def is_full() -> None:
    """Be a disk with no space left."""
    raise OSError(ENOSPC, "No space left on device")


def is_full_during_the_stop(hass: HomeAssistant) -> None:
    """Be full just when Home Assistant begins to stop."""
    hass.loop.call_soon_threadsafe(hass.set_state, CoreState.stopping)
    is_full()


async def test_full_disk_is_tried_again_with_the_same_balance(home: Home) -> None:
    """Once it is free, a kill loses nothing that was shown, nor does a reload before."""
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(170)
        await home.poll()
        await home.reload()
    assert (home.state(USED), home.stored("credits_used")) == ("10", [0])

    await home.poll()
    assert home.stored("credits_used") == [10]
    assert [*ledger_file(home.hass, home.entry).parent.glob("tmp*")] == []


async def test_stop_writes_what_a_full_disk_did_not_take(home: Home) -> None:
    """Once it is free, also without another poll."""
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(170)
    await home.stop()
    assert home.stored("credits_used") == [10]


async def test_write_that_fails_during_the_stop_is_tried_in_the_end(
    home: Home,
) -> None:
    """When all that is left is written."""
    assert await home.set_up()
    home.account.drain(10)
    with disk_does(lambda: is_full_during_the_stop(home.hass)):
        await update_entity(home.hass)
    await home.stop()
    assert home.stored("credits_used") == [10]


async def test_stop_writes_the_last_of_what_a_full_disk_did_not_take(
    home: Home,
) -> None:
    """Also where that is what was written before it was full."""
    assert await home.set_up(threshold=40)
    with disk_does(is_full):
        await home.reload(threshold=30)
        await home.reload(threshold=40)
    await home.stop()
    assert home.stored("threshold") == [40]


async def test_reload_with_a_full_disk_keeps_the_last_reading(home: Home) -> None:
    """What was used after midnight was not used before it."""
    home.freezer.move_to("2026-07-01T19:00:00-07:00")
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(after=timedelta(hours=5, minutes=10))
        home.account.drain(20)
        home.freezer.tick(timedelta(minutes=5))
        await home.reload()
    assert home.state(USED_TODAY) == "20"


async def test_reload_goes_on_with_what_waits_for_a_slow_disk(
    hass: HomeAssistant,
) -> None:
    """Although it is not on disk yet, nor what was to be written before it."""
    now = dt_util.now()
    store = async_get_store(hass, "account")
    store.ledger = Ledger(credit_balance=180, read=now.timestamp())
    with slow_disk() as (writes, is_free):
        saves = [asyncio.create_task(store.async_save_ledger(store.ledger))]
        while not writes.is_set():
            await asyncio.sleep(0)
        new = replace(store.ledger, credit_balance=170)
        saves.append(asyncio.create_task(store.async_save_ledger(new)))
        await let_others_run()
        await store.async_load_ledger()
        is_free.set()
        await asyncio.gather(*saves)

    assert store.ledger == store.saved == new


async def test_idle_account_is_written_every_six_hours(home: Home) -> None:
    """It wears out no memory card, and a power cut loses little of the last reading."""
    assert await home.set_up()
    written = home.stored("read")
    await home.poll()
    await home.poll(after=timedelta(hours=5))
    assert home.stored("read") == written

    await home.poll(after=timedelta(hours=1))
    assert home.stored("read") > written


@pytest.mark.parametrize("end", ["stop", "stop during a poll"])
async def test_last_reading_is_kept_in_the_end(home: Home, end: str) -> None:
    """What is used while Home Assistant is off was used after it, not before.

    While it stops, files are written in the end, and no more before.
    """
    assert await home.set_up()
    written = home.stored("read")
    await home.poll()
    if end == "stop during a poll":
        home.account.drain(10)
        home.hass.set_state(CoreState.stopping)
        await update_entity(home.hass)
    home.hass.set_state(CoreState.final_write)
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await home.hass.async_block_till_done()
    home.hass.set_state(CoreState.running)
    assert home.stored("read") > written
    assert home.stored("credits_used") == [10 if end == "stop during a poll" else 0]


async def test_use_while_home_assistant_was_off_is_counted(home: Home) -> None:
    """From the last balance that was stored, unless its file was deleted."""
    assert await home.set_up()
    await home.poll(170)
    await home.stop()
    home.account.drain(7.5)
    home.freezer.tick(timedelta(days=2))
    assert await home.set_up()
    assert home.state(USED) == "17.5"

    await home.stop()
    ledger_file(home.hass, home.entry).unlink()
    assert await home.set_up()
    assert home.stored("credits_used") == [0]


def content(data: object, **head: object) -> str:
    """Return the content of a file."""
    return json.dumps({"version": 1, "minor_version": 1, "data": data} | head)


UNREADABLE: dict[str, str | Callable[[Path], None]] = {
    "not JSON": "{broken",
    "empty": "",
    "no object": "[]",
    "empty object": "{}",
    "no ledger": content(None),
    "no version": json.dumps({"data": LEDGER}),
    "version of text": content(LEDGER, version="1"),
    "older version": content(LEDGER, version=0),
    "newer version": content(LEDGER, version=2),
    "field missing": content({"credit_balance": 180}),
    "field unknown": content(LEDGER | {"revision": 7}),
    "balance": content(LEDGER | {"credit_balance": "180"}),
    "used": content(LEDGER | {"credits_used": None}),
    "daily": content(LEDGER | {"daily": []}),
    "use of a day": content(LEDGER | {"daily": {"2026-04-28": 1, "2026-04-29": "1"}}),
    "read is no number": content(LEDGER | {"read": "2026-05-01T12:00:00+00:00"}),
    "read is no time": content(LEDGER | {"read": -1e300}),
    "directory": Path.mkdir,
    "loop of links": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("damage", UNREADABLE)
async def test_file_that_is_no_ledger_stops_the_set_up(
    home: Home, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """It says so once, names the file, and leaves it: nothing is counted from 0."""
    path, damaged = ledger_file(home.hass, home.entry), UNREADABLE[damage]
    path.parent.mkdir(exist_ok=True)
    if isinstance(damaged, str):
        path.write_text(damaged)
    else:
        damaged(path)

    assert not await home.set_up()
    await home.poll(after=timedelta(days=1))

    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    assert home.entry.error_reason_translation_key == "unreadable_file"
    assert home.entry.reason
    assert str(path) in home.entry.reason
    [line] = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert home.entry.reason in line.getMessage()
    assert not home.simulator.requests
    assert [entry.name for entry in path.parent.glob(f"{DOMAIN}*")] == [path.name]
    if isinstance(damaged, str):
        assert path.read_text() == damaged

    path.rmdir() if path.is_dir() else path.unlink()
    await home.reload()
    assert home.state(USED) == "0"


@pytest.mark.parametrize("is_readable", [True, False])
async def test_removed_account_leaves_no_file(home: Home, is_readable: bool) -> None:
    """Also none that could not be read."""
    store(home.hass, home.entry)
    path = ledger_file(home.hass, home.entry)
    if not is_readable:
        path.write_text("{broken")
    assert await home.set_up() is is_readable

    await home.hass.config_entries.async_remove(home.entry.entry_id)

    assert [*path.parent.glob(f"*{DOMAIN}*")] == []


async def test_file_that_cannot_be_deleted_is_named(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """By Home Assistant, and the account is removed for all that."""
    path = ledger_file(home.hass, home.entry)
    path.mkdir(parents=True)

    await home.hass.config_entries.async_remove(home.entry.entry_id)

    assert f"Is a directory: '{path}'" in caplog.text
    assert not home.hass.config_entries.async_entries(DOMAIN)
