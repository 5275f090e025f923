"""Ways to get a credit balance into Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from aiohttp.resolver import AsyncResolver
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.thesmsworks.const import DOMAIN, UPDATE_INTERVAL
from dev.demo.history import past
from dev.demo.seed import store
from homeassistant import loader
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.setup import async_setup_component

from .api import BALANCE, TOKEN


@asynccontextmanager
async def home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant that has loaded what the contenders build on."""
    resolver = AsyncResolver()
    with (
        TemporaryDirectory() as folder,
        patch(
            "homeassistant.helpers.aiohttp_client._async_make_resolver",
            return_value=resolver,
        ),
    ):
        async with async_test_home_assistant(config_dir=folder) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            (Path(folder) / STORAGE_DIR).mkdir()
            yield hass
            await hass.async_stop(force=True)
    await resolver.close()


async def set_up_ours(hass: HomeAssistant) -> MockConfigEntry:
    """Set up an account with 90 days of use."""
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_TOKEN: TOKEN})
    entry.add_to_hass(hass)
    ledger, _ = past(BALANCE)
    store(Path(hass.config.config_dir), f"{DOMAIN}.{entry.entry_id}", 1, 1, ledger)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def set_up_rest(hass: HomeAssistant, url: str, token: str) -> None:
    """Set up Home Assistant's rest integration for the balance of an account."""
    sensor = {
        "name": "Rest",
        "value_template": "{{ value_json.credits }}",
        "state_class": "measurement",
        "unit_of_measurement": "credits",
    }
    resource = {
        "resource": f"{url}/credits/balance",
        "headers": {"Authorization": f"JWT {token}"},
        "scan_interval": UPDATE_INTERVAL,
        "sensor": [sensor],
    }
    assert await async_setup_component(hass, "rest", {"rest": [resource]})
    await hass.async_block_till_done()


async def request(hass: HomeAssistant, url: str) -> None:
    """Make the request and parse the answer, and nothing else."""
    async with async_get_clientsession(hass).get(
        f"{url}/credits/balance", headers={"Authorization": f"JWT {TOKEN}"}
    ) as response:
        await response.json()
