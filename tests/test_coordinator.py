"""The balance stays right through outages, restarts and a revoked token."""

from datetime import timedelta
import logging

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.thesmsworks.const import LOGGER
from dev.simulator import FAULTS, Account, Simulator, answer, make_token
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.setup import async_setup_component

from .common import BALANCE, outlast, pass_time, set_up, state


@pytest.fixture
async def polled(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator
) -> Simulator:
    """Return the API once the account is set up and its balance was read."""
    assert await set_up(hass, config_entry)
    assert state(hass) == "180"
    return simulator


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

    await pass_time(hass, freezer, timedelta(minutes=1, seconds=1))
    assert state(hass) == "177.5"
    assert [request.path for request in polled.requests] == ["/v1/credits/balance"] * 2


async def test_same_balance_writes_no_state(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, polled: Simulator
) -> None:
    """A poll that brings nothing new costs Home Assistant nothing."""
    changed = async_capture_events(hass, EVENT_STATE_CHANGED)
    before = hass.states.get(BALANCE)

    await pass_time(hass, freezer)

    assert len(polled.requests) == 2
    assert not changed
    after = hass.states.get(BALANCE)
    assert before and after and before.last_reported == after.last_reported


@pytest.mark.parametrize(
    "fault", [name for name in FAULTS if not name.startswith("401")]
)
async def test_fault_shows_no_number_and_passes(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    polled: Simulator,
    account: Account,
    fault: str,
) -> None:
    """The sensor is unavailable as long as it lasts, with a log line at each end."""
    caplog.clear()
    polled.fault = FAULTS[fault]
    for _ in range(3):
        await outlast(pass_time(hass, freezer), polled, freezer)
        assert state(hass) == "unavailable"
    account.drain(1)
    polled.fault = None
    for _ in range(3):
        await pass_time(hass, freezer)
        assert state(hass) == "179"

    lines = [
        record.levelname
        for record in caplog.records
        if record.name == LOGGER.name and record.levelno > logging.DEBUG
    ]
    assert lines == ["ERROR", "INFO"]
    assert not hass.config_entries.flow.async_progress()


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


async def test_revoked_token_asks_for_a_new_one_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    polled: Simulator,
    config_entry: MockConfigEntry,
    token: str,
) -> None:
    """The server is not bothered with a token that it has refused."""
    polled.replace_token(token, make_token("alice's new key"))
    polled.requests.clear()
    for _ in range(4):
        await pass_time(hass, freezer)

    assert state(hass) == "unavailable"
    assert len(polled.requests) == 1
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == config_entry.entry_id


async def test_account_can_be_polled_on_demand(
    hass: HomeAssistant, polled: Simulator, account: Account
) -> None:
    """An automation can ask for the balance, right after it sent texts for example."""
    assert await async_setup_component(hass, HOMEASSISTANT_DOMAIN, {})
    account.drain(10)

    await hass.services.async_call(
        HOMEASSISTANT_DOMAIN, "update_entity", {"entity_id": BALANCE}, blocking=True
    )
    await hass.async_block_till_done()

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
