"""Every fault after every other."""

import logging
import os
from random import Random

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import LOGGER
from dev.simulator import FAULTS, Account, Simulator
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant

from .common import outlast, pass_time, set_up, state


async def test_faults_in_any_order_leave_nothing_wrong(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    account: Account,
) -> None:
    """Unavailable while it lasts, two lines in the log, and the number after it.

    A second 401 asks for a new token, until the one in use is accepted again.
    SEED=number in the environment repeats an order.
    """
    seed = int(os.environ.get("SEED", Random().getrandbits(32)))
    print(f"SEED={seed}")  # noqa: T201
    order = [*FAULTS]
    random = Random(seed)
    random.shuffle(order)
    assert await set_up(hass, config_entry)

    for fault in order:
        caplog.clear()
        simulator.fault = FAULTS[fault]
        for polls in (1, 2, 3)[: random.randint(1, 3)]:
            await outlast(pass_time(hass, freezer), simulator, freezer)
            assert state(hass) == "unavailable", fault
            flows = hass.config_entries.flow.async_progress()
            sources = [flow["context"]["source"] for flow in flows]
            is_refused = fault.startswith("401") and polls > 1
            assert sources == [SOURCE_REAUTH] * is_refused, fault

        simulator.fault = None
        account.drain(random.choice([0, 0.1, 1, 2.5]))
        await pass_time(hass, freezer)

        assert float(state(hass)) == pytest.approx(account.credits), fault
        assert not hass.config_entries.flow.async_progress(), fault
        assert [
            record.levelname
            for record in caplog.records
            if record.name == LOGGER.name and record.levelno > logging.DEBUG
        ] == ["ERROR", "INFO"], fault
