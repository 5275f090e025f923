"""A real Home Assistant, the simulated API and a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
import os
from pathlib import Path
import shutil
from typing import Any

from PIL import Image
from playwright.async_api import FloatRect, Page, async_playwright
import pytest

from dev import ROOT
from dev.demo.seed import seed
from dev.demo.server import HomeAssistantServer, SimulatedApi, free_port, simulated_api
from dev.simulator import make_token

ALICE = make_token("alice")
BROWSER_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-sandbox",
]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker for what a test brings about in the log."""
    config.addinivalue_line("markers", "logs(*parts): parts of log lines to expect")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option to make the pictures of the README anew."""
    parser.addoption("--update-images", action="store_true")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Keep the report of a test for its fixtures."""
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture
async def api() -> AsyncIterator[SimulatedApi]:
    """Return the simulated API with Alice's account, which holds 180 credits."""
    async with simulated_api(free_port(), ALICE, "--drain", "0") as api:
        yield api


@pytest.fixture
def home_assistant(api: SimulatedApi, tmp_path: Path) -> HomeAssistantServer:
    """Return Home Assistant with an empty configuration, not started."""
    port = free_port()
    folder = tmp_path / "config"
    seed(folder, port, simulated=True)
    server = HomeAssistantServer(folder, port, poll_seconds=1)
    server.api_url = api.url
    return server


@pytest.fixture
async def server(
    home_assistant: HomeAssistantServer, request: pytest.FixtureRequest
) -> AsyncIterator[HomeAssistantServer]:
    """Run Home Assistant. In the end its logs must be fit for a user's eyes."""
    async with home_assistant as server:
        yield server
    complaints = [
        line
        for log in server.folder.glob("home-assistant.log*")
        for line in log.read_text().splitlines()
        if "thesmsworks" in line
        and any(word in line for word in ("ERROR", "WARNING", "blocking", "deprecated"))
        and not any(word in line for word in expected_in(request))
    ]
    assert complaints == []


def expected_in(request: pytest.FixtureRequest) -> list[str]:
    """Return the parts of log lines that a test brings about on purpose."""
    marker = request.node.get_closest_marker("logs")
    return ["has not been tested by Home Assistant", *(marker.args if marker else ())]


@pytest.fixture
async def page(
    server: HomeAssistantServer, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Page]:
    """Return a page of a browser. After a failure, what it showed is kept."""
    console: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=BROWSER_ARGUMENTS
        )
        context = await browser.new_context(
            base_url=server.url,
            locale="en-GB",
            timezone_id="Europe/London",
            viewport={"width": 1000, "height": 640},
        )
        page = await context.new_page()
        page.set_default_timeout(12_000)
        page.on(
            "console",
            lambda message: (
                console.append(message.text) if message.type == "error" else None
            ),
        )
        yield page
        if request.node.report_call.failed:
            kept = ROOT / ".cache" / "e2e" / request.node.name
            shutil.rmtree(kept, ignore_errors=True)
            kept.mkdir(parents=True)
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
