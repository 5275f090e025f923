"""What a user does, from the first token to the last."""

import asyncio
import json

from playwright.async_api import Page, expect
import pytest

from dev.demo.server import HomeAssistantServer
from dev.simulator import FAULTS, Account, Simulator, make_token, secrets_of

from .common import (
    ALICE,
    BALANCE,
    BOB,
    ENTRIES_OF_OURS,
    INTEGRATION,
    LOW,
    PHONE,
    USED,
    becomes,
    choose,
    configure,
    delete_account,
    enter_token,
    finish,
    is_own_icon,
    press_button,
    set_options,
    state,
    text,
    title,
    what_is_left,
    within_a_minute,
)
from .conftest import TakePicture

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
    await expect(page.get_by_text(text("config.error.invalid_token"))).to_be_visible()
    await enter_token(page, NEW)
    await expect(page.get_by_text(text("config.error.invalid_auth"))).to_be_visible()
    await enter_token(page, f"Authorization: JWT {ALICE}")
    await finish(page)

    await press_button(page, "config_flow_start")
    await page.get_by_role("button", name="OK", exact=True).click()
    await enter_token(page, BOB)
    await finish(page)
    await becomes(server, "sensor.the_sms_works_2_credit_balance", "42")
    assert await state(server, BALANCE) == "180"

    await page.goto(INTEGRATION)
    await page.get_by_role("button", name="Add service").first.click()
    await enter_token(page, ALICE)
    await expect(
        page.get_by_text(text("config.abort.already_configured"))
    ).to_be_visible()


async def test_form_says_what_is_wrong_and_takes_the_same_token_later(
    page: Page, server: HomeAssistantServer, simulator: Simulator
) -> None:
    """While the server does not work, is too busy, or answers something else."""
    await page.goto(INTEGRATION)
    await page.get_by_role("button", name="Add service").first.click()
    await page.locator("input[type=password]").fill(ALICE)
    for fault, error in (
        ("503", "server_error"),
        ("429", "rate_limited"),
        ("reset", "connection_broken"),
        ("HTML", "unexpected_response"),
    ):
        simulator.fault = FAULTS[fault]
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_text(text(f"config.error.{error}"))).to_be_visible()

    simulator.fault = None
    await page.get_by_role("button", name="Submit").click()
    await finish(page)
    await becomes(server, BALANCE, "180")


@pytest.mark.logs("no longer accepts the token")
async def test_revoked_token_is_replaced(
    page: Page, server: HomeAssistantServer, simulator: Simulator
) -> None:
    """Home Assistant asks for a new one, and the account goes on as it was."""
    simulator.add_account(BOB)
    await server.add_account(ALICE)
    simulator.accounts[ALICE].drain(7)
    await becomes(server, USED, "7")
    simulator.replace_token(ALICE, NEW)
    await becomes(server, BALANCE, "unavailable")

    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Reconfigure").first.click()
    await expect(page.get_by_text("no longer accepts the token")).to_be_visible()
    await enter_token(page, BOB)
    await expect(page.get_by_text(text("config.error.wrong_account"))).to_be_visible()
    await enter_token(page, NEW)
    await expect(page.get_by_text("Re-authentication was successful")).to_be_visible()

    await becomes(server, BALANCE, "173")
    assert await state(server, USED) == "7"


async def test_options_show_what_is_in_force_and_apply_at_once(
    page: Page, server: HomeAssistantServer
) -> None:
    """The limit that follows the use, too. An error stands at its field."""
    await server.add_account(ALICE)
    await configure(page)
    numbers = page.locator("ha-selector-number input")
    await expect(page.get_by_text("(now 50)")).to_be_visible()
    for number, value in enumerate(("40", "7", "0", "")):
        await expect(numbers.nth(number)).to_have_value(value)
    await numbers.nth(0).fill("-100")
    await numbers.nth(2).fill("50")
    await page.get_by_role("button", name="Submit").click()
    await expect(
        page.get_by_text(text("options.error.below_overdraft"))
    ).to_be_visible()
    await numbers.nth(0).fill("200")
    await page.get_by_role("button", name="Submit").click()
    await becomes(server, LOW, "on")

    await configure(page)
    await expect(numbers.nth(2)).to_have_value("50")


@pytest.mark.logs("no longer accepts the token")
async def test_token_is_changed_before_it_is_refused(
    page: Page, server: HomeAssistantServer, simulator: Simulator
) -> None:
    """By whoever makes a new API key, and knows."""
    await server.add_account(ALICE)
    simulator.replace_token(ALICE, NEW)
    await choose(page, "reconfigure")
    await enter_token(page, NEW)
    await expect(page.get_by_text("Reconfiguration was successful")).to_be_visible()
    await becomes(server, BALANCE, "180")


