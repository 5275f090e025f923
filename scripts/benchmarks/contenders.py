"""Ways to get a credit balance into Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from aiohttp.resolver import AsyncResolver
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.thesmsworks.const import DOMAIN, LOGGER, UPDATE_INTERVAL
from homeassistant import loader
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.setup import async_setup_component
from tests.simulator import make_token

TOKEN = make_token("benchmark")


@asynccontextmanager
async def home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant that has loaded what the contenders build on."""
    resolver = AsyncResolver()
    with TemporaryDirectory() as folder:
        async with async_test_home_assistant(config_dir=folder) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            with patch(
                "homeassistant.helpers.aiohttp_client._async_make_resolver",
                return_value=resolver,
            ):
                async_get_clientsession(hass)
            for component in ("sensor", "binary_sensor"):
                assert await async_setup_component(hass, component, {})
            yield hass
            await hass.async_stop(force=True)
    await resolver.close()


def add_entry(
    hass: HomeAssistant, token: str = TOKEN, title: str = "The SMS Works"
) -> MockConfigEntry:
    """Add an account, not set up."""
    entry = MockConfigEntry(domain=DOMAIN, title=title, data={CONF_TOKEN: token})
    entry.add_to_hass(hass)
    return entry


async def set_up_entry(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an account."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def set_up_rest(hass: HomeAssistant, url: str, sensors: int) -> None:
    """Set up Home Assistant's rest integration for the same URL."""
    resource = {
        "resource": f"{url}/credits/balance",
        "headers": {"Authorization": f"JWT {TOKEN}"},
        "scan_interval": 10**6,
        "sensor": [
            {
                "name": f"Rest {number}",
                "value_template": "{{ value_json.credits }}",
                "state_class": "measurement",
                "unit_of_measurement": "credits",
            }
            for number in range(sensors)
        ],
    }
    assert await async_setup_component(hass, "rest", {"rest": [resource]})
    await hass.async_block_till_done()


def rest_coordinator(hass: HomeAssistant) -> Any:
    """Return what polls for the rest sensors."""
    return hass.data["rest"]["coordinator"][0]


def bare_coordinator(hass: HomeAssistant, url: str) -> DataUpdateCoordinator[None]:
    """Return Home Assistant's own polling with nothing but the request in it."""
    coordinator = DataUpdateCoordinator[None](
        hass,
        LOGGER,
        config_entry=None,
        name="bare",
        update_interval=UPDATE_INTERVAL,
        update_method=partial(bare_request, hass, url),
        always_update=False,
    )
    coordinator.async_add_listener(async_noop)
    return coordinator


@callback
def async_noop() -> None:
    """Listen, and do nothing."""


async def bare_request(hass: HomeAssistant, url: str) -> None:
    """Make the request and parse the answer, and nothing else."""
    async with async_get_clientsession(hass).get(
        f"{url}/credits/balance", headers={"Authorization": f"JWT {TOKEN}"}
    ) as response:
        await response.json()
