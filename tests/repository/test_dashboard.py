"""The dashboard to copy shows an account as it is."""

import re

import yaml

from custom_components.thesmsworks.const import ACCOUNT_URL
from dev import ROOT
from homeassistant.helpers.template import Template
from tests.common import LOW, Home
from tests.disk import hass_config_dir, hass_storage  # noqa: F401

TEXT = (ROOT / "docs/dashboard.yaml").read_text()
WARNINGS, CREDIT, _ = yaml.safe_load(TEXT)["sections"]


def warnings(home: Home) -> list[str]:
    """Return the texts of the warnings, low credit first."""
    texts = [Template(card["content"], home.hass) for card in WARNINGS["cards"]]
    return [text.async_render() for text in texts]


async def test_all_entities_of_an_account_are_shown(home: Home) -> None:
    """And no others. The gauge is red up to the threshold of a new account."""
    assert await home.set_up()
    named = re.findall(r"\b(?:\w+_)?(?:sensor|event)\.\w+", TEXT)
    [gauge] = [card for card in CREDIT["cards"] if card["type"] == "gauge"]

    assert {*named} == {*home.hass.states.async_entity_ids()}
    assert [gauge["severity"]["yellow"]] == home.attributes(LOW, "threshold")


async def test_warnings_say_how_much_and_lead_to_the_account(home: Home) -> None:
    """Where one can top up, and see what was sent."""
    assert await home.set_up(*[1] * 7)
    await home.poll(37.5)
    low, unusual = warnings(home)

    assert "The balance is 37.5 credits. <a" in low
    assert "142.5 credits were used today, more than the limit of 50." in unusual
    for warning in (low, unusual):
        assert f'<a href="{ACCOUNT_URL}">' in warning


async def test_credit_that_is_low_by_days_says_how_many(home: Home) -> None:
    """As the balance alone does not tell why."""
    assert await home.set_up(*[30] * 10)

    assert "The balance is 180 credits, enough for 6 days. <a" in warnings(home)[0]
