"""The token and its parts show nowhere, at debug level either."""

import json
import logging

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.thesmsworks.token import secrets_of
from dev.simulator import FAULTS, Fault, Simulator, answer, make_token, raw
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from .common import outlast, pass_time, set_up


def quoting(token: str) -> dict[str, Fault]:
    """Return faults in which the server says all that it should not."""
    header, payload, signature = token.split(".")
    quote = f"{token} {header} {payload} {signature} secret-of-alice key-of-alice"
    return {
        "quote in a message": answer(500, json.dumps({"message": quote})),
        "quote in a 401": answer(401, json.dumps({"message": quote})),
        "quote in a reason": raw(f"HTTP/1.1 500 {quote}\r\n\r\n".encode()),
        "quote in a header": raw(f"HTTP/1.1 200 OK\r\n{quote}\r\n\r\n".encode()),
        "quote in place of HTTP": raw(f"{quote}\r\n\r\n".encode()),
        "quote in a redirect": answer(302, Location=f"https://{quote}"),
    }


@pytest.mark.parametrize("fault", [*FAULTS, *quoting(make_token("alice"))])
async def test_token_shows_nowhere_after(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    fault: str,
) -> None:
    """Set-up, then a fault in a poll, in a start and in a form, and diagnostics."""

    async def show() -> None:
        shown.append(
            await get_diagnostics_for_config_entry(hass, hass_client, config_entry)
        )
        shown.extend(hass.states.async_all())
        shown.extend(hass.config_entries.flow.async_progress())
        shown.append(config_entry.reason)

    shown: list[object] = []
    caplog.set_level(logging.DEBUG)
    assert await async_setup_component(hass, "diagnostics", {})
    assert await set_up(hass, config_entry)
    await show()

    simulator.fault = (FAULTS | quoting(token))[fault]
    await outlast(pass_time(hass, freezer), simulator, freezer)
    await show()
    form = await config_entry.start_reconfigure_flow(hass)
    submit = hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: token}
    )
    form = await outlast(submit, simulator, freezer)
    assert form["type"] is FlowResultType.FORM
    shown.append(form)
    reload = hass.config_entries.async_reload(config_entry.entry_id)
    assert not await outlast(reload, simulator, freezer)
    shown.append(config_entry.reason)

    text = caplog.text + "".join(map(str, shown))
    assert "Finished fetching The SMS Works data" in text
    for secret in secrets_of(token):
        assert secret not in text
