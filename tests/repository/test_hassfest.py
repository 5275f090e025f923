"""The rules that Home Assistant's hassfest has for a custom integration.

The validation of the continuous integration runs hassfest itself, as a container. These
tests say the same beforehand, and of every language where hassfest reads the English.
"""

from copy import deepcopy
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
import pytest
import voluptuous as vol

from custom_components.thesmsworks.const import DOMAIN
import homeassistant
from tests.repository.test_files import ENGLISH, MANIFEST, PRODUCT, SOURCE, leaves

ICONS = json.loads((PRODUCT / "icons.json").read_text())
LANGUAGES = sorted(path.stem for path in (PRODUCT / "translations").iterdir())
REPOSITORY = "https://github.com/seed-139e8074/ha-thesmsworks"
COMPONENTS = Path(homeassistant.__file__).parent / "components"

MANIFEST_KEYS = {
    "after_dependencies",
    "codeowners",
    "config_flow",
    "dependencies",
    "documentation",
    "domain",
    "import_executor",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "loggers",
    "name",
    "quality_scale",
    "requirements",
    "single_config_entry",
    "version",
}
VERSIONS = [
    AwesomeVersionStrategy.CALVER,
    AwesomeVersionStrategy.SEMVER,
    AwesomeVersionStrategy.SIMPLEVER,
    AwesomeVersionStrategy.BUILDVER,
    AwesomeVersionStrategy.PEP440,
]

KEY = re.compile(r"(?!.*[_-]{2})[a-z0-9]([a-z0-9_-]*[a-z0-9])?")
ADDRESS = re.compile(r"\w+://|www\.", re.IGNORECASE)


def key(value: str) -> str:
    """Validate the name of a text."""
    if not KEY.fullmatch(value):
        raise vol.Invalid(f"{value} cannot be the name of a text")
    return value


def constant(value: Any) -> str:
    """Validate a text without placeholders."""
    if not isinstance(value, str) or not value or value != value.strip():
        raise vol.Invalid(f"{value!r} is no text, or has space around it")
    if re.search(r"<[a-z/]", value, re.IGNORECASE):
        raise vol.Invalid(f"there is HTML in {value!r}")
    if ADDRESS.search(value):
        raise vol.Invalid(f"the address in {value!r} has to be a placeholder")
    if "[%key:" in value:
        raise vol.Invalid(f"{value!r} refers to a text, which works in the core only")
    if any(name is not None for _, name, _, _ in Formatter().parse(value)):
        raise vol.Invalid(f"nothing fills in {value!r}")
    return value


def text(value: Any) -> str:
    """Validate a text."""
    if not isinstance(value, str) or re.search(r"'{\w+}'", value):
        raise vol.Invalid(f"a quote in {value!r} keeps it from being filled in")
    for _, name, _, _ in Formatter().parse(value):
        if name is not None and not name.isidentifier():
            raise vol.Invalid(f"{name!r} cannot be a placeholder")
    constant(re.sub(r"{\w+}", "x", value))
    return value


def icon(value: Any) -> str:
    """Validate an icon."""
    if not isinstance(value, str) or not re.fullmatch(r"mdi:[a-z0-9-]+", value):
        raise vol.Invalid(f"{value!r} is not one of Material Design's icons")
    return value


def described(step: dict[str, Any]) -> dict[str, Any]:
    """Validate that a step describes no field that it does not have."""
    if unknown := step.get("data_description", {}).keys() - step.get("data", {}).keys():
        raise vol.Invalid(f"there is no field {unknown}")
    return step


def ascending(icons: dict[str, str]) -> dict[str, str]:
    """Validate that the icons of a range have numbers in their order."""
    numbers = [float(number) for number in icons]
    if numbers != sorted(numbers):
        raise vol.Invalid(f"{numbers} are not in order")
    return icons


def distinct(icons: dict[str, Any]) -> dict[str, Any]:
    """Validate that no state repeats the default icon."""
    if icons["default"] in [
        *icons.get("state", {}).values(),
        *icons.get("range", {}).values(),
    ]:
        raise vol.Invalid(f"{icons['default']} is there twice")
    return icons


