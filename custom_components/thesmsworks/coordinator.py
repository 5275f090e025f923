"""Data update coordinator for The SMS Works."""

from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import (
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksConnectionError,
    SMSWorksResponseError,
)
from .const import DOMAIN, LOGGER, MAX_RETRY_AFTER, UPDATE_INTERVAL

type SMSWorksConfigEntry = ConfigEntry[SMSWorksCoordinator]


class SMSWorksCoordinator(DataUpdateCoordinator[float]):
    """Poll the credit balance of one account."""

    config_entry: SMSWorksConfigEntry

    def __init__(self, hass: HomeAssistant, entry: SMSWorksConfigEntry) -> None:
        """Initialize the coordinator."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=UPDATE_INTERVAL,
            always_update=False,
        )
        self.client = SMSWorksClient(
            async_get_clientsession(hass), entry.data[CONF_TOKEN]
        )

    @override
    async def _async_update_data(self) -> float:
        """Fetch the balance."""
        try:
            return await self.client.get_balance()
        except SMSWorksAuthenticationError as err:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="invalid_auth"
            ) from err
        except SMSWorksConnectionError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="cannot_connect",
                translation_placeholders={"error": str(err)},
            ) from err
        except SMSWorksResponseError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="unexpected_response",
                translation_placeholders={"error": str(err)},
                retry_after=_clamp(err.retry_after),
            ) from err


def _clamp(retry_after: float | None) -> float | None:
    """Keep a server's wish from polling faster than usual or not at all."""
    if retry_after is None:
        return None
    return min(
        max(retry_after, UPDATE_INTERVAL.total_seconds()),
        MAX_RETRY_AFTER.total_seconds(),
    )
