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
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.models import Ledger, Level
from custom_components.thesmsworks.storage import LedgerStore, async_get_store, migrate
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.setup import async_setup_component

from .common import (
    DAY,
    MINUTE,
    USED,
    USED_TODAY,
    Home,
    disk_does,
    ledger_file,
    let_others_run,
    slow_disk,
    store as store_use,
    update_entity,
)

HOUR = timedelta(hours=1)

# Who changes the format must think of those who have such a file: leave it as it is,
# add one of the new version, and see that both are read.
KEPT_FILE = Path(__file__).parent / "fixtures" / "ledger_1_1.json"
KEPT_LEDGER = Ledger(
    balance=131.5,
    read_at=1780308000.25,
    previous_read_at=1780307100,
    credits_used=1068.5,
    used_by_day={"2026-05-30": 0, "2026-05-31": 12.75, "2026-06-01": 310},
    opening_balances={"2026-05-31": 454.25, "2026-06-01": 441.5},
    level=Level.LOW,
    level_options=(40, 7, 0),
    unusual_days=frozenset({"2026-05-29", "2026-06-01"}),
    told_level=Level.OUT,
    told_unusual_days=frozenset({"2026-05-29"}),
    told_unusual_at=1780041600.5,
    told_unknown=True,
)
STORED = json.loads(KEPT_FILE.read_text())
DATA = STORED["data"]


