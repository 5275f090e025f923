"""The first day, on which there is no past to show yet."""

from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect
import pytest

from dev import ROOT
from dev.dashboards import render
from dev.demo.server import HomeAssistantServer
from dev.simulator import Account

from .common import (
    ALICE,
    DASHBOARD,
    VIEW,
    enter_token,
    finish,
    is_at_rest,
    is_whole,
    make_dashboard,
    open_notifications,
    press_button,
    title,
    warns,
)

FILM = ROOT / "docs/images/first_alert.gif"
WIDTH, HEIGHT = 880, 506


async def test_dashboard_is_pasted(page: Page, server: HomeAssistantServer) -> None:
    """As its first lines say, and nothing looks broken before there is a past."""
    await press_button(page, "config_flow_start")
    await page.get_by_role("button", name="OK", exact=True).click()
    await enter_token(page, ALICE)
    await finish(page)
    await make_dashboard(server, {"title": "Kitchen"})

    await page.goto("/my-home/0?edit=1")
    await page.get_by_role("button", name="Add view").click()
    editor = page.locator("hui-dialog-edit-view")
    await editor.get_by_role("button", name="Menu").click()
    await page.get_by_text("Edit in YAML").click()
    await editor.locator(".cm-content").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(render("en"))
    await editor.get_by_role("button", name="Save").click()
    await page.wait_for_url("**/my-home/sms-credit?*")
    saved = await server.command("lovelace/config", **DASHBOARD)
    assert saved["views"][1]["sections"] == VIEW["sections"]

    await page.goto("/my-home/sms-credit")
    await expect(page.get_by_role("tab", name="SMS credit")).to_be_visible()
    await expect(page.get_by_text("after the first whole day")).to_be_visible()
    await expect(page.get_by_text("Unknown")).to_have_count(0)
    await warns(page)
    await is_whole(page, is_even=False)


async def test_set_up_to_first_alert(
    page: Page,
    server: HomeAssistantServer,
    account: Account,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """Add the account, ask for alerts, and get one when credit has fallen.

    This is the moving picture of the README.
    """
    frames: dict[Path, int] = {}

    async def film(milliseconds: int) -> None:
        """Keep what the page shows, once it has come to rest."""
        if request.config.getoption("--update-images"):
            await is_at_rest(page)
            path = tmp_path / f"{len(frames)}.png"
            await page.screenshot(path=path)
            frames[path] = milliseconds

    account.credits = 60
    await make_dashboard(server, VIEW)
    await page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").last.click()
    await page.get_by_placeholder("Search for a brand name").fill("SMS Works")
    found = page.locator("ha-integration-list-item", has_text="The SMS Works")
    await expect(found).to_be_visible()
    await film(2000)
    await found.click()
    await page.locator("input[type=password]").fill(ALICE)
    await film(2000)
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_text("Name and assign")).to_be_visible()
    await film(1500)
    await finish(page)
    await page.goto("/my-home")
    shown = page.locator("hui-entity-card", has_text="Credit balance")
    await expect(shown).to_contain_text("60")
    await film(2500)

    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text("SMS credit alert").first.click()
    await page.locator("ha-device-picker").first.click()
    await page.get_by_text("The SMS Works", exact=True).last.click()
    await film(2500)
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    await page.goto("/my-home")
    for balance, milliseconds in ((54, 1000), (47, 1000), (38, 2500)):
        account.credits = balance
        await expect(shown).to_contain_text(str(balance))
        await film(milliseconds)
    await open_notifications(page)
    await expect(page.get_by_text(title("low_balance"))).to_be_visible()
    await film(4000)

    if frames:
        first, *others = [
            Image.open(path).convert("RGB").quantize(dither=Image.Dither.NONE)
            for path in frames
        ]
        times = [*frames.values()]
        first.save(FILM, append_images=others, save_all=True, duration=times, loop=0)
    assert Image.open(FILM).size == (WIDTH, HEIGHT)
    assert FILM.stat().st_size < 2_000_000
