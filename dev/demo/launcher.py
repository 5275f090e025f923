"""Start Home Assistant with the integration pointed at a simulated API."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
import sys
from types import ModuleType

from yarl import URL

from homeassistant.__main__ import main
from homeassistant.components.marketplace import profiles

PRODUCT = "custom_components.thesmsworks"


def change_on_import(name: str, attribute: str, value: object) -> None:
    """Change a module as soon as it is imported, which may be after an installation."""

    class ChangingLoader(SourceFileLoader):
        def exec_module(self, module: ModuleType) -> None:
            super().exec_module(module)
            setattr(module, attribute, value)

    class Finder(PathFinder):
        @classmethod
        def find_spec(
            cls,
            fullname: str,
            path: Sequence[str] | None = None,
            target: ModuleType | None = None,
        ) -> ModuleSpec | None:
            if fullname != name or not (found := super().find_spec(fullname, path)):
                return None
            found.loader = ChangingLoader(fullname, str(found.origin))
            return found

    sys.meta_path.insert(0, Finder)


def profile_of(github_url: str) -> profiles.DownloadProfile:
    """Return what makes the Marketplace use a simulated GitHub."""
    return replace(
        profiles.GITHUB,
        api=f"{github_url}/api",
        github=github_url,
        raw=f"{github_url}/raw",
        catalog=f"{github_url}/catalog",
    )


def launch() -> int:
    """Run Home Assistant until it stops, and return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--api-url", type=URL)
    parser.add_argument(
        "--interval", type=float, default=900, help="seconds between polls"
    )
    parser.add_argument("--github-url", help="of a GitHub for the Marketplace")
    options = parser.parse_args()
    sys.path.insert(0, options.config)
    sys.argv = ["hass", "--config", options.config]
    if options.api_url:
        interval = timedelta(seconds=options.interval)
        change_on_import(f"{PRODUCT}.api", "API_URL", options.api_url)
        change_on_import(f"{PRODUCT}.const", "UPDATE_INTERVAL", interval)
    if options.github_url:
        profiles.PROFILES[profiles.DEFAULT_PROFILE] = profile_of(options.github_url)
    return main()


if __name__ == "__main__":
    sys.exit(launch())
