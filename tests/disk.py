"""Fixtures for tests in which Home Assistant stores files for real.

The harness would replace the disk by a mock, which also keeps every write for ever.
"""

from typing import Any

import pytest


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder of the test's own."""
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Leave files to the disk."""
    return {}
