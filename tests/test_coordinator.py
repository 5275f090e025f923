"""When the balance is read, and what becomes of a poll whose account has gone on."""

import asyncio
from datetime import timedelta
import logging

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.thesmsworks.const import LOGGER
from custom_components.thesmsworks.coordinator import SMSWorksCoordinator
from dev.simulator import FAULTS, answer, make_token
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.update_coordinator import UpdateFailed

from .common import (
    INTERVAL,
    USED,
    Home,
    ledger_file,
    let_others_run,
    pass_time,
    request_arrives,
    slow_disk,
    update_entity,
)
from .disk import hass_config_dir, hass_storage  # noqa: F401

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1, seconds=1)
COOLDOWN = timedelta(seconds=11)  # Of polls on demand.
UNLOADING = timedelta(seconds=11)  # Home Assistant waits no longer for a disk.


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


async def test_balance_is_read_every_15_minutes(polled: Home) -> None:
    """No sooner, no later, and without another request."""
    await polled.poll(177.5, after=timedelta(minutes=14))
    assert polled.state() == "180"

    await polled.poll(after=MINUTE)
    assert polled.state() == "177.5"
    paths = [request.path for request in polled.simulator.requests]
    assert paths == ["/v1/credits/balance"] * 2


async def test_same_balance_writes_no_state(polled: Home) -> None:
    """A poll that brings nothing new costs Home Assistant nothing."""
    times = [found.last_reported for found in polled.hass.states.async_all()]
    await polled.poll()
    assert len(polled.simulator.requests) == 2
    assert [found.last_reported for found in polled.hass.states.async_all()] == times


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "hours"),
    [("60", 0.25), ("7200", 2), ("1000000000", 24), ("nonsense", 0.25)],
)
async def test_next_poll_waits_as_long_as_the_server_asks(
    polled: Home, status: int, retry_after: str, hours: float
) -> None:
    """Within reason: no sooner than usual, and no later than tomorrow."""
    polled.simulator.fault = answer(status, Retry_After=retry_after)
    await pass_time(polled.hass, polled.freezer)
    polled.simulator.requests.clear()

    await polled.poll(after=timedelta(hours=hours) - 10 * SECOND)
    assert not polled.simulator.requests
    await polled.poll(after=12 * SECOND)
    assert polled.state() == "180"


@pytest.mark.parametrize(("retry_after", "waits"), [("5", 5), ("1000000000", 86400)])
async def test_first_poll_is_tried_again_when_the_server_asks(
    home: Home, retry_after: str, waits: float
) -> None:
    """As it says, which Home Assistant 2026.11 and newer follow at the start, too."""
    home.simulator.fault = answer(503, Retry_After=retry_after)
    coordinator = SMSWorksCoordinator(home.hass, home.entry)
    await coordinator.async_refresh()

    assert isinstance(coordinator.last_exception, UpdateFailed)
    assert coordinator.last_exception.retry_after == waits


async def test_polling_can_be_left_to_automations(home: Home) -> None:
    """Home Assistant's own option to disable polling is honoured."""
    home.hass.config_entries.async_update_entry(home.entry, pref_disable_polling=True)
    assert await home.set_up()
    await home.poll(170, after=timedelta(days=1))
    assert home.state() == "180"

    await update_entity(home.hass)
    assert home.state() == "170"


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
    await polled.poll(after=58 * SECOND)
    assert polled.state() == "unavailable"
    await polled.poll(after=3 * SECOND)
    assert polled.state() == "180"
    await polled.poll(fault="401")
    assert not sources(polled)


async def test_token_refused_twice_asks_for_a_new_one_once(polled: Home) -> None:
    """It is read on as usual, and once it is accepted again nobody is asked."""
    await polled.poll(fault="401")
    await polled.poll(fault="401", after=MINUTE)
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


async def test_token_refused_again_after_another_fault_asks(polled: Home) -> None:
    """Which says nothing of the token."""
    for fault, after in (("401", INTERVAL), ("503", MINUTE), ("401", INTERVAL)):
        assert not sources(polled)
        await polled.poll(fault=fault, after=after + SECOND)
    assert sources(polled) == [SOURCE_REAUTH]


async def test_polls_on_demand_within_the_minute_do_not_ask(polled: Home) -> None:
    """However many: they may be one hiccup. The one after it does."""
    polled.simulator.fault = FAULTS["401"]
    for _ in range(5):
        await update_entity(polled.hass)
        await polled.poll(fault="401", after=COOLDOWN)
    assert len(polled.simulator.requests) > 4
    assert not sources(polled)
    await polled.poll(fault="401", after=MINUTE)
    assert sources(polled) == [SOURCE_REAUTH]


async def test_clock_that_goes_back_does_not_end_the_asking(polled: Home) -> None:
    """It was wrong at the first refusal."""
    await polled.poll(fault="401")
    polled.freezer.move_to("2025-01-01T12:00:00-08:00")
    await update_entity(polled.hass)
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
    await polled.poll(fault="401", after=MINUTE)
    assert sources(polled) == [SOURCE_RECONFIGURE]

    polled.hass.config_entries.flow.async_abort(form["flow_id"])
    await polled.poll(fault="401")
    assert sources(polled) == [SOURCE_REAUTH]


# A poll that outlives what it was made for.


