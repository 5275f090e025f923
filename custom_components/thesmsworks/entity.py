"""Base entity for The SMS Works."""

from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import ACCOUNT_URL, DOMAIN, NAME
from .coordinator import SMSWorksConfigEntry, SMSWorksCoordinator


class SMSWorksEntity(CoordinatorEntity[SMSWorksCoordinator]):
    """An entity of one account."""

    _attr_has_entity_name = True

    def __init__(
        self, entry: SMSWorksConfigEntry, description: EntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(entry.runtime_data)
        self.entity_description = description
        self.key = self._attr_translation_key = description.key
        self._attr_unique_id = f"{entry.entry_id}_{self.key}"
        self._attr_device_info = DeviceInfo(
            configuration_url=ACCOUNT_URL,
            entry_type=DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, entry.entry_id)},
            manufacturer=NAME,
            model="SMS account",
            name=entry.title,
        )
