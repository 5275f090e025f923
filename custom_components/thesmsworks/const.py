"""Constants for The SMS Works."""

from datetime import timedelta
import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "thesmsworks"
NAME: Final = "The SMS Works"
LOGGER: Final = logging.getLogger(__package__)

ACCOUNT_URL: Final = "https://thesmsworks.co.uk/user/login"
ALERTS_URL: Final = (
    "https://github.com/seed-139e8074/ha-thesmsworks/blob/main/docs/alerts.md"
)
UPDATE_INTERVAL: Final = timedelta(minutes=15)

# In this order: an automation that an alert sets off finds the new figures.
PLATFORMS: Final = (
    Platform.SENSOR,
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.BUTTON,
)
