"""What a user does, from the first token to the last."""

import json

from playwright.async_api import Page, expect
import pytest

from custom_components.thesmsworks.token import secrets_of
from dev.demo.server import HomeAssistantServer, SimulatedApi
from dev.simulator import make_token

from .common import (
    BALANCE,
    INTEGRATION,
    LOW,
    USED,
    add_account,
    becomes,
    choose,
    delete_account,
    enter_token,
    eventually,
    is_own_icon,
    last_states,
    nothing_is_left,
    press_button,
    state,
)
from .conftest import ALICE, TakePicture


async def test_account_is_added_in_the_end(
    page: Page, server: HomeAssistantServer, picture: TakePicture
) -> None:
    """With a malformed token and a refused one on the way."""
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").last.click()
    await page.get_by_role("textbox", name="Search").last.fill("SMS Works")
    found = page.locator("ha-integration-list-item", has_text="The SMS Works")
    assert await is_own_icon(page, found.locator("img"))
    await found.click()

    await enter_token(page, "my api key")
    await expect(page.get_by_text("This is not a whole token.")).to_be_visible()
    await enter_token(page, make_token("nobody"))
    await expect(page.get_by_text("does not accept this token")).to_be_visible()
    await enter_token(page, f"Authorization: JWT {ALICE}")
    await page.get_by_role("button", name="Skip and finish").click()

    await page.goto("/config/devices/dashboard")
    await page.get_by_text("The SMS Works").first.click()
    for name, value in (
        ("Credit balance", "180 credits"),
        ("Credits used", "0 credits"),
        ("Days left", "Unknown"),
        ("Low credit", "OK"),
    ):
        await expect(page.get_by_text(name).first).to_be_visible()
        await expect(page.get_by_text(value).first).to_be_visible()


async def test_second_account_and_the_first_once_more(
    page: Page, server: HomeAssistantServer, api: SimulatedApi
) -> None:
    """Two accounts live side by side, and none is there twice."""
    bob = make_token("bob")
    await api.change(token=bob, credits=42)
    await server.add_account(ALICE)

    await press_button(page, "config_flow_start")
    await page.get_by_role("button", name="OK").click()
    await enter_token(page, bob)
    await page.get_by_role("button", name="Skip and finish").click()
    await becomes(page, server, "sensor.the_sms_works_2_credit_balance", "42")
    assert await state(server, BALANCE) == "180"

    await add_account(page, ALICE)
    await expect(page.get_by_text("This account is already set up.")).to_be_visible()


@pytest.mark.logs("Authentication failed while fetching")
async def test_revoked_token_is_replaced(
    page: Page, server: HomeAssistantServer, api: SimulatedApi
) -> None:
    """Home Assistant asks for a new one, and the account goes on as it was."""
    new, bob = make_token("alice's new key"), make_token("bob")
    await api.change(token=bob)
    await server.add_account(ALICE)
    await api.change(token=ALICE, credits=170)
    await becomes(page, server, BALANCE, "170")
    used = await state(server, USED)
    await api.change(revoked=ALICE, token=new)
    await becomes(page, server, BALANCE, "unavailable")

    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Reconfigure").first.click()
    await expect(page.get_by_text("no longer accepts the token")).to_be_visible()
    await enter_token(page, bob)
    await expect(page.get_by_text("belongs to another account")).to_be_visible()
    await enter_token(page, new)
    await expect(page.get_by_text("Re-authentication was successful")).to_be_visible()

    await becomes(page, server, BALANCE, "170")
    assert await state(server, USED) == used
    await eventually(
        page,
        lambda: last_states(server, BALANCE, 4),
        ["180", "170", "unavailable", "170"],
    )


