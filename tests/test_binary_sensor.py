"""The warnings of an account, and why they are on."""

from datetime import timedelta

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.setup import async_setup_component

from .common import BALANCE, LOW, UNUSUAL, USED, Home
from .disk import hass_config_dir, hass_storage  # noqa: F401


async def test_low_credit_from_first_to_last(home: Home) -> None:
    """It goes on and off the same, however often the account is reloaded."""
    assert await home.set_up()
    assert home.state(LOW) == "off"
    assert home.attributes(LOW, "threshold", "days", "reason") == [40, 7, None]
    polled = {40.5: "off", 40: "on", 44: "on", 44.5: "off", 41: "off"}
    for balance, is_low in polled.items():
        await home.poll(balance)
        for _ in range(2):
            assert home.state(LOW) == is_low
            reason = "balance" if is_low == "on" else None
            assert home.attributes(LOW, "reason") == [reason]
            await home.reload()


async def test_options_are_applied_at_once(home: Home) -> None:
    """Without the margin, since it is another question, and the use goes on."""
    assert await home.set_up(*[20] * 10)
    await home.poll(170)
    for option, value, reason in (
        ("days", 8, "days"),
        ("days", 7, None),
        ("threshold", 170, "balance"),
        ("threshold", 169, None),
    ):
        await home.reload(**{option: value})
        assert home.state(LOW) == ("on" if reason else "off")
        assert home.attributes(LOW, option, "reason") == [value, reason]
        assert home.state(USED) == "10"


async def test_unusual_use_lasts_until_the_day_ends(home: Home) -> None:
    """From more than twice the busiest day on."""
    assert await home.set_up(*[1] * 6, 30)
    assert home.attributes(UNUSUAL, "daily_limit") == [60]
    for balance, is_unusual in ((120, "off"), (119.5, "on"), (219.5, "on")):
        await home.poll(balance)
        assert home.state(UNUSUAL) == is_unusual

    await home.poll(after=timedelta(hours=11, minutes=14))
    assert home.state(UNUSUAL) == "on"
    await home.poll(after=timedelta(minutes=1))
    assert home.state(UNUSUAL) == "off"


@pytest.mark.usefixtures("end_automations")
async def test_automation_on_low_credit_finds_the_new_balance(home: Home) -> None:
    """Sensors are written first, so that its message holds what set it off."""
    # As another integration may have done, so that these are ready first.
    assert await async_setup_component(home.hass, "binary_sensor", {})
    assert await home.set_up()
    automation = {
        "triggers": {"trigger": "state", "entity_id": LOW, "to": "on"},
        "actions": {
            "event": "told",
            "event_data": {"balance": f"{{{{ states('{BALANCE}') }}}}"},
        },
    }
    told = async_capture_events(home.hass, "told")
    config = {"automation": automation}
    assert await async_setup_component(home.hass, "automation", config)

    await home.poll(12)

    assert [event.data["balance"] for event in told] == [12]
