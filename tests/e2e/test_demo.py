"""What a person plays with after scripts/develop, and finds again the next time."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path
import re
from signal import SIGINT
import sys

from playwright.async_api import Locator, Page, expect
import pytest

from dev import ROOT
from dev.demo.__main__ import SHOP
from dev.demo.server import HomeAssistantServer

from .common import (
    INTEGRATION,
    enter_token,
    finish,
    free_port,
    open_notifications,
    text,
    title,
    within_a_minute,
)

TRY_IT = "/lovelace/try-it"


class Demo:
    """The command, on ports and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Initialize the command. Nothing runs yet."""
        self.port = free_port()
        self.folder = folder
        self._command = [
            *(sys.executable, "-m", "dev.demo", f"--folder={folder}"),
            *(f"--port={self.port}", f"--api-port={free_port()}"),
        ]

    async def start(self) -> None:
        """Run it until it has printed the address, which is the last that it says."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdout=PIPE, stderr=STDOUT
        )
        assert self._process.stdout
        lines = [(await self._process.stdout.readline()).decode() for _ in range(3)]
        assert lines == [
            "develop: starting Home Assistant\n",
            f"develop: all is simulated; the token of a third account is {SHOP}\n",
            f"develop: open http://127.0.0.1:{self.port} (Ctrl-C stops everything)\n",
        ]

    async def stop(self) -> None:
        """Press Ctrl-C, and again, as people do."""
        self._process.send_signal(SIGINT)
        self._process.send_signal(SIGINT)
        said, _ = await self._process.communicate()
        assert said.decode() == "develop: stopping Home Assistant\n"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """Run the demo for the first time."""
    demo = Demo(tmp_path)
    await demo.start()
    yield demo
    await demo.stop()


@pytest.fixture
def server(demo: Demo) -> HomeAssistantServer:
    """Return its Home Assistant, for the page to open."""
    return HomeAssistantServer(demo.folder / "simulated", demo.port, 0)


def tile(page: Page, name: str) -> Locator:
    """Return the first tile with a name."""
    return page.locator("hui-tile-card", has_text=name).first


async def switch(page: Page, name: str, state: str) -> None:
    """Turn something on or off, and see that it shows that."""
    await tile(page, name).get_by_role("switch").click()
    await expect(tile(page, name)).to_contain_text(state)


async def balance(page: Page) -> int:
    """Return the balance that the page shows."""
    shown = tile(page, "Credit balance").get_by_text(re.compile(r"\d\scredits")).last
    return int((await shown.inner_text()).split()[0].replace(",", ""))


async def falls_to(page: Page, most: int) -> None:
    """Wait until the page shows a balance, or a text of the office less."""
    async with within_a_minute():
        while await balance(page) > most:
            await asyncio.sleep(0.1)


async def press(page: Page, name: str) -> None:
    """Press a button."""
    await page.locator("hui-button-card", has_text=name).click()


async def is_whole(page: Page) -> None:
    """See that no card misses its entity."""
    await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
    await expect(page.get_by_text("Entity not found")).to_have_count(0)


async def test_story_is_played_from_top_to_bottom(page: Page, demo: Demo) -> None:
    """Each step shows its effect, and what is left is there the next time."""
    await page.goto("/lovelace")
    for tab in ("SMS credit", "Try it"):
        await expect(page.get_by_role("tab", name=tab)).to_contain_text(tab)
    await expect(page.get_by_text("Everything here is simulated")).to_be_visible()
    await page.get_by_role("tab", name="Try it").click()
    await expect(page.get_by_text("Everything here is simulated")).to_be_visible()
    await expect(page.get_by_role("button", name="Edit dashboard")).to_be_visible()
    await is_whole(page)

    # 1. Credit gets low
    low = tile(page, "Low credit")
    await expect(low).to_contain_text("OK")
    left = await balance(page)
    await press(page, "Send 1 text")
    await falls_to(page, left - 1)
    await press(page, "Send 20 texts")
    await falls_to(page, left - 21)
    await expect(low).to_contain_text("Problem")
    await open_notifications(page)
    await expect(page.get_by_text(title("low_days"))).to_be_visible()
    second = text("issues.low_balance.title", account="The SMS Works 2")
    await expect(page.get_by_text(second)).to_be_visible()
    await page.keyboard.press("Escape")
    await press(page, "Buy 200 credits")
    await expect(low).to_contain_text("OK")

    # 2. An automation loops
    await expect(tile(page, "Unusual use")).to_contain_text("OK")
    await switch(page, "Automatic top-up", "On")
    await switch(page, "Loop", "On")
    await expect(tile(page, "Unusual use")).to_contain_text("Problem")
    last_alert = tile(page, "Last alert")
    await expect(last_alert).to_contain_text("Use is unusual")
    await expect(last_alert).to_contain_text("Credit is no longer low")
    await switch(page, "Loop", "Off")
    await open_notifications(page)
    for message in (title("unusual_use"), title("enough_credit"), second):
        await expect(page.get_by_text(message)).to_be_visible()
    await page.keyboard.press("Escape")

    # 3. Something breaks
    for name in ("Connection", "Valid token"):
        await switch(page, name, "Off")
        await expect(tile(page, "Credit balance")).to_contain_text("Unavailable")
        await is_whole(page)
        await switch(page, name, "On")
        left = await balance(page)

    # 4. Accounts come and go
    token = await page.locator("pre").inner_text()
    await page.get_by_role("link", name="add The SMS Works").click()
    await page.get_by_role("button", name="OK", exact=True).click()
    await enter_token(page, token)
    await finish(page)
    await page.goto(INTEGRATION)
    row = page.locator("ha-config-entry-row", has_text="The SMS Works 2")
    await row.get_by_role("button", name="Menu").first.click()
    await row.locator("ha-dropdown-item[value=delete]").first.click()
    await page.get_by_role("button", name="Delete").last.click()
    await expect(row).to_have_count(0)
    await page.goto(TRY_IT)
    await expect(page.get_by_role("heading", name="Third account")).to_be_visible()
    await expect(page.get_by_role("heading", name="Second account")).to_have_count(0)
    await is_whole(page)

    await demo.stop()
    await demo.start()
    await page.goto(TRY_IT)
    assert left - 1 <= await balance(page) <= left
    await expect(tile(page, "Days left")).to_contain_text(re.compile(r"\dd"))
    await expect(page.get_by_role("heading", name="Third account")).to_be_visible()
