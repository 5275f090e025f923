"""What the README and the other documents show is what runs and what is there."""

from datetime import timedelta
import os
import re
import shlex
from typing import Any

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml
from yarl import URL

from custom_components.thesmsworks import api
from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT
from dev.simulator import FAULTS, Account, Simulator
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from tests.common import DAYS_LEFT, pass_time, set_up, state
from tests.repository.test_files import ENGLISH, MANIFEST, PRODUCT

README = (ROOT / "README.md").read_text()
DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text()
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
}
EVERYTHING = "\n".join(DOCUMENTS.values())
BLOCKS = [
    yaml.safe_load(text)
    for text in re.findall(r"```yaml\n(.*?)```", EVERYTHING, re.DOTALL)
]
COMMANDS = [
    line
    for text in re.findall(r"```sh\n(.*?)```", EVERYTHING, re.DOTALL)
    for line in text.splitlines()
]
CARDS = [block for block in BLOCKS if "type" in block]
AUTOMATIONS = {block["alias"]: block for block in BLOCKS if "triggers" in block}
PACKAGES = [block for block in BLOCKS if {"script", "utility_meter"} & set(block)]


async def automate(hass: HomeAssistant, alias: str) -> None:
    """Set up an automation of the README."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(
        hass, "automation", {"automation": AUTOMATIONS[alias]}
    )
    [automation] = hass.states.async_all("automation")
    assert automation.state == "on"


@pytest.fixture
async def account(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    config_entry: MockConfigEntry,
) -> Account:
    """Return the account, set up on a Wednesday morning."""
    freezer.move_to("2026-07-01 15:59:00+00:00")
    assert await set_up(hass, config_entry)
    return account


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """Return the titles of the notifications."""
    titles: list[str] = []

    async def create(call: ServiceCall) -> None:
        titles.append(call.data["title"])

    hass.services.async_register("persistent_notification", "create", create)
    return titles


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of the README."""
    below = README.partition(f"## {heading}\n")[2]
    table = re.search(r"^\| -.*\n((?:\|.*\n)+)", below, re.MULTILINE)
    assert table
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in table[1].splitlines()
    ]


def anchors(document: str) -> set[str]:
    """Return what can be linked to within a document."""
    headings = re.findall(r"^#+ (.*)$", document, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_within_the_repository_leads_somewhere(name: str) -> None:
    """To a file, and to a heading in it."""
    for target in re.findall(r"\[[^\[\]]*\]\(([^)\s]+)\)", DOCUMENTS[name]):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text()), target


def test_every_picture_is_described_and_no_more_than_three_come_first() -> None:
    """For those who cannot see it, and those who look for how to install."""
    pictures = re.findall(r"!\[([^\]]*)\]\((docs/[^)]+)\)", README)

    assert {path for _, path in pictures} == {
        str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "images").iterdir()
    }
    assert all(len(text.split()) >= 8 for text, _ in pictures)
    assert 1 <= README.partition("## Install")[0].count("](docs/images/") <= 3


def test_buttons_lead_to_this_integration() -> None:
    """To its repository, to its form and to its blueprint."""
    links = {
        URL(link).path.split("/")[2]: URL(link).query
        for link in re.findall(r"\]\((https://my\.[^)]+/redirect/[^)]+)\)", README)
    }
    _, owner, repository = URL(MANIFEST["documentation"]).path.split("/")
    [blueprint] = (ROOT / "blueprints").rglob("*.yaml")
    source_url = re.search(r"source_url: (\S+)", blueprint.read_text())

    assert source_url
    assert links == {
        "hacs_repository": {
            "owner": owner,
            "repository": repository,
            "category": "integration",
        },
        "config_flow_start": {"domain": DOMAIN},
        "blueprint_import": {"blueprint_url": source_url[1]},
    }
    assert source_url[1].endswith(str(blueprint.relative_to(ROOT)))


def test_every_script_and_option_exists() -> None:
    """Whoever follows a document can run what it names."""
    for script, option in re.findall(r"`(scripts/\w+)(?: (--\w[\w-]*))?", EVERYTHING):
        assert os.access(ROOT / script, os.X_OK), script
        folder = {"scripts/develop": "dev/demo"}.get(script, script)
        sources = [ROOT / script, *(ROOT / folder).glob("*.py")]
        assert option in "".join(source.read_text() for source in sources)


def test_messages_are_those_that_users_see() -> None:
    """What is looked up under Troubleshooting is on the screen."""
    errors = [*ENGLISH["config"]["error"].values()]
    looked_up = [row[0] for row in rows("Troubleshooting") if "**" not in row[0]]

    assert len(looked_up) == 5
    for message in looked_up:
        assert any(error.startswith(message) for error in errors), message


def test_number_of_languages_is_right() -> None:
    """English is one of them."""
    assert len([*(PRODUCT / "translations").iterdir()]) == 9
    assert "in nine languages" in README


