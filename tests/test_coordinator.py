"""When the balance is read, and what becomes of a poll whose account has gone on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import logging
from threading import Event

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.thesmsworks.const import LOGGER
from custom_components.thesmsworks.coordinator import SMSWorksCoordinator
from dev.simulator import FAULTS, Account, Simulator, answer, make_token
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.update_coordinator import UpdateFailed

from .common import (
    INTERVAL,
    USED,
    disk_does,
    issues,
    ledger_file,
    let_others_run,
    outlast,
    pass_time,
    request_arrives,
    set_up,
    state,
    stored,
    update_entity,
)
from .disk import hass_config_dir, hass_storage  # noqa: F401

type Step = Callable[[HomeAssistant, MockConfigEntry, Simulator], Awaitable[object]]

MINUTE = timedelta(minutes=1, seconds=1)
UNLOADING = timedelta(seconds=11)  # Home Assistant waits no longer for a disk.


@pytest.fixture
async def polled(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> Simulator:
    """Return the API once the account is set up and its balance was read, at noon."""
    freezer.move_to("2026-07-01T12:00:00-07:00")
    assert await set_up(hass, config_entry)
    assert state(hass) == "180"
    return simulator


def sources(hass: HomeAssistant) -> list[str]:
    """Return what the forms that are open were opened for."""
    return [
        flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()
    ]


async def test_balance_is_read_every_15_minutes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    account: Account,
) -> None:
    """No sooner, no later, and without another request."""
    account.drain(2.5)
    await pass_time(hass, freezer, timedelta(minutes=14))
    assert state(hass) == "180"

    await pass_time(hass, freezer, MINUTE)
    assert state(hass) == "177.5"
    assert [request.path for request in polled.requests] == ["/v1/credits/balance"] * 2


async def test_same_balance_writes_no_state(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, polled: Simulator
) -> None:
    """A poll that brings nothing new costs Home Assistant nothing."""
    times = [found.last_reported for found in hass.states.async_all()]

    await pass_time(hass, freezer)

    assert len(polled.requests) == 2
    assert [found.last_reported for found in hass.states.async_all()] == times


@pytest.mark.parametrize("fault", ["503", "reset", "null"])
async def test_fault_shows_no_number_and_passes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    polled: Simulator,
    account: Account,
    fault: str,
) -> None:
    """Figures are unavailable as long as it lasts, with a log line at each end."""
    caplog.clear()
    polled.fault = FAULTS[fault]
    for _ in range(3):
        await outlast(pass_time(hass, freezer), polled, freezer)
        figures = [
            found.state
            for found in hass.states.async_all()
            if found.domain.endswith("sensor")
        ]
        assert figures == ["unavailable"] * 6
    account.drain(1)
    polled.fault = None
    for _ in range(3):
        await pass_time(hass, freezer)
        assert state(hass) == "179"

    lines = [line for line in caplog.records if line.name == LOGGER.name]
    levels = [line.levelname for line in lines if line.levelno > logging.DEBUG]
    assert levels == ["ERROR", "INFO"]
    assert not sources(hass)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        ("60", timedelta(minutes=15)),
        ("7200", timedelta(hours=2)),
        ("1000000000", timedelta(hours=24)),
        ("nonsense", timedelta(minutes=15)),
    ],
)
async def test_next_poll_waits_as_long_as_the_server_asks(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    status: int,
    retry_after: str,
    waits: timedelta,
) -> None:
    """Within reason: no sooner than usual, and no later than tomorrow."""
    polled.fault = answer(status, Retry_After=retry_after)
    await pass_time(hass, freezer)
    polled.fault = None
    polled.requests.clear()

    await pass_time(hass, freezer, waits - timedelta(seconds=10))
    assert not polled.requests
    await pass_time(hass, freezer, timedelta(seconds=12))
    assert len(polled.requests) == 1
    assert state(hass) == "180"


@pytest.mark.parametrize(("retry_after", "waits"), [("5", 5), ("1000000000", 86400)])
async def test_first_poll_is_tried_again_when_the_server_asks(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    retry_after: str,
    waits: float,
) -> None:
    """As it says, which Home Assistant 2026.11 and newer follow at the start, too."""
    simulator.fault = answer(503, Retry_After=retry_after)
    coordinator = SMSWorksCoordinator(hass, config_entry)
    await coordinator.async_refresh()

    assert isinstance(coordinator.last_exception, UpdateFailed)
    assert coordinator.last_exception.retry_after == waits


async def test_account_can_be_polled_on_demand(
    hass: HomeAssistant, polled: Simulator, account: Account
) -> None:
    """An automation can ask for the balance, right after it sent texts for example."""
    account.drain(10)
    await update_entity(hass)
    assert state(hass) == "170"


async def test_polling_can_be_left_to_automations(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """Home Assistant's own option to disable polling is honoured."""
    hass.config_entries.async_update_entry(config_entry, pref_disable_polling=True)
    assert await set_up(hass, config_entry)

    await pass_time(hass, freezer, timedelta(days=1))

    assert len(simulator.requests) == 1


