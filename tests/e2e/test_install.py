"""What a user does who has nothing but the address of the repository."""

from collections.abc import AsyncIterator
import json
from pathlib import Path

from aiohttp.test_utils import TestServer
from playwright.async_api import Page, expect
import pytest

from dev import ROOT
from dev.demo.seed import store
from dev.demo.server import HomeAssistantServer
from dev.simulator import Account, Simulator

from .common import (
    ALICE,
    BALANCE,
    PRODUCT,
    USED,
    becomes,
    delete_account,
    enter_token,
    finish,
    is_own_icon,
    press_button,
    what_is_left,
)
from .conftest import home_assistant
from .github import FILES, SimulatedGitHub

CONNECTED_TO_GITHUB = {
    "domain": "marketplace",
    "title": "Marketplace",
    "data": {"token": "what GitHub gave when it was connected"},
    "entry_id": "01KMARKETPLACE000000000000",
    "source": "system",
    "version": 1,
}


@pytest.fixture
def github() -> SimulatedGitHub:
    """Return GitHub, where the release that is here is the only one."""
    version = json.loads((PRODUCT / "manifest.json").read_text())["version"]
    return SimulatedGitHub(version)


@pytest.fixture
async def server(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    simulator: Simulator,
    account: Account,
    github: SimulatedGitHub,
) -> AsyncIterator[HomeAssistantServer]:
    """Run a Home Assistant that is connected to GitHub, without the integration."""
    async with (
        home_assistant(tmp_path / "config", simulator, request) as server,
        TestServer(github.app()) as repository,
    ):
        (server.folder / "custom_components").unlink()
        entries = {"entries": [CONNECTED_TO_GITHUB]}
        store(server.folder, "core.config_entries", 1, 1, entries)
        server.github_url = str(repository.make_url("")).rstrip("/")
        await server.start()
        yield server


async def install(page: Page) -> None:
    """Follow the README from the first button on."""
    await press_button(page, "hacs_repository")
    await page.get_by_text("I understand the risks").click()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="Install").first.click()
    await page.get_by_text("at your own risk").wait_for()
    await page.get_by_role("button", name="Install").last.click()
    await enter_token(page, ALICE)
    await finish(page)


async def choose_in_marketplace(page: Page, action: str) -> None:
    """Choose an action from the menu of the integration in the Marketplace."""
    await page.goto("/marketplace/browse")
    await page.get_by_text("The SMS Works").first.click()
    await expect(page.get_by_text("installed").first).to_be_visible()
    await page.locator("ha-dropdown ha-icon-button").last.click()
    await page.get_by_role("menuitem", name=action).click()


def versions(installed: Path) -> tuple[str, list[str]]:
    """Return the version that is installed, and the files that are not as on GitHub."""
    manifest = json.loads((installed / "manifest.json").read_text())
    folder = f"{PRODUCT.relative_to(ROOT)}/"
    differing = [
        path.removeprefix(folder)
        for path, content in FILES.items()
        if path.startswith(folder)
        and (installed / path.removeprefix(folder)).read_bytes() != content
    ]
    return manifest["version"], differing


async def test_release_is_installed_updated_and_removed(
    page: Page, server: HomeAssistantServer, account: Account, github: SimulatedGitHub
) -> None:
    """Without a restart at first, with all that was used, and without a trace in the end."""
    installed = server.folder / "custom_components" / "thesmsworks"
    await install(page)
    await becomes(server, BALANCE, "180")
    assert versions(installed) == (github.versions[0], [])
    await page.goto("/config/integrations/dashboard")
    icon = page.locator("img[src*='/api/brands/integration/thesmsworks/icon.png']")
    assert await is_own_icon(page, icon.first)
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
    assert versions(installed) == ("9.9.9", ["manifest.json"])
    await becomes(server, BALANCE, "163")
    await becomes(server, USED, "17")

    await delete_account(page)
    assert await what_is_left(server) == []
    await choose_in_marketplace(page, "Uninstall")
    await page.get_by_role("button", name="Uninstall").last.click()
    await expect(page.get_by_text("Not installed")).to_be_visible()
    assert installed not in {*installed.parent.iterdir()}
