"""When the balance is read, and what becomes of a poll whose account has gone on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
import logging

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.thesmsworks.const import DOMAIN, LOGGER
from dev.simulator import FAULTS, Fault, answer, make_token
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntryState,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import CoreState
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .common import (
    DAY,
    INTERVAL,
    MINUTE,
    SECOND,
    UNUSUAL,
    USED,
    USED_TODAY,
    Home,
    ledger_file,
    let_others_run,
    pass_time,
    request_arrives,
    set_up,
    slow_disk,
    update_entity,
)

HOUR = 60 * MINUTE
COOLDOWN = 11 * SECOND  # Of polls on demand.
UNLOADING = 11 * SECOND  # Home Assistant waits no longer for a disk.


@pytest.fixture
async def polled(home: Home) -> Home:
    """Return Home Assistant with the account set up and read."""
    assert await home.set_up()
    assert home.state() == "180"
    return home


def sources(home: Home) -> list[str]:
    """Return what the forms that are open were opened for."""
    flows = home.hass.config_entries.flow.async_progress()
    return [flow["context"]["source"] for flow in flows]


async def poll_is_put_off(home: Home, status: int, retry_after: str) -> None:
    """Have a poll be answered with a request to wait, and the later ones not."""
    home.simulator.fault = answer(status, Retry_After=retry_after)
    await pass_time(home.hass, home.freezer)
    home.simulator.fault = None
    home.simulator.requests.clear()


# When it is read.


async def test_balance_is_read_every_15_minutes(polled: Home) -> None:
    """No sooner, no later, and without another request."""
    await polled.poll(177.5, after=INTERVAL - SECOND)
    assert polled.state() == "180"

    await polled.poll(after=2 * SECOND)
    assert polled.state() == "177.5"
    paths = [request.path for request in polled.simulator.requests]
    assert paths == ["/v1/credits/balance"] * 2


async def test_each_of_10_accounts_keeps_its_moment_over_midnight(home: Home) -> None:
    """A whole country must not ask in the same second."""
    step = INTERVAL / 10
    await home.remove()
    home.freezer.move_to("2026-07-01T23:00:07-07:00")
    tokens = [make_token(f"account {number}") for number in range(10)]
    for token in tokens:
        home.simulator.add_account(token)
        entry = MockConfigEntry(domain=DOMAIN, data={CONF_TOKEN: token})
        entry.add_to_hass(home.hass)
        await home.poll(after=step)
        assert await set_up(home.hass, entry)

    home.simulator.requests.clear()
    for token in 4 * tokens:
        await home.poll(after=step)
        [request] = home.simulator.requests
        assert request.headers["Authorization"] == f"JWT {token}"
        home.simulator.requests.clear()


async def test_same_balance_writes_no_state_and_no_file(polled: Home) -> None:
    """A poll that brings nothing new costs Home Assistant nothing."""
    file = ledger_file(polled.hass, polled.entry)
    written = file.stat().st_mtime_ns, file.stat().st_ino
    times = [found.last_reported for found in polled.hass.states.async_all()]
    await polled.poll()
    assert len(polled.simulator.requests) == 2
    assert [found.last_reported for found in polled.hass.states.async_all()] == times
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == written


async def test_polling_can_be_left_to_automations(home: Home) -> None:
    """Home Assistant's own option to disable polling is honoured."""
    home.turn_polling_off()
    assert await home.set_up()
    await home.poll(170, after=DAY)
    assert home.state() == "180"

    await update_entity(home.hass)
    assert home.state() == "170"


async def test_day_without_a_reading_is_noticed_once(home: Home) -> None:
    """At its very end, and not again in each turn of the event loop."""
    home.turn_polling_off()
    assert await home.set_up()
    await home.poll(after=DAY)
    notices: list[str] = []
    home.entry.runtime_data.async_add_listener(lambda: notices.append(home.state()))
    await home.poll(after=MINUTE)
    home.freezer.tick(0.1)
    await let_others_run()
    assert notices == ["unavailable"]


