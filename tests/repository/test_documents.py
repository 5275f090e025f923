"""What the documents name is there."""

import os
from pathlib import Path
import re
from subprocess import run

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

from .common import DOCUMENTS, EVERYTHING, MANIFEST, PRODUCT, README, TREES, leaves

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
COMPARISON = (ROOT / "docs/comparison.md").read_text()
GERMAN = re.findall(r"such as\s`(sensor\.\w+)`", EVERYTHING)
# Also around a picture, and in HTML.
LINK = re.compile(r"(?<=\]\()[^)\s]+|(?<=src=\")[^\"]+|(?<=srcset=\")[^\"]+")
HAPPENS: dict[str, Fault | None] = {
    "All is well": None,
    "The token is no longer accepted": FAULTS["401"],
    "The API is down (503)": FAULTS["503"],
    "The answer holds no balance": FAULTS["null"],
    "A hotel's login page answers": FAULTS["HTML"],
    "The connection breaks": FAULTS["reset"],
}


def rows(heading: str, document: str = README) -> list[list[str]]:
    """Return the cells of the first table below a heading."""
    below = document.partition(f"# {heading}\n")[2]
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
    for target in re.findall(LINK, DOCUMENTS[document]):
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


def test_try_it_works_on_a_clean_clone(tmp_path: Path) -> None:
    """From the address of the repository to the script, which other tests run."""
    block = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[0]
    clone, change, start = block.splitlines()
    here = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{ROOT}.insteadOf",
        "GIT_CONFIG_VALUE_0": MANIFEST["documentation"],
    }
    commands = f"{clone} && {change} && test -x {start}"

    run(["bash", "-c", commands], cwd=tmp_path, env=os.environ | here, check=True)


def test_parameters_and_options_are_those_of_the_forms() -> None:
    """Under the names that a user sees there."""
    for section, heading in (
        (TREES["en"]["config"]["step"]["user"], "Configuration"),
        (TREES["en"]["options"]["step"]["init"], "Configuration options"),
    ):
        assert [name for name, _ in rows(heading)] == [*section["data"].values()]


def test_troubleshooting_explains_what_is_shown() -> None:
    """By the words of the integration, or in bold by those of Home Assistant."""
    texts = [re.sub(r" {\w+}", "", text) for text in leaves(TREES["en"]).values()]
    for message, _ in rows("Troubleshooting"):
        assert "**" in message or any(text.startswith(message) for text in texts)


def test_architecture_names_every_file_of_the_product() -> None:
    """And no other."""
    house = "".join(name for name, _ in rows("The house", ARCHITECTURE))

    assert {*re.findall(r"`(\w+\.py)`", house)} == {
        path.name for path in PRODUCT.glob("*.py")
    }


def test_each_promise_is_kept_by_a_test() -> None:
    """That is there, and not renamed or gone."""
    for promise, kept_by in rows("The promises", ARCHITECTURE):
        tests = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", kept_by)
        assert tests, promise
        for file, test in tests:
            assert re.search(rf"def {test}\b", (ROOT / file).read_text()), test


async def test_entities_are_those_of_an_account(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """By the names and the IDs that users find, and documents name no others."""
    assert await set_up(hass, config_entry)
    found = {shown.entity_id: shown.name for shown in hass.states.async_all()}
    described = [cell.split("<br>") for cell, _ in rows("Supported functionality")]
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


@pytest.mark.parametrize(
    ("happens", "by_rest", "by_us"), rows("Comparison with a `rest` sensor", COMPARISON)
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
