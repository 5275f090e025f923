"""Nothing that a server says shows anywhere, at debug level either."""

import logging
from unittest.mock import AsyncMock, Mock

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from dev.simulator import Simulator, make_token
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .common import pass_time, quoted, quoting, set_up

LOOPBACK = {
    "homeassistant.helpers.aiohttp_client._async_is_blocked_host": AsyncMock(
        return_value=False
    ),
    "aiohttp.cookiejar.is_ip_address": Mock(return_value=False),
}


@pytest.mark.parametrize("fault", quoting(make_token("alice")))
async def test_nothing_shows_of(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    fault: str,
) -> None:
    """At a poll, in a form and at a start; nor does it look like a bug."""

    async def show() -> None:
        shown.append(
            await get_diagnostics_for_config_entry(hass, hass_client, config_entry)
        )
        shown.extend(hass.states.async_all())
        shown.extend(hass.config_entries.flow.async_progress())
        shown.extend(ir.async_get(hass).issues.values())
        shown.append(config_entry.reason)

    # Redirects and cookies are looked at where the server is not on loopback.
    for is_here, answer in LOOPBACK.items():
        monkeypatch.setattr(is_here, answer)
    shown: list[object] = []
    caplog.set_level(logging.DEBUG)
    assert await async_setup_component(hass, "diagnostics", {})
    assert await set_up(hass, config_entry)
    simulator.fault = quoting(token)[fault]
    for _ in range(2):
        await pass_time(hass, freezer)
        await show()

    form = await config_entry.start_reconfigure_flow(hass)
    form = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: token}
    )
    assert form["errors"] != {"base": "unknown"}
    shown.append((form["errors"], form["description_placeholders"]))
    assert not await hass.config_entries.async_reload(config_entry.entry_id)
    await show()

    assert "Full error" in caplog.text
    assert "Unexpected" not in caplog.text
    assert not quoted(caplog.text + "".join(map(str, shown)), token)