async def change(home: Home, what: str) -> None:
    """Do what a user does to an account meanwhile."""
    entries, entry_id = home.hass.config_entries, home.entry.entry_id
    if what == "remove":
        await entries.async_remove(entry_id)
    elif what == "disable":
        await entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    else:
        if what == "token":
            change_token(home)
        await home.reload(threshold=20)


@pytest.mark.parametrize("is_revoked", [False, True])
async def test_account_that_is_disabled_during_its_set_up_can_be_enabled(
    polled: Home, is_revoked: bool
) -> None:
    """And asks for no token meanwhile."""
    polled.account.is_revoked = is_revoked
    reload, answers = await begin_reload(polled)
    disable = asyncio.create_task(change(polled, "disable"))
    await let_others_run()
    answers.set()
    await asyncio.gather(reload, disable)
    assert polled.entry.state is ConfigEntryState.NOT_LOADED
    assert not sources(polled)

    polled.account.is_revoked = False
    entries, entry_id = polled.hass.config_entries, polled.entry.entry_id
    assert await entries.async_set_disabled_by(entry_id, None)
    await polled.hass.async_block_till_done()
    assert polled.state() == "180"


@pytest.mark.parametrize("is_on_demand", [True, False])
@pytest.mark.parametrize("waits_for", ["answer", "disk", "hung disk"])
@pytest.mark.parametrize("what", ["remove", "disable", "threshold", "token"])
async def test_poll_has_no_effect_on_what_comes_after_it(
    polled: Home,
    caplog: pytest.LogCaptureFixture,
    what: str,
    waits_for: str,
    is_on_demand: bool,
) -> None:
    """No file, issue, form or log line comes late, and who waits for it may go on."""
    home, hass = polled, polled.hass
    await update_entity(hass)
    await home.poll(after=COOLDOWN)
    caplog.clear()
    home.account.credits = 30
    home.simulator.hold = hold = asyncio.Event()
    with slow_disk() as (writes, is_free):
        arrival = asyncio.create_task(request_arrives(home.simulator))
        await asyncio.sleep(0)
        poll: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
        if is_on_demand:
            poll = asyncio.create_task(update_entity(hass))
        else:
            home.freezer.tick(INTERVAL + MINUTE)
            async_fire_time_changed(hass)
        await arrival
        home.simulator.hold = None
        if waits_for != "answer":
            hold.set()
            while not writes.is_set():
                await asyncio.sleep(0)
        changing = asyncio.create_task(change(home, what))
        await let_others_run()
        if waits_for == "hung disk":
            home.freezer.tick(UNLOADING)
            await let_others_run()
        is_free.set()
        hold.set()
        await changing
        await poll
        await hass.async_block_till_done(wait_background_tasks=True)

    assert not home.issues()
    assert not sources(home)
    assert not [
        line.getMessage()
        for line in caplog.records
        if line.levelno > (logging.DEBUG if line.name == LOGGER.name else logging.INFO)
        and line.name != "asyncio"
        and waits_for != "hung disk"  # Which Home Assistant itself tells of.
    ]
    if what == "remove":
        assert not ledger_file(hass, home.entry).exists()
    elif what != "disable":
        assert (home.state(), home.state(USED)) == ("30", "150")
        stored = home.stored("credit_balance", "credits_used", "threshold")
        assert stored == [30, 150, 20]


async def test_poll_that_waits_for_its_turn_ends_with_the_account(polled: Home) -> None:
    """It makes no request any more."""
    await update_entity(polled.hass)
    await update_entity(polled.hass)
    await polled.unload()
    polled.simulator.requests.clear()

    await polled.poll(after=COOLDOWN)
    assert not polled.simulator.requests


@pytest.mark.parametrize("is_saving", [False, True])
async def test_caller_that_gives_up_ends_its_poll(
    polled: Home, is_saving: bool
) -> None:
    """As a script does that is stopped, and the account is watched as before."""
    polled.account.credits = 30
    polled.simulator.fault = None if is_saving else FAULTS["silence"]
    with slow_disk() as (writes, is_free):
        waiting = asyncio.create_task(update_entity(polled.hass))
        await request_arrives(polled.simulator)
        while is_saving and not writes.is_set():
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        is_free.set()
        await polled.hass.async_block_till_done()

    await polled.poll()
    assert polled.state() == "30"
    assert polled.issues().keys() == {"low_credit"}


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


async def test_poll_that_is_saved_over_midnight_is_followed_by_one(home: Home) -> None:
    """At the next one, and nothing of it is shown before it is saved."""
    home.freezer.move_to("2026-07-01T23:45:00-07:00")
    assert await home.set_up()
    home.freezer.move_to("2026-07-01T23:59:59-07:00")
    home.account.drain(20)
    with slow_disk() as (writes, is_free):
        polling = asyncio.create_task(update_entity(home.hass))
        while not writes.is_set():
            await asyncio.sleep(0)
        home.freezer.move_to("2026-07-02T00:00:01-07:00")
        async_fire_time_changed(home.hass)
        await let_others_run()
        assert home.state() == "180"
        is_free.set()
        await polling
    assert home.state() == "160"
    await home.poll(after=3 * SECOND)
    assert (home.state(), home.state("sensor.the_sms_works_used_today")) == ("160", "0")


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
