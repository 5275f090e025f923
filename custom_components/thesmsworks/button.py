"""Button platform for The SMS Works."""

from typing import Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SMSWorksConfigEntry
from .entity import SMSWorksEntity

PARALLEL_UPDATES = 0

READ_NOW: Final = ButtonEntityDescription(key="read_now", translation_key="read_now")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SMSWorksConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the button of an account."""
    async_add_entities([SMSWorksReadNowButton(entry.runtime_data, READ_NOW)])


class SMSWorksReadNowButton(SMSWorksEntity, ButtonEntity):
    """Read the balance now."""

    @property
    @override
    def available(self) -> bool:
        """Return True: it is of most use while the account is not read."""
        return True

    @override
    async def async_press(self) -> None:
        """Read the balance. Raises HomeAssistantError if that fails."""
        await self.coordinator.async_request_refresh()
        self.coordinator.raise_if_failed()
