"""Constants for The SMS Works."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "thesmsworks"
NAME: Final = "The SMS Works"
LOGGER: Final = logging.getLogger(__package__)

ACCOUNT_URL: Final = "https://thesmsworks.co.uk/user/login"

UPDATE_INTERVAL: Final = timedelta(minutes=15)
MAX_RETRY_AFTER: Final = timedelta(days=1)

CONF_THRESHOLD: Final = "threshold"
DEFAULT_THRESHOLD: Final = 50
