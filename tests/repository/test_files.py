"""The files that Home Assistant and HACS read, by the rules of hassfest and HACS."""

import json
from pathlib import Path

from PIL import Image
import pytest
import voluptuous as vol
import yaml

from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT
from homeassistant import components
from homeassistant.loader import Manifest

from .common import MANIFEST, PRODUCT, TREES

ICON = vol.Match(r"^mdi:[a-z0-9-]+$")
ICONS = vol.Schema(
    {
        vol.Required("default"): ICON,
        "range": {vol.Coerce(float): ICON},
        "state": {str: ICON},
        "state_attributes": {str: {"default": ICON, "state": {str: ICON}}},
    }
)


def test_manifest_has_only_known_keys_in_order() -> None:
    """The domain and the name come first."""
    keys = [*MANIFEST]

    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert {*keys} <= Manifest.__annotations__.keys()
    assert MANIFEST["domain"] == DOMAIN == PRODUCT.name
    assert MANIFEST["requirements"] == []


def test_hacs_file_holds_what_hacs_knows() -> None:
    """An unknown key fails its validation, and a zip release the Marketplace."""
    hacs = json.loads((ROOT / "hacs.json").read_text())

    assert hacs == {"name": MANIFEST["name"], "homeassistant": "2026.10.0"}
    assert [path for path in PRODUCT.parent.iterdir() if path.is_dir()] == [PRODUCT]


def test_every_rule_of_the_quality_scale_is_answered() -> None:
    """The rules are those that Home Assistant's own integrations answer."""
    rules = yaml.safe_load((PRODUCT / "quality_scale.yaml").read_text())["rules"]
    theirs = {
        rule
        for file in Path(components.__path__[0]).glob("*/quality_scale.yaml")
        for rule in yaml.load(file.read_text(), yaml.CSafeLoader)["rules"]
    }

    assert {*rules} == theirs
    for answer in rules.values():
        assert answer == "done" or (
            answer["status"] in {"done", "exempt"} and answer["comment"]
        )


def test_every_entity_and_action_has_icons() -> None:
    """No icon of an entity is there twice, and those of a range are in order."""
    icons = json.loads((PRODUCT / "icons.json").read_text())

    assert {platform: {*names} for platform, names in icons["entity"].items()} == {
        platform: {*names} for platform, names in TREES["en"]["entity"].items()
    }
    assert {*icons.get("services", {})} == {*TREES["en"].get("services", {})}
    for names in icons["entity"].values():
        for entity in names.values():
            ranges = [*ICONS(entity).get("range", {})]
            assert ranges == sorted(ranges, key=float)
            others = entity.get("range", {}) | entity.get("state", {})
            assert entity["default"] not in others.values()


@pytest.mark.parametrize("name", ["icon", "dark_icon", "logo", "dark_logo"])
@pytest.mark.parametrize(("suffix", "height"), [("", 256), ("@2x", 512)])
def test_brand_images_are_as_home_assistant_shows_them(
    name: str, suffix: str, height: int
) -> None:
    """Transparent and light, the icons square and the logos of the same height."""
    path = PRODUCT / "brand" / f"{name}{suffix}.png"
    image = Image.open(path)

    assert image.format == "PNG"
    assert image.has_transparency_data
    assert image.height == height
    assert image.width == height if "icon" in name else image.width > height
    assert path.stat().st_size < 32 * 1024
    assert (ROOT / "docs" / "brand" / f"{name}.svg").exists()
