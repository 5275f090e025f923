"""A real Home Assistant, the simulated API and a browser.

All limits are a minute: a busy computer is slow, and nothing waits longer than it has to.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import os
from pathlib import Path
import shutil

from PIL import Image
from playwright.async_api import Browser, FloatRect, Page, async_playwright, expect
import pytest

from dev import ROOT
from dev.demo.seed import seed
from dev.demo.server import HomeAssistantServer
from dev.simulator import Account, Simulator

from .common import ALICE, free_port, is_at_rest, tidy_up

MINUTE = 60_000
HARMLESS = ["has not been tested by Home Assistant"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker for what a test brings about in the log."""
    config.addinivalue_line("markers", "logs(part): part of log lines to expect")
    expect.set_options(timeout=MINUTE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to make the pictures of the README anew."""
    parser.addoption("--update-images", action="store_true")


@asynccontextmanager
async def home_assistant(
    folder: Path, simulator: Simulator, request: pytest.FixtureRequest
) -> AsyncIterator[HomeAssistantServer]:
    """Have a Home Assistant, not started. In the end its log must suit a user's eyes."""
    port = free_port()
    seed(folder, port, simulated=True)
    server = HomeAssistantServer(folder, port, poll_seconds=1)
    async with simulator.serve() as server.api_url:
        yield server
        await server.stop()
    assert complaints(folder, request.session) == []


def complaints(folder: Path, session: pytest.Session) -> list[str]:
    """Return what the log of a Home Assistant complains of, but for what tests expect."""
    expected = HARMLESS + [
        part
        for test in session.items
        for marker in test.iter_markers("logs")
        for part in marker.args
    ]
    return [
        line
        for log in folder.glob("home-assistant.log*")
        for line in log.read_text().splitlines()
        if "thesmsworks" in line
        and any(word in line for word in ("ERROR", "WARNING", "blocking", "deprecated"))
        and not any(part in line for part in expected)
    ]


@pytest.fixture(scope="session")
async def shared_simulator() -> Simulator:
    """Return the API that the shared Home Assistant reads from."""
    return Simulator()


@pytest.fixture(scope="session")
async def shared_server(
    shared_simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> AsyncIterator[HomeAssistantServer]:
    """Run the Home Assistant of all tests that can share one."""
    folder = tmp_path_factory.mktemp("shared") / "config"
    async with home_assistant(folder, shared_simulator, request) as server:
        await server.start()
        yield server


@pytest.fixture
def simulator(shared_simulator: Simulator) -> Simulator:
    """Return the simulated API, with nothing of an earlier test in it."""
    shared_simulator.accounts.clear()
    shared_simulator.fault = None
    return shared_simulator


@pytest.fixture
def account(simulator: Simulator) -> Account:
    """Return Alice's account, which holds 180 credits."""
    return simulator.add_account(ALICE)


@pytest.fixture
async def server(
    simulator: Simulator, account: Account, shared_server: HomeAssistantServer
) -> HomeAssistantServer:
    """Return a running Home Assistant, with nothing of an earlier test in it."""
    await tidy_up(shared_server)
    return shared_server


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Run a browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--disable-background-networking", "--disable-gpu", "--no-sandbox"],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def page(
    browser: Browser, server: HomeAssistantServer, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """Return a page of a new user. After a failure, what it showed is kept."""
    console: list[str] = []
    failed = request.session.testsfailed
    context = await browser.new_context(
        base_url=server.url,
        locale="en-GB",
        timezone_id="Europe/London",
        viewport={"width": 1000, "height": 640},
        reduced_motion="reduce",
    )
    context.set_default_timeout(MINUTE)
    page = await context.new_page()
    page.on("console", lambda message: console.append(message.text))
    yield page
    if request.session.testsfailed > failed:
        kept = ROOT / ".cache" / "e2e" / request.node.name
        shutil.rmtree(kept, ignore_errors=True)
        await page.screenshot(path=kept / "page.png")
        (kept / "console.log").write_text("\n".join(console))
        shutil.copy(server.folder / "home-assistant.log", kept)
    await context.close()
    assert [line for line in console if "thesmsworks" in line] == []


type TakePicture = Callable[[str, FloatRect], Awaitable[None]]


@pytest.fixture
def picture(request: pytest.FixtureRequest, page: Page) -> TakePicture:
    """Return a function that makes a picture of the README, where that is asked for.

    Elsewhere it compares the size, which tells a picture that was not made anew.
    """

    async def take(name: str, clip: FloatRect) -> None:
        path = ROOT / "docs" / "images" / f"{name}.png"
        if request.config.getoption("--update-images"):
            await is_at_rest(page)
            await page.screenshot(path=path, clip=clip)
        size = Image.open(path).size
        assert size == (clip["width"], clip["height"]), "scripts/test --update-images"

    return take