async def test_account_without_entities_is_watched(
    polled: Home, entity_registry: er.EntityRegistry
) -> None:
    """Its use is counted, and it warns, though all of its entities are disabled."""
    for entity_id in list(entity_registry.entities):
        by = er.RegistryEntryDisabler.USER
        entity_registry.async_update_entity(entity_id, disabled_by=by)
    await polled.reload()
    assert not polled.hass.states.async_all()

    await polled.poll(30)
    assert polled.stored("credits_used") == [150]
    assert "low_credit" in polled.issues()


async def test_nothing_is_read_while_home_assistant_stops(polled: Home) -> None:
    """Its connections are closed by then."""
    polled.hass.set_state(CoreState.stopping)
    await polled.poll()
    assert len(polled.simulator.requests) == 1


@pytest.mark.parametrize(
    ("server", "read_at"),
    [
        ("20:00:00", "12:00:00"),
        ("20:00:01", "13:00:01"),
        ("18:00:00", "12:00:00"),
        ("17:59:59", "10:59:59"),
    ],
)
async def test_reading_has_the_time_of_the_server_if_ours_is_an_hour_off(
    home: Home, server: str, read_at: str
) -> None:
    """As it is after a power cut, until Home Assistant knows the time."""
    home.simulator.date = f"Wed, 01 Jul 2026 {server} GMT"
    assert await home.set_up()
    credit = await home.get_credit()
    assert credit["read_at"] == f"2026-07-01T{read_at}-07:00"


async def test_clock_that_is_still_wrong_is_not_taken_at_the_next_reading(
    home: Home,
) -> None:
    """Though nothing has changed."""
    home.simulator.date = "Wed, 01 Jul 2026 22:00:00 GMT"
    assert await home.set_up()
    await home.poll()
    credit = await home.get_credit()
    assert credit["read_at"] == "2026-07-01T15:00:00-07:00"


async def test_clock_that_goes_wrong_later_is_noticed(polled: Home) -> None:
    """At the latest on a day that is not that of the last reading."""
    polled.simulator.date = "Wed, 01 Jul 2026 19:15:00 GMT"
    with polled.clock_wrong_by(120 * DAY):
        await polled.poll()
    credit = await polled.get_credit()
    assert credit["read_at"] == "2026-07-01T12:15:00-07:00"


async def test_time_that_was_ahead_does_not_hide_a_day_without_a_reading(
    polled: Home,
) -> None:
    """That of the event loop, too, by which Home Assistant counts."""
    polled.freezer.tick(120 * DAY)
    await polled.poll()
    polled.freezer.tick(-120 * DAY)
    polled.simulator.fault = FAULTS["503"]
    # The next poll by itself is 120 days away.
    await update_entity(polled.hass)
    await polled.poll(fault="503", after=DAY - SECOND)
    assert not polled.issues()
    await polled.poll(fault="503")
    assert [*polled.issues()] == ["unknown_credit"]


# A wait that the server asks for.


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [
        ("60", INTERVAL),
        ("7200", 2 * HOUR),
        ("1000000000", DAY),
        ("nonsense", INTERVAL),
    ],
)
async def test_next_poll_waits_as_long_as_the_server_asks(
    polled: Home, status: int, retry_after: str, wait: timedelta
) -> None:
    """Within reason: no sooner than usual, and no later than tomorrow."""
    await poll_is_put_off(polled, status, retry_after)
    await polled.poll(after=wait - 2 * SECOND)
    assert not polled.simulator.requests
    await polled.poll(after=4 * SECOND)
    assert polled.state() == "180"


async def test_nobody_can_ask_before_the_wait_is_over(polled: Home) -> None:
    """An automation that has the balance read makes no request, whatever it gets."""
    await poll_is_put_off(polled, 429, "7200")
    for _ in range(23):
        await update_entity(polled.hass)
        await polled.poll(fault="500", after=5 * MINUTE)
    assert not polled.simulator.requests
    await polled.poll(after=5 * MINUTE)
    assert polled.state() == "180"


