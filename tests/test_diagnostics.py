"""The file that a user attaches to a report."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from dev.simulator import FAULTS, Account, Simulator
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from .common import ledger_file, pass_time, set_up
from .disk import hass_config_dir, hass_storage  # noqa: F401


@pytest.fixture(autouse=True)
def july(freezer: FrozenDateTimeFactory) -> None:
    """Have it be the same day always."""
    freezer.move_to("2026-07-01T12:00:00+00:00")


@pytest.fixture
def download(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    config_entry: MockConfigEntry,
    account: Account,
    token: str,
) -> Any:
    """Return how a user downloads diagnostics, which never tell who it is."""

    async def download() -> Any:
        assert await async_setup_component(hass, "diagnostics", {})
        content = await get_diagnostics_for_config_entry(
            hass, hass_client, config_entry
        )
        for secret in (token, str(account.customer_id), "Alice"):
            assert secret not in str(content)
        return content

    hass.config_entries.async_update_entry(config_entry, title="Alice Ltd")
    return download


async def test_diagnostics(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    download: Any,
    snapshot: SnapshotAssertion,
) -> None:
    """It holds what helps."""
    assert await set_up(hass, config_entry)

    assert await download() == snapshot(
        exclude=props("created_at", "modified_at", "since")
    )


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("500", "not with a credit balance: HTTP 500"),
        ("reset", "could not be reached: the connection broke"),
        ("401", "no longer accepts the token"),
    ],
)
async def test_diagnostics_tell_what_went_wrong(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    download: Any,
    fault: str,
    words: str,
) -> None:
    """With the status if there is one, and not in the words of the server."""
    assert await set_up(hass, config_entry)
    simulator.fault = FAULTS[fault]
    await pass_time(hass, freezer)

    content = await download()
    assert words in content["last_error"]
    assert content["ledger"]["credit_balance"] == 180

    simulator.fault = None
    await pass_time(hass, freezer)
    assert (await download())["last_error"] is None


@pytest.mark.parametrize("state", ["not_loaded", "setup_retry", "setup_error"])
@pytest.mark.parametrize("is_disabled", [False, True])
async def test_diagnostics_of_an_account_that_is_not_loaded(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    download: Any,
    state: str,
    is_disabled: bool,
) -> None:
    """Its state and what Home Assistant knows of the reason, when it matters most."""
    if state == "setup_error":
        ledger_file(hass, config_entry).mkdir(parents=True)
    if state == "setup_retry":
        simulator.fault = FAULTS["503"]
    await set_up(hass, config_entry)
    if is_disabled:
        await hass.config_entries.async_set_disabled_by(
            config_entry.entry_id, ConfigEntryDisabler.USER
        )
    elif state == "not_loaded":
        assert await hass.config_entries.async_unload(config_entry.entry_id)

    content = await download()
    assert content["state"] == ("not_loaded" if is_disabled else state)
    assert content["reason"] == config_entry.reason
    assert content["entry"]["disabled_by"] == ("user" if is_disabled else None)
