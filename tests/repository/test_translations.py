"""The texts, in whatever languages there are.

A language may lack texts, for which Home Assistant shows the English ones. Whether all
are complete is checked before a release, by scripts/release_notes.
"""

import json
import re

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.thesmsworks.const import DOMAIN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from tests.common import set_up

from .common import PRODUCT, TREES, leaves

ENGLISH = leaves(TREES["en"])


def text(value: object) -> str:
    """Validate a text: addresses belong to placeholders, which no quote may hide."""
    if not isinstance(value, str) or not value or value != value.strip():
        raise vol.Invalid("there is no text, or there is space around it")
    if bad := re.search(r"<[a-z/]|\w+://|www\.|\[%key:|'{", value, re.IGNORECASE):
        raise vol.Invalid(f"{bad.group()} is not allowed")
    return value


TEXT = {str: text}
STEP = {"title": text, "description": text, "data": TEXT, "data_description": TEXT}
FLOW = {"step": {str: STEP}, "abort": TEXT, "error": TEXT}
STATES = {"name": text, "state": TEXT}
ENTITY = {"unit_of_measurement": text, "state_attributes": {str: STATES}} | STATES
FIELD = {"name": text, "description": text}
SCHEMA = vol.Schema(
    {
        "common": TEXT,
        "config": FLOW,
        "options": FLOW,
        "entity": {str: {str: ENTITY}},
        "exceptions": {str: {vol.Required("message"): text}},
        "issues": {str: {"title": text, "description": text}},
        "services": {str: {"name": text, "description": text, "fields": {str: FIELD}}},
        "selector": {str: {"options": TEXT, "unit_of_measurement": TEXT}},
    }
)


@pytest.mark.parametrize("language", TREES)
def test_file_has_the_shape_of_the_english_one(language: str) -> None:
    """Its texts are in the same order, so that they compare line by line."""
    SCHEMA(TREES[language])
    file = PRODUCT / "translations" / f"{language}.json"
    translated = list(leaves(TREES[language]))

    assert translated == [path for path in ENGLISH if path in translated]
    assert file.read_text() == (
        json.dumps(TREES[language], ensure_ascii=False, indent=2) + "\n"
    )


@pytest.mark.parametrize("language", TREES)
def test_placeholders_are_the_english_ones(language: str) -> None:
    """Home Assistant ignores a translation that has others."""
    for path, translated in leaves(TREES[language]).items():
        assert sorted(re.findall(r"{\w+}", translated)) == sorted(
            re.findall(r"{\w+}", ENGLISH[path])
        ), path


@pytest.mark.parametrize("language", TREES)
async def test_home_assistant_reads_every_text(
    hass: HomeAssistant, enable_custom_integrations: None, language: str
) -> None:
    """It finds no fault for which it would show the English one instead."""
    for category in TREES["en"]:
        shown = await async_get_translations(hass, language, category, {DOMAIN})
        english = {category: TREES["en"][category]}
        translated = {category: TREES[language].get(category, {})}

        assert shown == leaves(english, f"component.{DOMAIN}") | leaves(
            translated, f"component.{DOMAIN}"
        )


@pytest.mark.parametrize("language", TREES)
async def test_entities_are_named_in_the_language(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    config_entry: MockConfigEntry,
    language: str,
) -> None:
    """Their unit is the same in each, since a change would split the statistics."""
    hass.config.language = language
    assert await set_up(hass, config_entry)

    names = ENGLISH | leaves(TREES[language])
    for entity in er.async_entries_for_config_entry(
        entity_registry, config_entry.entry_id
    ):
        path = f"entity.{entity.domain}.{entity.translation_key}"
        shown = hass.states.get(entity.entity_id)
        assert shown
        assert shown.name == f"The SMS Works {names[f'{path}.name']}"
        if unit := ENGLISH.get(f"{path}.unit_of_measurement"):
            assert shown.attributes["unit_of_measurement"] == unit
