"""What the tests in a browser do and look at again and again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import re
import socket
from typing import Any

from playwright.async_api import Locator, Page, ViewportSize, expect
import yaml

from dev import ROOT
from dev.dashboards import render
from dev.demo.server import HomeAssistantServer
from dev.simulator import make_token

PRODUCT = ROOT / "custom_components" / "thesmsworks"
INTEGRATION = "/config/integrations/integration/thesmsworks"
ALICE, BOB = make_token("alice"), make_token("bob")
ALERT = "event.the_sms_works_alert"
BALANCE = "sensor.the_sms_works_credit_balance"
LOW = "binary_sensor.the_sms_works_low_credit"
USED = "sensor.the_sms_works_credits_used_in_total"
PHONE: ViewportSize = {"width": 400, "height": 800}
# A phone, a tablet and a desktop.
WIDTHS = (400, 768, 1280)
VIEW = yaml.safe_load(render("en"))
DASHBOARD = {"url_path": "my-home"}
ENTRIES = "/api/config/config_entries/entry"
ENTRIES_OF_OURS = f"{ENTRIES}?domain=thesmsworks"


def text(key: str, **placeholders: str) -> str:
    """Return a text of the integration, such as "config.error.timeout"."""
    found = json.loads((PRODUCT / "translations" / "en.json").read_text())
    for part in key.split("."):
        found = found[part]
    return str(found).format(**placeholders)


def title(issue: str) -> str:
    """Return the title of a message about the first account."""
    return text(f"issues.{issue}.title", account="The SMS Works")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def tidy_up(server: HomeAssistantServer) -> None:
    """Remove all that a test may have left: accounts, automations, and so on."""
    for flow in await server.command("config_entries/flow/progress"):
        path = f"/api/config/config_entries/flow/{flow['flow_id']}"
        await server.request("DELETE", path)
    for entry in await server.request("GET", ENTRIES_OF_OURS):
        await server.request("DELETE", f"{ENTRIES}/{entry['entry_id']}")
    for state in await server.request("GET", "/api/states"):
        if state["entity_id"].startswith("automation."):
            path = f"/api/config/automation/config/{state['attributes']['id']}"
            await server.request("DELETE", path)
    for dashboard in await server.command("lovelace/dashboards/list"):
        if dashboard["url_path"] == DASHBOARD["url_path"]:
            await server.command(
                "lovelace/dashboards/delete", dashboard_id=dashboard["id"]
            )
    await server.request("POST", "/api/services/persistent_notification/dismiss_all")


@asynccontextmanager
async def within_a_minute() -> AsyncIterator[None]:
    """Fail if what is inside takes longer."""
    async with asyncio.timeout(60):
        yield


async def state(server: HomeAssistantServer, entity_id: str) -> str:
    """Return the state of an entity."""
    return str((await server.request("GET", f"/api/states/{entity_id}"))["state"])


async def becomes(server: HomeAssistantServer, entity_id: str, value: str) -> None:
    """Wait until an entity has a state."""
    async with within_a_minute():
        while await state(server, entity_id) != value:
            await asyncio.sleep(0.1)


async def set_options(server: HomeAssistantServer, **options: int) -> None:
    """Set when to warn. The limit of a day is one that no test reaches."""
    [entry] = await server.request("GET", ENTRIES_OF_OURS)
    path = "/api/config/config_entries/options/flow"
    form = {"handler": entry["entry_id"]}
    flow = await server.request("POST", path, json=form)
    limits = {"threshold": 40, "days": 7, "overdraft": 0, "daily_limit": 9999}
    await server.request("POST", f"{path}/{flow['flow_id']}", json=limits | options)


async def make_alert(server: HomeAssistantServer, **inputs: Any) -> None:
    """Make an automation from the blueprint, for the only account."""
    [entry] = await server.request("GET", ENTRIES_OF_OURS)
    [device] = [
        device
        for device in await server.command("config/device_registry/list")
        if entry["entry_id"] in device["config_entries"]
    ]
    blueprint = {
        "path": "thesmsworks/low_credit_alert.yaml",
        "input": {"account": device["id"]} | inputs,
    }
    await server.request(
        "POST",
        "/api/config/automation/config/alert",
        json={"alias": "SMS credit alert", "use_blueprint": blueprint},
    )


async def is_told(server: HomeAssistantServer, *titles: str | None) -> None:
    """Wait until the notifications in Home Assistant have these titles, and no others."""
    wanted = sorted(map(str, titles))
    told = None
    async with within_a_minute():
        while told != wanted:
            await asyncio.sleep(0.1)
            found = await server.command("persistent_notification/get")
            told = sorted(str(one["title"]) for one in found)


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


async def is_at_rest(page: Page) -> None:
    """Wait until nothing moves: the page looks the same twice."""
    async with within_a_minute():
        last, shown = b"", await page.screenshot()
        while shown != last:
            await asyncio.sleep(0.4)
            last, shown = shown, await page.screenshot()


async def make_dashboard(server: HomeAssistantServer, view: Any) -> None:
    """Make a dashboard with a view."""
    made = DASHBOARD | {"title": "My home", "mode": "storage"}
    await server.command("lovelace/dashboards/create", **made)
    await server.command("lovelace/config/save", **DASHBOARD, config={"views": [view]})


async def warns(page: Page, *titles: str) -> None:
    """See that these warnings are on the dashboard, and no more."""
    await expect(page.locator("hui-view ha-alert")).to_have_count(len(titles))
    for each in titles:
        await expect(page.locator(f'ha-alert[title="{each}"]')).to_be_visible()


async def is_whole(page: Page, *, is_even: bool = True) -> None:
    """See that the dashboard fits each screen, and that no card has failed.

    Where it has two columns, they end at the same height.
    """
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        await is_at_rest(page)
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        if is_even and width > PHONE["width"]:
            left, right = await ends_of_columns(page)
            assert left == right
    await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)


async def ends_of_columns(page: Page) -> list[int]:
    """Return where the last cards of the two columns end."""
    ends = []
    for heading in ("Credit", "Credits used"):
        section = page.locator("hui-grid-section").filter(
            has=page.get_by_text(heading, exact=True)
        )
        box = await section.locator("hui-card:visible").last.bounding_box()
        assert box
        ends.append(round(box["y"] + box["height"]))
    return ends


async def open_notifications(page: Page) -> None:
    """Open the notifications, on a page that is wide enough for the sidebar."""
    await page.get_by_text("Notifications").first.click()


async def press_button(page: Page, name: str) -> None:
    """Press a button of the README, as the service that it leads to does."""
    readme = (ROOT / "README.md").read_text()
    [path] = re.findall(rf"/redirect/({name}[^)]+)", readme)
    await page.goto(f"/_my_redirect/{path}")


async def enter_token(page: Page, text: str) -> None:
    """Submit the form with a token."""
    await page.locator("input[type=password]").fill(text)
    await page.get_by_role("button", name="Submit").click()


async def finish(page: Page) -> None:
    """Close the dialog after an account was added."""
    done = page.get_by_role("button", name="Skip and finish")
    await done.click()
    await done.wait_for(state="detached")


async def configure(page: Page) -> None:
    """Open the options of the account."""
    await page.goto(INTEGRATION)
    row = page.locator("ha-config-entry-row").first
    await row.get_by_role("button", name="Configure").first.click()


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
    await expect(page.locator("ha-config-entry-row")).to_have_count(0)
