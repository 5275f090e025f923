"""The dashboards to copy: one source, a file for each language.

Entity IDs are made in Home Assistant's language, so that a dashboard for English homes is
empty in all others. The names come from the translations of the integration, the other
texts from texts.yaml.
"""

import json
from pathlib import Path
from string import Template
from textwrap import wrap

import yaml

from dev import ROOT
from homeassistant.util import slugify

DASHBOARDS = ROOT / "docs" / "dashboards"
TRANSLATIONS = ROOT / "custom_components" / "thesmsworks" / "translations"
LANGUAGES = sorted(path.stem for path in TRANSLATIONS.glob("*.json"))

SOURCE = Path(__file__).with_name("source.yaml")
TEXTS = Path(__file__).with_name("texts.yaml")
DEVICE = "The SMS Works"
COMMENTS = (
    "what_it_is",
    "how_to_use",
    "which_language",
    "second_account",
    "renamed_entity",
)
WIDTH = 98


def render(language: str) -> str:
    """Return the dashboard for a Home Assistant in a language."""
    words = _words(language)
    return Template(SOURCE.read_text()).substitute(words)


def _words(language: str) -> dict[str, str]:
    """Return what stands for each $name in the source."""
    translations = json.loads((TRANSLATIONS / f"{language}.json").read_text())
    entities = translations["entity"]
    words: dict[str, str] = yaml.safe_load(TEXTS.read_text())[language]
    for comment in COMMENTS:
        words[comment] = "\n# ".join(wrap(words[comment], WIDTH))
    separator = translations["common"]["decimal_separator"]
    words["as_number"] = ""
    if separator != ".":
        words["as_number"] = f' | string | replace(".", "{separator}")'
    for platform, descriptions in entities.items():
        for key, description in descriptions.items():
            name = description["name"]
            words[f"{key}_name"] = name
            words[key] = f"{platform}.{slugify(f'{DEVICE} {name}')}"
    alert = entities["event"]["alert"]["state_attributes"]["event_type"]["state"]
    for event_type, text in alert.items():
        words[f"{event_type}_title"] = text
    for warning in entities["binary_sensor"].values():
        for attribute, description in warning["state_attributes"].items():
            words[f"{attribute}_label"] = description["name"]
    return words