def kept(hass: HomeAssistant) -> Path:
    """Return where the ledger of the account "kept" is stored."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.kept"))


@pytest.fixture
def store(hass: HomeAssistant) -> LedgerStore:
    """Return the store of the account "kept", whose file is the kept one, not loaded."""
    path = kept(hass)
    path.parent.mkdir(exist_ok=True)
    path.write_text(KEPT_FILE.read_text())
    return LedgerStore(hass, "kept")


def is_full() -> None:
    """Be a disk with no space left."""
    raise OSError(ENOSPC, "No space left on device")


def is_full_during_the_stop(hass: HomeAssistant) -> None:
    """Be full just when Home Assistant begins to stop."""
    hass.loop.call_soon_threadsafe(hass.set_state, CoreState.stopping)
    is_full()


async def test_kept_file_is_read_and_written_byte_for_byte(
    hass: HomeAssistant, store: LedgerStore
) -> None:
    path = kept(hass)
    assert await store.load() == KEPT_LEDGER
    path.unlink()
    await LedgerStore(hass, "kept").save(KEPT_LEDGER)
    # Editors end the kept file with a line break.
    assert path.read_text() == KEPT_FILE.read_text().rstrip("\n")


async def test_account_without_a_file_has_no_ledger(hass: HomeAssistant) -> None:
    assert await LedgerStore(hass, "new").load() is None


async def test_first_file_of_a_home_is_written_into_a_new_folder(
    hass: HomeAssistant,
) -> None:
    await LedgerStore(hass, "new").save(KEPT_LEDGER)
    assert await LedgerStore(hass, "new").load() == KEPT_LEDGER


async def test_user_can_go_back_a_version(
    hass: HomeAssistant, store: LedgerStore
) -> None:
    """Keys that only a newer minor version knows are left out."""
    stored = STORED | {"minor_version": 2, "compressed": False}
    stored["data"] = DATA | {"currency": "GBP"}
    kept(hass).write_text(json.dumps(stored))
    assert await store.load() == KEPT_LEDGER


async def test_file_of_a_newer_major_version_asks_for_an_update(
    hass: HomeAssistant, store: LedgerStore
) -> None:
    content = json.dumps({"version": 2, "minor_version": 1, "data": {"pages": []}})
    path = kept(hass)
    path.write_text(content)
    with pytest.raises(ConfigEntryError) as caught:
        await store.load()
    assert caught.value.translation_key == "newer_file"
    assert caught.value.translation_placeholders == {"path": str(path)}
    assert path.read_text() == content


def test_present_version_is_not_migrated() -> None:
    assert migrate(1, 1, DATA) == DATA


async def test_file_is_migrated_before_it_is_checked(
    hass: HomeAssistant, store: LedgerStore
) -> None:
    def migrate_from_1_0(version: int, minor_version: int, data: Any) -> Any:
        assert (version, minor_version) == (1, 0)
        return data | {"told_unknown": True}

    old = {key: value for key, value in DATA.items() if key != "told_unknown"}
    stored = {"version": 1, "minor_version": 0, "data": old}
    kept(hass).write_text(json.dumps(stored))
    with patch("custom_components.thesmsworks.storage.migrate", migrate_from_1_0):
        assert await store.load() == KEPT_LEDGER


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("balance", 2**53),
        ("balance", -(2**53)),
        ("credits_used", 0),
        ("credits_used", 2**63),
        ("read_at", 0),
        ("read_at", 2**35),
        ("used_by_day", {}),
        ("told_unusual_at", None),
        ("told_unusual_at", 0),
    ],
)
async def test_fact_at_the_end_of_its_range_is_read(
    hass: HomeAssistant, store: LedgerStore, key: str, value: Any
) -> None:
    kept(hass).write_text(json.dumps(STORED | {"data": DATA | {key: value}}))
    assert await store.load() == replace(KEPT_LEDGER, **{key: value})


def write(content: str) -> Callable[[Path], object]:
    """Return what writes a file."""
    return lambda path: path.write_text(content)


def write_data(**data: Any) -> Callable[[Path], object]:
    """Return what writes a file with other data."""
    return write(json.dumps(STORED | {"data": DATA | data}))


def version_of(path: Path) -> tuple[int, ...]:
    """Return what changes when a file is changed or replaced, and not when it is read."""
    stat = path.lstat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


UNREADABLE: dict[str, Callable[[Path], object]] = {
    "not JSON": write("{broken"),
    "empty": write(""),
    "no object": write("[]"),
    "empty object": write("{}"),
    "not UTF-8": lambda path: path.write_bytes(b'{"version": "\xff"}'),
    "directory": lambda path: path.mkdir(),
    "loop of links": lambda path: path.symlink_to(path),
    "no version": write(json.dumps({"minor_version": 1, "data": DATA})),
    "no minor version": write(json.dumps({"version": 1, "data": DATA})),
    "version of text": write(json.dumps(STORED | {"version": "1"})),
    "minor version of text": write(json.dumps(STORED | {"minor_version": "1"})),
    "no data": write(json.dumps({"version": 1, "minor_version": 1})),
    "data are no object": write(json.dumps(STORED | {"data": []})),
    **{
        f"without {key}": write(
            json.dumps(STORED | {"data": {k: v for k, v in DATA.items() if k != key}})
        )
        for key in DATA
    },
    "balance of text": write_data(balance="180"),
    "balance is true": write_data(balance=True),
    "balance of no account": write_data(balance=2**53 + 1),
    "overdraft of no account": write_data(balance=-(2**53) - 1),
    "read at a text": write_data(read_at="2026-05-01T12:00:00+00:00"),
    "read at no time": write_data(read_at=1e300),
    "read too late": write_data(read_at=2**35 + 1),
    "read before all times": write_data(read_at=-1),
    "previously read at a text": write_data(previous_read_at="1780307100"),
    "used null": write_data(credits_used=None),
    "used less than nothing": write_data(credits_used=-0.1),
    "used too much": write_data(credits_used=2**63 + 2048),
    "use by day is a list": write_data(used_by_day=[]),
    "use of a day of text": write_data(used_by_day={"2026-06-01": "1"}),
    "use of a day negative": write_data(used_by_day={"2026-06-01": -1}),
    "use of no day": write_data(used_by_day={"yesterday": 1}),
    "use of a day in another form": write_data(used_by_day={"20260601": 1}),
    "no opening balance": write_data(opening_balances={}),
    "level unknown": write_data(level="plenty"),
    "level options of text": write_data(level_options=["40"]),
    "level options are no list": write_data(level_options=40),
    "unusual days are a text": write_data(unusual_days="2026-06-01"),
    "unusual day is a number": write_data(unusual_days=[20260601]),
    "told level unknown": write_data(told_level=None),
    "told day is no day": write_data(told_unusual_days=["2026-02-30"]),
    "told at no time": write_data(told_unusual_at=-1),
    "told unknown is a number": write_data(told_unknown=1),
}


@pytest.mark.parametrize("damage", UNREADABLE.values(), ids=UNREADABLE)
async def test_damaged_file_is_unreadable_and_is_left_as_it_is(
    hass: HomeAssistant, store: LedgerStore, damage: Callable[[Path], object]
) -> None:
    path = kept(hass)
    path.unlink()
    damage(path)
    before = version_of(path)
    with pytest.raises(ConfigEntryError) as caught:
        await store.load()
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key == "unreadable_file"
    assert caught.value.translation_placeholders == {"path": str(path)}
    assert [*path.parent.glob("*kept*")] == [path]
    assert version_of(path) == before


async def test_account_with_a_damaged_file_is_not_read_until_it_is_deleted(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so once, and counts nothing from 0 before."""
    file = ledger_file(home.hass, home.entry)
    file.parent.mkdir(exist_ok=True)
    file.write_text("{broken")
    assert not await home.set_up()
    await home.poll(after=DAY)
    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    assert home.entry.reason
    assert str(file) in home.entry.reason
    [line] = [line for line in caplog.records if line.levelno >= logging.ERROR]
    assert home.entry.reason in line.getMessage()
    assert not home.simulator.requests
    assert file.read_text() == "{broken"

    file.unlink()
    await home.reload()
    assert home.state(USED) == "0"