@pytest.mark.logs("Authentication failed while fetching")
async def test_account_is_changed_and_removed(
    page: Page, server: HomeAssistantServer, api: SimulatedApi, picture: TakePicture
) -> None:
    """Options, another token, diagnostics, and nothing left in the end."""
    new = make_token("alice's new key")
    await server.add_account(ALICE)
    await page.goto("/config/devices/dashboard")
    await page.get_by_text("The SMS Works").first.click()
    await expect(page.get_by_text("180 credits")).to_be_visible()
    await picture("device", {"x": 256, "y": 0, "width": 744, "height": 430})

    await page.goto(INTEGRATION)
    row = page.locator("ha-config-entry-row").first
    await row.get_by_role("button", name="Configure").first.click()
    await page.locator("ha-selector-number input").last.fill("200")
    await page.get_by_role("button", name="Submit").click()
    await becomes(page, server, LOW, "on")

    await api.change(revoked=ALICE, token=new)
    await page.goto(INTEGRATION)
    await choose(page, "reconfigure")
    await enter_token(page, new)
    await expect(page.get_by_text("Reconfiguration was successful")).to_be_visible()
    await becomes(page, server, BALANCE, "180")

    await page.goto(INTEGRATION)
    async with page.expect_download() as download:
        await choose(page, "diagnostics")
    text = (await (await download.value).path()).read_text()
    assert json.loads(text)["data"]["usage"]["balance"] == 180
    for secret in secrets_of(ALICE) + secrets_of(new):
        assert secret not in text

    await delete_account(page)
    assert await nothing_is_left(server)


async def test_low_credit_is_seen_and_told(
    page: Page, server: HomeAssistantServer, api: SimulatedApi, picture: TakePicture
) -> None:
    """By the dashboard, under Repairs, and by an automation from the blueprint."""
    await server.add_account(ALICE)
    await page.goto("/lovelace")
    await expect(page.get_by_text("180 credits")).to_be_visible()
    await picture("dashboard", {"x": 256, "y": 0, "width": 744, "height": 400})

    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text("SMS credit is low").first.click()
    await expect(page.get_by_text("Time of the reminder")).to_be_visible()
    await picture("blueprint", {"x": 256, "y": 0, "width": 744, "height": 640})
    await page.locator("ha-entity-picker").click()
    await page.get_by_text("Low credit", exact=True).last.click()
    await page.get_by_role("button", name="Add action").first.click()
    await page.get_by_placeholder("Search").last.fill("persistent notification")
    await page.get_by_text("Create persistent notification").click()
    await expect(page.get_by_text("Message body of the notification")).to_be_visible()
    await page.wait_for_timeout(1000)
    await page.locator("ha-service-control input").first.fill("{{ balance }} left")
    await expect(page.locator("ha-code-editor")).to_be_visible()
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    await api.change(token=ALICE, credits=38)
    await becomes(page, server, LOW, "on")
    await page.goto("/lovelace")
    await expect(page.get_by_text("Top up now")).to_be_visible()
    await (
        page.get_by_role("link", name="Notifications")
        .or_(page.get_by_text("Notifications"))
        .first.click()
    )
    await expect(page.get_by_text("38 left")).to_be_visible()
    await page.goto("/config/repairs")
    await page.get_by_text("SMS credit is low").first.click()
    await expect(page.get_by_text("has 38 credits left")).to_be_visible()
    await picture("repair", {"x": 0, "y": 0, "width": 1000, "height": 460})

    await api.change(token=ALICE, credits=-2.5)
    await page.goto("/config/repairs")
    await page.get_by_text("SMS credit has run out").first.click()
    await expect(page.get_by_text("a balance of -2.5 credits")).to_be_visible()

    await api.change(token=ALICE, credits=200)
    await page.goto("/config/repairs")
    await expect(page.get_by_text("There are currently no repairs")).to_be_visible()
    await page.goto("/lovelace")
    await expect(page.get_by_text("200 credits")).to_be_visible()
    await expect(page.get_by_text("Top up now")).to_have_count(0)


async def test_power_cut_loses_no_use(
    page: Page, server: HomeAssistantServer, api: SimulatedApi
) -> None:
    """What was used before, during and after it is in the total."""
    await server.add_account(ALICE)
    used = float(await state(server, USED))
    await api.change(token=ALICE, credits=170)
    await becomes(page, server, BALANCE, "170")
    entries = server.folder / ".storage" / "core.config_entries"
    while not entries.exists() or "thesmsworks" not in entries.read_text():
        await page.wait_for_timeout(100)

    server.process.kill()
    await server.process.wait()
    await api.change(token=ALICE, credits=163)
    await server.start()

    await becomes(page, server, BALANCE, "163")
    assert float(await state(server, USED)) == used + 17
