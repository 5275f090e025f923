"""The life cycle of an account: set up, unload, reload, restart, remove."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, Account, Simulator, make_token
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .common import BALANCE, issues, outlast, pass_time, set_up, state, stored
from .disk import hass_config_dir, hass_storage  # noqa: F401


async def test_account_is_set_up_and_unloaded(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator
) -> None:
    """Its sensor comes and goes with it, and nothing else stays behind."""
    assert await set_up(hass, config_entry)
    assert state(hass) == "180"

    assert await hass.config_entries.async_unload(config_entry.entry_id)
    assert config_entry.state is ConfigEntryState.NOT_LOADED
    assert state(hass) == "unavailable"


async def test_account_is_reloaded(
    hass: HomeAssistant, config_entry: MockConfigEntry, account: Account
) -> None:
    """A reload reads the balance again."""
    assert await set_up(hass, config_entry)
    account.top_up(20)

    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done()

    assert state(hass) == "200"


async def test_account_is_removed(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    config_entry: MockConfigEntry,
) -> None:
    """No entity and no device is left."""
    assert await set_up(hass, config_entry)

    await hass.config_entries.async_remove(config_entry.entry_id)
    await hass.async_block_till_done()

    assert not hass.states.get(BALANCE)
    assert not entity_registry.entities
    assert not device_registry.devices


@pytest.mark.parametrize("fault", ["503", "silence", "null"])
async def test_start_during_a_fault_is_tried_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    fault: str,
) -> None:
    """There is no sensor until there is a balance, and then there is."""
    simulator.fault = FAULTS[fault]

    assert not await outlast(set_up(hass, config_entry), simulator, freezer)
    assert config_entry.state is ConfigEntryState.SETUP_RETRY
    assert config_entry.reason
    assert config_entry.reason.startswith("The SMS Works ")
    assert not hass.states.get(BALANCE)

    simulator.fault = None
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass) == "180"


async def test_start_with_a_revoked_token_asks_for_a_new_one(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator
) -> None:
    """At once: trying again would not help."""
    simulator.fault = FAULTS["401"]

    assert not await set_up(hass, config_entry)

    assert config_entry.state is ConfigEntryState.SETUP_ERROR
    assert config_entry.reason
    assert "no longer accepts the token" in config_entry.reason
    assert len(simulator.requests) == 1
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_several_accounts_live_side_by_side(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """Each has its own device, file and issues, and one's trouble is not the other's."""
    bob = make_token("bob")
    simulator.add_account(bob, 42)
    other = MockConfigEntry(
        domain=DOMAIN, title="The SMS Works 2", data={CONF_TOKEN: bob}
    )
    other.add_to_hass(hass)
    assert await set_up(hass, config_entry)
    simulator.accounts[bob].drain(7)
    del simulator.accounts[config_entry.data[CONF_TOKEN]]
    await pass_time(hass, freezer)

    assert state(hass) == "unavailable"
    assert state(hass, "sensor.the_sms_works_2_credit_balance") == "35"
    assert [*issues(hass, other)] == ["low_credit"]
    assert not issues(hass, config_entry)

    await hass.config_entries.async_remove(config_entry.entry_id)
    assert stored(hass, other)["credits_used"] == 7
    assert [*issues(hass, other)] == ["low_credit"]
