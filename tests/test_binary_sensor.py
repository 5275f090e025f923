"""The warnings of an account, and why they are on."""

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.setup import async_setup_component

from .common import BALANCE, LOW, UNUSUAL, USED, Home


@pytest.mark.parametrize(
    ("balance", "is_low", "reason"), [(41, "off", None), (40, "on", "balance")]
)
async def test_low_credit_is_on_from_the_threshold_on(
    home: Home, balance: float, is_low: str, reason: str | None
) -> None:
    """And says what it is judged by."""
    home.account.credits = balance
    assert await home.set_up()
    assert home.state(LOW) == is_low
    names = "threshold", "days", "reason"
    assert home.attributes(LOW, *names) == [40, 7, reason]


async def test_low_credit_is_on_when_credit_has_run_out(home: Home) -> None:
    """It is low then, too."""
    home.account.credits = 0
    assert await home.set_up()
    assert home.state(LOW) == "on"


async def test_reload_keeps_low_credit_on_below_the_margin(home: Home) -> None:
    """However often, until it is above it."""
    assert await home.set_up(days=0, daily_limit=1000)
    await home.poll(40)
    await home.poll(44)
    for _ in range(2):
        assert home.state(LOW) == "on"
        await home.reload()
    await home.poll(45)
    for _ in range(2):
        assert home.state(LOW) == "off"
        await home.reload()


@pytest.mark.parametrize(
    ("options", "is_low", "reason"),
    [
        ({"threshold": 170}, "on", "balance"),
        ({"threshold": 169}, "off", None),
        ({"days": 365}, "on", "days"),
        ({"days": 0}, "off", None),
    ],
)
async def test_options_are_applied_at_once(
    home: Home, options: dict[str, int], is_low: str, reason: str | None
) -> None:
    """Without the margin, since it is another question, and the use goes on."""
    assert await home.set_up(*[20] * 10, threshold=175)
    await home.poll(170)
    assert home.state(LOW) == "on"
    await home.reload(**({"days": 0} | options))
    assert home.state(LOW) == is_low
    assert home.attributes(LOW, "reason") == [reason]
    assert home.state(USED) == "10"


async def test_unusual_use_is_on_above_the_daily_limit(home: Home) -> None:
    """Which is twice the busiest day, and a top-up does not end it."""
    assert await home.set_up(*[1] * 6, 30)
    assert home.attributes(UNUSUAL, "daily_limit") == [60]
    await home.poll(120)
    assert home.state(UNUSUAL) == "off"
    await home.poll(119.5)
    assert home.state(UNUSUAL) == "on"
    await home.poll(219.5)
    assert home.state(UNUSUAL) == "on"


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


async def test_margin_is_that_of_new_options_at_once(home: Home) -> None:
    """A refund right after they were changed does not end the warning."""
    home.account.credits = 42
    assert await home.set_up(days=0, threshold=20)
    assert home.state(LOW) == "off"
    await home.reload(days=0, threshold=45)
    await home.poll(46)
    assert home.state(LOW) == "on"