async def test_change_is_flushed_before_it_replaces_the_old_file_and_is_shown(
    home: Home,
) -> None:
    """So a power cut at any moment loses no use, and leaves a whole file."""
    assert await home.set_up()
    steps: list[list[Any]] = []
    home.account.drain(10)

    def note_step() -> None:
        steps.append([flushed.call_count, home.state(USED), *home.stored("balance")])

    with (
        patch("atomicwrites._proper_fsync", side_effect=os.fsync) as flushed,
        disk_does(note_step),
    ):
        await update_entity(home.hass)
    assert steps == [[1, "0", 180]]
    assert home.state(USED) == "10"
    assert home.stored("balance", "credits_used") == [170, 10]


async def test_full_disk_is_tried_again_with_the_same_balance(home: Home) -> None:
    """Once it is free, a kill loses nothing that was shown, nor does a reload before."""
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(170)
        await home.poll()
        await home.reload()
    assert home.state(USED) == "10"
    assert home.stored("credits_used") == [0]

    await home.poll()
    assert home.stored("credits_used") == [10]
    assert [*ledger_file(home.hass, home.entry).parent.glob("tmp*")] == []


async def test_disk_that_is_free_again_is_spared_as_before(home: Home) -> None:
    """An idle account is not written at each poll from then on."""
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(170)
    await home.poll()
    written = home.stored("credits_used", "read_at")
    await home.poll()
    assert home.stored("credits_used", "read_at") == written


async def test_stop_writes_what_a_full_disk_did_not_take(home: Home) -> None:
    """Once it is free, also without another poll."""
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(170)
    await home.stop()
    assert home.stored("credits_used") == [10]


