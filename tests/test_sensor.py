"""What a user sees of an account, and its figures."""

from datetime import datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.json import json_loads

from .common import DAYS_LEFT, INTERVAL, USED, USED_TODAY, Home, update_entity
from .disk import hass_config_dir, hass_storage  # noqa: F401


async def test_entities(
    home: Home, entity_registry: er.EntityRegistry, snapshot: SnapshotAssertion
) -> None:
    """Every entity with its name, unit and state."""
    assert await home.set_up()

    for entity in entity_registry.entities.values():
        found = home.hass.states.get(entity.entity_id)
        assert found
        shown = json_loads(found.as_dict_json)
        assert shown == snapshot(
            name=entity.unique_id,
            exclude=props("context", "last_changed", "last_reported", "last_updated"),
        )


async def test_days_are_shown_without_decimals(
    home: Home, entity_registry: er.EntityRegistry
) -> None:
    """Whatever Home Assistant shows of other durations."""
    assert await home.set_up()
    entity = entity_registry.async_get(DAYS_LEFT)
    assert entity
    assert entity.options["sensor"]["suggested_display_precision"] == 0


async def test_device(home: Home, device_registry: dr.DeviceRegistry) -> None:
    """The account is a service that leads to its page at the provider."""
    assert await home.set_up()

    [device] = dr.async_entries_for_config_entry(device_registry, home.entry.entry_id)
    assert (device.name, device.manufacturer) == ("The SMS Works", "The SMS Works")
    assert device.model == "SMS account"
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.configuration_url == "https://thesmsworks.co.uk/user/login"


@pytest.mark.parametrize(
    ("before", "hours"),
    [
        ("2026-07-01T15:00:00+01:00", 9),
        ("2026-03-29T00:30:00+00:00", 22.5),
        ("2026-10-25T00:30:00+01:00", 24.5),
    ],
)
async def test_used_today_begins_at_local_midnight(
    home: Home, before: str, hours: float
) -> None:
    """With a reading, and on days of 23 and 25 hours, too."""
    await home.hass.config.async_set_time_zone("Europe/London")
    home.freezer.move_to(datetime.fromisoformat(before))
    assert await home.set_up()
    home.account.drain(10)
    await update_entity(home.hass)

    await home.poll(after=timedelta(hours=hours, minutes=-5))
    await home.poll(after=timedelta(minutes=5, seconds=-5))
    assert home.state(USED_TODAY) == "10"
    await home.poll(after=timedelta(seconds=7))
    assert (home.state(USED_TODAY), home.state(USED)) == ("0", "10")


async def test_account_that_is_not_read_has_no_figures(home: Home) -> None:
    """What is not known stays unavailable, also at midnight."""
    assert await home.set_up()
    for after in (2 * INTERVAL, timedelta(days=1)):
        await home.poll(fault="503", after=after)
        shown = home.hass.states.async_all(("sensor", "binary_sensor"))
        assert [found.state for found in shown] == ["unavailable"] * 6


@pytest.mark.parametrize(("known", "days"), [(6, "unknown"), (7, "9")])
async def test_days_left_are_known_after_a_week(
    home: Home, known: int, days: str
) -> None:
    """And count down to 0."""
    assert await home.set_up(*[20] * known)
    assert home.state(DAYS_LEFT) == days
    await home.poll(0)
    assert home.state(DAYS_LEFT) == "0"
