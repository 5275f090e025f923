"""What a person plays with after scripts/develop, and finds again the next time."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable
from pathlib import Path
import re
from signal import SIGINT
import sys

from playwright.async_api import Locator, Page, expect
import pytest

from dev import ROOT
from dev.demo.server import HomeAssistantServer

STARTING = "develop: starting Home Assistant\n"


class Demo:
    """The command, on ports and in a folder of its own."""

    def __init__(self, folder: Path, port: int, api_port: int) -> None:
        """Initialize the command. Nothing runs yet."""
        self.url = f"http://127.0.0.1:{port}"
        self._command = [
            *(sys.executable, "-m", "dev.demo", f"--folder={folder}"),
            *(f"--port={port}", f"--api-port={api_port}"),
        ]

    async def start(self) -> None:
        """Run it until it has printed the address, which is the last that it says."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdout=PIPE, stderr=STDOUT
        )
        assert self._process.stdout
        lines = [(await self._process.stdout.readline()).decode() for _ in range(2)]
        ready = f"develop: open {self.url} (Ctrl-C stops everything)\n"
        assert lines == [STARTING, ready]

    async def stop(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(SIGINT)
        said, _ = await self._process.communicate()
        assert said == b""


@pytest.fixture
async def demo(
    unused_tcp_port_factory: Callable[[], int], tmp_path: Path
) -> AsyncIterator[Demo]:
    """Run the demo for the first time."""
    demo = Demo(tmp_path, unused_tcp_port_factory(), unused_tcp_port_factory())
    await demo.start()
    yield demo
    await demo.stop()


@pytest.fixture
def server(demo: Demo, tmp_path: Path) -> HomeAssistantServer:
    """Return its Home Assistant, for the page to open."""
    return HomeAssistantServer(tmp_path / "simulated", int(demo.url[-5:]), 0)


def tile(page: Page, name: str) -> Locator:
    """Return the first tile with a name."""
    return page.locator("hui-tile-card", has_text=name).first


async def balance(page: Page) -> int:
    """Return the balance that the page shows."""
    shown = tile(page, "Credit balance").get_by_text(re.compile(r"\d\scredits")).last
    return int((await shown.inner_text()).split()[0])


async def falls_to(page: Page, most: int) -> None:
    """Wait until the page shows a balance, or a text of the office less."""
    async with asyncio.timeout(10):
        while await balance(page) > most:
            await asyncio.sleep(0.1)


async def press(page: Page, *names: str) -> None:
    """Press buttons."""
    for name in names:
        await page.locator("hui-button-card", has_text=name).click()


async def test_each_button_shows_its_effect_and_a_restart_keeps_it(
    page: Page, demo: Demo
) -> None:
    """On the page with the buttons, which is the second one and can be edited."""
    await page.goto("/lovelace/1")
    await expect(page.get_by_role("button", name="Edit dashboard")).to_be_visible()
    left = await balance(page)
    assert 170 < left <= 180
    second = page.locator("hui-tile-card", has_text="Low credit").last
    await expect(second).to_contain_text("Problem")
    await press(page, "Send 1")
    await falls_to(page, left - 1)
    await press(page, "Send 20")
    await falls_to(page, left - 21)

    loop = tile(page, "A text every second")
    await loop.get_by_role("switch").click()
    await falls_to(page, left - 24)
    await loop.get_by_role("switch").click()
    await expect(loop).to_contain_text("Off")
    await press(page, "Send 20", "Send 20")
    await expect(tile(page, "Unusual use")).to_contain_text("Problem")
    await expect(tile(page, "Last alert")).to_contain_text("Use is unusual")
    await press(page, "Send 20", "Send 20", "Send 20")
    await expect(tile(page, "Low credit")).to_contain_text("Problem")
    await page.get_by_text("Notifications").first.click()
    for account in ("The SMS Works", "The SMS Works 2"):
        await expect(page.get_by_text(f"of {account} is low")).to_be_visible()
    await page.keyboard.press("Escape")
    await press(page, "Top up 200")
    await expect(tile(page, "Low credit")).to_contain_text("OK")

    for fault, repair in (("API down", "API up"), ("Token revoked", "Token restored")):
        await press(page, fault)
        await expect(tile(page, "Credit balance")).to_contain_text("Unavailable")
        await press(page, repair)
        left = await balance(page)

    await demo.stop()
    await demo.start()
    await page.goto("/lovelace/1")
    assert left - 1 <= await balance(page) <= left
    await expect(tile(page, "Days left")).to_contain_text(re.compile(r"\dd"))
    await expect(second).to_contain_text("Problem")