async def test_account_without_entities_is_watched(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entity_registry: er.EntityRegistry,
    polled: Simulator,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """Its use is counted, and it warns, though all of its entities are disabled."""
    for entity_id in list(entity_registry.entities):
        entity_registry.async_update_entity(
            entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    assert not hass.states.async_all()

    account.drain(150)
    await pass_time(hass, freezer)

    assert stored(hass, config_entry)["used"] == 150
    assert "low_credit" in issues(hass, config_entry)


# A token that is refused.


async def test_token_refused_once_is_tried_again_after_a_minute(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, polled: Simulator
) -> None:
    """A gateway's hiccup does not end the watch, and nobody is asked."""
    polled.fault = FAULTS["401"]
    await pass_time(hass, freezer)
    assert state(hass) == "unavailable"
    polled.fault = None

    await pass_time(hass, freezer, timedelta(seconds=58))
    assert state(hass) == "unavailable"
    await pass_time(hass, freezer, timedelta(seconds=3))
    assert state(hass) == "180"
    assert not sources(hass)


async def test_token_refused_twice_asks_for_a_new_one_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    config_entry: MockConfigEntry,
) -> None:
    """It is read on as usual, and once it is accepted again nobody is asked."""
    polled.fault = FAULTS["401"]
    await pass_time(hass, freezer)
    await pass_time(hass, freezer, MINUTE)
    assert sources(hass) == [SOURCE_REAUTH]
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["entry_id"] == config_entry.entry_id
    asked = "homeassistant", f"config_entry_reauth_thesmsworks_{config_entry.entry_id}"
    assert asked in ir.async_get(hass).issues

    polled.requests.clear()
    for _ in range(4):
        await pass_time(hass, freezer)
    assert len(polled.requests) == 4
    assert sources(hass) == [SOURCE_REAUTH]

    polled.fault = None
    await pass_time(hass, freezer)
    assert state(hass) == "180"
    assert not sources(hass)
    assert asked not in ir.async_get(hass).issues


async def test_token_refused_again_after_another_fault_asks(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, polled: Simulator
) -> None:
    """Which says nothing of the token."""
    for fault, time in (("401", INTERVAL), ("503", MINUTE), ("401", INTERVAL)):
        assert not sources(hass)
        polled.fault = FAULTS[fault]
        await pass_time(hass, freezer, time + timedelta(seconds=1))
    assert sources(hass) == [SOURCE_REAUTH]


async def test_two_hiccups_with_a_reading_between_do_not_ask(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, polled: Simulator
) -> None:
    """Each is a first one."""
    for fault in ("401", None, "401"):
        polled.fault = FAULTS[fault] if fault else None
        await pass_time(hass, freezer)
    assert not sources(hass)


async def test_polls_on_demand_within_the_minute_do_not_ask(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, polled: Simulator
) -> None:
    """However many: they may be one hiccup. The one after it does."""
    polled.fault = FAULTS["401"]
    for _ in range(5):
        await update_entity(hass)
        await pass_time(hass, freezer, timedelta(seconds=11))
    assert len(polled.requests) > 4
    assert not sources(hass)
    await pass_time(hass, freezer, MINUTE)
    assert sources(hass) == [SOURCE_REAUTH]


async def test_closing_the_form_for_another_token_does_not_end_the_asking(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    config_entry: MockConfigEntry,
) -> None:
    """While it is open it asks already."""
    form = await config_entry.start_reconfigure_flow(hass)
    polled.fault = FAULTS["401"]
    await pass_time(hass, freezer)
    await pass_time(hass, freezer, MINUTE)
    assert sources(hass) == [SOURCE_RECONFIGURE]

    hass.config_entries.flow.async_abort(form["flow_id"])
    await pass_time(hass, freezer)
    assert sources(hass) == [SOURCE_REAUTH]


# A poll that outlives what it was made for.


async def remove(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Remove the account."""
    await hass.config_entries.async_remove(entry.entry_id)


async def disable(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Disable the account."""
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )


async def change_threshold(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Set a threshold that the balance is above."""
    hass.config_entries.async_update_entry(entry, options={"threshold": 20})
    await hass.config_entries.async_reload(entry.entry_id)


async def change_token(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Use the token of a new key, so that the old one is refused."""
    token, new = entry.data[CONF_TOKEN], make_token("alice's new key")
    simulator.replace_token(token, new)
    hass.config_entries.async_update_entry(entry, data={CONF_TOKEN: new})
    await change_threshold(hass, entry, simulator)


@pytest.mark.parametrize("is_on_demand", [True, False])
@pytest.mark.parametrize("waits_for", ["answer", "disk", "hung disk"])
@pytest.mark.parametrize("step", [remove, disable, change_threshold, change_token])
async def test_poll_has_no_effect_on_what_comes_after_it(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    polled: Simulator,
    config_entry: MockConfigEntry,
    account: Account,
    step: Step,
    waits_for: str,
    is_on_demand: bool,
) -> None:
    """No file, issue, form or log line comes late, and who waits for it may go on."""
    await update_entity(hass)
    await pass_time(hass, freezer, timedelta(seconds=11))
    caplog.clear()
    account.drain(150)
    polled.hold = hold = asyncio.Event()
    writes, is_free = Event(), Event()

    def is_slow() -> None:
        writes.set()
        assert is_free.wait(30)

    with disk_does(is_slow):
        arrival = asyncio.create_task(request_arrives(polled))
        await asyncio.sleep(0)
        poll: asyncio.Future[None] = asyncio.ensure_future(asyncio.sleep(0))
        if is_on_demand:
            poll = asyncio.create_task(update_entity(hass))
        else:
            freezer.tick(INTERVAL + MINUTE)
            async_fire_time_changed(hass)
        await arrival
        polled.hold = None
        if waits_for != "answer":
            hold.set()
            while not writes.is_set():
                await asyncio.sleep(0)
        change = asyncio.ensure_future(step(hass, config_entry, polled))
        await let_others_run()
        if waits_for == "hung disk":
            freezer.tick(UNLOADING)
            await let_others_run()
        is_free.set()
        await change
        await poll
        hold.set()
        await hass.async_block_till_done(wait_background_tasks=True)

    assert not issues(hass, config_entry)
    assert not sources(hass)
    assert not [
        line.getMessage()
        for line in caplog.records
        if line.levelno > (logging.DEBUG if line.name == LOGGER.name else logging.INFO)
        and line.name != "asyncio"
        and waits_for != "hung disk"  # Which Home Assistant itself tells of.
    ]
    if step is remove:
        assert not ledger_file(hass, config_entry).exists()
    elif step is not disable:
        assert (state(hass), state(hass, USED)) == ("30", "150")
        kept = stored(hass, config_entry)
        assert [kept[key] for key in ("balance", "used", "threshold")] == [30, 150, 20]


async def test_poll_that_waits_for_its_turn_ends_with_the_account(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    config_entry: MockConfigEntry,
) -> None:
    """It makes no request any more."""
    await update_entity(hass)
    await update_entity(hass)
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    polled.requests.clear()

    await pass_time(hass, freezer, timedelta(seconds=11))
    assert not polled.requests


async def test_caller_that_gives_up_ends_its_poll(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    account: Account,
) -> None:
    """As a script does that is stopped, and the account is watched as before."""
    polled.fault = FAULTS["silence"]
    waiting = asyncio.create_task(update_entity(hass))
    await request_arrives(polled)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    polled.fault = None
    account.drain(1)
    await pass_time(hass, freezer)
    assert state(hass) == "179"


async def test_reloads_at_once_and_polls_between_count_right(
    hass: HomeAssistant,
    polled: Simulator,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """As impatient people and automations cause them."""

    async def use_and_reload() -> None:
        account.drain(1)
        await asyncio.gather(
            update_entity(hass), hass.config_entries.async_reload(config_entry.entry_id)
        )

    await asyncio.gather(*(use_and_reload() for _ in range(20)))
    await hass.async_block_till_done(wait_background_tasks=True)

    assert config_entry.state is ConfigEntryState.LOADED
    assert (state(hass), state(hass, USED)) == ("160", "20")
    assert stored(hass, config_entry)["used"] == 20


@pytest.mark.parametrize("jump", [timedelta(days=-366), timedelta(days=366)])
async def test_clock_that_is_wrong_for_a_while_changes_no_total(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    account: Account,
    jump: timedelta,
) -> None:
    """As on a computer without a battery."""
    for time in (jump, -jump):
        account.drain(10)
        freezer.tick(time)
        await update_entity(hass)
        await pass_time(hass, freezer, timedelta(seconds=11))
    assert (state(hass), state(hass, USED)) == ("160", "20")
