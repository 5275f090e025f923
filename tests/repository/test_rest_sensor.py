"""What the README says of Home Assistant's own rest sensor beside this integration."""

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks import api
from dev.benchmark.contenders import set_up_rest
from dev.simulator import FAULTS, Account, Fault, Simulator
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from tests.common import BALANCE, pass_time, set_up, state
from tests.repository.test_readme import rows

HEADING = "Why not a `rest` sensor?"
HAPPENS: dict[str, Fault | None] = {
    "All is well": None,
    "The token is no longer accepted": FAULTS["401"],
    "The API is down (503)": FAULTS["503"],
    "The answer holds no balance": FAULTS["null"],
    "A hotel's login page answers": FAULTS["HTML"],
    "The connection breaks": FAULTS["reset"],
}
REST = "sensor.rest_0"


@pytest.fixture
async def both(
    hass: HomeAssistant, config_entry: MockConfigEntry, account: Account, token: str
) -> Account:
    """Return the account, which both ways show."""
    assert await set_up(hass, config_entry)
    await set_up_rest(hass, str(api.API_URL), token)
    assert (state(hass, REST), state(hass, BALANCE)) == ("180", "180")
    return account


@pytest.mark.parametrize(("happens", "by_rest", "by_us"), rows(HEADING))
async def test_shown_when_ten_credits_were_used(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    both: Account,
    happens: str,
    by_rest: str,
    by_us: str,
) -> None:
    """A rest sensor goes on to show 180, where nobody knows the balance any more."""
    both.drain(10)
    simulator.fault = HAPPENS[happens]
    # The rest sensor of 2026.3 raises at what is no number, and keeps its state.
    hass.loop.set_exception_handler(lambda loop, context: None)
    await pass_time(hass, freezer)

    assert state(hass, REST) == by_rest.strip("*")
    assert state(hass, BALANCE) == by_us.split(",", maxsplit=1)[0]
    asked = [
        flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()
    ]
    assert asked == ([SOURCE_REAUTH] if "asks for a new token" in by_us else [])
