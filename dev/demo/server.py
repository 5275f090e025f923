"""Home Assistant as a process."""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import Mapping
import json
import os
from pathlib import Path
from secrets import token_urlsafe
import sys
from typing import Any

import aiohttp

from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT
from dev.simulator import Account
from homeassistant.util import slugify

from .history import Statistics
from .seed import seed_accounts

# Not the URL, whose port may be another one at the next start.
CLIENT = "http://127.0.0.1/"
LAUNCHER = Path(__file__).with_name("launcher.py")


class HomeAssistantServer:
    """Home Assistant with a configuration that was seeded."""

    def __init__(
        self, folder: Path, port: int, poll_seconds: float, *, is_quiet: bool = False
    ) -> None:
        """Initialize the server. Nothing runs yet."""
        self.poll_seconds = poll_seconds
        self.output = DEVNULL if is_quiet else None
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.api_url = ""
        self.github_url = ""
        self._login = folder / "login"
        self._headers: dict[str, str] = {}
        self._statistics: dict[str, Statistics] = {}

    def seed_accounts(self, accounts: Mapping[str, Account]) -> None:
        """Add accounts that have a past, by their tokens, for the first start."""
        self._statistics = seed_accounts(self.folder, accounts)

    async def stop(self) -> None:
        """Stop Home Assistant, if it runs."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 30)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()

    async def start(self) -> None:
        """Start Home Assistant and wait until it answers."""
        options = {
            "config": str(self.folder),
            "api_url": self.api_url,
            "github_url": self.github_url,
            "poll_seconds": self.poll_seconds,
        }
        environment = {
            "SIMULATOR": self.api_url.replace("/v1", "/simulator"),
            "UV_CACHE_DIR": str(ROOT / ".cache" / "packages"),
        }
        # In a session of its own, so that Ctrl-C reaches only the one who stops it.
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            LAUNCHER,
            json.dumps(options),
            env=os.environ | environment,
            start_new_session=True,
            stdout=self.output,
            stderr=self.output,
        )
        # The last run's login may have expired.
        self._headers = {}
        while not await self._is_running():
            if self.process.returncode is not None:
                raise RuntimeError("Home Assistant did not start; --verbose says why")
            await asyncio.sleep(0.2)
        while self._statistics:
            await self._import_statistics(*self._statistics.popitem())

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
        client = {"client_id": CLIENT}
        if self._login.exists():
            token = self._login.read_text()
            grant = {"grant_type": "refresh_token", "refresh_token": token}
        else:
            user = {"name": "Demo", "username": "demo", "password": token_urlsafe()}
            owner = client | user | {"language": "en-GB"}
            created = await self.request("POST", "/api/onboarding/users", json=owner)
            grant = {"grant_type": "authorization_code", "code": created["auth_code"]}
        tokens = await self.request("POST", "/auth/token", data=client | grant)
        if "refresh_token" in tokens:
            self._login.write_text(tokens["refresh_token"])
        self._headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    async def request(self, method: str, path: str, **arguments: Any) -> Any:
        """Call Home Assistant's REST API as its owner."""
        async with (
            aiohttp.ClientSession(self.url, headers=self._headers) as session,
            session.request(method, path, **arguments) as response,
        ):
            response.raise_for_status()
            return await response.json()

    async def command(self, kind: str, **arguments: Any) -> Any:
        """Send a command over Home Assistant's WebSocket API as its owner."""
        async with (
            aiohttp.ClientSession(self.url) as session,
            session.ws_connect("/api/websocket") as websocket,
        ):
            token = self._headers["Authorization"].removeprefix("Bearer ")
            await websocket.send_json({"type": "auth", "access_token": token})
            await websocket.send_json({"id": 1, "type": kind} | arguments)
            while (answer := await websocket.receive_json())["type"] != "result":
                pass
        if not answer["success"]:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]

    async def add_account(self, token: str) -> None:
        """Add an account to the running Home Assistant, as the form does."""
        path, form = "/api/config/config_entries/flow", {"handler": DOMAIN}
        flow = await self.request("POST", path, json=form)
        path, form = f"{path}/{flow['flow_id']}", {"token": token}
        await self.request("POST", path, json=form)

    async def _import_statistics(self, title: str, statistics: Statistics) -> None:
        for key, rows in statistics.items():
            metadata = {
                "source": "recorder",
                "statistic_id": f"sensor.{slugify(title)}_{key}",
                "name": None,
                "unit_of_measurement": "credits",
                "unit_class": None,
                "mean_type": int("mean" in rows[0]),
                "has_sum": "sum" in rows[0],
            }
            await self.command(
                "recorder/import_statistics", metadata=metadata, stats=rows
            )
