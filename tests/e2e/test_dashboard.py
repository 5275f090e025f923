"""The dashboard to copy, as those see it who do."""

from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, expect
import pytest
import yaml

from dev import ROOT
from dev.demo.server import HomeAssistantServer
from dev.simulator import FAULTS, Account, Simulator

from .common import ALICE, BALANCE, becomes, enter_token, press_button
from .conftest import TakePicture

TEXT = (ROOT / "docs/dashboard.yaml").read_text()
VIEW = yaml.safe_load(TEXT)
DASHBOARD = {"url_path": "my-home"}
ALERT = "event.the_sms_works_alert"
ACCOUNT = "https://thesmsworks.co.uk/user/login"
# A phone, a tablet and a desktop, with how many sections are side by side.
WIDTHS = {400: 1, 768: 2, 1280: 2}


async def make_dashboard(server: HomeAssistantServer, view: Any) -> None:
    """Make a dashboard with a view."""
    made = DASHBOARD | {"title": "My home", "mode": "storage"}
    await server.command("lovelace/dashboards/create", **made)
    await server.command("lovelace/config/save", **DASHBOARD, config={"views": [view]})


async def pretend_to_have_told(server: HomeAssistantServer) -> None:
    """Show an alert of twelve days ago, which the past of the demo did not make."""
    alert = await server.request("GET", f"/api/states/{ALERT}")
    attributes = alert["attributes"] | {"event_type": "recovered"}
    then = datetime.now(UTC) - timedelta(days=12)
    told = {"state": then.isoformat(), "attributes": attributes}
    await server.request("POST", f"/api/states/{ALERT}", json=told)


async def is_whole(page: Page) -> None:
    """See that the page fits each screen without holes, and that no card has failed."""
    for width, columns in WIDTHS.items():
        await page.set_viewport_size({"width": width, "height": 900})
        await page.wait_for_timeout(500)
        sections = (await page.locator("hui-grid-section").all())[-columns:]
        last = [await one.locator("hui-card").last.bounding_box() for one in sections]
        ends = [round(box["y"] + box["height"]) for box in last if box]
        assert len(ends) == columns
        assert len({*ends}) == 1
        assert await page.evaluate("document.documentElement.scrollWidth") == width
    await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)


async def warns(page: Page, *titles: str) -> None:
    """See that these warnings are there, each with a link to the account, and no more."""
    await expect(page.locator("hui-view ha-alert")).to_have_count(len(titles))
    for title in titles:
        warning = page.locator(f'ha-alert[title="{title}"]')
        await expect(warning.get_by_role("link")).to_have_attribute("href", ACCOUNT)
    await is_whole(page)


async def test_view_is_pasted_on_the_first_day(
    page: Page, server: HomeAssistantServer
) -> None:
    """As its first lines say, and nothing looks broken before there is a past."""
    await press_button(page, "config_flow_start")
    await page.get_by_role("button", name="OK").click()
    await enter_token(page, ALICE)
    await page.get_by_role("button", name="Skip and finish").click()
    await make_dashboard(server, {"title": "Kitchen"})

    await page.goto("/my-home/0?edit=1")
    await page.get_by_role("button", name="Add view").click()
    editor = page.locator("hui-dialog-edit-view")
    await editor.get_by_role("button", name="Menu").click()
    await page.get_by_text("Edit in YAML").click()
    await editor.locator(".cm-content").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(TEXT)
    await editor.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/my-home/1?*")
    saved = await server.command("lovelace/config", **DASHBOARD)
    assert saved["views"][1]["sections"] == VIEW["sections"]

    await page.goto("/my-home/1")
    await expect(page.get_by_text("180 credits")).to_be_visible()
    await expect(page.locator("hui-tile-card", has_text="Unknown")).to_have_count(2)
    await warns(page)


@pytest.mark.logs("HTTP 503")
async def test_warnings_come_and_go(
    page: Page,
    server: HomeAssistantServer,
    simulator: Simulator,
    account: Account,
    picture: TakePicture,
) -> None:
    """As use is unusual, credit is low, has run out, is not known, and is bought."""
    await server.add_accounts({ALICE: 180})
    await pretend_to_have_told(server)
    account.credits = 176
    await becomes(server, BALANCE, "176")
    await make_dashboard(server, VIEW)
    await page.goto("/my-home")
    await expect(page.get_by_text("176 credits")).to_be_visible()
    await expect(page.locator("hui-statistics-graph-card canvas")).to_have_count(2)
    await warns(page)
    await page.set_viewport_size({"width": 1140, "height": 720})
    for name, scheme in (("dashboard", "light"), ("dashboard_dark", "dark")):
        await page.emulate_media(color_scheme=scheme)
        await picture(name, {"x": 256, "y": 56, "width": 884, "height": 664})

    account.credits = 100
    await warns(page, "Use is unusual")
    account.credits = 40
    await warns(page, "Use is unusual", "Credit is low")
    account.credits = 0
    await expect(page.get_by_text("Credit has run out")).to_be_visible()
    await warns(page, "Use is unusual", "Credit is low")
    simulator.fault = FAULTS["503"]
    await expect(page.locator("hui-tile-card", has_text="Unavailable")).to_have_count(3)
    await warns(page)
    simulator.fault, account.credits = None, 200
    await warns(page, "Use is unusual")
