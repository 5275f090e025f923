"""Nothing that a server says shows anywhere, at debug level either."""

import json
import logging
import re
from unittest.mock import AsyncMock, Mock

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from dev.simulator import Fault, answer, make_token, raw
from homeassistant.const import CONF_TOKEN
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .common import Home, pass_time, wrapped

TOKEN = make_token("alice")
PERSONAL = ["Alice Ltd", "alice@example.com", "7c5de3f0-1c1b-4e0e-9f5c-0d5b1a2f3e4d"]
FORMS = [TOKEN, TOKEN[:70], TOKEN[-70:], TOKEN.upper(), TOKEN.replace("-", "")]
QUOTE = " ".join([*PERSONAL, *FORMS])


def head(text: str) -> Fault:
    """Return a fault that answers with no more than this."""
    return raw(f"HTTP/1.1 {text}\r\n\r\n".encode())


QUOTING: dict[str, Fault] = {
    "message": answer(500, json.dumps({"message": f"{QUOTE}\n{wrapped(TOKEN)}"})),
    "401 with a message": answer(401, json.dumps({"message": QUOTE})),
    "429 that says when": answer(429, QUOTE, Retry_After=QUOTE),
    "text for a number": answer(200, json.dumps({"credits": QUOTE})),
    "plain text": answer(200, QUOTE),
    "status line": head(f"500 {QUOTE}"),
    "status that is none": head(QUOTE),
    "length that is none": head(f"500 Oops\r\nContent-Length: {QUOTE}"),
    "coding that is none": head(f"500 Oops\r\nContent-Encoding: {QUOTE}"),
    "header without a colon": head(f"200 OK\r\n{QUOTE}"),
    "redirect": answer(302, Location=f"https://{QUOTE}"),
    "redirect to a port that is none": answer(302, Location=f"https://a:{TOKEN}/"),
    "cookie": answer(500, Set_Cookie=f"{TOKEN[:70]},=1; Path={QUOTE}"),
    "cookie that cannot be sent": answer(500, Set_Cookie=f"{TOKEN}=a,b"),
}
# Of loopback, which keeps Home Assistant from looking at redirects and cookies.
CHECKS = {
    "homeassistant.helpers.aiohttp_client._async_is_blocked_host": AsyncMock,
    "aiohttp.cookiejar.is_ip_address": Mock,
}


@pytest.mark.parametrize("fault", QUOTING)
async def test_nothing_shows_of(
    home: Home,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    """At a poll, in a form and at a start; nor does it look like a bug."""
    hass, entry = home.hass, home.entry

    async def show() -> None:
        shown.append(await get_diagnostics_for_config_entry(hass, hass_client, entry))
        shown.extend((hass.states.async_all(), ir.async_get(hass).issues))
        shown.extend((hass.config_entries.flow.async_progress(), entry.reason))

    for check, mock in CHECKS.items():
        monkeypatch.setattr(check, mock(return_value=False))
    shown: list[object] = []
    caplog.set_level(logging.DEBUG)
    assert await async_setup_component(hass, "diagnostics", {})
    assert await home.set_up()
    home.simulator.fault = QUOTING[fault]
    await pass_time(hass, home.freezer)
    await pass_time(hass, home.freezer)
    await show()

    form = await entry.start_reconfigure_flow(hass)
    form = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: TOKEN}
    )
    assert form["errors"] != {"base": "unknown"}
    shown.append((form["errors"], form["description_placeholders"]))
    await home.reload()
    await show()

    assert "Full error" in caplog.text
    assert "Unexpected" not in caplog.text
    parts = [TOKEN[start : start + 20] for start in range(0, len(TOKEN) - 20, 4)]
    text, *secrets = (
        re.sub(r"\W", "", words.upper())
        for words in (f"{caplog.text} {shown}", *PERSONAL, *parts)
    )
    assert not [secret for secret in secrets if secret in text]
