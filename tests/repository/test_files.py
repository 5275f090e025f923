"""The files that Home Assistant, HACS and translators read."""

import json
import re
import struct
from typing import Any

from PIL import Image
import pytest
import yaml
from yarl import URL

from custom_components.thesmsworks.const import DOMAIN
from dev import ROOT

PRODUCT = ROOT / "custom_components" / DOMAIN
MANIFEST = json.loads((PRODUCT / "manifest.json").read_text())
ENGLISH = json.loads((PRODUCT / "translations" / "en.json").read_text())
SOURCE = "\n".join(path.read_text() for path in sorted(PRODUCT.glob("*.py")))

# The rules of each tier, from Home Assistant's developer documentation.
QUALITY_SCALE = [
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    "async-dependency",
    "inject-websession",
    "strict-typing",
]

# What Home Assistant itself looks up in a flow of any integration.
OF_HOME_ASSISTANT = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}


def leaves(tree: dict[str, Any], path: str = "") -> dict[str, str]:
    """Return the texts of a translation by their dotted path."""
    texts: dict[str, str] = {}
    for key, value in tree.items():
        here = f"{path}.{key}".lstrip(".")
        texts |= leaves(value, here) if isinstance(value, dict) else {here: value}
    return texts


def test_hacs_file_holds_what_hacs_knows() -> None:
    """An unknown key fails its validation, and a zip release the Marketplace."""
    hacs = json.loads((ROOT / "hacs.json").read_text())

    assert hacs == {"name": "The SMS Works", "homeassistant": "2026.3.0"}


def test_hacs_finds_one_integration() -> None:
    """HACS installs the only folder of custom_components, and shows the README."""
    assert [path.name for path in PRODUCT.parent.iterdir() if path.is_dir()] == [DOMAIN]
    assert (ROOT / "README.md").read_text().startswith("# ")
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_every_rule_of_the_quality_scale_is_answered() -> None:
    """As done, or as exempt with the reason."""
    rules = yaml.safe_load((PRODUCT / "quality_scale.yaml").read_text())["rules"]

    assert len(QUALITY_SCALE) == 54
    assert set(rules) == set(QUALITY_SCALE)
    for rule, answer in rules.items():
        assert answer == "done" or (
            answer["status"] == "exempt" and answer["comment"].endswith(".")
        ), rule


def test_every_text_is_used_and_every_text_used_exists() -> None:
    """What a user may come to see is there, and nothing else."""
    used = {f"config.abort.{key}" for key in OF_HOME_ASSISTANT}
    used |= {f"config.abort.{k}" for k in re.findall(r'reason="(\w+)"', SOURCE)}
    flow = (PRODUCT / "config_flow.py").read_text()
    for key in re.findall(r'(?:errors\[.*?\] =|return) "(\w+)"', flow):
        kind = "options" if key == "invalid_threshold" else "config"
        used.add(f"{kind}.error.{key}")
    for step in re.findall(r'_async_step_token\("(\w+)"', SOURCE):
        path = f"config.step.{step}"
        used |= {f"{path}.title", f"{path}.description"}
        used |= {f"{path}.data.token", f"{path}.data_description.token"}
    used.add("options.step.init.title")
    used |= {"options.step.init.description", "options.step.init.data.threshold"}
    used |= {"options.step.init.data_description.threshold"}
    used.add("selector.threshold.unit_of_measurement.credits")
    for platform in ("sensor", "binary_sensor"):
        keys = re.findall(
            r'translation_key="(\w+)"', (PRODUCT / f"{platform}.py").read_text()
        )
        used |= {f"entity.{platform}.{key}.name" for key in keys}
    used |= {
        "entity.binary_sensor.low_credit.state_attributes.threshold.name",
        "entity.sensor.credit_balance.unit_of_measurement",
        "entity.sensor.credits_used.unit_of_measurement",
    }
    raising = (PRODUCT / "coordinator.py").read_text()
    for key in re.findall(r'translation_key="(\w+)"', raising):
        used.add(f"exceptions.{key}.message")
    issue = (PRODUCT / "issue.py").read_text()
    for key in re.findall(r'"(\w+_credit)"', issue):
        used |= {f"issues.{key}.title", f"issues.{key}.description"}

    assert set(leaves(ENGLISH)) == used


def test_placeholders_are_those_that_the_code_fills_in() -> None:
    """None stays in braces on the screen."""
    filled = {
        "config.step.reauth_confirm.description": {"name", "account_url"},
        "config.step.reconfigure.description": {"account_url"},
        "config.step.user.description": {"account_url"},
        "exceptions.cannot_connect.message": {"error"},
        "issues.low_credit.description": {
            "account",
            "account_url",
            "balance",
            "threshold",
        },
        "issues.no_credit.description": {
            "account",
            "account_url",
            "balance",
            "threshold",
        },
        "exceptions.unexpected_response.message": {"error"},
    }

    for path, text in leaves(ENGLISH).items():
        assert set(re.findall(r"{(\w+)}", text)) == filled.get(path, set()), path


@pytest.mark.parametrize("theme", ["", "dark_"])
@pytest.mark.parametrize(("suffix", "scale"), [("", 1), ("@2x", 2)])
def test_brand_images_have_the_sizes_that_home_assistant_shows(
    theme: str, suffix: str, scale: int
) -> None:
    """PNGs with transparency: square icons, and logos of the same height."""
    for name, square in (("icon", True), ("logo", False)):
        data = (PRODUCT / "brand" / f"{theme}{name}{suffix}.png").read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        assert height == 256 * scale
        assert width == height if square else width > height
        assert b"tRNS" in data or data[25] in (4, 6)
        assert len(data) < 32 * 1024
        assert (ROOT / "docs" / "brand" / f"{theme}{name}.svg").exists()


def luminance(picture: Image.Image, x: int, y: int) -> float:
    """Return how bright a pixel is, as the Web Content Accessibility Guidelines do."""
    colour = picture.getpixel((x, y))
    assert isinstance(colour, tuple)
    linear = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour[:3])
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    """Return the contrast of two luminances, from 1 to 21."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize(("name", "page"), [("icon", "white"), ("dark_icon", "#111")])
def test_icon_is_legible_in_a_list(name: str, page: str) -> None:
    """At 24 pixels, the bubble stands out from the page and the needle from it."""
    icon = Image.open(PRODUCT / "brand" / f"{name}.png").convert("RGBA")
    shown = Image.new("RGBA", (24, 24), page)
    around = luminance(shown, 0, 0)
    shown.alpha_composite(icon.resize((24, 24), Image.Resampling.LANCZOS))
    bubble = luminance(shown, 9, 12)
    needle = luminance(shown, 12, 12)

    assert contrast(around, bubble) >= 3
    assert contrast(bubble, needle) >= 3


def test_links_lead_to_the_provider_or_to_the_repository() -> None:
    """No other host is ever contacted or shown."""
    hosts = {URL(link).host for link in re.findall(r'https?://[^"\s)]+', SOURCE)}

    assert hosts == {"api.thesmsworks.co.uk", "thesmsworks.co.uk"}
    assert "http://" not in SOURCE
