"""Fill an empty configuration folder so that Home Assistant asks nothing at its first start."""

import json
from pathlib import Path
import shutil

import yaml

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
DASHBOARD = ROOT / "docs" / "dashboard.yaml"
FIRST_PAGE = {"core": {"default_panel": "lovelace"}}
PANEL = {
    "id": "lovelace",
    "url_path": "lovelace",
    "title": "SMS credit",
    "icon": "mdi:message-badge-outline",
    "mode": "storage",
    "require_admin": False,
    "show_in_sidebar": True,
}


def seed(folder: Path, port: int, *, simulated: bool) -> None:
    """Make a configuration that lacks only its owner, for loopback only."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".storage").mkdir(parents=True)
    (folder / "custom_components").symlink_to(ROOT / "custom_components")
    shutil.copytree(ROOT / "blueprints", folder / "blueprints")
    shutil.copy(DEMO / "configuration.yaml", folder)
    (folder / "automations.yaml").write_text("[]")
    (folder / "scripts.yaml").write_text("{}")
    done = [step for step in STEPS if step != STEP_USER]
    store(folder, ONBOARDING_KEY, ONBOARDING_VERSION, 1, {"done": done})
    listen(folder, port)
    if simulated:
        store(folder, "frontend.system_data", 1, 1, FIRST_PAGE)
        store(folder, "lovelace_dashboards", 1, 1, {"items": [PANEL]})
        show(folder, DASHBOARD)


def seed_demo(folder: Path) -> None:
    """Add what there is to try: a page with buttons, and automations."""
    (folder / "packages").mkdir()
    shutil.copy(DEMO / "buttons.yaml", folder / "packages")
    shutil.copy(DEMO / "automations.yaml", folder)
    show(folder, DASHBOARD, DEMO / "try_it.yaml")


def show(folder: Path, *views: Path) -> None:
    """Put views on the first page, which can be edited."""
    config = {"views": [yaml.safe_load(view.read_text()) for view in views]}
    store(folder, "lovelace.lovelace", 1, 1, {"config": config})


def listen(folder: Path, port: int) -> None:
    """Choose the port, as confirmed, which a new one would have to be."""
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
