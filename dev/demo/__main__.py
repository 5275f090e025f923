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

from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT
from dev.simulator import FAULTS, Simulator, make_token
from homeassistant.const import RESTART_EXIT_CODE
from homeassistant.util.file import write_utf8_file_atomic

from .history import LONDON, sent
from .seed import listen, seed, seed_demo
from .server import HomeAssistantServer

OFFICE, WAREHOUSE = make_token("office"), make_token("warehouse")
# Not added: that is for whoever tries it.
SHOP = make_token("shop")
BALANCES = {OFFICE: 74, WAREHOUSE: 34, SHOP: 120}
ALERT = {"path": "thesmsworks/low_credit_alert.yaml"}


def is_taken(port: int) -> bool:
    """Return if something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def keep(simulator: Simulator, kept: Path) -> None:
    """Write the balances, all of them or none."""
    accounts = simulator.accounts.items()
    balances = {token: account.credits for token, account in accounts}
    write_utf8_file_atomic(str(kept), json.dumps(balances))


async def make_alerts(server: HomeAssistantServer) -> None:
    """Make an automation from the blueprint for each account that is there."""
    for device in await server.command("config/device_registry/list"):
        if [DOMAIN, *device["config_entries"]] in device["identifiers"]:
            await server.request(
                "POST",
                f"/api/config/automation/config/{device['id']}",
                json={
                    "alias": f"SMS credit alert: {device['name']}",
                    "use_blueprint": ALERT | {"input": {"account": device["id"]}},
                },
            )


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

    def end() -> None:
        if not task.cancelling():
            say("stopping Home Assistant")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)


def say(text: str) -> None:
    """Tell whoever has started this."""
    print(f"develop: {text}", flush=True)


async def run(options: argparse.Namespace) -> None:
    """Start everything, and Home Assistant again where it wants to be."""
    end_at_a_signal()
    folder = options.folder / ("real" if options.real else "simulated")
    kept = folder / "balances.json"
    is_new = options.fresh or not kept.exists()
    if is_new:
        balances = {} if options.real else BALANCES
        seed(folder, options.port, simulated=not options.real)
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
        say("starting Home Assistant")
        if is_new and balances:
            await first_start(server, simulator)
        else:
            await server.start()
        # Ends last, so that all that Home Assistant has seen is kept.
        going_on = asyncio.create_task(go_on(simulator, kept))
        if balances:
            say(f"all is simulated; the token of a third account is {SHOP}")
        say(f"open {server.url} (Ctrl-C stops everything)")
        while await server.process.wait() == RESTART_EXIT_CODE:
            mend(simulator)
            await server.start()
        going_on.cancel()
        say("Home Assistant has ended")


def mend(simulator: Simulator) -> None:
    """Have all work, as the switches in Home Assistant say after a start."""
    simulator.fault = None
    for account in simulator.accounts.values():
        account.is_revoked = False


async def first_start(server: HomeAssistantServer, simulator: Simulator) -> None:
    """Start with accounts that have a past, and automations that tell of them."""
    accounts = simulator.accounts
    server.seed_accounts({token: accounts[token] for token in (OFFICE, WAREHOUSE)})
    seed_demo(server.folder, SHOP)
    # Nothing is read and told before there is somebody to hear it.
    simulator.fault = FAULTS["503"]
    await server.start()
    await make_alerts(server)
    mend(simulator)


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
