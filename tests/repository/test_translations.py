"""The texts in the languages other than English."""

import json
from pathlib import Path
import re

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
import homeassistant
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from tests.common import set_up, state
from tests.repository.test_files import ENGLISH, PRODUCT, leaves
from tests.repository.test_readme import README

FOLDER = PRODUCT / "translations"
COMPONENTS = Path(homeassistant.__file__).parent / "components"
ENGLISH_TEXTS = leaves(ENGLISH)
LANGUAGES = ["cy", "de", "es", "fr", "it", "nl", "pl", "pt"]

# What is not translated: the names, and the labels of the provider's website.
NAMES = ["The SMS Works", "Home Assistant", "JWT", "API Key", "**Generate Token**"]

# The words that are the same in English.
SAME = {
    "de": {"Token"},
    "es": {"Token"},
    "it": {"Token"},
    "nl": {"Token", "credits"},
    "pl": {"Token"},
    "pt": {"Token"},
}

QUOTES = {
    "cy": "“{}”",
    "de": "„{}“",
    "es": "«{}»",
    "fr": "«\N{NO-BREAK SPACE}{}\N{NO-BREAK SPACE}»",
    "it": "«{}»",
    "nl": "‘{}’",
    "pl": "„{}”",
    "pt": "«{}»",
}

# One word for one thing, in the forms that it takes.
TERMS = {
    "account": {
        "cy": "[cg]yfrif",
        "de": "konto",
        "es": "cuenta",
        "fr": "compte",
        "it": "account",
        "nl": "account",
        "pl": "kon(t|ci)",
        "pt": "conta",
    },
    "threshold": {
        "cy": "trothwy",
        "de": "schwellenwert",
        "es": "umbral",
        "fr": "seuil",
        "it": "soglia",
        "nl": "drempelwaarde",
        "pl": "pr[oó]g",
        "pt": "limiar",
    },
    "token": {
        "cy": "(t|d|th)ocyn",
        "de": "token",
        "es": "token",
        "fr": "jeton",
        "it": "token",
        "nl": "token",
        "pl": "token",
        "pt": "token",
    },
}

# Where Home Assistant has the same thing, in all languages but Welsh.
TERMS_OF_HOME_ASSISTANT = {
    "account": ("geocaching", "config.abort.already_configured"),
    "threshold": ("threshold", "title"),
    "token": ("syncthing", "config.step.user.data.token"),
}


def texts(language: str) -> dict[str, str]:
    """Return the texts of a language by their dotted path."""
    return leaves(json.loads((FOLDER / f"{language}.json").read_text()))


def text_of_home_assistant(component: str, language: str, path: str) -> str:
    """Return a text of one of Home Assistant's own integrations."""
    file = COMPONENTS / component / "translations" / f"{language}.json"
    return leaves(json.loads(file.read_text()))[path]


def words(text: str) -> str:
    """Return what is to be translated: all but placeholders and the bold."""
    return re.sub(r"{\w+}|\*\*.+?\*\*", "", text).casefold()


def test_every_file_is_one_of_a_tested_language() -> None:
    """With none that only some tests know."""
    files = {path.name for path in FOLDER.iterdir()}

    assert files == {f"{language}.json" for language in ["en", *LANGUAGES]}
    assert QUOTES.keys() == set(LANGUAGES)
    for term in TERMS.values():
        assert term.keys() == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_files_have_the_shape_of_the_english_one(language: str) -> None:
    """The same texts in the same order, so that they compare line by line."""
    text = (FOLDER / f"{language}.json").read_text()

    assert list(texts(language)) == list(ENGLISH_TEXTS)
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_markdown_and_numbers_are_the_english_ones(language: str) -> None:
    """Whatever the order in which a language needs them."""
    for path, text in texts(language).items():
        english = ENGLISH_TEXTS[path]
        for pattern in (r"{\w+}", r"\*\*.+?\*\*", r"\]\({\w+}\)", r"\d+"):
            assert sorted(re.findall(pattern, text)) == sorted(
                re.findall(pattern, english)
            ), path
        for mark in ("*", "[", "]", "(", ")", "{", "}", "`", "\n\n", "\n"):
            assert text.count(mark) == english.count(mark), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_is_filled_in(language: str) -> None:
    """An apostrophe in front of one would hide it from the frontend."""
    for path, text in texts(language).items():
        assert "'{" not in text, path


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    """Except for words that are the same."""
    same = {
        text for path, text in texts(language).items() if text == ENGLISH_TEXTS[path]
    }

    assert same == SAME.get(language, set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_not_translated(language: str) -> None:
    """Nor what the provider's website calls its tab and its button."""
    for path, text in texts(language).items():
        for name in NAMES:
            assert text.count(name) == ENGLISH_TEXTS[path].count(name), path


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotes_are_those_of_the_language(language: str) -> None:
    """Around the name of an account, and as the only ones."""
    opening, closing = QUOTES[language].split("{}")
    for path, text in texts(language).items():
        for quoted in re.findall(r"“({\w+})”", ENGLISH_TEXTS[path]):
            assert f"{opening}{quoted}{closing}" in text, path
        rest = re.sub(f'{opening}[^"“”„‘’«»]+{closing}', "", text)
        assert not re.search(r'["“”„‘’«»]', rest), path


def test_french_punctuation_is_not_left_alone_on_a_line() -> None:
    """It follows a space, which must not break."""
    for path, text in texts("fr").items():
        assert not re.search(r"(?<!\N{NO-BREAK SPACE})[:;!?»]", text), path
        assert not re.search(r"«(?!\N{NO-BREAK SPACE})", text), path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("term", TERMS)
def test_one_word_stands_for_one_thing(term: str, language: str) -> None:
    """Wherever the English text names it, the translation names it alike."""
    for path, text in texts(language).items():
        if re.search(rf"\b{term}s?\b", words(ENGLISH_TEXTS[path])):
            assert re.search(TERMS[term][language], words(text)), path


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "cy"])
@pytest.mark.parametrize("term", TERMS)
def test_the_word_is_the_one_of_home_assistant(term: str, language: str) -> None:
    """Home Assistant itself has hardly a text in Welsh."""
    component, path = TERMS_OF_HOME_ASSISTANT[term]
    theirs = text_of_home_assistant(component, language, path)

    assert re.search(TERMS[term][language], theirs.casefold())


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "cy"])
def test_the_label_of_the_token_is_the_one_of_home_assistant(language: str) -> None:
    """In every form that asks for it."""
    label = text_of_home_assistant("syncthing", language, "config.step.user.data.token")
    labels = {
        text for path, text in texts(language).items() if path.endswith(".data.token")
    }

    assert labels == {label}


