"""What a user does who has nothing but the address of the repository."""

from collections.abc import AsyncIterator

from playwright.async_api import Page, expect
import pytest

from scripts.demo.seed import store
from scripts.demo.server import HomeAssistantServer

from .common import (
    BALANCE,
    PRODUCT,
    becomes,
    delete_account,
    enter_token,
    nothing_is_left,
    press_button,
)
from .conftest import ALICE
from .github import TAG, simulated_github

MARKETPLACE: dict[str, object] = {
    "created_at": "2026-11-23T12:00:00+00:00",
    "data": {"token": "what GitHub gave when it was connected"},
    "disabled_by": None,
    "discovery_keys": {},
    "domain": "marketplace",
    "entry_id": "01KMARKETPLACE000000000000",
    "minor_version": 1,
    "modified_at": "2026-11-23T12:00:00+00:00",
    "options": {},
    "pref_disable_new_entities": False,
    "pref_disable_polling": False,
    "source": "system",
    "subentries": [],
    "title": "Marketplace",
    "unique_id": None,
    "version": 1,
}


@pytest.fixture
async def home_assistant(
    home_assistant: HomeAssistantServer,
) -> AsyncIterator[HomeAssistantServer]:
    """Return Home Assistant without the integration, and with GitHub connected."""
    (home_assistant.folder / "custom_components").unlink()
    store(
        home_assistant.folder, "core.config_entries", 1, 5, {"entries": [MARKETPLACE]}
    )
    async with simulated_github() as url:
        home_assistant.github_url = url
        yield home_assistant


async def test_release_is_installed_set_up_and_removed(
    page: Page, server: HomeAssistantServer
) -> None:
    """By the first button of the README and Home Assistant's own Marketplace."""
    installed = server.folder / "custom_components" / "thesmsworks"

    await press_button(page, "hacs_repository")
    await page.get_by_text("I understand the risks").click()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_text(f"Version {TAG} is available")).to_be_visible()
    await page.get_by_role("button", name="Install").first.click()
    await page.get_by_text("at your own risk").wait_for()
    await page.get_by_role("button", name="Install").last.click()

    await enter_token(page, ALICE)
    await page.get_by_role("button", name="Skip and finish").click()
    await becomes(page, server, BALANCE, "180")
    for path in PRODUCT.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            copy = installed / path.relative_to(PRODUCT)
            assert copy.read_bytes() == path.read_bytes()

    await page.goto("/config/integrations/dashboard")
    icon = page.locator("img[src*='/api/brands/integration/thesmsworks/icon.png']")
    answer = await page.request.get(await icon.first.get_attribute("src") or "")
    assert await answer.body() == (PRODUCT / "brand" / "icon.png").read_bytes()

    await delete_account(page)
    assert await nothing_is_left(server)
    await page.goto("/marketplace/browse")
    await page.get_by_text("The SMS Works").first.click()
    await expect(page.get_by_text(f"Version {TAG} installed")).to_be_visible()
    await page.locator("ha-dropdown ha-icon-button").last.click()
    await page.get_by_role("menuitem", name="Uninstall").click()
    await page.get_by_role("button", name="Uninstall").last.click()
    await expect(page.get_by_text("Not installed")).to_be_visible()
    assert not installed.exists()
