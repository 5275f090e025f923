"""Every fault after every other."""

import logging
import os
from random import Random

import pytest

from custom_components.thesmsworks.const import LOGGER
from dev.simulator import FAULTS

from .common import Home, outlast, pass_time


async def test_faults_in_any_order_leave_nothing_wrong(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Unavailable while it lasts, two lines in the log, and the number after it.

    Nobody is asked for a token any more then, either. SEED=number in the environment
    repeats an order.
    """
    seed = int(os.environ.get("SEED", Random().getrandbits(32)))
    print(f"SEED={seed}")  # noqa: T201
    random = Random(seed)
    assert await home.set_up()

    for fault in random.sample([*FAULTS], len(FAULTS)):
        caplog.clear()
        home.simulator.fault = FAULTS[fault]
        for _ in range(random.randint(1, 3)):
            poll = pass_time(home.hass, home.freezer)
            await outlast(poll, home.simulator, home.freezer)
            figures = home.hass.states.async_all(["sensor", "binary_sensor"])
            assert {figure.state for figure in figures} == {"unavailable"}, fault

        await home.poll(home.account.credits - random.choice([0, 0.1, 1, 2.5]))

        assert float(home.state()) == pytest.approx(home.account.credits), fault
        assert not home.hass.config_entries.flow.async_progress(), fault
        assert [
            record.levelname
            for record in caplog.records
            if record.name == LOGGER.name and record.levelno > logging.DEBUG
        ] == ["ERROR", "INFO"], fault
