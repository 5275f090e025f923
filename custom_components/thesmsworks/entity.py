"""Base entity for The SMS Works."""

from typing import override

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import ACCOUNT_URL, DOMAIN, NAME
from .coordinator import SMSWorksCoordinator


class SMSWorksEntity(CoordinatorEntity[SMSWorksCoordinator]):
    """An entity of one account."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: SMSWorksCoordinator, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.config_entry.entry_id}_{description.key}"

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the account as a service."""
        entry = self.coordinator.config_entry
        return DeviceInfo(
            configuration_url=ACCOUNT_URL,
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.entry_id)},
            manufacturer=NAME,
            name=entry.title,
        )
