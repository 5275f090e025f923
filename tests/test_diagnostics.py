"""The file that a user attaches to a report."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from dev.simulator import FAULTS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.setup import async_setup_component

from .common import Home, ledger_file

type Download = Callable[[], Awaitable[Any]]


@pytest.fixture
def download(home: Home, hass_client: ClientSessionGenerator, token: str) -> Download:
    """Return how a user downloads diagnostics, which never tell who it is."""

    async def download() -> Any:
        assert await async_setup_component(home.hass, "diagnostics", {})
        content = await get_diagnostics_for_config_entry(
            home.hass, hass_client, home.entry
        )
        for secret in (token, str(home.account.customer_id), "Alice"):
            assert secret not in str(content)
        return content

    home.hass.config_entries.async_update_entry(home.entry, title="Alice Ltd")
    return download


async def test_diagnostics(
    home: Home, download: Download, snapshot: SnapshotAssertion
) -> None:
    """They hold what helps."""
    assert await home.set_up(4, 5)
    await home.poll(100)
    assert await download() == snapshot(
        exclude=props("created_at", "modified_at", "since")
    )


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ("500", "failed", "The SMS Works is not working at the moment (HTTP 500)"),
        ("reset", "failed", "The connection to The SMS Works broke off"),
        (
            "401",
            "failed",
            "The SMS Works no longer accepts the token. Enter a new one",
        ),
    ],
)
async def test_diagnostics_tell_what_went_wrong(
    home: Home, download: Download, fault: str, status: str, error: str
) -> None:
    """With the status if there is one, and not in the words of the server."""
    assert await home.set_up()
    await home.poll(fault=fault)
    content = await download()
    assert (content["status"], content["last_error"]) == (status, error)
    assert content["ledger"]["balance"] == 180

    await home.poll()
    content = await download()
    assert (content["status"], content["last_error"]) == ("known", None)


async def test_diagnostics_of_an_account_that_is_tried_again(
    home: Home, download: Download
) -> None:
    """They tell why it could not be set up."""
    home.simulator.fault = FAULTS["503"]
    assert not await home.set_up()
    content = await download()
    assert content["state"] == ConfigEntryState.SETUP_RETRY.value
    assert content["reason"] == "The SMS Works is not working at the moment (HTTP 503)"
    assert content["ledger"] is None


async def test_diagnostics_of_an_account_whose_file_cannot_be_read(
    home: Home, download: Download
) -> None:
    """They tell which file it is."""
    file = ledger_file(home.hass, home.entry)
    file.mkdir(parents=True)
    assert not await home.set_up()
    content = await download()
    assert content["state"] == ConfigEntryState.SETUP_ERROR.value
    assert str(file) in content["reason"]
    assert content["ledger"] is None


async def test_diagnostics_of_an_account_that_is_disabled(
    home: Home, download: Download
) -> None:
    """What was known of it is there."""
    assert await home.set_up()
    await home.disable()
    content = await download()
    assert content["state"] == ConfigEntryState.NOT_LOADED.value
    assert content["entry"]["disabled_by"] == "user"
    assert content["ledger"]["balance"] == 180
