"""What the tests in a browser do and look at again and again."""

from collections.abc import Awaitable, Callable
import re

from playwright.async_api import Locator, Page

from dev import ROOT
from dev.demo.server import HomeAssistantServer

PRODUCT = ROOT / "custom_components" / "thesmsworks"
INTEGRATION = "/config/integrations/integration/thesmsworks"
BUTTONS = re.findall(r"/redirect/([^)]+)", (ROOT / "README.md").read_text())
BALANCE = "sensor.the_sms_works_credit_balance"
USED = "sensor.the_sms_works_credits_used"
LOW = "binary_sensor.the_sms_works_low_credit"


async def state(server: HomeAssistantServer, entity_id: str) -> str:
    """Return the state of an entity."""
    return str((await server.request("GET", f"/api/states/{entity_id}"))["state"])


async def last_states(
    server: HomeAssistantServer, entity_id: str, number: int
) -> list[str]:
    """Return the last states of an entity that the recorder has written."""
    path = f"/api/history/period?filter_entity_id={entity_id}"
    [states] = await server.request("GET", path)
    return [state["state"] for state in states[-number:]]


async def becomes(
    page: Page, server: HomeAssistantServer, entity_id: str, value: str
) -> None:
    """Wait until an entity has a state."""
    await eventually(page, lambda: state(server, entity_id), value)


async def eventually[ValueT](
    page: Page, read: Callable[[], Awaitable[ValueT]], expected: ValueT
) -> None:
    """Wait until what is read is what is expected, for ten seconds at most."""
    for _ in range(100):
        if await read() == expected:
            return
        await page.wait_for_timeout(100)
    assert await read() == expected


async def is_own_icon(page: Page, image: Locator) -> bool:
    """Return if an image on the page is the icon of the integration."""
    answer = await page.request.get(await image.get_attribute("src") or "")
    own = (PRODUCT / "brand" / "icon.png").read_bytes()
    return bool(await answer.body() == own)


async def nothing_is_left(server: HomeAssistantServer) -> bool:
    """Return if there is no entity, device, file or repair of the integration."""
    entities = await server.command({"type": "config/entity_registry/list"})
    devices = await server.command({"type": "config/device_registry/list"})
    issues = await server.command({"type": "repairs/list_issues"})
    return not (
        [entity for entity in entities if entity["platform"] == "thesmsworks"]
        or [device for device in devices if "thesmsworks" in str(device["identifiers"])]
        or [issue for issue in issues["issues"] if issue["domain"] == "thesmsworks"]
        or [*(server.folder / ".storage").glob("thesmsworks.*")]
    )


async def press_button(page: Page, name: str) -> None:
    """Press a button of the README, as the service that it leads to does."""
    [path] = [path for path in BUTTONS if path.startswith(name)]
    await page.goto(f"/_my_redirect/{path}")


async def enter_token(page: Page, text: str) -> None:
    """Submit the form with a token."""
    await page.locator("input[type=password]").fill(text)
    await page.get_by_role("button", name="Submit").click()


async def add_account(page: Page, token: str) -> None:
    """Add an account from the integration's page."""
    await page.goto(INTEGRATION)
    await page.get_by_role("button", name="Add service").first.click()
    await enter_token(page, token)


async def choose(page: Page, action: str) -> None:
    """Choose an action from the account's menu."""
    row = page.locator("ha-config-entry-row").first
    await row.get_by_role("button", name="Menu").first.click()
    await row.locator(f"ha-dropdown-item[value={action}]").first.click()


async def delete_account(page: Page) -> None:
    """Delete the only account."""
    await page.goto(INTEGRATION)
    await choose(page, "delete")
    await page.get_by_role("button", name="Delete").last.click()
    await page.locator("ha-config-entry-row").wait_for(state="detached")
