"""Constants for The SMS Works."""

from datetime import timedelta
import logging
from typing import Any, Final

from homeassistant.const import Platform

DOMAIN: Final = "thesmsworks"
NAME: Final = "The SMS Works"
LOGGER: Final = logging.getLogger(__package__)

# In the order in which they are written at a poll: what a binary sensor or an alert
# sets off finds the figures that it is about.
PLATFORMS: Final = (Platform.SENSOR, Platform.BINARY_SENSOR, Platform.EVENT)

ACCOUNT_URL: Final = "https://thesmsworks.co.uk/user/login"

UPDATE_INTERVAL: Final = timedelta(minutes=15)
MAX_RETRY_AFTER: Final = timedelta(days=1)

DEFAULT_OPTIONS: Final[dict[str, Any]] = {
    "threshold": 40,
    "days": 7,
    "daily_limit": None,
}
