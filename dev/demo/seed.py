"""Fill an empty configuration folder so that Home Assistant asks nothing at its first start."""

import json
from pathlib import Path
import shutil

from dev import ROOT
from homeassistant.components.http.config import (
    HTTP_STORAGE_SCHEMA,
    STORAGE_KEY as HTTP_KEY,
    STORAGE_MINOR_VERSION as HTTP_MINOR_VERSION,
    STORAGE_VERSION as HTTP_VERSION,
)
from homeassistant.components.onboarding import (
    STORAGE_KEY as ONBOARDING_KEY,
    STORAGE_VERSION as ONBOARDING_VERSION,
)
from homeassistant.components.onboarding.const import STEP_USER, STEPS
from homeassistant.util import dt as dt_util

DEMO = Path(__file__).parent
FIRST_PAGE = {"core": {"default_panel": "lovelace"}}


def seed(folder: Path, port: int, *, simulated: bool) -> None:
    """Make a configuration that lacks only its owner, for loopback only."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".storage").mkdir(parents=True)
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    shutil.copytree(ROOT / "blueprints", folder / "blueprints")
    configuration = (DEMO / "configuration.yaml").read_text()
    if simulated:
        configuration += (DEMO / "simulated.yaml").read_text()
        (folder / "dashboard.yaml").symlink_to(DEMO / "dashboard.yaml")
        store(folder, "frontend.system_data", 1, 1, FIRST_PAGE)
    (folder / "configuration.yaml").write_text(configuration)
    (folder / "automations.yaml").write_text("[]")
    (folder / "scripts.yaml").write_text("{}")
    done = [step for step in STEPS if step != STEP_USER]
    store(folder, ONBOARDING_KEY, ONBOARDING_VERSION, 1, {"done": done})
    # Confirmed, as a new HTTP configuration would have to be.
    confirmed = {
        **HTTP_STORAGE_SCHEMA({"server_host": ["127.0.0.1"], "server_port": port}),
        "created_at": dt_util.utcnow().isoformat(),
        "error": None,
        "error_message": None,
    }
    http = {"stable": confirmed, "pending": None, "yaml_migration_done": True}
    store(folder, HTTP_KEY, HTTP_VERSION, HTTP_MINOR_VERSION, http)


def store(folder: Path, key: str, version: int, minor: int, data: object) -> None:
    """Write a file as Home Assistant's storage does."""
    stored = {"version": version, "minor_version": minor, "key": key, "data": data}
    (folder / ".storage" / key).write_text(json.dumps(stored))
