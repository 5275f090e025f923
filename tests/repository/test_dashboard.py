"""The dashboards to copy: one for each language, and each shows an account as it is."""

from collections.abc import Iterator
import re
from typing import Any

import pytest
import yaml

from custom_components.thesmsworks.const import ACCOUNT_URL
from dev.dashboards import DASHBOARDS, LANGUAGES, SOURCE, TEXTS, render
from homeassistant.helpers.template import Template
from tests.common import Home

ENTITY_ID = r"\b(?:binary_sensor|button|event|sensor)\.\w+"
ACTION = "button.press"
WARNINGS = yaml.safe_load(render("en"))["sections"][0]["cards"]


def cards(view: Any) -> Iterator[Any]:
    """Yield all cards of a view."""
    for section in view["sections"]:
        yield from section["cards"]


def warning(home: Home, number: int) -> str:
    """Return the text of one of the warnings: of credit, of use, of the reading."""
    text: str = Template(WARNINGS[number]["content"], home.hass).async_render()
    return text


def test_each_language_has_a_dashboard_that_is_up_to_date() -> None:
    """Else run scripts/dashboards."""
    there = {path.stem: path.read_text() for path in DASHBOARDS.iterdir()}
    assert there == {language: render(language) for language in LANGUAGES}


def test_each_text_is_there_in_each_language_and_used() -> None:
    """In the same order, for whoever compares them."""
    texts = yaml.safe_load(TEXTS.read_text())
    source = SOURCE.read_text()
    assert sorted(texts) == LANGUAGES
    for words in texts.values():
        assert [*words] == [*texts["en"]]
    assert [key for key in texts["en"] if f"${key}" not in source] == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_all_entities_of_an_account_are_shown(home: Home, language: str) -> None:
    """And no others, in a Home Assistant of that language."""
    home.hass.config.language = language
    assert await home.set_up()
    named = re.findall(ENTITY_ID, (DASHBOARDS / f"{language}.yaml").read_text())
    assert {*named} - {ACTION} == {*home.hass.states.async_entity_ids()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_word_is_replaced_for_a_second_account(language: str) -> None:
    """As the first lines say."""
    text = render(language).replace("the_sms_works_", "the_sms_works_2_")
    named = {*re.findall(ENTITY_ID, text)} - {ACTION}
    assert [one for one in named if ".the_sms_works_2_" not in one] == []


async def test_warnings_lead_to_where_something_can_be_done(home: Home) -> None:
    """To the account at The SMS Works, or in Home Assistant if it cannot be read."""
    assert await home.set_up()
    assert f'<a href="{ACCOUNT_URL}">' in warning(home, 0)
    assert f'<a href="{ACCOUNT_URL}">' in warning(home, 1)
    assert '<a href="/config/integrations/integration/thesmsworks">' in warning(home, 2)


async def test_low_balance_is_shown_with_the_threshold(home: Home) -> None:
    """As a warning."""
    assert await home.set_up(threshold=150, days=0, daily_limit=1000)
    await home.poll(150)
    assert 'alert-type="warning" title="Credit is low"' in warning(home, 0)
    assert "Warn at (credits): 150." in warning(home, 0)


async def test_few_days_left_are_shown_with_the_days_to_warn_at(home: Home) -> None:
    """As the threshold has nothing to do with it."""
    assert await home.set_up(*[30] * 10)
    assert 'alert-type="warning" title="Credit is low"' in warning(home, 0)
    assert "Warn at (days left): 7." in warning(home, 0)


@pytest.mark.parametrize(("overdraft", "balance"), [(0, 0), (100, -100)])
async def test_credit_that_has_run_out_is_shown_as_that(
    home: Home, overdraft: int, balance: float
) -> None:
    """Nobody is told to top up before texts stop, as they have stopped."""
    assert await home.set_up(overdraft=overdraft)
    await home.poll(balance)
    assert 'alert-type="error" title="Credit has run out"' in warning(home, 0)
    assert "Texts are not sent." in warning(home, 0)


async def test_overdraft_in_use_is_not_shown_as_run_out(home: Home) -> None:
    """As texts are still sent."""
    assert await home.set_up(overdraft=100)
    await home.poll(-96)
    assert 'title="Credit is low"' in warning(home, 0)


async def test_unusual_use_is_shown_with_the_daily_limit(home: Home) -> None:
    """Which may have decimals."""
    home.account.credits = 333.5
    assert await home.set_up()
    await home.poll(200)
    assert "Daily limit: 66.7." in " ".join(warning(home, 1).split())


def test_gauge_is_red_exactly_while_credit_is_low() -> None:
    """Whatever the days left: there are two gauges."""
    view = yaml.safe_load(render("en"))
    gauges = [card for card in cards(view) if card["type"] == "gauge"]
    colours = {
        card["visibility"][0]["state"]: card["segments"][0]["color"] for card in gauges
    }
    assert colours == {"off": "var(--success-color)", "on": "var(--error-color)"}