@pytest.mark.parametrize("is_new", [True, False])
async def test_reload_does_not_end_the_wait(home: Home, is_new: bool) -> None:
    """Neither that of an account that was read before, nor that of a new one."""
    home.simulator.fault = answer(429, Retry_After="7200")
    assert await home.set_up(*([] if is_new else [1])) is not is_new
    home.simulator.requests.clear()

    home.simulator.fault = None
    home.freezer.tick(2 * HOUR - MINUTE)
    await home.reload()
    assert not home.simulator.requests
    home.freezer.tick(MINUTE)
    await home.reload()
    assert home.state() == "180"


async def test_wait_is_that_of_a_token(polled: Home) -> None:
    """Another one may have been entered because of it."""
    await poll_is_put_off(polled, 429, "7200")
    change_token(polled)
    await polled.reload()
    assert polled.state() == "180"


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (FAULTS["503"], MINUTE),
        (answer(503, Retry_After="5"), MINUTE),
        (answer(503, Retry_After="300"), 5 * MINUTE),
    ],
)
async def test_account_that_is_not_read_at_the_start_is_tried_again_soon(
    home: Home, fault: Fault, wait: timedelta
) -> None:
    """Every minute, unless the server asks for more."""
    home.simulator.fault = fault
    assert await home.set_up(1)
    home.simulator.requests.clear()
    await home.poll(after=wait - 2 * SECOND)
    assert not home.simulator.requests
    await home.poll(after=4 * SECOND)
    assert home.state() == "180"


# A token that is refused.


async def begin_reload(home: Home) -> tuple[asyncio.Task[None], asyncio.Event]:
    """Reload the account, whose request is answered once the event is set."""
    home.simulator.hold = answers = asyncio.Event()
    reload = asyncio.create_task(home.reload())
    await request_arrives(home.simulator)
    home.simulator.hold = None
    return reload, answers


def change_token(home: Home) -> None:
    """Make a new key for the account, and enter its token."""
    new = make_token("alice's new key")
    home.simulator.replace_token(home.entry.data[CONF_TOKEN], new)
    home.hass.config_entries.async_update_entry(home.entry, data={CONF_TOKEN: new})


async def test_token_refused_once_is_tried_again_after_a_minute(polled: Home) -> None:
    """A gateway's hiccup does not end the watch, and nobody is asked."""
    await polled.poll(fault="401")
    assert polled.state() == "unavailable"
    await polled.poll(after=MINUTE - 2 * SECOND)
    assert polled.state() == "unavailable"
    await polled.poll(after=3 * SECOND)
    assert polled.state() == "180"
    await polled.poll(fault="401")
    assert not sources(polled)


async def test_token_refused_twice_asks_for_a_new_one_once(polled: Home) -> None:
    """It is read on as usual, and once it is accepted again nobody is asked."""
    await polled.poll(fault="401")
    await polled.poll(fault="401", after=MINUTE + SECOND)
    assert sources(polled) == [SOURCE_REAUTH]
    entry_id = polled.entry.entry_id
    asked = "homeassistant", f"config_entry_reauth_thesmsworks_{entry_id}"
    assert asked in ir.async_get(polled.hass).issues

    polled.simulator.requests.clear()
    for _ in range(4):
        await polled.poll(fault="401")
    assert len(polled.simulator.requests) == 4
    assert sources(polled) == [SOURCE_REAUTH]

    await polled.poll()
    assert polled.state() == "180"
    assert not sources(polled)
    assert asked not in ir.async_get(polled.hass).issues


async def test_token_refused_at_the_start_asks_for_a_new_one_at_once(
    home: Home,
) -> None:
    """An account that was read before is read on, and asks no more once it works."""
    home.account.is_revoked = True
    assert await home.set_up(1)
    assert sources(home) == [SOURCE_REAUTH]

    home.account.is_revoked = False
    await home.poll()
    assert home.state() == "180"
    assert not sources(home)


async def test_form_that_is_left_over_goes_when_the_token_works_at_the_start(
    polled: Home,
) -> None:
    """It was opened for the same token, which a reload tried again."""
    await polled.poll(fault="401")
    await polled.poll(fault="401", after=MINUTE + SECOND)
    polled.simulator.fault = None
    await polled.reload()
    assert not sources(polled)


