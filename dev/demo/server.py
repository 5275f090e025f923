"""Home Assistant and the simulated API as processes."""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
from secrets import token_urlsafe
import socket
import sys
from typing import Any, Self

import aiohttp

from dev import ROOT
from homeassistant.const import RESTART_EXIT_CODE

from .history import past
from .seed import store

LAUNCHER = Path(__file__).with_name("launcher.py")


def taken(port: int) -> bool:
    """Return if something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class SimulatedApi:
    """The simulated API, to be changed while it runs."""

    def __init__(self, port: int) -> None:
        """Initialize the API."""
        self._origin = f"http://127.0.0.1:{port}"
        self.url = f"{self._origin}/v1"

    async def change(self, **wish: Any) -> None:
        """Change what the API does."""
        async with (
            aiohttp.ClientSession(self._origin) as session,
            session.post("/simulator", json=wish) as response,
        ):
            response.raise_for_status()


@asynccontextmanager
async def simulated_api(
    port: int, token: str, *arguments: str
) -> AsyncIterator[SimulatedApi]:
    """Run the simulated API with one account."""
    process = await _start(
        "-m", "dev.simulator", "--port", str(port), "--token", token, *arguments
    )
    try:
        while not taken(port):
            if process.returncode is not None:
                raise RuntimeError("The simulated API did not start")
            await asyncio.sleep(0.1)
        yield SimulatedApi(port)
    finally:
        await _stop(process)


class HomeAssistantServer:
    """Home Assistant with a configuration that was seeded."""

    def __init__(self, folder: Path, port: int, poll_seconds: float = 5) -> None:
        """Initialize the server. Nothing runs yet."""
        self.poll_seconds = poll_seconds
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.api_url: str | None = None
        self.github_url: str | None = None
        self._login = folder / "login.json"
        self._headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        """Start Home Assistant and wait until it answers."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop Home Assistant."""
        await _stop(self.process)

    async def restart(self) -> None:
        """Stop Home Assistant, and start it again."""
        await _stop(self.process)
        await self.start()

    async def start(self) -> None:
        """Start Home Assistant and wait until it answers."""
        arguments = ["--config", str(self.folder)]
        if self.api_url:
            arguments += [
                "--api-url",
                self.api_url,
                "--interval",
                str(self.poll_seconds),
            ]
        if self.github_url:
            arguments += ["--github-url", self.github_url]
        self.process = await _start(str(LAUNCHER), *arguments)
        while not await self._is_running():
            if self.process.returncode is not None:
                raise RuntimeError("Home Assistant did not start")
            await asyncio.sleep(0.2)

    async def _is_running(self) -> bool:
        try:
            if not self._headers:
                await self._log_in()
            config = await self.request("GET", "/api/config")
        except aiohttp.ClientError:
            return False
        return bool(config["state"] == "RUNNING")

    async def _log_in(self) -> None:
        """Log in as the owner, who is created the first time."""
        client = {"client_id": f"{self.url}/"}
        if not self._login.exists():
            user = {"name": "Demo", "username": "demo", "password": token_urlsafe()}
            created = await self.request(
                "POST",
                "/api/onboarding/users",
                json=client | user | {"language": "en-GB"},
            )
            grant = {"grant_type": "authorization_code", "code": created["auth_code"]}
            tokens = await self.request("POST", "/auth/token", data=client | grant)
            self._login.write_text(json.dumps(tokens))
        grant = {
            "grant_type": "refresh_token",
            "refresh_token": json.loads(self._login.read_text())["refresh_token"],
        }
        tokens = await self.request("POST", "/auth/token", data=client | grant)
        self._headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait until told to stop, or until Home Assistant does so by itself."""
        stopped = asyncio.create_task(stop.wait())
        while not stop.is_set():
            ended = asyncio.create_task(self.process.wait())
            await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                if self.process.returncode != RESTART_EXIT_CODE:
                    return
                await self.start()

    async def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Call Home Assistant's REST API as its owner."""
        async with (
            aiohttp.ClientSession(self.url, headers=self._headers) as session,
            session.request(method, path, **arguments) as response,
        ):
            response.raise_for_status()
            return await response.json()

    async def add_account(self, token: str) -> None:
        """Add an account that has a past, unless there is one."""
        entries = "/api/config/config_entries"
        if await self.request("GET", f"{entries}/entry?domain=thesmsworks"):
            return
        flow = await self.request(
            "POST", f"{entries}/flow", json={"handler": "thesmsworks"}
        )
        done = await self.request(
            "POST", f"{entries}/flow/{flow['flow_id']}", json={"token": token}
        )
        await self._remember(done["result"]["entry_id"])

    async def _remember(self, entry_id: str) -> None:
        ledger, balances, uses = past()
        disable = {"type": "config_entries/disable", "entry_id": entry_id}
        await self.command(disable | {"disabled_by": "user"})
        store(self.folder, f"thesmsworks.{entry_id}", 1, 1, ledger)
        await self.command(disable | {"disabled_by": None})
        await self._import("credit_balance", balances, mean_type=1, has_sum=False)
        await self._import("credits_used", uses, mean_type=0, has_sum=True)

    async def _import(self, key: str, stats: list[Any], **kind: Any) -> None:
        metadata = {
            "source": "recorder",
            "statistic_id": f"sensor.the_sms_works_{key}",
            "name": None,
            "unit_of_measurement": "credits",
            "unit_class": None,
        }
        await self.command(
            {
                "type": "recorder/import_statistics",
                "metadata": metadata | kind,
                "stats": stats,
            }
        )

    async def command(self, command: dict[str, Any]) -> Any:
        """Send a command over Home Assistant's WebSocket API as its owner."""
        async with (
            aiohttp.ClientSession(self.url) as session,
            session.ws_connect("/api/websocket") as websocket,
        ):
            access_token = self._headers["Authorization"].removeprefix("Bearer ")
            await websocket.receive_json()
            await websocket.send_json({"type": "auth", "access_token": access_token})
            await websocket.receive_json()
            await websocket.send_json({"id": 1} | command)
            answer = await websocket.receive_json()
        if not answer["success"]:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]


async def _start(*arguments: str) -> Process:
    # In a session of its own, so that Ctrl-C reaches only the one who stops the others.
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, start_new_session=True
    )


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 30)
        except TimeoutError:
            process.kill()
            await process.wait()
