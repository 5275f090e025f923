"""What the documents name is there."""

import os
from pathlib import Path
import re
import shlex

from aiohttp import ClientSession
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from custom_components.thesmsworks import api
from dev import ROOT
from dev.benchmark.contenders import set_up_rest
from dev.simulator import FAULTS, Account, Fault, Simulator
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from tests.common import BALANCE, pass_time, set_up, state

from .common import DOCUMENTS, EVERYTHING, README

GERMAN = re.findall(r"such as\s`(sensor\.\w+)`", README)
HAPPENS: dict[str, Fault | None] = {
    "All is well": None,
    "The token is no longer accepted": FAULTS["401"],
    "The API is down (503)": FAULTS["503"],
    "The answer holds no balance": FAULTS["null"],
    "A hotel's login page answers": FAULTS["HTML"],
    "The connection breaks": FAULTS["reset"],
}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading of the README."""
    below = README.partition(f"## {heading}\n")[2]
    table = below.partition("\n| ---")[2].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in table.splitlines()[1:]
    ]


def anchors(document: str) -> set[str]:
    """Return what can be linked to within a document."""
    headings = re.findall(r"^#+ (.*)$", document, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-")
        for heading in headings
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_repository_leads_somewhere(document: Path) -> None:
    """To a file, and to a heading in it."""
    for target in re.findall(r"\[[^\[\]]*\]\(([^)\s]+)\)", DOCUMENTS[document]):
        path, _, anchor = target.partition("#")
        if "://" not in target:
            file = document.parent / path if path else document
            assert file.exists(), target
            assert not anchor or anchor in anchors(file.read_text()), target


def test_button_imports_the_blueprint() -> None:
    """By the address that the blueprint itself gives."""
    [link] = re.findall(r"\]\((\S+/redirect/blueprint_import/\S+)\)", README)
    [blueprint] = (ROOT / "blueprints").rglob("*.yaml")
    address = URL(link).query["blueprint_url"]

    assert f"source_url: {address}\n" in blueprint.read_text()
    assert address.endswith(str(blueprint.relative_to(ROOT)))


def test_every_script_and_option_exists() -> None:
    """Whoever follows a document can run what it names."""
    python = "".join(path.read_text() for path in (ROOT / "dev").rglob("*.py"))
    for script, option in re.findall(r"`(scripts/\w+)(?: (--\w[\w-]*))?", EVERYTHING):
        assert os.access(ROOT / script, os.X_OK), script
        assert option in (ROOT / script).read_text() + python, option


async def test_entities_are_those_of_an_account(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """By the names and the IDs that users find, and documents name no others."""
    assert await set_up(hass, config_entry)
    found = {shown.entity_id: shown.name for shown in hass.states.async_all()}
    described = [cell.split("<br>") for cell, _ in rows("Entities")]
    named = {*re.findall(r"\b(?:\w+_)?(?:sensor|event)\.the_sms_works_\w+", EVERYTHING)}

    assert found == {
        entity_id.strip("`"): f"The SMS Works {name}" for name, entity_id in described
    }
    assert named == {*found, *GERMAN}


async def test_entity_ids_are_in_the_language(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """As the README says, which has a German one for an example."""
    hass.config.language = "de"
    assert await set_up(hass, config_entry)

    assert [state(hass, entity_id) for entity_id in GERMAN] == ["180"]


async def test_simulated_api_obeys_the_commands(simulator: Simulator) -> None:
    """A fault comes and goes."""
    faults = []
    async with ClientSession() as session:
        for command in re.findall(r"^curl .*$", EVERYTHING, re.MULTILINE):
            _, _, method, url, _, data = shlex.split(command)
            here = api.API_URL.with_path(URL(url).path)
            async with session.request(method, here, data=data) as response:
                assert response.status == 200
            faults.append(simulator.fault)

    assert faults == [FAULTS["503"], None]


@pytest.mark.parametrize(
    ("happens", "by_rest", "by_us"), rows("Why not a `rest` sensor?")
)
async def test_shown_when_ten_credits_were_used(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    account: Account,
    token: str,
    happens: str,
    by_rest: str,
    by_us: str,
) -> None:
    """A rest sensor goes on to show 180, where nobody knows the balance any more."""
    assert await set_up(hass, config_entry)
    await set_up_rest(hass, str(api.API_URL), token)
    assert (state(hass, "sensor.rest"), state(hass, BALANCE)) == ("180", "180")
    account.drain(10)
    simulator.fault = HAPPENS[happens]
    # The rest sensor of 2026.3 raises at what is no number, and keeps its state.
    hass.loop.set_exception_handler(lambda loop, context: None)
    await pass_time(hass, freezer)

    assert state(hass, "sensor.rest") == by_rest.strip("*")
    assert state(hass, BALANCE) == by_us.split(",", maxsplit=1)[0]
    # A second refusal, a minute later, is what asks for a new token.
    await pass_time(hass, freezer)
    asked = [
        flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()
    ]
    assert asked == ([SOURCE_REAUTH] if "asks for a new token" in by_us else [])