async def test_token_refused_again_after_another_fault_asks(polled: Home) -> None:
    """Which says nothing of the token."""
    await polled.poll(fault="401")
    await polled.poll(fault="503", after=MINUTE + SECOND)
    assert not sources(polled)
    await polled.poll(fault="401")
    assert sources(polled) == [SOURCE_REAUTH]


async def test_token_refused_again_after_it_has_worked_does_not_ask(
    polled: Home,
) -> None:
    """These are two hiccups, a quarter of an hour apart."""
    await polled.poll(fault="401")
    await polled.poll(after=MINUTE + SECOND)
    await polled.poll(fault="401")
    assert not sources(polled)


async def test_polls_on_demand_within_the_minute_do_not_ask(polled: Home) -> None:
    """However many: they may be one hiccup. The one after it does."""
    polled.simulator.fault = FAULTS["401"]
    for _ in range(5):
        await update_entity(polled.hass)
        await polled.poll(fault="401", after=COOLDOWN)
    assert len(polled.simulator.requests) > 4
    assert not sources(polled)
    await polled.poll(fault="401", after=MINUTE + SECOND)
    assert sources(polled) == [SOURCE_REAUTH]


async def test_poll_on_demand_just_before_the_minute_is_over_does_not_ask(
    polled: Home,
) -> None:
    """By more than the one that follows by itself may be early."""
    await polled.poll(fault="401")
    polled.freezer.tick(58 * SECOND)
    await update_entity(polled.hass)
    assert not sources(polled)


async def test_poll_that_follows_by_itself_asks_though_it_is_early(
    polled: Home,
) -> None:
    """Home Assistant counts the minute from the full second."""
    polled.freezer.tick(0.9)
    await polled.poll(fault="401")
    await polled.poll(fault="401", after=MINUTE - SECOND / 4)
    assert len(polled.simulator.requests) == 3
    assert sources(polled) == [SOURCE_REAUTH]


async def test_clock_that_is_set_back_does_not_put_off_the_asking(
    polled: Home,
) -> None:
    """It was wrong at the first refusal."""
    with polled.clock_wrong_by(500 * DAY):
        await polled.poll(fault="401")
    await polled.poll(fault="401", after=MINUTE + SECOND)
    assert sources(polled) == [SOURCE_REAUTH]


async def test_new_token_during_a_reload_with_the_old_one_ends_the_asking(
    polled: Home,
) -> None:
    """That one is refused when the account already waits for the new one."""
    reload, answers = await begin_reload(polled)
    change_token(polled)
    another = asyncio.create_task(polled.reload())
    await let_others_run()
    answers.set()
    await asyncio.gather(reload, another)

    assert polled.state() == "180"
    assert not sources(polled)


async def test_closing_the_form_for_another_token_does_not_end_the_asking(
    polled: Home,
) -> None:
    """While it is open it asks already."""
    form = await polled.entry.start_reconfigure_flow(polled.hass)
    await polled.poll(fault="401")
    await polled.poll(fault="401", after=MINUTE + SECOND)
    assert sources(polled) == [SOURCE_RECONFIGURE]

    polled.hass.config_entries.flow.async_abort(form["flow_id"])
    await polled.poll(fault="401")
    assert sources(polled) == [SOURCE_REAUTH]


@pytest.mark.parametrize("is_revoked", [False, True])
async def test_account_that_is_disabled_during_its_set_up_can_be_enabled(
    polled: Home, is_revoked: bool
) -> None:
    """And asks for no token meanwhile."""
    polled.account.is_revoked = is_revoked
    reload, answers = await begin_reload(polled)
    disable = asyncio.create_task(polled.disable())
    await let_others_run()
    answers.set()
    await asyncio.gather(reload, disable)
    assert polled.entry.state is ConfigEntryState.NOT_LOADED
    assert not sources(polled)

    polled.account.is_revoked = False
    await polled.enable()
    assert polled.state() == "180"


# A poll that outlives what it was made for.


