"""The integration answers each rule of Home Assistant's Integration Quality Scale."""

from typing import Any

import yaml

from .common import MANIFEST, PRODUCT

# As listed on developers.home-assistant.io, tier by tier.
BRONZE = {
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
}
SILVER = {
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
}
GOLD = {
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
}
PLATINUM = {"async-dependency", "inject-websession", "strict-typing"}

# The rules that hold in a way that a reviewer would ask about.
UNUSUAL = {
    "entity-category",
    "entity-unavailable",
    "icon-translations",
    "reauthentication-flow",
    "runtime-data",
    "test-before-setup",
}

ANSWERS: dict[str, Any] = yaml.safe_load((PRODUCT / "quality_scale.yaml").read_text())[
    "rules"
]
EXPLAINED = {rule for rule, answer in ANSWERS.items() if answer != "done"}


def test_every_rule_is_answered() -> None:
    assert {*ANSWERS} == BRONZE | SILVER | GOLD | PLATINUM


def test_integration_claims_the_tier_that_it_reaches() -> None:
    statuses = {ANSWERS[rule]["status"] for rule in EXPLAINED}

    assert statuses == {"done", "exempt"}
    assert MANIFEST["quality_scale"] == "platinum"


def test_what_does_not_apply_or_is_unusual_is_explained() -> None:
    assert EXPLAINED >= UNUSUAL
    for rule in EXPLAINED:
        assert ANSWERS[rule]["comment"].endswith("."), rule
