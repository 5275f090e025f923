"""Setting when to warn."""

from datetime import timedelta
from math import inf, nan

import pytest

from custom_components.thesmsworks.const import DOMAIN
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers.translation import async_get_translations

from .common import LOW, Home, fields, suggested


async def open_form(home: Home) -> ConfigFlowResult:
    """Open the form for the options of an account."""
    return await home.hass.config_entries.options.async_init(home.entry.entry_id)


async def submit(
    home: Home, form: ConfigFlowResult, **options: object
) -> ConfigFlowResult:
    """Submit that form, with the defaults for what is not given."""
    result = await home.hass.config_entries.options.async_configure(
        form["flow_id"], {"threshold": 40, "days": 7} | options
    )
    await home.hass.async_block_till_done()
    return result


async def test_options_are_applied_at_once(home: Home) -> None:
    """They come as floats from boxes for whole numbers, and count from now on."""
    assert await home.set_up()
    assert home.state(LOW) == "off"
    form = await open_form(home)
    assert suggested(form) == {"threshold": 40, "days": 7, "daily_limit": None}
    for field in fields(form).values():
        assert (field["mode"], field["step"]) == ("box", 1)

    await submit(home, form, threshold=180.0, days=0.0, daily_limit=20.0)

    options = {"threshold": 180, "days": 0, "daily_limit": 20}
    assert str(dict(home.entry.options)) == str(options)
    assert home.state(LOW) == "on"
    assert suggested(await open_form(home)) == options


async def test_numbers_have_units_in_words(home: Home) -> None:
    """Which the page looks up in the user's language."""
    texts = await async_get_translations(home.hass, "en", "selector", {DOMAIN})
    form = fields(await open_form(home)).values()
    keys = [
        f"{field['translation_key']}.unit_of_measurement.{field['unit_of_measurement']}"
        for field in form
    ]
    units = [texts[f"component.{DOMAIN}.selector.{key}"] for key in keys]
    assert units == ["credits", "days", "credits"]


async def test_daily_limit_that_is_left_empty_is_automatic_again(home: Home) -> None:
    """One that was set before is forgotten."""
    home.hass.config_entries.async_update_entry(home.entry, options={"daily_limit": 20})

    await submit(home, await open_form(home))

    assert home.entry.options == {"threshold": 40, "days": 7}


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"threshold": -40, "days": 0.25, "daily_limit": 1.5}, ["days", "daily_limit"]),
        ({"days": nan}, ["days"]),
    ],
)
async def test_number_that_is_not_whole_stays_in_its_field(
    home: Home, typed: dict[str, float], wrong: list[str]
) -> None:
    """It is refused: the form says which field it is, and keeps all that was typed."""
    form = await submit(home, await open_form(home), **typed)

    assert form["errors"] == dict.fromkeys(wrong, "not_whole")
    kept = {"threshold": 40, "days": 7, "daily_limit": None} | typed
    assert suggested(form) == kept
    assert not home.entry.options


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threshold", "many"),
        ("threshold", 2**53 + 2),
        ("threshold", -(2**53) - 2),
        ("days", -1),
        ("days", 366),
        ("daily_limit", 0),
        ("daily_limit", inf),
    ],
)
async def test_option_that_makes_no_sense_is_refused(
    home: Home, field: str, value: object
) -> None:
    """The page says so at the field, nothing changes, and the form stays."""
    form = await open_form(home)

    with pytest.raises(InvalidData) as raised:
        await submit(home, form, **{field: value})

    assert list(raised.value.schema_errors) == [field]
    assert not home.entry.options
    await submit(home, form, threshold=-40)
    assert home.entry.options["threshold"] == -40


async def test_form_says_how_much_was_used(home: Home) -> None:
    """On whole days and on the busiest. None is known of one that is not loaded."""
    form = await open_form(home)
    assert form["description_placeholders"] == {"used": "–", "busiest_day": "–"}

    assert await home.set_up()
    for balance in (177, 172, 169.5):
        await home.poll(balance)
        await home.poll(after=timedelta(days=1))

    form = await open_form(home)
    assert form["description_placeholders"] == {"used": "7.5", "busiest_day": "5"}
