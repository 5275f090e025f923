"""Base entity for The SMS Works."""

from typing import override

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import ACCOUNT_URL, DOMAIN, NAME
from .coordinator import SMSWorksCoordinator


class SMSWorksEntity(CoordinatorEntity[SMSWorksCoordinator]):
    """An entity of an account."""

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: SMSWorksCoordinator, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            configuration_url=ACCOUNT_URL,
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.entry_id)},
            manufacturer=NAME,
            model="SMS account",
            name=entry.title,
        )

    @property
    @override
    def available(self) -> bool:
        """Return if the figures are those of the account now."""
        return self.coordinator.is_available
