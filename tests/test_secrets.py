"""Nothing that a server says shows anywhere, at debug level either.

An answer may quote the token, and holds what is nobody else's business.
"""

import json
import logging
import re
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from dev.simulator import Fault, answer, make_token, raw
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from .common import DAY, Home, pass_time, update_entity, wrapped

TOKEN = make_token("alice")
PERSONAL = ["Alice Ltd", "alice@example.com", "7c5de3f0-1c1b-4e0e-9f5c-0d5b1a2f3e4d"]
FORMS = [TOKEN, TOKEN[:70], TOKEN[-70:], TOKEN.upper(), TOKEN.replace("-", "")]
QUOTE = " ".join([*PERSONAL, *FORMS])
SECRETS = [
    *PERSONAL,
    *(TOKEN[start : start + 20] for start in range(0, len(TOKEN) - 20, 4)),
]


def head(text: str) -> Fault:
    """Return a fault that answers with no more than this."""
    return raw(f"HTTP/1.1 {text}\r\n\r\n".encode())


QUOTING: dict[str, Fault] = {
    "message": answer(500, json.dumps({"message": f"{QUOTE}\n{wrapped(TOKEN)}"})),
    "401 with a message": answer(401, json.dumps({"message": QUOTE})),
    "429 that says when": answer(429, QUOTE, Retry_After=QUOTE),
    "date": answer(429, QUOTE, Date=QUOTE, Retry_After="Wed, 21 Oct 2026 07:28:00"),
    "text for a number": answer(200, json.dumps({"credits": QUOTE})),
    "plain text": answer(200, QUOTE),
    "key of a JSON object": answer(200, json.dumps({QUOTE: 180})),
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


@pytest.fixture(params=QUOTING)
def quoting(
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Fault:
    """Return a fault that quotes the token and more, while all is logged."""
    for check, mock in CHECKS.items():
        monkeypatch.setattr(check, mock(return_value=False))
    caplog.set_level(logging.DEBUG)
    return QUOTING[request.param]


async def seen(home: Home) -> list[Any]:
    """Return all that a user can see of an account and its flows."""
    return [
        await home.get_credit(),
        home.hass.states.async_all(),
        ir.async_get(home.hass).issues,
        home.hass.config_entries.flow.async_progress(),
        home.entry.reason,
    ]


async def diagnostics(home: Home, hass_client: ClientSessionGenerator) -> object:
    """Return what a user can download of an account, to show it to others."""
    assert await async_setup_component(home.hass, "diagnostics", {})
    return await get_diagnostics_for_config_entry(home.hass, hass_client, home.entry)


def assert_no_secret_in(caplog: pytest.LogCaptureFixture, *shown: object) -> None:
    """Assert that neither log nor page has a secret, however it is broken up."""
    text, *secrets = (
        re.sub(r"\W", "", words.upper())
        for words in (f"{caplog.text} {shown}", *SECRETS)
    )
    assert not [secret for secret in secrets if secret in text]


async def test_nothing_of_an_answer_shows_of_an_account_that_runs(
    home: Home,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    quoting: Fault,
) -> None:
    """After a poll, a poll on demand, a day and a reload; nor does it look like a bug."""
    assert await home.set_up()
    home.simulator.fault = quoting
    await pass_time(home.hass, home.freezer)
    download = await diagnostics(home, hass_client)
    first = await seen(home)
    with pytest.raises(HomeAssistantError) as raised:
        await home.press()
    await update_entity(home.hass)
    await pass_time(home.hass, home.freezer, DAY)
    second = await seen(home)
    await home.reload()
    third = await seen(home)

    assert "Full error" in caplog.text
    assert "Unexpected" not in caplog.text
    assert_no_secret_in(caplog, download, first, second, third, raised.value)


async def test_nothing_of_an_answer_shows_at_the_first_set_up(
    home: Home,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    quoting: Fault,
) -> None:
    """Home Assistant says why it failed, in words of ours."""
    home.simulator.fault = quoting

    assert not await home.set_up()

    assert home.entry.state is not ConfigEntryState.LOADED
    assert home.entry.reason
    download = await diagnostics(home, hass_client)
    assert_no_secret_in(caplog, download, await seen(home))


@pytest.mark.parametrize("call", ["fault", "identity_fault"])
async def test_nothing_of_an_answer_shows_in_a_form(
    home: Home, caplog: pytest.LogCaptureFixture, quoting: Fault, call: str
) -> None:
    """It has an error of ours, or takes the token."""
    setattr(home.simulator, call, quoting)
    form = await home.entry.start_reconfigure_flow(home.hass)

    result = await home.hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: TOKEN}
    )
    await home.hass.async_block_till_done()

    assert result.get("errors") != {"base": "unknown"}
    assert_no_secret_in(
        caplog, result.get("errors"), result.get("description_placeholders")
    )


async def test_token_and_customer_id_show_nowhere_in_an_account_that_works(
    home: Home,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """There is no need for them."""
    caplog.set_level(logging.DEBUG)
    home.hass.config_entries.async_update_entry(home.entry, unique_id=PERSONAL[2])
    assert await home.set_up()
    await home.poll(10)

    download = await diagnostics(home, hass_client)
    assert_no_secret_in(caplog, download, await seen(home))
