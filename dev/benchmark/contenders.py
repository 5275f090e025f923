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
    MockModule,
    MockPlatform,
    async_test_home_assistant,
    mock_integration,
    mock_platform,
)

from custom_components.thesmsworks import PLATFORMS
from custom_components.thesmsworks.const import DOMAIN, LOGGER, UPDATE_INTERVAL
from dev.simulator import make_token
from homeassistant import loader
from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import (
    CoordinatorEntity,
    DataUpdateCoordinator,
)
from homeassistant.setup import async_setup_component

TOKEN = make_token("benchmark")
BARE = "bare"


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
    hass: HomeAssistant,
    token: str = TOKEN,
    title: str = "The SMS Works",
    domain: str = DOMAIN,
) -> MockConfigEntry:
    """Add an account, not set up."""
    entry = MockConfigEntry(domain=domain, title=title, data={CONF_TOKEN: token})
    entry.add_to_hass(hass)
    return entry


async def set_up_entry(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set up an account, which has to work."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


async def set_up_rest(
    hass: HomeAssistant, url: str, token: str, sensors: int = 1
) -> None:
    """Set up Home Assistant's rest integration for the balance of an account."""
    resource = {
        "resource": f"{url}/credits/balance",
        "headers": {"Authorization": f"JWT {token}"},
        "scan_interval": UPDATE_INTERVAL,
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


def bare_coordinator(
    hass: HomeAssistant, url: str, entry: ConfigEntry | None = None
) -> DataUpdateCoordinator[None]:
    """Return Home Assistant's own polling with nothing but the request in it."""
    return DataUpdateCoordinator[None](
        hass,
        LOGGER,
        config_entry=entry,
        name="bare",
        update_interval=UPDATE_INTERVAL,
        update_method=partial(bare_request, hass, url),
        always_update=False,
    )


async def bare_request(hass: HomeAssistant, url: str) -> None:
    """Make the request and parse the answer, and nothing else."""
    async with async_get_clientsession(hass).get(
        f"{url}/credits/balance", headers={"Authorization": f"JWT {TOKEN}"}
    ) as response:
        await response.json()


class BareConfigFlow(ConfigFlow, domain=BARE):
    """A config flow that nobody starts, without which there are no entries."""


class BareEntity(CoordinatorEntity[DataUpdateCoordinator[None]]):
    """An entity of Home Assistant's with nothing in it but its identity."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: DataUpdateCoordinator[None], entry: ConfigEntry, name: str
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        self._attr_name = name
        self._attr_unique_id = f"{entry.entry_id}_{name}"
        self._attr_device_info = DeviceInfo(identifiers={(BARE, entry.entry_id)})


class BareSensor(BareEntity, SensorEntity):
    """A sensor without a value."""


class BareBinarySensor(BareEntity, BinarySensorEntity):
    """A binary sensor without a value."""


def mock_bare_integration(hass: HomeAssistant, url: str) -> None:
    """Make an integration with as many entities, and nothing of its own."""

    async def setup_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        entry.runtime_data = bare_coordinator(hass, url, entry)
        await entry.runtime_data.async_config_entry_first_refresh()
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        return True

    def platform(entity: type[BareEntity], *names: str) -> MockPlatform:
        async def setup_platform(
            hass: HomeAssistant,
            entry: ConfigEntry[Any],
            async_add_entities: AddConfigEntryEntitiesCallback,
        ) -> None:
            async_add_entities(entity(entry.runtime_data, entry, n) for n in names)

        return MockPlatform(async_setup_entry=setup_platform)

    mock_integration(hass, MockModule(BARE, async_setup_entry=setup_entry))
    mock_platform(hass, f"{BARE}.config_flow")
    mock_platform(hass, f"{BARE}.sensor", platform(BareSensor, "A", "B", "C"))
    mock_platform(hass, f"{BARE}.binary_sensor", platform(BareBinarySensor, "D"))