@asynccontextmanager
async def poll_under_way(
    home: Home, waits_for: str, is_on_demand: bool
) -> AsyncIterator[None]:
    """Have a poll wait for something until the block ends, which it outlives."""
    home.account.credits = 170
    home.simulator.hold = hold = asyncio.Event()
    with slow_disk() as (writes, is_free):
        arrival = asyncio.create_task(request_arrives(home.simulator))
        await asyncio.sleep(0)
        poll: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
        if is_on_demand:
            poll = asyncio.create_task(update_entity(home.hass))
        else:
            home.freezer.tick(INTERVAL + SECOND)
            async_fire_time_changed(home.hass)
        await arrival
        home.simulator.hold = None
        if waits_for != "answer":
            hold.set()
            while not writes.is_set():
                await asyncio.sleep(0)
        yield
        await let_others_run()
        if waits_for == "hung disk":
            home.freezer.tick(UNLOADING)
            await let_others_run()
        is_free.set()
        hold.set()
        await poll
        await home.hass.async_block_till_done(wait_background_tasks=True)


def told_in_the_log(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration wrote to the log for a user, and all tracebacks."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.exc_info
        or (record.name == LOGGER.name and record.levelno > logging.DEBUG)
    ]


outliving = pytest.mark.parametrize(
    ("waits_for", "is_on_demand"),
    [
        (waits_for, is_on_demand)
        for waits_for in ("answer", "disk", "hung disk")
        for is_on_demand in (True, False)
    ],
)


@outliving
async def test_poll_of_an_account_that_is_removed_has_no_effect(
    home: Home, caplog: pytest.LogCaptureFixture, waits_for: str, is_on_demand: bool
) -> None:
    """No file, issue, form or log line comes late, and who waits for it may go on."""
    assert await home.set_up(threshold=175)
    async with poll_under_way(home, waits_for, is_on_demand):
        removal = asyncio.create_task(home.remove())
    await removal
    assert not ledger_file(home.hass, home.entry).exists()
    assert not home.issues()
    assert not sources(home)
    assert not told_in_the_log(caplog)


@outliving
async def test_poll_of_an_account_that_is_disabled_has_no_effect(
    home: Home, caplog: pytest.LogCaptureFixture, waits_for: str, is_on_demand: bool
) -> None:
    """Nobody is warned any more."""
    assert await home.set_up(threshold=175)
    async with poll_under_way(home, waits_for, is_on_demand):
        disabling = asyncio.create_task(home.disable())
    await disabling
    assert home.state() == "unavailable"
    assert not home.issues()
    assert not sources(home)
    assert not told_in_the_log(caplog)


@outliving
async def test_poll_of_an_account_that_is_reloaded_has_no_effect(
    home: Home, caplog: pytest.LogCaptureFixture, waits_for: str, is_on_demand: bool
) -> None:
    """What was used is counted once, and judged by the new options."""
    assert await home.set_up(threshold=175)
    async with poll_under_way(home, waits_for, is_on_demand):
        reload = asyncio.create_task(home.reload(threshold=20))
    await reload
    assert (home.state(), home.state(USED)) == ("170", "10")
    assert home.stored("balance", "credits_used", "level") == [170, 10, "ok"]
    assert not home.issues()
    assert not told_in_the_log(caplog)


@outliving
async def test_poll_with_a_token_that_was_replaced_has_no_effect(
    home: Home, caplog: pytest.LogCaptureFixture, waits_for: str, is_on_demand: bool
) -> None:
    """It is refused by then, but nobody is asked for another one."""
    assert await home.set_up()
    async with poll_under_way(home, waits_for, is_on_demand):
        change_token(home)
        reload = asyncio.create_task(home.reload())
    await reload
    assert (home.state(), home.state(USED)) == ("170", "10")
    assert home.stored("balance", "credits_used") == [170, 10]
    assert not sources(home)
    assert not told_in_the_log(caplog)


async def test_poll_that_waits_for_its_turn_ends_with_the_account(polled: Home) -> None:
    """It makes no request any more."""
    await update_entity(polled.hass)
    await update_entity(polled.hass)
    await polled.unload()
    polled.simulator.requests.clear()

    await polled.poll(after=COOLDOWN)
    assert not polled.simulator.requests


