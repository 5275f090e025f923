"""Setting when to warn."""

from math import inf, nan

import pytest

from custom_components.thesmsworks.const import DOMAIN
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers.translation import async_get_translations

from .common import LOW, Home, fields, suggested

DEFAULTS = {"threshold": 40, "days": 7, "overdraft": 0}
LARGEST = 2**53


async def open_form(home: Home) -> ConfigFlowResult:
    """Open the form for the options of an account."""
    return await home.hass.config_entries.options.async_init(home.entry.entry_id)


async def submit(
    home: Home, form: ConfigFlowResult, **options: object
) -> ConfigFlowResult:
    """Submit that form, with the defaults for what is not given."""
    result = await home.hass.config_entries.options.async_configure(
        form["flow_id"], DEFAULTS | options
    )
    await home.hass.async_block_till_done()
    return result


async def save(home: Home, **options: object) -> ConfigFlowResult:
    """Open the form and submit it."""
    return await submit(home, await open_form(home), **options)


async def test_options_count_at_once(home: Home) -> None:
    """They come as floats from boxes for whole numbers."""
    assert await home.set_up()
    assert home.state(LOW) == "off"

    await save(home, threshold=180.0, days=0.0, overdraft=20.0, daily_limit=30.0)

    options = {"threshold": 180, "days": 0, "overdraft": 20, "daily_limit": 30}
    assert str(dict(home.entry.options)) == str(options)
    assert home.state(LOW) == "on"


async def test_form_shows_the_defaults_that_are_in_force(home: Home) -> None:
    """In boxes for whole numbers."""
    form = await open_form(home)

    assert suggested(form) == DEFAULTS | {"daily_limit": None}
    for field in fields(form).values():
        assert (field["mode"], field["step"]) == ("box", 1)


async def test_form_shows_the_options_that_are_in_force(home: Home) -> None:
    """As they were set before, by a newer version, too."""
    options = {"threshold": 9, "days": 0, "overdraft": 20, "daily_limit": 30}
    home.hass.config_entries.async_update_entry(
        home.entry, options=options | {"of_a_newer_version": 1}
    )

    assert suggested(await open_form(home)) == options


async def test_daily_limit_that_is_left_empty_is_automatic_again(home: Home) -> None:
    """One that was set before is forgotten."""
    home.hass.config_entries.async_update_entry(home.entry, options={"daily_limit": 20})

    await save(home)

    assert home.entry.options == DEFAULTS


async def test_form_has_its_texts(home: Home) -> None:
    """With all that is filled in, and a unit for each number."""
    form = await open_form(home)
    texts = await async_get_translations(home.hass, "en", "options", {DOMAIN})
    units = await async_get_translations(home.hass, "en", "selector", {DOMAIN})

    start = f"component.{DOMAIN}.options"
    placeholders = form["description_placeholders"]
    assert placeholders
    assert texts[f"{start}.step.init.description"].format(**placeholders)
    for key, field in fields(form).items():
        assert texts[f"{start}.step.init.data.{key}"]
        hint = texts[f"{start}.step.init.data_description.{key}"]
        assert hint.format(**placeholders)
        unit = f"{field['translation_key']}.unit_of_measurement"
        name = f"{unit}.{field['unit_of_measurement']}"
        assert units[f"component.{DOMAIN}.selector.{name}"]
    errors = {key for key in texts if key.startswith(f"{start}.error.")}
    assert errors == {f"{start}.error.not_whole", f"{start}.error.below_overdraft"}


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        ("threshold", "credits"),
        ("days", "days"),
        ("overdraft", "credits"),
        ("daily_limit", "credits"),
    ],
)
async def test_number_has_a_unit(home: Home, field: str, unit: str) -> None:
    """Which the page translates."""
    assert fields(await open_form(home))[field]["unit_of_measurement"] == unit


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"threshold": 0.5}, ["threshold"]),
        ({"threshold": -0.5}, ["threshold"]),
        ({"days": 0.25, "daily_limit": 1.5}, ["days", "daily_limit"]),
        ({"overdraft": 0.1}, ["overdraft"]),
        ({"days": nan}, ["days"]),
    ],
)
async def test_number_that_is_not_whole_is_refused_at_its_field(
    home: Home, typed: dict[str, float], wrong: list[str]
) -> None:
    """The form keeps all that was typed."""
    form = await save(home, **typed)

    assert form["errors"] == dict.fromkeys(wrong, "not_whole")
    assert suggested(form) == DEFAULTS | {"daily_limit": None} | typed
    assert not home.entry.options


