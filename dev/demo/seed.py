"""Fill an empty configuration folder so that Home Assistant asks nothing at its first start."""

from collections.abc import Mapping
import json
from pathlib import Path
import re
import shutil
from typing import Any

import yaml

from custom_components.thesmsworks.const import DOMAIN, NAME
from dev import ROOT
from dev.dashboards import DASHBOARDS
from dev.simulator import Account
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

from .history import Statistics, past

DEMO = Path(__file__).parent
DASHBOARD = DASHBOARDS / "en.yaml"
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
        show(folder, view(DASHBOARD))


def seed_accounts(
    folder: Path, accounts: Mapping[str, Account]
) -> dict[str, Statistics]:
    """Add accounts by their tokens, with a past each.

    Return the statistics of their sensors, which a running Home Assistant has to be given.
    """
    entries = []
    statistics = {}
    for number, (token, account) in enumerate(accounts.items(), start=1):
        title = NAME if number == 1 else f"{NAME} {number}"
        entry_id = f"01JTHESMSWORKS{number:012}"
        entries.append(
            {
                "domain": DOMAIN,
                "title": title,
                "data": {"token": token},
                "unique_id": account.customer_id,
                "entry_id": entry_id,
                "source": "user",
                "version": 1,
            }
        )
        ledger, statistics[title] = past(account.credits)
        store(folder, f"{DOMAIN}.{entry_id}", 1, 1, ledger)
    store(folder, "core.config_entries", 1, 1, {"entries": entries})
    return statistics


def seed_demo(folder: Path, third_token: str) -> None:
    """Add what there is to try: a page with buttons, and automations."""
    (folder / "packages").mkdir()
    shutil.copy(DEMO / "buttons.yaml", folder / "packages")
    shutil.copy(DEMO / "automations.yaml", folder)
    dashboard = view(DASHBOARD)
    dashboard["sections"].insert(0, view(DEMO / "simulated.yaml"))
    try_it = (DEMO / "try_it.yaml").read_text()
    # Narrow enough for a phone to show, and to select, as a whole.
    token = "\n          ".join(re.findall(r"[^.]{1,43}\.?", third_token))
    show(folder, dashboard, yaml.safe_load(try_it.replace("THIRD_TOKEN", token)))


def view(path: Path) -> Any:
    """Return what a file has for a dashboard."""
    return yaml.safe_load(path.read_text())


def show(folder: Path, *views: Any) -> None:
    """Put views on the first page, which can be edited."""
    store(folder, "lovelace.lovelace", 1, 1, {"config": {"views": views}})


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
