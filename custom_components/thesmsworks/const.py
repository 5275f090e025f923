"""Constants for The SMS Works."""

from datetime import timedelta
import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "thesmsworks"
NAME: Final = "The SMS Works"
LOGGER: Final = logging.getLogger(__package__)
# Figures are written first, for what a warning or an alert sets off.
PLATFORMS: Final = (Platform.SENSOR, Platform.BINARY_SENSOR, Platform.EVENT)
ACCOUNT_URL: Final = "https://thesmsworks.co.uk/user/login"
UPDATE_INTERVAL: Final = timedelta(minutes=15)