@pytest.mark.parametrize(
    ("threshold", "overdraft"), [(-1, 0), (-201, 200), (-LARGEST, LARGEST - 1)]
)
async def test_threshold_below_the_overdraft_is_refused_at_its_field(
    home: Home, threshold: int, overdraft: int
) -> None:
    """Texts would stop before the warning."""
    form = await save(home, threshold=threshold, overdraft=overdraft)

    assert form["errors"] == {"threshold": "below_overdraft"}
    assert not home.entry.options


@pytest.mark.parametrize(
    "options",
    [
        {"threshold": 0, "overdraft": 0},
        {"threshold": -200, "overdraft": 200},
        {"threshold": -LARGEST, "overdraft": LARGEST},
        {"threshold": LARGEST},
        {"days": 0},
        {"days": 365},
        {"daily_limit": 1},
        {"daily_limit": LARGEST},
    ],
)
async def test_largest_and_smallest_options_are_taken(
    home: Home, options: dict[str, int]
) -> None:
    """And the account runs with them."""
    assert await home.set_up()

    result = await save(home, **options)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert home.entry.options == DEFAULTS | options
    assert home.state() == "180"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threshold", "many"),
        ("threshold", LARGEST + 2),
        ("threshold", -LARGEST - 2),
        ("days", -1),
        ("days", 366),
        ("overdraft", -1),
        ("overdraft", LARGEST + 2),
        ("daily_limit", 0),
        ("daily_limit", LARGEST + 2),
        ("daily_limit", inf),
    ],
)
async def test_option_that_makes_no_sense_is_refused_at_its_field(
    home: Home, field: str, value: object
) -> None:
    """By the page. The form stays."""
    form = await open_form(home)

    with pytest.raises(InvalidData) as raised:
        await submit(home, form, **{field: value})

    assert list(raised.value.schema_errors) == [field]
    assert not home.entry.options
    await submit(home, form, threshold=30)
    assert home.entry.options == DEFAULTS | {"threshold": 30}


@pytest.mark.parametrize("field", ["threshold", "days", "overdraft"])
async def test_option_must_not_be_left_empty(home: Home, field: str) -> None:
    """Only the daily limit may."""
    form = await open_form(home)
    options = {key: value for key, value in DEFAULTS.items() if key != field}

    with pytest.raises(InvalidData) as raised:
        await home.hass.config_entries.options.async_configure(form["flow_id"], options)

    assert list(raised.value.schema_errors) == [field]


async def test_form_says_nothing_of_the_use_of_an_account_that_was_never_read(
    home: Home,
) -> None:
    """There are dashes in place of the figures."""
    form = await open_form(home)

    assert form["description_placeholders"] == {
        "used": "–",
        "busiest_day": "–",
        "automatic_limit": "–",
    }


async def test_form_says_how_much_was_used_in_30_days(home: Home) -> None:
    """With today's use, though it is not over, as the sensor does.

    The limit that follows does not depend on the one in force.
    """
    assert await home.set_up(900, 100, *[2.5] * 28, daily_limit=70)
    await home.poll(170)

    form = await open_form(home)

    assert form["description_placeholders"] == {
        "used": "180",
        "busiest_day": "100",
        "automatic_limit": "1800",
    }


async def test_form_says_the_automatic_limit_of_the_first_day(home: Home) -> None:
    """A fifth of what was there, as nothing is known of the use."""
    home.account.credits = 500
    assert await home.set_up()
    await home.poll(490.5)

    form = await open_form(home)

    assert form["description_placeholders"] == {
        "used": "9.5",
        "busiest_day": "0",
        "automatic_limit": "100",
    }


async def test_form_writes_figures_as_the_language_does(home: Home) -> None:
    """With its decimal separator, and without what adding leaves behind."""
    home.hass.config.language = "de"
    assert await home.set_up(0.1, 0.2)

    form = await open_form(home)

    placeholders = form["description_placeholders"]
    assert placeholders
    assert (placeholders["used"], placeholders["busiest_day"]) == ("0,3", "0,2")