FLOW = {
    vol.Required("step"): {
        key: vol.All(
            {
                "title": text,
                "description": text,
                "data": {key: text},
                "data_description": {key: text},
            },
            described,
        )
    },
    "abort": {key: text},
    "error": {key: text},
}
TEXTS = vol.Schema(
    {
        "config": FLOW,
        "options": FLOW,
        "entity": {
            key: {
                key: {
                    "name": text,
                    "unit_of_measurement": constant,
                    "state_attributes": {key: {"name": constant}},
                }
            }
        },
        "exceptions": {key: {vol.Required("message"): text}},
        "issues": {
            key: {vol.Required("title"): text, vol.Required("description"): text}
        },
        "selector": {key: {"unit_of_measurement": {key: constant}}},
    }
)
ICONS_SCHEMA = vol.Schema(
    {
        vol.Required("entity"): {
            key: {
                key: vol.All(
                    {
                        vol.Required("default"): icon,
                        "state": {key: icon},
                        "range": vol.All({str: icon}, ascending),
                    },
                    distinct,
                )
            }
        }
    }
)


def test_manifest_has_no_unknown_key_and_is_sorted() -> None:
    """The domain and the name come first."""
    keys = list(MANIFEST)

    assert set(keys) <= MANIFEST_KEYS
    assert keys == ["domain", "name", *sorted(keys[2:])]


def test_manifest_is_of_a_custom_integration() -> None:
    """It has a version, and a page of its own."""
    assert MANIFEST["domain"] == DOMAIN == PRODUCT.name
    assert not (COMPONENTS / DOMAIN).exists()
    assert AwesomeVersion(MANIFEST["version"], ensure_strategy=VERSIONS).valid
    assert all(re.fullmatch(r"@[\w-]+", owner) for owner in MANIFEST["codeowners"])
    assert MANIFEST["documentation"] == REPOSITORY
    assert MANIFEST["issue_tracker"] == f"{REPOSITORY}/issues"
    assert MANIFEST["integration_type"] == "service"
    assert MANIFEST["iot_class"] == "cloud_polling"
    assert MANIFEST["quality_scale"] == "platinum"


def test_what_is_used_of_home_assistant_need_not_be_declared() -> None:
    """Platforms and diagnostics are there before any integration is."""
    used = set(re.findall(r"homeassistant\.components\.(\w+)", SOURCE))

    assert used == {"binary_sensor", "diagnostics", "sensor"}
    assert not MANIFEST["requirements"]
    assert not {"dependencies", "after_dependencies"} & MANIFEST.keys()


def test_set_up_is_by_config_flow_alone() -> None:
    """What YAML set up would need a schema that refuses it."""
    assert MANIFEST["config_flow"] is (PRODUCT / "config_flow.py").exists()
    assert "def async_setup(" not in SOURCE
    assert "CONFIG_SCHEMA" not in SOURCE


def test_there_are_no_actions_to_describe() -> None:
    """Neither in the code nor in the files that describe them."""
    assert not [*PRODUCT.glob("services.y*ml")]
    assert "services.async_register" not in SOURCE
    assert "services" not in ICONS


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_have_the_shape_that_home_assistant_knows(language: str) -> None:
    """With neither addresses nor HTML, and no field described that is not there."""
    TEXTS(json.loads((PRODUCT / "translations" / f"{language}.json").read_text()))


@pytest.mark.parametrize(
    ("path", "bad"),
    [
        ("config.step.user.title", "See https://example.com"),
        ("config.step.user.title", "See www.example.com"),
        ("config.step.user.title", "<b>Connect</b>"),
        ("config.step.user.title", " Connect"),
        ("config.step.user.title", ""),
        ("config.step.user.title", "'{name}'"),
        ("config.step.user.title", "{the name}"),
        ("config.step.user.title", "[%key:common::config_flow::title%]"),
        ("config.step.user.menu", "Connect"),
        ("config.step.user.data_description.other", "A field that is not there"),
        ("entity.sensor.credit_balance.unit_of_measurement", "{credits}"),
        ("issues.low_credit.fix", "Buy credits"),
        ("title", "The SMS Works"),
    ],
)
def test_text_that_hassfest_refuses_is_refused(path: str, bad: str) -> None:
    """So that the test above means something."""
    texts = deepcopy(ENGLISH)
    *parents, last = path.split(".")
    place = texts
    for name in parents:
        place = place[name]
    place[last] = bad

    with pytest.raises(vol.Invalid):
        TEXTS(texts)


def test_icons_have_the_shape_that_home_assistant_knows() -> None:
    """Every entity has one, and no state repeats the default."""
    ICONS_SCHEMA(ICONS)
    named = ENGLISH["entity"]

    assert {
        (platform, name)
        for platform in ICONS["entity"]
        for name in ICONS["entity"][platform]
    } == {(platform, name) for platform in named for name in named[platform]}


def test_every_json_file_is_read_as_it_is_meant() -> None:
    """A name that is there twice would hide one of the two."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    for path in PRODUCT.rglob("*.json"):
        tree = json.loads(path.read_text(), object_pairs_hook=unique)
        assert leaves(tree)
