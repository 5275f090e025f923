"""Run Home Assistant with the integration until interrupted."""

import argparse
import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
import signal
import sys

from dev import ROOT
from dev.simulator import make_token

from .seed import seed
from .server import HomeAssistantServer, simulated_api, taken

STATE = ROOT / ".cache" / "develop"
TOKEN = make_token("demo")


async def run(options: argparse.Namespace) -> None:
    """Start everything, and stop it when told to."""
    folder: Path = STATE / ("real" if options.real else "simulated")
    if options.fresh or not (folder / ".storage").exists():
        seed(folder, options.port, simulated=not options.real)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    server = HomeAssistantServer(folder, options.port)
    async with AsyncExitStack() as stack:
        if not options.real:
            api = await stack.enter_async_context(
                simulated_api(options.api_port, TOKEN)
            )
            server.api_url = api.url
        await stack.enter_async_context(server)
        if not options.real:
            await server.add_account(TOKEN)
        print(f"develop: open {server.url} (Ctrl-C stops everything)", flush=True)
        await server.wait(stop)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument(
        "--real", action="store_true", help="simulate nothing: add your own account"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the last run")
    parser.add_argument("--port", type=int, default=8123, help="of Home Assistant")
    parser.add_argument(
        "--api-port", type=int, default=8081, help="of the simulated API"
    )
    options = parser.parse_args()
    for port in [options.port] if options.real else [options.port, options.api_port]:
        if taken(port):
            print(f"develop: port {port} is taken by another program", file=sys.stderr)
            return 1
    asyncio.run(run(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
