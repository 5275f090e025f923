"""What a user does who has nothing but the address of the repository."""

from collections.abc import AsyncIterator
import json
from pathlib import Path

from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect
import pytest

from dev.demo.seed import store
from dev.demo.server import HomeAssistantServer
from dev.simulator import Account

from .common import (
    ALICE,
    BALANCE,
    PRODUCT,
    USED,
    becomes,
    delete_account,
    enter_token,
    is_own_icon,
    press_button,
    what_is_left,
)
from .github import SimulatedGitHub

CONNECTED_TO_GITHUB = {
    "domain": "marketplace",
    "title": "Marketplace",
    "data": {"token": "what GitHub gave when it was connected"},
    "entry_id": "01KMARKETPLACE000000000000",
    "source": "system",
    "version": 1,
}


@pytest.fixture
async def github(home_assistant: HomeAssistantServer) -> AsyncIterator[SimulatedGitHub]:
    """Return GitHub, to which Home Assistant is connected, without the integration."""
    (home_assistant.folder / "custom_components").unlink()
    entries = {"entries": [CONNECTED_TO_GITHUB]}
    store(home_assistant.folder, "core.config_entries", 1, 1, entries)
    version = json.loads((PRODUCT / "manifest.json").read_text())["version"]
    github = SimulatedGitHub(version)
    async with TestServer(github.app()) as server:
        home_assistant.github_url = str(server.make_url("")).rstrip("/")
        yield github


@pytest.fixture
async def installed(
    github: SimulatedGitHub, page: Page, server: HomeAssistantServer
) -> Path:
    """Follow the README from the first button on, and return what was installed."""
    await press_button(page, "hacs_repository")
    await page.get_by_text("I understand the risks").click()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="Install").first.click()
    await page.get_by_text("at your own risk").wait_for()
    await page.get_by_role("button", name="Install").last.click()
    await enter_token(page, ALICE)
    await page.get_by_role("button", name="Skip and finish").click()
    await becomes(server, BALANCE, "180")
    return server.folder / "custom_components" / "thesmsworks"


async def choose_in_marketplace(page: Page, action: str) -> None:
    """Choose an action from the menu of the integration in the Marketplace."""
    await page.goto("/marketplace/browse")
    await page.get_by_text("The SMS Works").first.click()
    await expect(page.get_by_text("installed").first).to_be_visible()
    await page.locator("ha-dropdown ha-icon-button").last.click()
    await page.get_by_role("menuitem", name=action).click()


async def test_release_is_installed_and_removed(
    installed: Path, page: Page, server: HomeAssistantServer
) -> None:
    """Whole, with its icon, without a restart, and without a trace in the end."""
    for path in PRODUCT.rglob("*.*"):
        if path.is_file() and path.suffix != ".pyc":
            copy = installed / path.relative_to(PRODUCT)
            assert copy.read_bytes() == path.read_bytes()
    await page.goto("/config/integrations/dashboard")
    icon = page.locator("img[src*='/api/brands/integration/thesmsworks/icon.png']")
    assert await is_own_icon(page, icon.first)

    await delete_account(page)
    assert await what_is_left(server) == []
    await choose_in_marketplace(page, "Uninstall")
    await page.get_by_role("button", name="Uninstall").last.click()
    await expect(page.get_by_text("Not installed")).to_be_visible()
    assert installed not in {*installed.parent.iterdir()}


async def test_update_keeps_what_was_used(
    installed: Path,
    page: Page,
    server: HomeAssistantServer,
    account: Account,
    github: SimulatedGitHub,
) -> None:
    """The next release is offered, installed, and there after a restart."""
    account.credits = 170
    await becomes(server, USED, "10")

    github.versions.insert(0, "9.9.9")
    await choose_in_marketplace(page, "Refresh information")
    await page.get_by_role("button", name="Update").first.click()
    await page.get_by_role("button", name="Skip").wait_for()
    await page.get_by_role("button", name="Update", exact=True).last.click()
    await becomes(server, "update.the_sms_works", "off")
    account.credits = 163
    await server.stop()
    await server.start()

    manifest = json.loads((installed / "manifest.json").read_text())
    assert manifest["version"] == "9.9.9"
    await becomes(server, BALANCE, "163")
    await becomes(server, USED, "17")
