"""Set up many accounts, beside as many of the plainest integration that polls.

The plain one makes the same request, and has as many entities that show its answer.
"""

from collections.abc import Callable
from functools import partial
import gc
import logging
from pathlib import Path
from statistics import median
import time
import tracemalloc
from typing import Final

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from custom_components.thesmsworks.const import DOMAIN, UPDATE_INTERVAL
from dev.demo.history import past
from dev.demo.seed import store
from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.button import ButtonEntity
from homeassistant.components.event import EventEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import CONF_TOKEN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import (
    CoordinatorEntity,
    DataUpdateCoordinator,
)

from .api import BALANCE, TOKEN
from .contenders import home_assistant

PLAIN: Final = "plain"
TIMES: Final = 5
PLATFORMS: Final = (
    Platform.SENSOR,
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.BUTTON,
)

type Coordinator = DataUpdateCoordinator[float]


class PlainConfigFlow(ConfigFlow, domain=PLAIN):
    """What each config entry has to have."""


class PlainEntity(CoordinatorEntity[Coordinator]):
    """An entity that shows the answer."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: Coordinator, key: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        assert coordinator.config_entry
        entry_id = coordinator.config_entry.entry_id
        self._attr_unique_id = f"{entry_id}_{key}"
        self._attr_name = key
        self._attr_device_info = DeviceInfo(
            identifiers={(PLAIN, entry_id)}, name=coordinator.name
        )


class PlainSensor(PlainEntity, SensorEntity):
    """A sensor that shows the answer."""

    @property
    def native_value(self) -> float:
        """Return the answer."""
        return self.coordinator.data


class PlainBinarySensor(PlainEntity, BinarySensorEntity):
    """A binary sensor that shows if there is an answer."""

    @property
    def is_on(self) -> bool:
        """Return if there is an answer."""
        return self.coordinator.data is not None


class PlainEvent(PlainEntity, EventEntity):
    """An event entity that never tells anything."""

    event_types = ["none"]  # noqa: RUF012


class PlainButton(PlainEntity, ButtonEntity):
    """A button that does nothing."""


ENTITIES: Final[dict[Platform, list[Callable[[Coordinator], PlainEntity]]]] = {
    Platform.SENSOR: [partial(PlainSensor, key=str(key)) for key in range(6)],
    Platform.BINARY_SENSOR: [partial(PlainBinarySensor, key=str(key)) for key in "67"],
    Platform.EVENT: [partial(PlainEvent, key="8")],
    Platform.BUTTON: [partial(PlainButton, key="9")],
}


def add_plain_integration(hass: HomeAssistant, url: str) -> None:
    """Add the plain integration to Home Assistant."""

    async def read() -> float:
        """Return the credits in the answer."""
        async with async_get_clientsession(hass).get(
            f"{url}/credits/balance", headers={"Authorization": f"JWT {TOKEN}"}
        ) as response:
            answer = await response.json()
        return float(answer["credits"])

    async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        """Read the answer once, and set up the entities."""
        coordinator = DataUpdateCoordinator(
            hass,
            logging.getLogger(__name__),
            config_entry=entry,
            name=entry.title,
            update_interval=UPDATE_INTERVAL,
            update_method=read,
        )
        await coordinator.async_config_entry_first_refresh()
        entry.runtime_data = coordinator
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
        return True

    async def unload(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        """Unload the entities."""
        return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)

    module = MockModule(PLAIN, async_setup_entry=set_up, async_unload_entry=unload)
    mock_integration(hass, module)
    mock_platform(hass, f"{PLAIN}.config_flow")
    for platform, entities in ENTITIES.items():
        mock_platform(hass, f"{PLAIN}.{platform}", _platform(entities))


def _platform(entities: list[Callable[[Coordinator], PlainEntity]]) -> MockPlatform:
    """Return a platform that adds entities."""

    async def set_up(
        hass: HomeAssistant,
        entry: ConfigEntry[Coordinator],
        async_add_entities: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Add the entities of an entry."""
        async_add_entities(entity(entry.runtime_data) for entity in entities)

    return MockPlatform(async_setup_entry=set_up)


async def measure_many(domain: str, url: str, number: int) -> tuple[float, int]:
    """Return the CPU time in seconds and the memory in bytes of so many accounts.

    Each is measured by itself, as tracing memory takes time.
    """
    async with home_assistant() as hass:
        accounts = await _prepare(hass, domain, url, number)
        start = time.process_time()
        await _set_up(hass, accounts)
        seconds = time.process_time() - start
        await _unload(hass, accounts)
    async with home_assistant() as hass:
        accounts = await _prepare(hass, domain, url, number)
        tracemalloc.start()
        await _set_up(hass, accounts)
        gc.collect()
        memory, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await _unload(hass, accounts)
    return seconds, memory


async def _prepare(
    hass: HomeAssistant, domain: str, url: str, number: int
) -> list[MockConfigEntry]:
    """Return so many accounts, once another one has loaded what all of them need."""
    add_plain_integration(hass, url)
    ledger, _ = past(BALANCE)
    folder = Path(hass.config.config_dir)
    accounts = []
    for each in range(number + 1):
        entry = MockConfigEntry(
            domain=domain, title=f"Account {each}", data={CONF_TOKEN: TOKEN}
        )
        store(folder, f"{DOMAIN}.{entry.entry_id}", 1, 1, ledger)
        accounts.append(entry)
    first = accounts.pop()
    first.add_to_hass(hass)
    await _set_up(hass, [first])
    for entry in accounts:
        entry.add_to_hass(hass)
    return accounts


async def _set_up(hass: HomeAssistant, accounts: list[MockConfigEntry]) -> None:
    """Set up accounts, one after the other."""
    for entry in accounts:
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()


async def _unload(hass: HomeAssistant, accounts: list[MockConfigEntry]) -> None:
    """Unload accounts, whose timers would go on."""
    for entry in accounts:
        assert await hass.config_entries.async_unload(entry.entry_id)


async def many(url: str, accounts: int) -> str:
    """Measure a few times, in turn, and return the rows of the table."""
    measured: dict[str, list[tuple[float, int]]] = {PLAIN: [], DOMAIN: []}
    for _ in range(TIMES):
        for domain, figures in measured.items():
            figures.append(await measure_many(domain, url, accounts))
    plain_seconds, plain_memory = _medians(measured[PLAIN])
    seconds, memory = _medians(measured[DOMAIN])
    return "\n".join(
        (
            _row("plain coordinator", plain_seconds, 1, plain_memory, 1),
            _row(
                "this integration",
                seconds,
                seconds / plain_seconds,
                memory,
                memory / plain_memory,
            ),
        )
    )


def _medians(figures: list[tuple[float, int]]) -> list[float]:
    """Return the median of the seconds, and of the bytes."""
    return [median(figure) for figure in zip(*figures, strict=True)]


def _row(
    name: str, seconds: float, time_ratio: float, memory: float, memory_ratio: float
) -> str:
    """Return a row of the table, in milliseconds and KiB."""
    cells = [
        name,
        f"{seconds * 1000:.0f}",
        f"{time_ratio:.2f}",
        f"{memory / 1024:.0f}",
        f"{memory_ratio:.2f}",
    ]
    return f"| {' | '.join(cells)} |"
