"""What a user does, from the first token to the last."""

import asyncio
import json

from playwright.async_api import Page, expect
import pytest

from dev.demo.server import HomeAssistantServer
from dev.simulator import Account, Simulator, make_token, secrets_of

from .common import (
    ALICE,
    BALANCE,
    INTEGRATION,
    LOW,
    USED,
    becomes,
    choose,
    delete_account,
    enter_token,
    expect_much_use,
    is_own_icon,
    press_button,
    state,
    what_is_left,
)
from .conftest import TakePicture

BOB = make_token("bob")
NEW = make_token("alice's new key")


async def test_accounts_are_added(
    page: Page, server: HomeAssistantServer, simulator: Simulator
) -> None:
    """With a malformed token and a refused one on the way, and none of them twice."""
    simulator.add_account(BOB, 42)
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").last.click()
    await page.get_by_role("textbox", name="Search").last.fill("SMS Works")
    found = page.locator("ha-integration-list-item", has_text="The SMS Works")
    assert await is_own_icon(page, found.locator("img"))
    await found.click()
    await enter_token(page, "my api key")
    await expect(page.get_by_text("This is not a whole token.")).to_be_visible()
    await enter_token(page, NEW)
    await expect(page.get_by_text("does not accept this token")).to_be_visible()
    await enter_token(page, f"Authorization: JWT {ALICE}")
    await page.get_by_role("button", name="Skip and finish").click()

    await press_button(page, "config_flow_start")
    await page.get_by_role("button", name="OK").click()
    await enter_token(page, BOB)
    await page.get_by_role("button", name="Skip and finish").click()
    await becomes(server, "sensor.the_sms_works_2_credit_balance", "42")
    assert await state(server, BALANCE) == "180"

    await page.goto(INTEGRATION)
    await page.get_by_role("button", name="Add service").first.click()
    await enter_token(page, ALICE)
    await expect(page.get_by_text("This account is already set up.")).to_be_visible()


@pytest.mark.logs("no longer accepts the token")
async def test_revoked_token_is_replaced(
    page: Page, server: HomeAssistantServer, simulator: Simulator
) -> None:
    """Home Assistant asks for a new one, and the account goes on as it was."""
    simulator.add_account(BOB)
    await server.add_accounts({ALICE: 180})
    await becomes(server, BALANCE, "180")
    used = await state(server, USED)
    simulator.replace_token(ALICE, NEW)
    await becomes(server, BALANCE, "unavailable")

    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Reconfigure").first.click()
    await expect(page.get_by_text("no longer accepts the token")).to_be_visible()
    await enter_token(page, BOB)
    await expect(page.get_by_text("belongs to another account")).to_be_visible()
    await enter_token(page, NEW)
    await expect(page.get_by_text("Re-authentication was successful")).to_be_visible()

    await becomes(server, BALANCE, "180")
    assert await state(server, USED) == used


@pytest.mark.logs("no longer accepts the token")
async def test_account_is_changed_and_removed(
    page: Page,
    server: HomeAssistantServer,
    simulator: Simulator,
    picture: TakePicture,
) -> None:
    """Options, another token, diagnostics, and nothing left in the end."""
    await server.add_accounts({ALICE: 180})
    await page.goto("/config/devices/dashboard")
    await page.get_by_text("The SMS Works").first.click()
    await expect(page.get_by_text("180 credits")).to_be_visible()
    await picture("device", {"x": 256, "y": 0, "width": 744, "height": 640})

    await page.goto(INTEGRATION)
    row = page.locator("ha-config-entry-row").first
    await row.get_by_role("button", name="Configure").first.click()
    await page.locator("ha-selector-number input").first.fill("200")
    await page.get_by_role("button", name="Submit").click()
    await becomes(server, LOW, "on")

    simulator.replace_token(ALICE, NEW)
    await choose(page, "reconfigure")
    await enter_token(page, NEW)
    await expect(page.get_by_text("Reconfiguration was successful")).to_be_visible()
    await becomes(server, BALANCE, "180")

    async with page.expect_download() as download:
        await choose(page, "diagnostics")
    text = (await (await download.value).path()).read_text()
    assert json.loads(text)["data"]["ledger"]["credit_balance"] == 180
    assert not [part for part in secrets_of(ALICE) | secrets_of(NEW) if part in text]

    await delete_account(page)
    assert await what_is_left(server) == []


async def test_low_credit_is_seen(
    page: Page, server: HomeAssistantServer, account: Account, picture: TakePicture
) -> None:
    """Under Repairs, until credit is bought."""
    await server.add_accounts({ALICE: 180})
    await expect_much_use(server)
    account.credits = 38
    await page.goto("/config/repairs")
    await page.get_by_text("SMS credit of The SMS Works is low").click()
    await expect(page.get_by_text("had 38 credits")).to_be_visible()
    await picture("repair", {"x": 0, "y": 0, "width": 1000, "height": 460})

    account.credits = -2.5
    await page.goto("/config/repairs")
    await page.get_by_text("SMS credit of The SMS Works has run out").click()
    await expect(page.get_by_text("had -2.5 credits")).to_be_visible()

    account.credits = 200
    await page.goto("/config/repairs")
    await expect(page.get_by_text("There are currently no repairs")).to_be_visible()


async def test_power_cut_loses_no_use(
    server: HomeAssistantServer, account: Account
) -> None:
    """What was used before, during and after it is in the total."""
    await server.add_accounts({ALICE: 180})
    used = float(await state(server, USED))
    account.credits = 170
    await becomes(server, BALANCE, "170")
    entries = server.folder / ".storage" / "core.config_entries"
    while not entries.exists() or "thesmsworks" not in entries.read_text():
        await asyncio.sleep(0.1)
    server.process.kill()
    await server.process.wait()
    account.credits = 163
    await server.start()

    await becomes(server, BALANCE, "163")
    assert float(await state(server, USED)) == used + 17
