"""Start Home Assistant with the integration pointed at a simulated API."""

from dataclasses import replace
from datetime import timedelta
from importlib.machinery import SourceFileLoader
import json
import sys
from types import ModuleType

from yarl import URL

from homeassistant.__main__ import main
from homeassistant.components.marketplace import profiles

PRODUCT = "custom_components.thesmsworks"


def change_on_import(changes: dict[str, dict[str, object]]) -> None:
    """Change modules as soon as they are imported, which may be after an installation."""
    exec_module = SourceFileLoader.exec_module

    def change(loader: SourceFileLoader, module: ModuleType) -> None:
        exec_module(loader, module)
        vars(module).update(changes.get(module.__name__, {}))

    SourceFileLoader.exec_module = change  # type: ignore[assignment,method-assign]


def launch(config: str, api_url: str, github_url: str, poll_seconds: float) -> int:
    """Run Home Assistant until it stops, and return its exit code."""
    sys.path.insert(0, config)
    sys.argv = ["hass", "--config", config]
    if api_url:
        interval = timedelta(seconds=poll_seconds)
        change_on_import(
            {
                f"{PRODUCT}.api": {"API_URL": URL(api_url)},
                f"{PRODUCT}.const": {"UPDATE_INTERVAL": interval},
                f"{PRODUCT}.coordinator": {
                    "RETRY_REFUSED": interval,
                    "RETRY_START": interval,
                },
            }
        )
    if github_url:
        profiles.PROFILES[profiles.DEFAULT_PROFILE] = replace(
            profiles.GITHUB,
            api=f"{github_url}/api",
            github=github_url,
            raw=f"{github_url}/raw",
            catalog=f"{github_url}/catalog",
        )
    return main()


if __name__ == "__main__":
    sys.exit(launch(**json.loads(sys.argv[1])))
