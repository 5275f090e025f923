"""How a user is told, with nothing but what the editor offers."""

from playwright.async_api import Page, expect

from dev.demo.server import HomeAssistantServer
from dev.simulator import Account, Simulator

from .common import (
    ALICE,
    BALANCE,
    BOB,
    LOW,
    PHONE,
    becomes,
    is_at_rest,
    is_told,
    make_alert,
    open_notifications,
    set_options,
    text,
    title,
)
from .conftest import TakePicture


async def test_event_received_offers_the_alerts_by_name(
    page: Page, server: HomeAssistantServer, account: Account
) -> None:
    """Add trigger, the account, the event, an action, saved: credit falls, it runs."""
    await server.add_account(ALICE)
    await page.goto("/config/automation/edit/new")
    await page.get_by_role("button", name="Add trigger").first.click()
    await page.get_by_text("Services").first.click()
    await page.get_by_text("The SMS Works").first.click()
    await page.get_by_text("Event received").first.click()
    await expect(page.get_by_text("The event types to trigger on.")).to_be_visible()
    await is_at_rest(page)
    await page.get_by_text("Event type").last.click()
    await page.get_by_text("Credit is low").first.click()
    await page.get_by_role("button", name="Add action").first.click()
    await page.get_by_placeholder("Search").last.fill("persistent notification")
    await page.get_by_text("Create persistent notification").click()
    await page.locator("ha-service-control input").first.fill("Top up!")
    await page.get_by_role("button", name="Save").first.click()
    dialog = page.locator("ha-dialog-automation-save")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    account.credits = 38
    await is_told(server, None)


async def test_blueprint_needs_nothing_but_the_account(
    page: Page, server: HomeAssistantServer, account: Account, picture: TakePicture
) -> None:
    """Then it tells of credit that is low, has run out, and is no longer low."""
    await server.add_account(ALICE)
    await set_options(server)
    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text("SMS credit alert").first.click()
    await expect(page.get_by_text("Phones").first).to_be_visible()
    await picture("blueprint", {"x": 256, "y": 0, "width": 744, "height": 640})
    await page.locator("ha-device-picker").first.click()
    await page.get_by_text("The SMS Works", exact=True).last.click()
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Traces")).to_be_visible()

    account.credits = 38
    await is_told(server, title("low_balance"))
    await page.goto("/lovelace")
    await open_notifications(page)
    await expect(page.get_by_text("Credit balance: 38")).to_be_visible()
    await picture("notification", {"x": 0, "y": 0, "width": 500, "height": 330})
    account.credits = 0
    await is_told(server, title("no_credit"))
    account.credits = 200
    await is_told(server, title("enough_credit"))


async def test_loop_with_an_automatic_top_up_is_seen_on_a_phone(
    page: Page, server: HomeAssistantServer, account: Account
) -> None:
    """Unusual use stays told, whatever is told of the credit meanwhile."""
    await server.add_account(ALICE)
    await make_alert(server)
    await page.set_viewport_size(PHONE)
    await page.goto("/lovelace")
    await page.get_by_role("button", name="Sidebar toggle").click()
    await open_notifications(page)
    shown = page.locator("notification-item")

    account.credits = 100
    await expect(shown).to_have_count(2)
    await expect(page.get_by_text(title("unusual_use"))).to_be_visible()
    await expect(page.get_by_text(title("low_days"))).to_be_visible()
    account.credits = 2000
    await expect(page.get_by_text(title("enough_credit"))).to_be_visible()
    await expect(page.get_by_text(title("unusual_use"))).to_be_visible()
    await expect(shown).to_have_count(2)
    assert await page.evaluate("document.documentElement.scrollWidth") == 400


async def test_repairs_name_the_account(
    page: Page, server: HomeAssistantServer, simulator: Simulator, account: Account
) -> None:
    """With two accounts low at the same time."""
    bob = simulator.add_account(BOB)
    await server.add_account(ALICE)
    await server.add_account(BOB)
    account.credits, bob.credits = 38, 12
    await page.goto("/config/repairs")

    for name, balance in (("The SMS Works", 38), ("The SMS Works 2", 12)):
        await page.get_by_text(text("issues.low_balance.title", account=name)).click()
        await expect(page.get_by_text(f"Credit balance: {balance}")).to_be_visible()
        await page.get_by_role("button", name="Close").first.click()


async def test_assist_tells_the_balance(server: HomeAssistantServer) -> None:
    """Once it is exposed under a name that can be spoken, as the README says."""
    await server.add_account(ALICE)
    await becomes(server, LOW, "off")
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
