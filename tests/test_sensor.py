"""What a user sees of an account, and its figures."""

from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from dev.simulator import FAULTS, Account, Simulator
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.json import json_loads

from .common import (
    DAYS_LEFT,
    LOW,
    USED,
    USED_TODAY,
    pass_time,
    set_up,
    state,
    store,
    update_entity,
)
from .disk import hass_config_dir, hass_storage  # noqa: F401


async def test_entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    config_entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every entity with its name, unit and state."""
    assert await set_up(hass, config_entry)

    for entity in er.async_entries_for_config_entry(
        entity_registry, config_entry.entry_id
    ):
        found = hass.states.get(entity.entity_id)
        assert found
        shown = json_loads(found.as_dict_json)
        assert shown == snapshot(
            name=entity.unique_id,
            exclude=props("context", "last_changed", "last_reported", "last_updated"),
        )


async def test_device(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    config_entry: MockConfigEntry,
) -> None:
    """The account is a service that leads to its page at the provider."""
    assert await set_up(hass, config_entry)

    [device] = dr.async_entries_for_config_entry(device_registry, config_entry.entry_id)
    assert (device.name, device.manufacturer) == ("The SMS Works", "The SMS Works")
    assert device.model == "SMS account"
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.configuration_url == "https://thesmsworks.co.uk/user/login"


async def test_use_is_counted_and_a_top_up_is_not(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """In total and today."""
    freezer.move_to("2026-07-01T12:00:00+00:00")
    assert await set_up(hass, config_entry)
    for used, topped_up in ((2.5, 0), (0, 100), (0.1, 0)):
        account.drain(used)
        account.top_up(topped_up)
        await pass_time(hass, freezer)

    assert (state(hass), state(hass, USED)) == ("277.4", "2.6")
    assert state(hass, USED_TODAY) == "2.6"


@pytest.mark.parametrize(
    ("before", "hours"),
    [
        ("2026-07-01T15:00:00+01:00", 9),
        ("2026-03-28T23:00:00+00:00", 1),
        ("2026-03-29T00:30:00+00:00", 22.5),
        ("2026-10-25T00:30:00+01:00", 24.5),
    ],
)
async def test_used_today_begins_at_local_midnight(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
    before: str,
    hours: float,
) -> None:
    """Without a poll, and on days of 23 and 25 hours, too."""
    await hass.config.async_set_time_zone("Europe/London")
    freezer.move_to(datetime.fromisoformat(before))
    hass.config_entries.async_update_entry(config_entry, pref_disable_polling=True)
    assert await set_up(hass, config_entry)
    account.drain(10)
    await update_entity(hass)

    await pass_time(hass, freezer, timedelta(hours=hours, seconds=-5))
    assert state(hass, USED_TODAY) == "10"
    await pass_time(hass, freezer, timedelta(seconds=6))
    assert state(hass, USED_TODAY) == "0"
    assert state(hass, USED) == "10"


async def test_midnight_brings_no_figure_of_an_account_that_is_not_read(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """What is not known stays unavailable."""
    assert await set_up(hass, config_entry)
    simulator.fault = FAULTS["503"]
    await pass_time(hass, freezer)
    await pass_time(hass, freezer, timedelta(days=1))
    figures = {state(hass, entity_id) for entity_id in (USED_TODAY, DAYS_LEFT, LOW)}
    assert figures == {"unavailable"}


async def test_days_left_are_known_after_a_week(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """And count down to 0."""
    store(hass, config_entry, *[20] * 6)
    assert await set_up(hass, config_entry)
    assert state(hass, DAYS_LEFT) == "unknown"

    assert await hass.config_entries.async_unload(config_entry.entry_id)
    store(hass, config_entry, *[20] * 7)
    assert await set_up(hass, config_entry)
    assert state(hass, DAYS_LEFT) == "9"

    account.credits = 0
    await pass_time(hass, freezer)
    assert state(hass, DAYS_LEFT) == "0"