@pytest.mark.parametrize("language", ["de", "es", "fr", "pt"])
def test_the_unit_is_the_one_of_home_assistant(language: str) -> None:
    """The other languages have no unit of credits in Home Assistant."""
    unit = text_of_home_assistant(
        "teslemetry", language, "entity.sensor.credit_balance.unit_of_measurement"
    )
    units = {
        text for path, text in texts(language).items() if "unit_of_measurement" in path
    }

    assert units == {unit}


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "cy"])
def test_the_menu_is_named_as_in_home_assistant(language: str) -> None:
    """Settings and System, which one of its texts leads through as well."""
    menu = re.search(r"\w+ ([>→]) \w+ \1 ", texts(language)["config.error.unknown"])
    theirs = text_of_home_assistant(
        "reolink", language, "config.error.webhook_exception"
    )

    assert menu
    assert menu.group() in theirs


@pytest.mark.parametrize("language", ["de", "es", "fr", "it", "nl", "pt"])
def test_the_button_is_named_as_in_home_assistant(language: str) -> None:
    """Its frontend is not installed here, but some of its texts name the button."""
    theirs = text_of_home_assistant("awair", language, "config.step.local.description")
    opening, closing = QUOTES[language].split("{}")
    for key in ("cannot_connect", "unexpected_response"):
        text = texts(language)[f"config.error.{key}"]
        button = text.partition(opening)[2].partition(closing)[0]

        assert button
        assert f"**{button}" in theirs


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
async def test_home_assistant_reads_every_text(
    hass: HomeAssistant, enable_custom_integrations: None, language: str
) -> None:
    """And finds no fault for which it would show the English one."""
    for category, tree in json.loads((FOLDER / f"{language}.json").read_text()).items():
        shown = await async_get_translations(hass, language, category, {DOMAIN})

        assert shown == leaves({f"component.{DOMAIN}.{category}": tree})


@pytest.mark.parametrize("language", LANGUAGES)
async def test_entities_are_named_in_the_language(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    config_entry: MockConfigEntry,
    language: str,
) -> None:
    """But counted in one unit, which no change of the language splits in two."""
    hass.config.language = language
    assert await set_up(hass, config_entry)

    names = texts(language)
    entities = er.async_entries_for_config_entry(entity_registry, config_entry.entry_id)
    assert len(entities) == 4
    for entity in entities:
        path = f"entity.{entity.domain}.{entity.translation_key}"
        shown = hass.states.get(entity.entity_id)
        assert shown
        assert shown.name == f"The SMS Works {names[f'{path}.name']}"
        if unit := ENGLISH_TEXTS.get(f"{path}.unit_of_measurement"):
            assert shown.attributes["unit_of_measurement"] == unit


async def test_entity_ids_are_in_the_language(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """As the README says, which has a German one for an example."""
    example = re.search(r"such as\s`(sensor\.\w+)`", README)
    hass.config.language = "de"
    assert await set_up(hass, config_entry)

    assert example
    assert state(hass, example[1]) == "180"
