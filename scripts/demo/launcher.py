"""Start Home Assistant with the integration pointed at a simulated API."""

import argparse
from contextlib import ExitStack
from datetime import timedelta
import sys
from unittest.mock import patch

from yarl import URL

from homeassistant.__main__ import main


def launch() -> int:
    """Run Home Assistant until it stops, and return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--api-url", type=URL)
    parser.add_argument(
        "--interval", type=float, default=900, help="seconds between polls"
    )
    options = parser.parse_args()
    sys.path.insert(0, options.config)
    sys.argv = ["hass", "--config", options.config]
    with ExitStack() as patches:
        if options.api_url:
            from custom_components.thesmsworks import api, coordinator

            interval = timedelta(seconds=options.interval)
            patches.enter_context(patch.object(api, "API_URL", options.api_url))
            patches.enter_context(
                patch.object(coordinator, "UPDATE_INTERVAL", interval)
            )
        return main()


if __name__ == "__main__":
    sys.exit(launch())