async def test_diagnostics_hold_no_secret(
    page: Page, server: HomeAssistantServer
) -> None:
    """As users attach the file to an issue that everybody can read."""
    await server.add_account(ALICE)
    async with page.expect_download() as download:
        await choose(page, "diagnostics")
    file = (await (await download.value).path()).read_text()

    assert json.loads(file)["data"]["ledger"]["balance"] == 180
    assert [part for part in secrets_of(ALICE) if part in file] == []


async def test_deleted_account_leaves_nothing(
    page: Page, server: HomeAssistantServer, account: Account
) -> None:
    """Nor the message under Repairs."""
    await server.add_account(ALICE)
    account.credits = 38
    await becomes(server, LOW, "on")
    await delete_account(page)
    assert await what_is_left(server) == []


async def test_low_credit_is_seen(
    page: Page, server: HomeAssistantServer, account: Account, picture: TakePicture
) -> None:
    """Under Repairs, until credit is bought."""
    await server.add_account(ALICE)
    await set_options(server)
    account.credits = 38
    await page.goto("/config/repairs")
    await page.get_by_text(title("low_balance")).click()
    await expect(page.get_by_text("Credit balance: 38, read at")).to_be_visible()
    await picture("repair", {"x": 0, "y": 0, "width": 1000, "height": 460})

    account.credits = -2.5
    await page.goto("/config/repairs")
    await page.get_by_text(title("no_credit")).click()
    await expect(page.get_by_text("Credit balance: -2.5, read at")).to_be_visible()

    account.credits = 200
    await page.goto("/config/repairs")
    await expect(page.get_by_text("There are currently no repairs")).to_be_visible()


async def test_account_is_looked_at_on_a_phone(
    page: Page, server: HomeAssistantServer, account: Account, simulator: Simulator
) -> None:
    """Its device, where the balance is read at once, or it is said why it is not."""
    await server.add_account(ALICE)
    await page.set_viewport_size(PHONE)
    await page.goto("/config/devices/dashboard")
    await page.get_by_text("The SMS Works").first.click()
    for name in (
        "Credit balance",
        "Credits used today",
        "Credits used in 30 days",
        "Credits used in total",
        "Days left",
        "Lasts until",
    ):
        await expect(page.get_by_text(name, exact=True)).to_be_visible()
    read_now = page.get_by_role("button", name="Press", exact=True)
    account.credits = 170
    await read_now.click()
    await expect(page.get_by_text("170 credits")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 400


@pytest.mark.logs("HTTP 503")
async def test_read_now_says_why_it_fails(
    page: Page, server: HomeAssistantServer, simulator: Simulator
) -> None:
    """In a message on the page."""
    await server.add_account(ALICE)
    simulator.fault = FAULTS["503"]
    await page.goto("/config/devices/dashboard")
    await page.get_by_text("The SMS Works").first.click()
    await page.get_by_role("button", name="Press", exact=True).click()
    why = text("exceptions.server_error.message", status="503")
    await expect(page.get_by_text(why).first).to_be_visible()


async def test_action_answers_in_the_tools(
    page: Page, server: HomeAssistantServer
) -> None:
    """With figures and messages, for the account that is chosen by its name."""
    await server.add_account(ALICE)
    await page.goto("/config/tools/action")
    await page.locator("ha-service-picker").click()
    await page.get_by_placeholder("Search").last.fill("get credit")
    await page.get_by_text("Get credit", exact=True).last.click()
    await page.locator("ha-config-entry-picker").click()
    await page.get_by_text("The SMS Works", exact=True).last.click()
    await page.get_by_role("button", name="Perform action").click()
    answer = page.locator(".cm-content")
    await expect(answer).to_contain_text("level: ok")
    await expect(answer).to_contain_text("balance: 180")


async def is_on_disk(server: HomeAssistantServer, *files: str) -> None:
    """Wait until files of Home Assistant know the account."""
    [entry] = await server.request("GET", ENTRIES_OF_OURS)
    async with within_a_minute():
        for file in files:
            path = server.folder / ".storage" / file
            while not path.exists() or entry["entry_id"] not in path.read_text():
                await asyncio.sleep(0.1)


async def test_power_cut_loses_no_use(
    server: HomeAssistantServer, account: Account
) -> None:
    """What was used before, during and after it is in the total."""
    await server.add_account(ALICE)
    account.credits = 170
    await becomes(server, BALANCE, "170")
    # Home Assistant writes its own files some seconds later.
    await is_on_disk(server, "core.config_entries", "core.entity_registry")
    server.process.kill()
    await server.process.wait()
    account.credits = 163
    await server.start()

    await becomes(server, BALANCE, "163")
    assert await state(server, USED) == "17"
