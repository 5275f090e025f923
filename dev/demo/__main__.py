"""Run Home Assistant with the integration until interrupted."""

import argparse
import asyncio
from collections import deque
from contextlib import AsyncExitStack, suppress
import signal
import socket
import sys

from dev import ROOT
from dev.simulator import Simulator, make_token
from homeassistant.const import RESTART_EXIT_CODE

from .seed import seed
from .server import HomeAssistantServer

PORT = 8123
API_PORT = 8081
TOKEN = make_token("demo")


def is_taken(port: int) -> bool:
    """Return if something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def run(*, real: bool, fresh: bool) -> None:
    """Start everything, and Home Assistant again where it wants to be."""
    folder = ROOT / ".cache" / "develop" / ("real" if real else "simulated")
    if fresh or not (folder / ".storage").exists():
        seed(folder, PORT, simulated=not real)
    server = HomeAssistantServer(folder, PORT)
    async with AsyncExitStack() as stack:
        if not real:
            simulator = Simulator(requests=deque(maxlen=0), use_per_poll=1)
            simulator.add_account(TOKEN)
            server.api_url = await stack.enter_async_context(simulator.serve(API_PORT))
        stack.push_async_callback(server.stop)
        await server.start()
        if not real:
            await server.add_account(TOKEN)
        print(f"develop: open {server.url} (Ctrl-C stops everything)", flush=True)
        while await server.process.wait() == RESTART_EXIT_CODE:
            await server.start()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument(
        "--real", action="store_true", help="simulate nothing: add your own account"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the last run")
    options = parser.parse_args()
    for port in [PORT] if options.real else [PORT, API_PORT]:
        if is_taken(port):
            sys.exit(f"develop: port {port} is taken by another program")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(run(**vars(options)))


if __name__ == "__main__":
    main()
