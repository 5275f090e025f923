"""Every fault after every other, and text that means harm."""

import json
import logging
import os
from random import Random

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import LOGGER
from dev.simulator import FAULTS, Account, Simulator, answer, raw
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant

from .common import outlast, pass_time, set_up, state

HARM = {
    "long": "x" * 10**5,
    "lines": "one\ntwo\r\nthree\x00\x1b[31m\u2028four\u202e",
    "markdown": "# [Log in](https://example.com) ![](https://example.com/a.png)",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{ states('sensor.secret') }} {% raw %} {error} {0} %s %(x)s",
}


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the levels of the lines that a user would find in the log."""
    return [
        record.levelname
        for record in caplog.records
        if record.name == LOGGER.name and record.levelno > logging.DEBUG
    ]


async def test_faults_in_any_order_leave_nothing_wrong(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    account: Account,
) -> None:
    """SEED=number in the environment repeats an order."""
    seed = int(os.environ.get("SEED", Random().getrandbits(32)))
    print(f"SEED={seed}")  # noqa: T201
    order = [*FAULTS]
    random = Random(seed)
    random.shuffle(order)
    assert await set_up(hass, config_entry)

    for fault in order:
        caplog.clear()
        simulator.fault = FAULTS[fault]
        for _ in range(random.randint(1, 3)):
            await outlast(pass_time(hass, freezer), simulator, freezer)
            assert state(hass) == "unavailable", fault
        flows = hass.config_entries.flow.async_progress()
        sources = [flow["context"]["source"] for flow in flows]
        assert sources == ([SOURCE_REAUTH] if fault.startswith("401") else []), fault

        simulator.fault = None
        account.drain(random.choice([0, 0.1, 1, 2.5]))
        if sources:
            assert await hass.config_entries.async_reload(config_entry.entry_id)
            await hass.async_block_till_done()
            assert lines(caplog) == ["ERROR"], fault
        else:
            await pass_time(hass, freezer)
            assert lines(caplog) == ["ERROR", "INFO"], fault
        assert float(state(hass)) == pytest.approx(account.credits), fault


@pytest.mark.parametrize("harm", HARM)
async def test_text_that_means_harm_is_text(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    harm: str,
) -> None:
    """Wherever a server can put it, it stays one short line, and is not carried out."""
    text = HARM[harm]
    assert await set_up(hass, config_entry)
    header = (
        text.encode(errors="replace")[:4000].replace(b"\r", b" ").replace(b"\n", b" ")
    )
    for fault in (
        answer(500, json.dumps({"message": text})),
        answer(200, json.dumps({"credits": text})),
        answer(200, text),
        raw(b"HTTP/1.1 500 " + header + b"\r\nX-Note: " + header + b"\r\n\r\n"),
        raw(header + b"\r\n\r\n"),
    ):
        simulator.fault = fault
        await pass_time(hass, freezer)
        assert state(hass) == "unavailable"
        simulator.fault = None
        await pass_time(hass, freezer)
        assert state(hass) == "180"
    simulator.identity_fault = answer(200, json.dumps({"message": text}))
    form = await config_entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: token}
    )
    await hass.async_block_till_done()

    assert result["reason"] == "reconfigure_successful"
    for record in caplog.records:
        if record.name == LOGGER.name and record.levelno > logging.DEBUG:
            message = record.getMessage()
            assert message.isprintable()
            assert len(message) < 400
