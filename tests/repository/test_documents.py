"""What the documents say is so."""

import ast
import os
from pathlib import Path
import re
from subprocess import run

import pytest
from yarl import URL

from custom_components.thesmsworks import api
from custom_components.thesmsworks.models import Alert
from dev import ROOT
from dev.benchmark.contenders import set_up_rest
from dev.simulator import FAULTS, Fault
from homeassistant.config_entries import SOURCE_REAUTH
from tests.common import Home, pass_time

from .common import DOCUMENTS, EVERYTHING, MANIFEST, PRODUCT, README, TREES, leaves

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
COMPARISON = (ROOT / "docs/comparison.md").read_text()
ENGLISH = TREES["en"]
GERMAN = re.findall(r"such as\s`(sensor\.\w+)` in German", EVERYTHING)
# Also around a picture, and in HTML.
LINK = re.compile(r"(?<=\]\()[^)\s]+|(?<=src=\")[^\"]+|(?<=srcset=\")[^\"]+")
# The part of an error that does not depend on what is filled in.
ERRORS = [
    re.sub(r"{\w+}", "…", text)
    for section in (
        ENGLISH["config"]["error"],
        ENGLISH["options"]["error"],
        ENGLISH["exceptions"],
    )
    for text in leaves(section).values()
]
TEXTS = [re.sub(r"^{account}: |{\w+}", "…", text) for text in leaves(ENGLISH).values()]
HAPPENS: dict[str, Fault | None] = {
    "All is well": None,
    "The token is no longer accepted": FAULTS["401"],
    "The API is down (503)": FAULTS["503"],
    "The answer contains no balance": FAULTS["null"],
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


def troubles() -> list[str]:
    """Return the messages that Troubleshooting explains."""
    return [text for cell, _ in rows("Troubleshooting") for text in cell.split("<br>")]


def imports(file: Path) -> set[str]:
    """Return the files of the product that one of them imports from."""
    return {
        f"{node.module}.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.level
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


@pytest.mark.parametrize(
    ("heading", "form"),
    [
        ("Set-up", ENGLISH["config"]["step"]["user"]),
        ("Options", ENGLISH["options"]["step"]["init"]),
    ],
)
def test_fields_are_named_as_in_the_form(
    heading: str, form: dict[str, dict[str, str]]
) -> None:
    assert [name for name, _ in rows(heading)] == [*form["data"].values()]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_explained(error: str) -> None:
    assert any(error.startswith(explained) for explained in troubles())


def test_troubleshooting_explains_what_is_shown() -> None:
    """By the words of the integration, or in bold by those of Home Assistant."""
    for trouble in troubles():
        assert "**" in trouble or any(trouble in text for text in TEXTS), trouble


async def test_entities_are_those_of_an_account(home: Home) -> None:
    """By the names and the IDs that users find, and documents name no others."""
    assert await home.set_up()
    found = {shown.entity_id: shown.name for shown in home.hass.states.async_all()}
    described = [cell.split("<br>") for cell, _ in rows("Entities")]
    named = re.findall(
        r"\b(?:\w+_)?(?:sensor|event|button)\.the_sms_works_\w+", EVERYTHING
    )

    assert found == {
        entity_id.strip("`"): f"The SMS Works {name}" for name, entity_id in described
    }
    assert {*named} == {*found, *GERMAN}


async def test_entity_ids_are_in_the_language(home: Home) -> None:
    """The example in the documents is that of the balance in a German home."""
    home.hass.config.language = "de"
    assert await home.set_up()

    assert [home.state(entity_id) for entity_id in GERMAN] == ["180"]


def test_alerts_are_those_of_the_alert_entity() -> None:
    [meaning] = [cell for name, cell in rows("Entities") if name.startswith("Alert")]

    assert re.findall(r"`(\w+)`", meaning) == [*Alert]


async def test_action_returns_what_is_described(home: Home) -> None:
    assert await home.set_up()
    credit = await home.get_credit()
    described = [cell.split(", ") for cell, _ in rows("Action")]

    assert {name.strip("`") for names in described for name in names} == {*credit}


def test_architecture_names_every_file_of_the_product() -> None:
    house = "".join(names for _, names, _ in rows("The house", ARCHITECTURE))

    assert {*re.findall(r"`(\w+\.py)`", house)} == {
        path.name for path in PRODUCT.glob("*.py")
    }


def test_files_import_only_from_the_floors_below() -> None:
    floors = {
        name: int(floor)
        for floor, names, _ in rows("The house", ARCHITECTURE)
        for name in re.findall(r"`(\w+\.py)`", names)
    }

    for name, floor in floors.items():
        assert all(floors[other] < floor for other in imports(PRODUCT / name)), name


@pytest.mark.parametrize(("promise", "kept_by"), rows("The promises", ARCHITECTURE))
def test_each_promise_is_kept_by_a_test(promise: str, kept_by: str) -> None:
    """The test is there, and was not renamed."""
    tests = re.findall(r"`([\w/]+\.py)::(\w+)`", kept_by)

    assert tests
    for file, test in tests:
        assert re.search(rf"def {test}\b", (ROOT / file).read_text()), test


@pytest.mark.parametrize(
    ("happens", "by_rest", "by_us"), rows("Comparison with a `rest` sensor", COMPARISON)
)
async def test_rest_sensor_shows_what_is_said_of_it(
    home: Home, token: str, happens: str, by_rest: str, by_us: str
) -> None:
    """It goes on to show 180, where nobody knows the balance any more."""
    assert await home.set_up()
    await set_up_rest(home.hass, str(api.API_URL), token)
    assert (home.state("sensor.rest"), home.state()) == ("180", "180")
    home.account.drain(10)
    home.simulator.fault = HAPPENS[happens]
    await pass_time(home.hass, home.freezer)

    assert home.state("sensor.rest") == by_rest.strip("*")
    assert home.state() == by_us.partition(",")[0]
    # A second refusal, a minute later, is what asks for a new token.
    await pass_time(home.hass, home.freezer)
    flows = home.hass.config_entries.flow.async_progress()
    is_asked = SOURCE_REAUTH in [flow["context"]["source"] for flow in flows]
    assert is_asked == ("asks for a new token" in by_us)
