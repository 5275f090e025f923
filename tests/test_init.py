"""The life cycle of an account: set up, unload, reload, restart, remove."""

from errno import ENOSPC

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.coordinator import DATA_WAIT_UNTIL
from dev.simulator import FAULTS, answer, make_token
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .common import (
    ALERT,
    BALANCE,
    INTERVAL,
    READ_NOW,
    USED,
    Home,
    disk_does,
    issues,
    ledger_file,
    outlast,
    pass_time,
    set_up,
    state,
    stored,
)


async def test_account_is_set_up_and_unloaded(home: Home) -> None:
    """Its entities come and go with it."""
    assert await home.set_up()
    assert home.state() == "180"

    await home.unload()
    assert home.entry.state is ConfigEntryState.NOT_LOADED
    assert {found.state for found in home.hass.states.async_all()} == {"unavailable"}


async def test_account_is_reloaded(home: Home) -> None:
    """A reload reads the balance again."""
    assert await home.set_up()
    home.account.top_up(20)
    await home.reload()
    assert home.state() == "200"


async def test_account_that_is_removed_leaves_no_token_in_memory(home: Home) -> None:
    """Though the server had asked to wait with it."""
    assert await home.set_up()
    home.simulator.fault = answer(429, Retry_After="7200")
    await pass_time(home.hass, home.freezer)
    token = home.entry.data[CONF_TOKEN]
    assert token in home.hass.data[DATA_WAIT_UNTIL]
    await home.remove()
    assert token not in home.hass.data[DATA_WAIT_UNTIL]


async def test_account_is_removed(
    home: Home,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """No entity, device or file is left, and it begins anew if it is added again."""
    assert await home.set_up()
    await home.poll(170)
    await home.remove()
    assert not home.hass.states.get(BALANCE)
    assert not entity_registry.entities
    assert not device_registry.devices
    assert not ledger_file(home.hass, home.entry).exists()

    home.entry.add_to_hass(home.hass)
    assert await set_up(home.hass, home.entry)
    assert (home.state(), home.state(USED)) == ("170", "0")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("503", "The SMS Works is not working at the moment (HTTP 503)"),
        ("silence", "The SMS Works did not answer within 10 seconds"),
        ("null", "The SMS Works answered, but not with a credit balance (HTTP 200)"),
    ],
)
async def test_start_of_a_new_account_during_a_fault_is_tried_again(
    home: Home, fault: str, reason: str
) -> None:
    """There is no sensor until there is a balance, and then there is."""
    home.simulator.fault = FAULTS[fault]
    assert not await outlast(home.set_up(), home.simulator, home.freezer)
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    assert home.entry.reason == reason
    assert not home.hass.states.get(BALANCE)

    await home.poll(after=INTERVAL)
    assert home.state() == "180"


async def test_start_of_a_new_account_with_a_revoked_token_asks_for_a_new_one(
    home: Home,
) -> None:
    """At once: trying again would not help."""
    home.simulator.fault = FAULTS["401"]
    assert not await home.set_up()
    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    assert home.entry.reason
    assert "no longer accepts the token" in home.entry.reason
    assert len(home.simulator.requests) == 1
    [flow] = home.hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


@pytest.mark.parametrize("fault", ["503", "reset"])
async def test_account_that_was_read_before_is_set_up_during_a_fault(
    home: Home, fault: str
) -> None:
    """Without figures, but with what tells that it is not known."""
    home.simulator.fault = FAULTS[fault]
    assert await home.set_up(4, 5)
    shown = home.hass.states.async_all(("sensor", "binary_sensor"))
    assert {found.state for found in shown} == {"unavailable"}
    assert home.state(ALERT) == "unknown"
    assert home.state(READ_NOW) == "unknown"


async def test_account_whose_file_cannot_be_used_is_not_set_up(home: Home) -> None:
    """It could be counted from 0 again, but nobody said that it should."""
    ledger_file(home.hass, home.entry).mkdir(parents=True)
    assert not await home.set_up()
    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    assert not home.simulator.requests


async def test_account_is_restarted_where_it_was(home: Home) -> None:
    """What was used while Home Assistant was off is counted."""
    assert await home.set_up()
    await home.poll(170)
    await home.stop()
    home.account.drain(5)
    assert await home.set_up()
    assert (home.state(), home.state(USED)) == ("165", "15")


async def test_what_a_full_disk_did_not_take_is_written_at_the_stop(
    home: Home,
) -> None:
    """Of each account, if there is room by then."""

    def is_full() -> None:
        raise OSError(ENOSPC, "No space left on device")

    assert await home.set_up()
    with disk_does(is_full):
        await home.poll(170)
    assert home.state() == "170"
    assert home.stored("balance") == [180]
    await home.stop()
    assert home.stored("balance", "credits_used") == [170, 10]


async def test_several_accounts_live_side_by_side(home: Home) -> None:
    """Each has its own device, file and issues, and one's trouble is not the other's."""
    bob = make_token("bob")
    home.simulator.add_account(bob, 42)
    other = MockConfigEntry(
        domain=DOMAIN, title="The SMS Works 2", data={CONF_TOKEN: bob}
    )
    other.add_to_hass(home.hass)
    assert await home.set_up()
    home.simulator.accounts[bob].drain(7)
    del home.simulator.accounts[home.entry.data[CONF_TOKEN]]
    await home.poll()

    assert home.state() == "unavailable"
    assert state(home.hass, "sensor.the_sms_works_2_credit_balance") == "35"
    assert [*issues(home.hass, other)] == ["low_credit"]
    assert not home.issues()

    await home.remove()
    assert stored(home.hass, other)["credits_used"] == 7
    assert [*issues(home.hass, other)] == ["low_credit"]


async def test_renaming_an_account_leaves_the_others_alone(
    home: Home, device_registry: dr.DeviceRegistry
) -> None:
    """Each device follows its own entry."""
    bob = make_token("bob")
    home.simulator.add_account(bob)
    other = MockConfigEntry(domain=DOMAIN, title="Bob's", data={CONF_TOKEN: bob})
    other.add_to_hass(home.hass)
    assert await home.set_up()
    home.hass.config_entries.async_update_entry(other, title="Bob's shop")
    names = {device.name for device in device_registry.devices}
    assert names == {"The SMS Works", "Bob's shop"}
