"""From set-up to the first alert, as the moving picture of the README shows it."""

from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect
import pytest

from dev import ROOT
from dev.demo.server import HomeAssistantServer
from dev.simulator import Account

from .common import ALICE
from .test_dashboard import VIEW, make_dashboard

FILM = ROOT / "docs/images/first_alert.gif"
WIDTH, HEIGHT = 880, 506


async def test_set_up_to_first_alert(
    page: Page,
    server: HomeAssistantServer,
    account: Account,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """Add the account, ask for alerts, and get one when credit has fallen."""
    frames: dict[Path, int] = {}

    async def film(milliseconds: int) -> None:
        """Keep what the page shows, once it has come to rest."""
        if request.config.getoption("--update-images"):
            await page.wait_for_timeout(1500)
            path = tmp_path / f"{len(frames)}.png"
            await page.screenshot(path=path)
            frames[path] = milliseconds

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
    await page.get_by_role("button", name="Skip and finish").click()
    await page.goto("/my-home")
    await expect(page.get_by_text("180 credits")).to_be_visible()
    await film(2500)

    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text("SMS credit alert").first.click()
    await page.locator("ha-entity-picker").first.click()
    await page.get_by_text("Alert", exact=True).last.click()
    await film(2500)
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    await page.goto("/my-home")
    for balance, milliseconds in ((120, 1000), (60, 1000), (38, 2500)):
        account.credits = balance
        await expect(page.get_by_text(f"{balance} credits").last).to_be_visible()
        await film(milliseconds)
    await page.get_by_text("Notifications").first.click()
    await expect(page.get_by_text("Credits left: 38.")).to_be_visible()
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
