"""What a user sees of an account, and its figures."""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.json import json_loads

from .common import BALANCE, DAY, DAYS_LEFT, INTERVAL, LASTS_UNTIL, USED_TODAY, Home

USED_30_DAYS = "sensor.the_sms_works_credits_used_in_30_days"


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


async def test_account_that_is_not_read_has_no_figures(home: Home) -> None:
    """What is not known stays unavailable, also at midnight."""
    assert await home.set_up()
    for after in (2 * INTERVAL, DAY):
        await home.poll(fault="503", after=after)
        shown = home.hass.states.async_all(("sensor", "binary_sensor"))
        assert len(shown) == 8
        assert {found.state for found in shown} == {"unavailable"}


async def test_account_that_nobody_has_read_for_a_day_has_no_figures(
    home: Home,
) -> None:
    """Polling is turned off. The same balance is shown again once it is read."""
    home.turn_polling_off()
    assert await home.set_up()
    await home.poll(after=DAY + INTERVAL)
    assert home.state() == "unavailable"
    await home.press()
    assert home.state() == "180"


async def test_use_adds_up(home: Home) -> None:
    """Today, and in the 30 days that end with it."""
    assert await home.set_up(7, *[1] * 29)
    await home.poll(178)
    assert home.state(USED_TODAY) == "2"
    assert home.state(USED_30_DAYS) == "31"


async def test_credit_lasts_until_the_day_that_is_so_many_days_ahead(
    home: Home,
) -> None:
    """Both are unknown before there was any use."""
    assert await home.set_up()
    assert (home.state(DAYS_LEFT), home.state(LASTS_UNTIL)) == ("unknown", "unknown")
    await home.poll(0)
    assert (home.state(DAYS_LEFT), home.state(LASTS_UNTIL)) == ("0", "2026-07-01")


async def test_fractions_of_a_credit_are_shown(home: Home) -> None:
    """Texts to some countries cost them. Whole credits have no decimals."""
    home.account.credits = 177.5
    assert await home.set_up()
    assert home.state() == "177.5"
    await home.poll(177.0)
    assert home.state() == "177"


@pytest.mark.parametrize(
    ("balance", "icon"),
    [
        (180, "mdi:message-text-outline"),
        (40, "mdi:message-alert-outline"),
        (0, "mdi:message-off-outline"),
    ],
)
async def test_icon_of_the_balance_follows_the_level(
    home: Home, balance: float, icon: str
) -> None:
    """It shows whether there is enough, whatever the threshold is."""
    home.account.credits = balance
    assert await home.set_up()
    assert home.attributes(BALANCE, "icon") == [icon]
