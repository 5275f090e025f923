"""The file that a user attaches to a report."""

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from dev.simulator import FAULTS, Simulator
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .common import pass_time, set_up


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    config_entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """It holds what helps and nothing that tells who it is."""
    assert await async_setup_component(hass, "diagnostics", {})
    assert await set_up(hass, config_entry)

    diagnostics = await get_diagnostics_for_config_entry(
        hass, hass_client, config_entry
    )

    assert diagnostics == snapshot(exclude=props("created_at", "modified_at", "since"))


async def test_diagnostics_tell_what_went_wrong(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """The last error is in it, in the words that the user saw."""
    assert await async_setup_component(hass, "diagnostics", {})
    assert await set_up(hass, config_entry)
    simulator.fault = FAULTS["500"]
    await pass_time(hass, freezer)

    diagnostics = await get_diagnostics_for_config_entry(
        hass, hass_client, config_entry
    )

    assert isinstance(diagnostics, dict)
    assert diagnostics["last_update_success"] is False
    assert "HTTP 500: Server error" in diagnostics["last_exception"]
