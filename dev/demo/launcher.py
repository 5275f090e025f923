"""Start Home Assistant with the integration pointed at a simulated API."""

import argparse
from dataclasses import replace
from datetime import timedelta
from importlib.machinery import SourceFileLoader
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


def launch() -> int:
    """Run Home Assistant until it stops, and return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--api-url", type=URL)
    parser.add_argument("--interval", type=float, help="seconds between polls")
    parser.add_argument("--github-url", help="of a GitHub for the Marketplace")
    options = parser.parse_args()
    sys.path.insert(0, options.config)
    sys.argv = ["hass", "--config", options.config]
    if options.api_url:
        interval = timedelta(seconds=options.interval)
        change_on_import(
            {
                f"{PRODUCT}.api": {"API_URL": options.api_url},
                f"{PRODUCT}.const": {"UPDATE_INTERVAL": interval},
            }
        )
    if url := options.github_url:
        profiles.PROFILES[profiles.DEFAULT_PROFILE] = replace(
            profiles.GITHUB,
            api=f"{url}/api",
            github=url,
            raw=f"{url}/raw",
            catalog=f"{url}/catalog",
        )
    return main()


if __name__ == "__main__":
    sys.exit(launch())
