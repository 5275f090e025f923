"""The dashboard to copy, of an account that has been used for months."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Page, expect
import pytest

from dev.demo.server import HomeAssistantServer
from dev.simulator import FAULTS, Account, Simulator

from .common import ALERT, BALANCE, VIEW, becomes, is_whole, make_dashboard, warns
from .conftest import TakePicture, home_assistant

TAKEN = {"x": 256, "y": 56, "width": 884, "height": 904}


@pytest.fixture
async def server(
    tmp_path: Path,
    request: pytest.FixtureRequest,
    simulator: Simulator,
    account: Account,
) -> AsyncIterator[HomeAssistantServer]:
    """Run a Home Assistant of its own, as a past cannot be added to a running one."""
    async with home_assistant(tmp_path / "config", simulator, request) as server:
        server.seed_accounts(simulator.accounts)
        await server.start()
        yield server


async def pretend_to_have_told(server: HomeAssistantServer) -> None:
    """Show an alert of twelve days ago, which the past of the demo did not make."""
    alert = await server.request("GET", f"/api/states/{ALERT}")
    attributes = alert["attributes"] | {"event_type": "recovered"}
    then = datetime.now(UTC) - timedelta(days=12)
    told = {"state": then.isoformat(), "attributes": attributes}
    await server.request("POST", f"/api/states/{ALERT}", json=told)


@pytest.mark.logs("HTTP 503")
async def test_account_is_shown_as_it_is(
    page: Page,
    server: HomeAssistantServer,
    simulator: Simulator,
    account: Account,
    picture: TakePicture,
) -> None:
    """As use is unusual, credit is low, has run out, is not known, and is bought."""
    await page.goto("/config/devices/dashboard")
    await page.get_by_text("The SMS Works").first.click()
    await expect(page.get_by_text("180 credits")).to_be_visible()
    await picture("device", {"x": 256, "y": 0, "width": 744, "height": 640})

    await pretend_to_have_told(server)
    account.credits = 176
    await becomes(server, BALANCE, "176")
    await make_dashboard(server, VIEW)
    await page.goto("/my-home")
    await expect(page.get_by_text("Credit is no longer low")).to_be_visible()
    await expect(page.locator("hui-statistics-graph-card canvas")).to_have_count(2)
    await warns(page)
    await is_whole(page)
    await page.set_viewport_size({"width": 1140, "height": 960})
    for name, scheme in (("dashboard", "light"), ("dashboard_dark", "dark")):
        await page.emulate_media(color_scheme=scheme)
        await picture(name, TAKEN)

    account.credits = 120
    await warns(page, "Use is unusual")
    account.credits = 40
    await warns(page, "Use is unusual", "Credit is low")
    await is_whole(page)
    account.credits = 0
    await warns(page, "Use is unusual", "Credit has run out")
    simulator.fault = FAULTS["503"]
    await warns(page, "The balance cannot be read at the moment")
    await is_whole(page)
    simulator.fault, account.credits = None, 2000
    await warns(page, "Use is unusual")
