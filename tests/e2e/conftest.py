"""A real Home Assistant, the simulated API and a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
import os
from pathlib import Path
import shutil

from PIL import Image
from playwright.async_api import FloatRect, Page, async_playwright
import pytest

from dev import ROOT
from dev.demo.seed import seed
from dev.demo.server import HomeAssistantServer
from dev.simulator import Account, Simulator

from .common import ALICE


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker for what a test brings about in the log."""
    config.addinivalue_line("markers", "logs(part): part of log lines to expect")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to make the pictures of the README anew."""
    parser.addoption("--update-images", action="store_true")


@pytest.fixture
def simulator() -> Simulator:
    """Return the simulated API, which the server is pointed at."""
    return Simulator()


@pytest.fixture
def account(simulator: Simulator) -> Account:
    """Return Alice's account, which holds 180 credits."""
    return simulator.add_account(ALICE)


@pytest.fixture
async def home_assistant(
    simulator: Simulator, account: Account, unused_tcp_port: int, tmp_path: Path
) -> AsyncIterator[HomeAssistantServer]:
    """Return Home Assistant with an empty configuration, not started."""
    seed(tmp_path / "config", unused_tcp_port, simulated=True)
    server = HomeAssistantServer(tmp_path / "config", unused_tcp_port, poll_seconds=1)
    async with simulator.serve() as server.api_url:
        yield server


@pytest.fixture
async def server(
    home_assistant: HomeAssistantServer, request: pytest.FixtureRequest
) -> AsyncIterator[HomeAssistantServer]:
    """Run Home Assistant. In the end its logs must be fit for a user's eyes."""
    expected = ["has not been tested by Home Assistant"]
    if marker := request.node.get_closest_marker("logs"):
        expected += marker.args
    await home_assistant.start()
    yield home_assistant
    await home_assistant.stop()
    complaints = [
        line
        for log in home_assistant.folder.glob("home-assistant.log*")
        for line in log.read_text().splitlines()
        if "thesmsworks" in line
        and any(word in line for word in ("ERROR", "WARNING", "blocking", "deprecated"))
        and not any(part in line for part in expected)
    ]
    assert complaints == []


@pytest.fixture
async def page(
    server: HomeAssistantServer, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """Return a page of a browser. After a failure, what it showed is kept."""
    console: list[str] = []
    failed = request.session.testsfailed
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--disable-background-networking", "--disable-gpu", "--no-sandbox"],
        )
        page = await browser.new_page(
            base_url=server.url,
            locale="en-GB",
            timezone_id="Europe/London",
            viewport={"width": 1000, "height": 640},
        )
        page.set_default_timeout(12_000)
        page.on("console", lambda message: console.append(message.text))
        yield page
        if request.session.testsfailed > failed:
            kept = ROOT / ".cache" / "e2e" / request.node.name
            shutil.rmtree(kept, ignore_errors=True)
            await page.screenshot(path=kept / "page.png")
            (kept / "console.log").write_text("\n".join(console))
            shutil.copy(server.folder / "home-assistant.log", kept)
        await browser.close()
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
            await page.wait_for_timeout(1500)
            await page.screenshot(path=path, clip=clip)
        size = Image.open(path).size
        assert size == (clip["width"], clip["height"]), "scripts/test --update-images"

    return take
