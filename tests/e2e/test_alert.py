"""How a user is told, with nothing but what the editor offers."""

import asyncio

from playwright.async_api import Page, expect

from dev.demo.server import HomeAssistantServer
from dev.simulator import Account, Simulator, make_token

from .common import ALICE, BALANCE, LOW, becomes, expect_much_use
from .conftest import TakePicture

BOB = make_token("bob")


async def is_told(server: HomeAssistantServer, start: str) -> None:
    """Wait until the only notification begins like this, for ten seconds at most."""
    async with asyncio.timeout(10):
        told = [""]
        while len(told) != 1 or not told[0].startswith(start):
            await asyncio.sleep(0.1)
            found = await server.command("persistent_notification/get")
            told = [f"{one['title']}: {one['message']}" for one in found]


async def test_event_received_offers_the_alerts_by_name(
    page: Page, server: HomeAssistantServer, account: Account
) -> None:
    """Add trigger, the account, the event, an action, saved: credit falls, it runs."""
    await server.add_accounts({ALICE: 180})
    await page.goto("/config/automation/edit/new")
    await page.get_by_role("button", name="Add trigger").first.click()
    await page.get_by_text("Services").first.click()
    await page.get_by_text("The SMS Works").first.click()
    await page.get_by_text("Event received").first.click()
    await expect(page.get_by_text("The event types to trigger on.")).to_be_visible()
    await page.wait_for_timeout(1500)
    await page.get_by_text("Event type").last.click()
    await page.get_by_text("Credit is low").first.click()
    await page.get_by_role("button", name="Add action").first.click()
    await page.get_by_placeholder("Search").last.fill("persistent notification")
    await page.get_by_text("Create persistent notification").click()
    await page.wait_for_timeout(1500)
    await page.locator("ha-service-control input").first.fill("Top up!")
    await page.wait_for_timeout(500)
    await page.get_by_role("button", name="Save").first.click()
    await page.wait_for_timeout(1500)
    await page.get_by_role("button", name="Save").last.click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    account.credits = 38
    await becomes(server, LOW, "on")
    await is_told(server, "None: Top up!")


async def test_blueprint_needs_nothing_but_the_account(
    page: Page, server: HomeAssistantServer, account: Account, picture: TakePicture
) -> None:
    """Then it tells of credit that is low, has run out, and is no longer low."""
    await server.add_accounts({ALICE: 180})
    await expect_much_use(server)
    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text("SMS credit alert").first.click()
    await expect(page.get_by_text("Phones").first).to_be_visible()
    await picture("blueprint", {"x": 256, "y": 0, "width": 744, "height": 640})
    await page.locator("ha-entity-picker").first.click()
    await page.get_by_text("Alert", exact=True).last.click()
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    for balance, told in (
        (38, "is low"),
        (0, "has run out"),
        (200, "is no longer low"),
    ):
        account.credits = balance
        await is_told(server, f"SMS credit of The SMS Works {told}: ")
        if balance == 38:
            await page.goto("/lovelace")
            await page.get_by_text("Notifications").first.click()
            await expect(page.get_by_text("Top up before texts stop.")).to_be_visible()
            await picture("notification", {"x": 0, "y": 0, "width": 500, "height": 330})


async def test_repairs_name_the_account(
    page: Page, server: HomeAssistantServer, simulator: Simulator, account: Account
) -> None:
    """With two accounts low at the same time."""
    bob = simulator.add_account(BOB)
    await server.add_accounts({ALICE: 180, BOB: 180})
    account.credits, bob.credits = 38, 12
    await page.goto("/config/repairs")

    for name, balance in (("The SMS Works", 38), ("The SMS Works 2", 12)):
        await page.get_by_text(f"SMS credit of {name} is low").click()
        await expect(
            page.get_by_text(f"“{name}” had {balance} credits")
        ).to_be_visible()
        await page.get_by_role("button", name="Close").first.click()


async def test_assist_tells_the_balance(server: HomeAssistantServer) -> None:
    """Once it is exposed under a name that can be spoken, as the README says."""
    await server.add_accounts({ALICE: 180})
    await server.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[BALANCE],
        should_expose=True,
    )
    await server.command(
        "config/entity_registry/update", entity_id=BALANCE, aliases=["SMS credit"]
    )
    answer = await server.request(
        "POST", "/api/conversation/process", json={"text": "What is the SMS credit?"}
    )

    assert "180 credits" in answer["response"]["speech"]["plain"]["speech"]