async def test_entities_are_those_of_an_account(
    hass: HomeAssistant, account: Account
) -> None:
    """All of them, by the names and the IDs that users find."""
    for cell, _ in rows("Entities"):
        name, entity_id = cell.split("<br>")
        found = hass.states.get(entity_id.strip("`"))
        assert found
        assert found.name == f"The SMS Works {name}"
    assert len(rows("Entities")) == len(hass.states.async_all())


async def test_simulated_api_obeys_the_commands(simulator: Simulator) -> None:
    """A fault comes and goes."""
    assert len(COMMANDS) == 2
    faults = []
    async with ClientSession() as session:
        for command in COMMANDS:
            curl, _, method, url, _, data = shlex.split(command)
            assert curl == "curl"
            here = api.API_URL.with_path(URL(url).path)
            async with session.request(method, here, data=data) as response:
                assert response.status == 200
            faults.append(simulator.fault)

    assert faults == [FAULTS["503"], None]


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    """A block of another kind needs a test of its own."""
    assert len(BLOCKS) == len(CARDS) + len(AUTOMATIONS) + len(PACKAGES)
    assert set(AUTOMATIONS) == {
        "Read the SMS credit every hour",
        "SMS credit is not known",
        "SMS credit will not last the weekend",
    }


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card["type"])
async def test_card_is_on_the_dashboard_and_shows_what_exists(
    hass: HomeAssistant, account: Account, card: dict[str, Any]
) -> None:
    """The demonstration has the same cards, and every entity in them exists."""
    dashboard = yaml.safe_load((ROOT / "dev/demo/dashboard.yaml").read_text())
    shown = [
        shown
        for view in dashboard["views"]
        for section in view["sections"]
        for shown in section["cards"]
    ]

    assert card in shown
    entities = re.findall(r"\b(?:binary_)?sensor\.\w+", str(card))
    assert entities
    for entity_id in entities:
        assert state(hass, entity_id)
    if "content" in card:
        text = Template(card["content"], hass).async_render()
        assert "Only **180** credits are left." in text


@pytest.mark.usefixtures("end_automations")
async def test_unknown_balance_is_told_after_a_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    simulator: Simulator,
    told: list[str],
) -> None:
    """And not after a night."""
    await automate(hass, "SMS credit is not known")
    simulator.fault = FAULTS["reset"]
    await pass_time(hass, freezer)
    await pass_time(hass, freezer, timedelta(hours=12))
    assert told == []

    await pass_time(hass, freezer, timedelta(hours=12))
    assert told == ["SMS credit is not known"]


@pytest.mark.usefixtures("end_automations")
@pytest.mark.parametrize("credits", [30, 170])
async def test_weekend_is_told_on_friday(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    told: list[str],
    credits: float,
) -> None:
    """If the credit will not last until Monday."""
    await automate(hass, "SMS credit will not last the weekend")
    account.credits = credits
    for day in ("02", "03", "04"):
        freezer.move_to(f"2026-07-{day} 15:45:00+00:00")
        await pass_time(hass, freezer)

    assert state(hass, DAYS_LEFT).isdecimal()
    assert told == (["Top up before the weekend"] if credits == 30 else [])


@pytest.mark.usefixtures("end_automations")
async def test_balance_is_read_every_hour(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    config_entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """For those who turned off polling."""
    hass.config_entries.async_update_entry(config_entry, pref_disable_polling=True)
    assert await hass.config_entries.async_reload(config_entry.entry_id)
    await automate(hass, "Read the SMS credit every hour")
    simulator.requests.clear()

    for hour in range(1, 4):
        await pass_time(hass, freezer, timedelta(hours=1))
        assert len(simulator.requests) == hour


# The meter's own timer for the end of the month.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_credits_are_counted_per_month(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, account: Account
) -> None:
    """By Home Assistant's own meter."""
    [package] = [package for package in PACKAGES if "utility_meter" in package]
    assert await async_setup_component(hass, "utility_meter", package)
    await hass.async_block_till_done()
    await hass.async_start()
    account.drain(12)
    await pass_time(hass, freezer)
    account.drain(3)
    await pass_time(hass, freezer)

    assert float(state(hass, "sensor.sms_credits_this_month")) == 15


@pytest.mark.parametrize(
    ("credits", "fault", "sends"),
    [(1, None, True), (0, None, False), (-5, None, False), (0, "reset", True)],
)
async def test_text_is_sent_unless_there_is_no_credit(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    simulator: Simulator,
    told: list[str],
    credits: float,
    fault: str | None,
    sends: bool,
) -> None:
    """An unknown balance keeps no alarm back."""
    [package] = [package for package in PACKAGES if "script" in package]
    assert await async_setup_component(hass, "script", package)
    sent = async_mock_service(hass, "notify", "sms")
    account.credits = credits
    simulator.fault = FAULTS[fault] if fault else None
    await pass_time(hass, freezer)

    await hass.services.async_call(
        "script", "block_when_empty", {"message": "Alarm"}, blocking=True
    )

    assert [call.data["message"] for call in sent] == (["Alarm"] if sends else [])
    assert told == ([] if sends else ["No SMS credit"])
