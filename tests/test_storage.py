"""The file of a ledger, on a real disk: before a figure counts, it is there."""

from collections.abc import Callable
from datetime import timedelta
from errno import ENOSPC
import json
import logging
import os
from pathlib import Path
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import Account, Simulator
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant

from .common import (
    USED,
    disk_does,
    ledger_file,
    pass_time,
    set_up,
    state,
    store,
    stored,
    update_entity,
)
from .disk import hass_config_dir, hass_storage  # noqa: F401

LEDGER = {"balance": 180, "read": "2026-05-01T12:00:00+00:00", "day": "2026-05-01"}
HEAD = {"version": 1, "minor_version": 1, "key": "k"}


@pytest.fixture
async def entry(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, config_entry: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of an account with 180 credits at noon, set up."""
    freezer.move_to("2026-07-01T12:00:00-07:00")
    assert await set_up(hass, config_entry)
    return config_entry


async def test_change_is_flushed_before_it_replaces_the_old_file_and_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account
) -> None:
    """So a power cut at any moment loses no use, and leaves a whole file."""
    steps: list[str] = []
    account.drain(10)
    with (
        patch("atomicwrites._proper_fsync", side_effect=os.fsync) as flushed,
        disk_does(lambda: steps.append(f"{flushed.call_count} {state(hass, USED)}")),
    ):
        await update_entity(hass)

    assert steps == ["1 0"]
    assert state(hass, USED) == "10"
    assert (stored(hass, entry)["balance"], stored(hass, entry)["used"]) == (170, 10)


async def test_full_disk_is_tried_again_with_the_same_balance(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """Once it is free, a kill loses nothing that was shown."""

    def is_full() -> None:
        raise OSError(ENOSPC, "No space left on device")

    account.drain(10)
    with disk_does(is_full):
        await pass_time(hass, freezer)
        await pass_time(hass, freezer)
    assert (state(hass, USED), stored(hass, entry)["used"]) == ("10", 0)

    await pass_time(hass, freezer)
    assert stored(hass, entry)["used"] == 10
    assert [*ledger_file(hass, entry).parent.glob("tmp*")] == []


async def test_idle_account_is_written_every_six_hours(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry
) -> None:
    """It wears out no memory card, and a power cut loses little of the last reading."""
    written = stored(hass, entry)["read"]
    await pass_time(hass, freezer)
    await pass_time(hass, freezer, timedelta(hours=5))
    assert stored(hass, entry)["read"] == written

    await pass_time(hass, freezer, timedelta(hours=1))
    assert stored(hass, entry)["read"] > written


@pytest.mark.parametrize("ends", ["unload", "stop"])
async def test_last_reading_is_kept_in_the_end(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    ends: str,
) -> None:
    """What is used while Home Assistant is off was used after it, not before."""
    written = stored(hass, entry)["read"]
    await pass_time(hass, freezer)

    if ends == "unload":
        assert await hass.config_entries.async_unload(entry.entry_id)
    else:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await hass.async_block_till_done()
    assert stored(hass, entry)["read"] > written


async def test_poll_while_home_assistant_stops_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, account: Account
) -> None:
    """Files are written in the end then, and no more before."""
    account.drain(10)
    hass.set_state(CoreState.stopping)
    await update_entity(hass)
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()

    assert stored(hass, entry)["used"] == 10
    hass.set_state(CoreState.running)


async def test_use_while_home_assistant_was_off_is_counted(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """The first poll counts from the last balance that was stored."""
    account.drain(10)
    await pass_time(hass, freezer)
    assert await hass.config_entries.async_unload(entry.entry_id)
    account.drain(7.5)
    freezer.tick(timedelta(days=2))

    assert await set_up(hass, entry)
    assert state(hass, USED) == "17.5"


async def test_deleted_file_is_written_anew(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Deleting it is how to count from 0 again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    ledger_file(hass, entry).unlink()
    assert await set_up(hass, entry)
    assert stored(hass, entry)["used"] == 0


def wrong(**fields: object) -> str:
    """Return the content of a file with something else in a ledger."""
    return json.dumps({**HEAD, "data": {**LEDGER, **fields}})


UNREADABLE: dict[str, str | Callable[[Path], None]] = {
    "not JSON": "{broken",
    "empty": "",
    "no object": "[]",
    "empty object": "{}",
    "no ledger": json.dumps({**HEAD, "data": None}),
    "a list for a ledger": json.dumps({**HEAD, "data": []}),
    "no version": json.dumps({"data": LEDGER}),
    "version of text": json.dumps({**HEAD, "version": "1", "data": LEDGER}),
    "older version": json.dumps({**HEAD, "version": 0, "data": LEDGER}),
    "newer version": json.dumps({**HEAD, "version": 2, "data": LEDGER}),
    "field missing": json.dumps({**HEAD, "data": {"balance": 180}}),
    "field unknown": wrong(revision=7),
    "balance": wrong(balance="180"),
    "used": wrong(used=None),
    "daily": wrong(daily=[]),
    "use of a day": wrong(daily={"2026-04-28": 1, "2026-04-29": "1"}),
    "read is no text": wrong(read=7),
    "read is no time": wrong(read="yesterday"),
    "read without a zone": wrong(read="2026-05-01T12:00:00"),
    "directory": Path.mkdir,
    "loop of links": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("damage", UNREADABLE)
async def test_file_that_is_no_ledger_stops_the_set_up(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    damage: str,
) -> None:
    """It says so once, names the file, and leaves it: nothing is counted from 0."""
    path, content = ledger_file(hass, config_entry), UNREADABLE[damage]
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, str):
        path.write_text(content)
    else:
        content(path)

    assert not await set_up(hass, config_entry)
    await pass_time(hass, freezer, timedelta(days=1))

    assert config_entry.state is ConfigEntryState.SETUP_ERROR
    assert config_entry.error_reason_translation_key == "unreadable_file"
    assert config_entry.reason
    assert str(path) in config_entry.reason
    [line] = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert config_entry.reason in line.getMessage()
    assert not simulator.requests
    assert [entry.name for entry in path.parent.glob(f"{DOMAIN}*")] == [path.name]
    if isinstance(content, str):
        assert path.read_text() == content

    path.rmdir() if path.is_dir() else path.unlink()
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, USED) == "0"


@pytest.mark.parametrize("is_readable", [True, False])
async def test_removed_account_leaves_no_file(
    hass: HomeAssistant, config_entry: MockConfigEntry, is_readable: bool
) -> None:
    """Also none that could not be read."""
    store(hass, config_entry)
    if not is_readable:
        ledger_file(hass, config_entry).write_text("{broken")
    assert await set_up(hass, config_entry) is is_readable

    await hass.config_entries.async_remove(config_entry.entry_id)

    assert [*ledger_file(hass, config_entry).parent.glob(f"*{DOMAIN}*")] == []


async def test_file_that_cannot_be_deleted_is_named(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    config_entry: MockConfigEntry,
) -> None:
    """The account is removed for all that."""
    ledger_file(hass, config_entry).mkdir(parents=True)

    await hass.config_entries.async_remove(config_entry.entry_id)

    assert f"{ledger_file(hass, config_entry)} could not be deleted" in caplog.text
    assert not hass.config_entries.async_entries(DOMAIN)
