"""What the tests in a browser do and look at again and again."""

import asyncio
from pathlib import Path
import re

from playwright.async_api import Locator, Page

from dev import ROOT
from dev.demo.server import HomeAssistantServer
from dev.simulator import make_token

PRODUCT = ROOT / "custom_components" / "thesmsworks"
INTEGRATION = "/config/integrations/integration/thesmsworks"
ALICE = make_token("alice")
BALANCE = "sensor.the_sms_works_credit_balance"
USED = "sensor.the_sms_works_credits_used"
LOW = "binary_sensor.the_sms_works_low_credit"


async def state(server: HomeAssistantServer, entity_id: str) -> str:
    """Return the state of an entity."""
    return str((await server.request("GET", f"/api/states/{entity_id}"))["state"])


async def expect_much_use(server: HomeAssistantServer) -> None:
    """Set a daily limit that no test reaches."""
    [entry] = await server.request(
        "GET", "/api/config/config_entries/entry?domain=thesmsworks"
    )
    path = "/api/config/config_entries/options/flow"
    form = {"handler": entry["entry_id"]}
    flow = await server.request("POST", path, json=form)
    limits = {"threshold": 40, "days": 7, "daily_limit": 9999}
    await server.request("POST", f"{path}/{flow['flow_id']}", json=limits)


async def becomes(server: HomeAssistantServer, entity_id: str, value: str) -> None:
    """Wait until an entity has a state, for ten seconds at most."""
    async with asyncio.timeout(10):
        while await state(server, entity_id) != value:
            await asyncio.sleep(0.1)


async def is_own_icon(page: Page, image: Locator) -> bool:
    """Return if an image on the page is the icon of the integration."""
    answer = await page.request.get(await image.get_attribute("src") or "")
    own = (PRODUCT / "brand" / "icon.png").read_bytes()
    return bool(await answer.body() == own)


async def what_is_left(server: HomeAssistantServer) -> list[str | Path]:
    """Return the entities, devices, repairs and files of the integration."""
    known = [
        *await server.command("config/entity_registry/list"),
        *await server.command("config/device_registry/list"),
        *(await server.command("repairs/list_issues"))["issues"],
    ]
    files = [*(server.folder / ".storage").glob("thesmsworks*")]
    return [text for text in map(str, known) if "'thesmsworks'" in text] + files


async def press_button(page: Page, name: str) -> None:
    """Press a button of the README, as the service that it leads to does."""
    readme = (ROOT / "README.md").read_text()
    [path] = re.findall(rf"/redirect/({name}[^)]+)", readme)
    await page.goto(f"/_my_redirect/{path}")


async def enter_token(page: Page, text: str) -> None:
    """Submit the form with a token."""
    await page.locator("input[type=password]").fill(text)
    await page.get_by_role("button", name="Submit").click()


async def choose(page: Page, action: str) -> None:
    """Choose an action from the account's menu on the integration's page."""
    await page.goto(INTEGRATION)
    row = page.locator("ha-config-entry-row").first
    await row.get_by_role("button", name="Menu").first.click()
    await row.locator(f"ha-dropdown-item[value={action}]").first.click()


async def delete_account(page: Page) -> None:
    """Delete the only account."""
    await choose(page, "delete")
    await page.get_by_role("button", name="Delete").last.click()
    await page.locator("ha-config-entry-row").wait_for(state="detached")