async def test_folder_that_is_away_for_a_while_loses_no_use(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """As one on a network drive, where no other can be made meanwhile."""
    assert await home.set_up()
    folder = ledger_file(home.hass, home.entry).parent
    away = folder.rename(folder.with_name("away"))
    folder.touch()
    await home.poll(170)
    assert home.state(USED) == "10"
    assert "Saving file failed" in caplog.text

    folder.unlink()
    away.rename(folder)
    await home.poll()
    assert home.stored("credits_used") == [10]


async def test_write_that_fails_during_the_stop_is_tried_in_the_end(home: Home) -> None:
    assert await home.set_up()
    home.account.drain(10)
    with disk_does(lambda: is_full_during_the_stop(home.hass)):
        await update_entity(home.hass)
    await home.stop()
    assert home.stored("credits_used") == [10]


async def test_stop_of_a_home_without_an_account_says_nothing(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    enable_custom_integrations: None,
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert "Error" not in caplog.text


async def test_reload_with_a_full_disk_keeps_the_last_reading(home: Home) -> None:
    """What was used after midnight was not used before it."""
    home.freezer.move_to("2026-07-01T19:00:00-07:00")
    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(after=5 * HOUR + 10 * MINUTE)
        home.account.drain(20)
        home.freezer.tick(5 * MINUTE)
        await home.reload()
    assert home.state(USED_TODAY) == "20"


async def test_two_reloads_at_once_keep_what_waits_for_a_slow_disk(home: Home) -> None:
    assert await home.set_up()
    home.account.drain(10)
    with slow_disk() as (writes, is_free):
        poll = asyncio.create_task(update_entity(home.hass))
        while not writes.is_set():
            await asyncio.sleep(0)
        reloads = asyncio.gather(home.reload(), home.reload())
        await let_others_run()
        is_free.set()
        await poll
        await reloads
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.state(USED) == "10"
    assert home.stored("credits_used") == [10]


async def test_load_returns_what_waits_for_a_slow_disk(store: LedgerStore) -> None:
    """Although it is not on disk yet, nor what was to be written before it."""
    await store.load()
    first = replace(KEPT_LEDGER, balance=130)
    second = replace(KEPT_LEDGER, balance=120)
    with slow_disk() as (writes, is_free):
        saves = [asyncio.create_task(store.save(first))]
        while not writes.is_set():
            await asyncio.sleep(0)
        saves.append(asyncio.create_task(store.save(second)))
        await let_others_run()
        assert await store.load() == second
        is_free.set()
        await asyncio.gather(*saves)


async def test_load_that_is_slower_than_another_takes_nothing_back(
    store: LedgerStore,
) -> None:
    """As when the action asks for an account that is being set up."""
    reads = Event()
    is_free = Event()
    read_bytes = Path.read_bytes

    def read_slowly(path: Path) -> bytes:
        content = read_bytes(path)
        reads.set()
        assert is_free.wait(30)
        return content

    with patch.object(Path, "read_bytes", read_slowly):
        slow_load = asyncio.create_task(store.load())
        while not reads.is_set():
            await asyncio.sleep(0)
    await store.load()
    newer = replace(KEPT_LEDGER, balance=130)
    await store.save(newer)
    is_free.set()
    assert await slow_load == newer
    assert await store.load() == newer


async def test_save_that_is_cancelled_is_written_all_the_same(
    hass: HomeAssistant, store: LedgerStore
) -> None:
    await store.load()
    with slow_disk() as (writes, is_free):
        save = asyncio.create_task(store.save(replace(KEPT_LEDGER, balance=130)))
        while not writes.is_set():
            await asyncio.sleep(0)
        save.cancel()
        await let_others_run()
        assert save.cancelled()
        is_free.set()
        await hass.async_block_till_done()
    assert await LedgerStore(hass, "kept").load() == replace(KEPT_LEDGER, balance=130)


async def test_removal_waits_for_a_slow_disk_and_leaves_nothing(
    hass: HomeAssistant, store: LedgerStore
) -> None:
    await store.load()
    with slow_disk() as (writes, is_free):
        save = asyncio.create_task(store.save(replace(KEPT_LEDGER, balance=130)))
        while not writes.is_set():
            await asyncio.sleep(0)
        removal = asyncio.create_task(store.remove())
        await let_others_run()
        is_free.set()
        await save
        await removal
    assert not kept(hass).exists()
    assert await store.load() is None


@pytest.mark.parametrize(
    ("seconds", "is_written"),
    [(21_599, False), (21_600, True), (-21_599, False), (-21_600, True)],
)
async def test_idle_account_is_written_every_six_hours(
    hass: HomeAssistant, store: LedgerStore, seconds: int, is_written: bool
) -> None:
    """It wears out no memory card, and a power cut loses little of the last reading."""
    await store.load()
    read_at = KEPT_LEDGER.read_at + seconds
    later = replace(KEPT_LEDGER, read_at=read_at, previous_read_at=read_at - 900)
    store.keep(later)
    await hass.async_block_till_done()
    on_disk = await LedgerStore(hass, "kept").load()
    assert (on_disk == later) is is_written


async def test_last_reading_of_an_idle_account_is_kept_at_the_stop(home: Home) -> None:
    """What is used while Home Assistant is off was used after it, not before."""
    assert await home.set_up()
    written = home.stored("read_at")
    await home.poll()
    assert home.stored("read_at") == written
    await home.stop()
    assert home.stored("read_at") > written


async def test_use_while_home_assistant_was_off_is_counted(home: Home) -> None:
    assert await home.set_up()
    await home.poll(170)
    await home.stop()
    home.account.drain(7.5)
    home.freezer.tick(2 * DAY)
    assert await home.set_up()
    assert home.state(USED) == "17.5"


async def test_account_whose_file_was_deleted_counts_from_0(home: Home) -> None:
    assert await home.set_up()
    await home.poll(170)
    await home.stop()
    ledger_file(home.hass, home.entry).unlink()
    assert await home.set_up()
    assert home.stored("credits_used") == [0]


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 2999 23:59:59 GMT",
        "Mon, 01 Jan 1900 00:00:00 GMT",
        "Sat, 01 Jan 2000 00:00:00 +1400",
    ],
)
async def test_file_can_be_read_again_whatever_time_a_server_tells(
    home: Home, date: str
) -> None:
    assert await home.set_up()
    home.simulator.date = date
    await home.poll(170)
    assert home.state(USED) == "10"
    await home.restart()
    assert home.state(USED) == "10"


async def test_file_can_be_read_again_whatever_balances_a_server_tells(
    home: Home,
) -> None:
    assert await home.set_up()
    for balance in (2**53, -(2**53), 2**53, -(2**53)):
        await home.poll(balance)
    used = str(2**55)
    assert home.state(USED) == used
    await home.restart()
    assert home.state(USED) == used


@pytest.mark.parametrize("is_readable", [True, False])
async def test_removed_account_leaves_nothing(home: Home, is_readable: bool) -> None:
    """Also no file that could not be read, and nothing in memory."""
    store_use(home.hass, home.entry)
    file = ledger_file(home.hass, home.entry)
    content = file.read_text() if is_readable else "{broken"
    file.write_text(content)
    assert await home.set_up() is is_readable
    await home.remove()
    assert [*file.parent.glob(f"*{DOMAIN}*")] == []
    assert async_get_store(home.hass, home.entry.entry_id).ledger is None


async def test_file_that_cannot_be_deleted_is_named(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """By Home Assistant, and the account is removed for all that."""
    file = ledger_file(home.hass, home.entry)
    file.mkdir(parents=True)
    await home.remove()
    assert f"Is a directory: '{file}'" in caplog.text
    assert not home.hass.config_entries.async_entries(DOMAIN)
