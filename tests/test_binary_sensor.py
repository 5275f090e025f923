"""The warnings of an account, and why they are on."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from dev.simulator import Account
from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.components.binary_sensor import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .common import BALANCE, LOW, UNUSUAL, USED, pass_time, set_up, state, store
from .disk import hass_config_dir, hass_storage  # noqa: F401


def attributes(hass: HomeAssistant, entity_id: str, *names: str) -> list[Any]:
    """Return attributes of an entity."""
    found = hass.states.get(entity_id)
    assert found
    return [found.attributes[name] for name in names]


async def set_options(
    hass: HomeAssistant, entry: MockConfigEntry, **options: int
) -> None:
    """Set when to warn, which reloads the account."""
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("restarts", [False, True])
async def test_low_credit_from_first_to_last(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
    restarts: bool,
) -> None:
    """It goes on and off the same, however often Home Assistant is restarted."""
    assert await set_up(hass, config_entry)
    assert state(hass, LOW) == "off"
    assert attributes(hass, LOW, "threshold", "days", "reason") == [40, 7, None]
    for balance, is_low in (
        (40.5, "off"),
        (40, "on"),
        (44, "on"),
        (0, "on"),
        (44.5, "off"),
        (41, "off"),
    ):
        account.credits = balance
        await pass_time(hass, freezer)
        if restarts:
            assert await hass.config_entries.async_reload(config_entry.entry_id)
            await hass.async_block_till_done()
        assert state(hass, LOW) == is_low
        reason = "balance" if is_low == "on" else None
        assert attributes(hass, LOW, "reason") == [reason]


async def test_low_credit_by_days(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """It says so, and may be turned off."""
    store(hass, config_entry, *[20] * 10)
    assert await set_up(hass, config_entry)
    assert state(hass, LOW) == "off"

    for days, is_low, reason in ((9, "on", "days"), (8, "off", None), (0, "off", None)):
        await set_options(hass, config_entry, days=days)
        assert state(hass, LOW) == is_low
        assert attributes(hass, LOW, "days", "reason") == [days, reason]


async def test_threshold_is_applied_at_once(
    hass: HomeAssistant, config_entry: MockConfigEntry, account: Account
) -> None:
    """Without the margin, since it is another question, and the use goes on."""
    assert await set_up(hass, config_entry)
    account.drain(10)
    for threshold, is_low in ((170, "on"), (169, "off")):
        await set_options(hass, config_entry, threshold=threshold)
        assert state(hass, LOW) == is_low
        assert attributes(hass, LOW, "threshold") == [threshold]
        assert state(hass, USED) == "10"


async def test_unusual_use_lasts_until_the_day_ends(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """From more than twice the busiest day on, or 50 at least."""
    await hass.config.async_set_time_zone("Europe/London")
    freezer.move_to("2026-07-01T12:00:00+01:00")
    store(hass, config_entry, *[1] * 6, 30)
    assert await set_up(hass, config_entry)
    assert attributes(hass, UNUSUAL, "daily_limit") == [60]

    account.drain(60)
    await pass_time(hass, freezer)
    assert state(hass, UNUSUAL) == "off"
    account.drain(0.5)
    await pass_time(hass, freezer)
    assert state(hass, UNUSUAL) == "on"
    account.top_up(100)
    await pass_time(hass, freezer, timedelta(hours=11, minutes=29))
    assert state(hass, UNUSUAL) == "on"
    await pass_time(hass, freezer, timedelta(minutes=1))
    assert state(hass, UNUSUAL) == "off"


async def test_daily_limit_of_the_user_counts(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """From the first day on; without it there is none yet."""
    freezer.move_to("2026-07-01T12:00:00+00:00")
    assert await set_up(hass, config_entry)
    assert attributes(hass, UNUSUAL, "daily_limit") == [None]
    account.drain(100)
    await pass_time(hass, freezer)
    assert state(hass, UNUSUAL) == "off"

    await set_options(hass, config_entry, daily_limit=99)
    assert state(hass, UNUSUAL) == "on"
    assert attributes(hass, UNUSUAL, "daily_limit") == [99]


@pytest.mark.usefixtures("end_automations")
async def test_automation_on_low_credit_finds_the_new_balance(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """Sensors are written first, so that its message holds what set it off."""
    # As another integration may have done, so that these are ready first.
    assert await async_setup_component(hass, BINARY_SENSOR_DOMAIN, {})
    assert await set_up(hass, config_entry)
    automation = {
        "triggers": {"trigger": "state", "entity_id": LOW, "to": "on"},
        "actions": {
            "event": "told",
            "event_data": {"balance": f"{{{{ states('{BALANCE}') }}}}"},
        },
    }
    told = async_capture_events(hass, "told")
    assert await async_setup_component(
        hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: automation}
    )

    account.credits = 12
    await pass_time(hass, freezer)

    assert [event.data["balance"] for event in told] == [12]