async def test_caller_that_gives_up_waiting_for_an_answer_ends_its_poll(
    polled: Home,
) -> None:
    """As a script does that is stopped. The account is watched as before."""
    polled.simulator.fault = FAULTS["silence"]
    waiting = asyncio.create_task(update_entity(polled.hass))
    await request_arrives(polled.simulator)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await polled.poll(170)
    assert (polled.state(), polled.state(USED)) == ("170", "10")


async def test_caller_that_gives_up_waiting_for_the_disk_loses_no_use(
    polled: Home,
) -> None:
    """What was read is written, and counted once."""
    polled.account.credits = 170
    with slow_disk() as (writes, is_free):
        waiting = asyncio.create_task(update_entity(polled.hass))
        while not writes.is_set():
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        is_free.set()
        await polled.hass.async_block_till_done()
    assert polled.stored("balance", "credits_used") == [170, 10]

    await polled.poll()
    assert (polled.state(), polled.state(USED)) == ("170", "10")


async def test_failure_after_a_poll_that_was_given_up_is_seen(polled: Home) -> None:
    """Else the last balance would be shown as long as the line is down."""
    polled.simulator.fault = FAULTS["silence"]
    waiting = asyncio.create_task(update_entity(polled.hass))
    await request_arrives(polled.simulator)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await polled.poll(0, fault="503")
    assert polled.state() == "unavailable"
    await polled.poll()
    assert polled.state() == "0"


async def test_reloads_at_once_and_polls_between_count_right(polled: Home) -> None:
    """As impatient people and automations cause them."""

    async def use_and_reload() -> None:
        polled.account.drain(1)
        reload = polled.hass.config_entries.async_reload(polled.entry.entry_id)
        await asyncio.gather(update_entity(polled.hass), reload)

    await asyncio.gather(*(use_and_reload() for _ in range(20)))
    await polled.hass.async_block_till_done(wait_background_tasks=True)

    assert polled.entry.state is ConfigEntryState.LOADED
    assert (polled.state(), polled.state(USED)) == ("160", "20")
    assert polled.stored("credits_used") == [20]


# The new day.


@pytest.mark.parametrize(
    ("time_zone", "before", "hours"),
    [
        ("Europe/London", "2026-07-01T00:30:00+01:00", 23.5),
        ("Europe/London", "2026-03-29T00:30:00+00:00", 22.5),
        ("Europe/London", "2026-10-25T00:30:00+01:00", 24.5),
        # There is no midnight: the day begins at 1 o'clock.
        ("America/Santiago", "2026-09-05T00:30:00-04:00", 23.5),
    ],
)
async def test_new_day_begins_at_local_midnight_without_a_request(
    home: Home, time_zone: str, before: str, hours: float
) -> None:
    """Also where polling is turned off, and on days of 23 and 25 hours."""
    home.turn_polling_off()
    await home.hass.config.async_set_time_zone(time_zone)
    home.freezer.move_to(before)
    assert await home.set_up(daily_limit=5)
    await home.poll(170, after=HOUR)
    await update_entity(home.hass)
    home.simulator.requests.clear()

    await home.poll(after=(hours - 1) * HOUR - 2 * SECOND)
    assert (home.state(USED_TODAY), home.state(UNUSUAL)) == ("10", "on")
    await home.poll(after=4 * SECOND)
    assert (home.state(USED_TODAY), home.state(UNUSUAL)) == ("0", "off")
    assert home.state(USED) == "10"
    assert not home.simulator.requests


async def test_balance_that_is_read_at_midnight_is_shown_once_it_is_saved(
    home: Home,
) -> None:
    """With the figures of the new day."""
    home.freezer.move_to("2026-07-01T23:50:00-07:00")
    assert await home.set_up()
    home.freezer.move_to("2026-07-01T23:59:59-07:00")
    home.account.drain(20)
    with slow_disk() as (writes, is_free):
        polling = asyncio.create_task(update_entity(home.hass))
        while not writes.is_set():
            await asyncio.sleep(0)
        home.freezer.tick(2 * SECOND)
        async_fire_time_changed(home.hass)
        await let_others_run()
        assert home.state() == "180"
        is_free.set()
        await polling
    assert (home.state(), home.state(USED_TODAY)) == ("160", "0")
