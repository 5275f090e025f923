"""Run Home Assistant with the integration until interrupted."""

import argparse
import asyncio
from collections import deque
from contextlib import AsyncExitStack, suppress
from datetime import datetime
import json
from pathlib import Path
import signal
import socket
import sys

from dev import ROOT
from dev.simulator import Simulator, make_token
from homeassistant.const import RESTART_EXIT_CODE

from .history import LONDON, sent
from .seed import listen, seed, seed_demo
from .server import HomeAssistantServer

BALANCES = {make_token("office"): 180, make_token("warehouse"): 34}


def is_taken(port: int) -> bool:
    """Return if something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def keep(simulator: Simulator, kept: Path) -> None:
    """Write the balances."""
    accounts = simulator.accounts.items()
    kept.write_text(json.dumps({token: account.credits for token, account in accounts}))


async def go_on(simulator: Simulator, kept: Path) -> None:
    """Send texts as in the past, and keep what is left for the next start."""
    since = datetime.now(LONDON)
    while True:
        now = datetime.now(LONDON)
        for account in simulator.accounts.values():
            account.send(sent(since, now))
        keep(simulator, kept)
        since = now
        await asyncio.sleep(1)


def end_at_a_signal() -> None:
    """End the task at the first signal, and let no second one break off its end."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: task.cancelling() or task.cancel())


async def run(options: argparse.Namespace) -> None:
    """Start everything, and Home Assistant again where it wants to be."""
    end_at_a_signal()
    folder = options.folder / ("real" if options.real else "simulated")
    kept = folder / "balances.json"
    is_new = options.fresh or not kept.exists()
    if is_new:
        balances = {} if options.real else BALANCES
        seed(folder, options.port, simulated=not options.real)
        if balances:
            seed_demo(folder)
    else:
        balances = json.loads(kept.read_text())
        listen(folder, options.port)
    server = HomeAssistantServer(folder, options.port, 2, is_quiet=not options.verbose)
    simulator = Simulator(requests=deque(maxlen=0))
    for token, balance in balances.items():
        simulator.add_account(token, balance)
    async with AsyncExitStack() as stack:
        if balances:
            server.api_url = await stack.enter_async_context(
                simulator.serve(options.api_port)
            )
        stack.push_async_callback(server.stop)
        print("develop: starting Home Assistant", flush=True)
        await server.start()
        if is_new and balances:
            await server.add_accounts(balances)
        # Ends last, so that all that Home Assistant has seen is kept.
        going_on = asyncio.create_task(go_on(simulator, kept))
        print(f"develop: open {server.url} (Ctrl-C stops everything)", flush=True)
        while await server.process.wait() == RESTART_EXIT_CODE:
            await server.start()
        going_on.cancel()
        print("develop: Home Assistant has ended", flush=True)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument(
        "--real", action="store_true", help="simulate nothing: add your own account"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the last run")
    parser.add_argument("--verbose", action="store_true", help="show the log")
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--api-port", type=int, default=8081)
    parser.add_argument(
        "--folder",
        type=Path,
        default=ROOT / ".cache" / "develop",
        help="where it is kept",
    )
    options = parser.parse_args()
    for port in [options.port, options.api_port][: 1 if options.real else 2]:
        if is_taken(port):
            sys.exit(f"develop: port {port} is taken by another program")
    with suppress(asyncio.CancelledError):
        try:
            asyncio.run(run(options))
        except RuntimeError as err:
            sys.exit(f"develop: {err}")


if __name__ == "__main__":
    main()
