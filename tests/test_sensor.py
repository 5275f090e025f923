"""What a user sees of an account."""

from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.json import json_loads

from .common import set_up


async def test_entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    config_entry: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    """Every entity with its name, unit and state."""
    assert await set_up(hass, config_entry)

    for entity in er.async_entries_for_config_entry(
        entity_registry, config_entry.entry_id
    ):
        found = hass.states.get(entity.entity_id)
        assert found
        shown = json_loads(found.as_dict_json)
        assert shown == snapshot(
            name=entity.unique_id,
            exclude=props("context", "last_changed", "last_reported", "last_updated"),
        )


async def test_device(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    config_entry: MockConfigEntry,
) -> None:
    """The account is a service that leads to its page at the provider."""
    assert await set_up(hass, config_entry)

    [device] = dr.async_entries_for_config_entry(device_registry, config_entry.entry_id)
    assert device.name == "The SMS Works"
    assert device.manufacturer == "The SMS Works"
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.configuration_url == "https://thesmsworks.co.uk/user/login"
