"""The repair issues of an account: when they come, what they say, when they go."""

from datetime import timedelta

import pytest

from custom_components.thesmsworks.const import ACCOUNT_URL, DOMAIN
from dev.simulator import FAULTS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from .common import Home
from .disk import hass_config_dir, hass_storage  # noqa: F401

DAY = timedelta(days=1)


async def lacks(home: Home, kind: str, *words: str) -> list[str]:
    """Return which words are not in the text of an issue, with all filled in."""
    issue = home.issues()[kind]
    texts = await async_get_translations(home.hass, "en", "issues", {DOMAIN})
    path = f"component.{DOMAIN}.issues.{issue.translation_key}"
    text = f"{texts[f'{path}.title']} {texts[f'{path}.description']}"
    text = text.format(**issue.translation_placeholders or {})
    return [word for word in words if word not in text]


@pytest.mark.parametrize(
    ("options", "use", "balance", "kind", "words"),
    [
        (
            {},
            0,
            39.991,
            "low_credit",
            ["At the last reading", "39.99", "40", "above 44"],
        ),
        ({}, 30, 180, "low_credit", ["180", "6 days", "7", "14 days"]),
        ({}, 0, -0.001, "no_credit", ["0 credits", "above 0 credits"]),
        ({"threshold": -100}, 0, -100, "no_credit", ["-100", "above -100"]),
        ({"daily_limit": 20}, 0, 159.5, "unusual_use", ["20.5", "20"]),
    ],
)
async def test_issue_says_why_and_where_it_ends(
    home: Home,
    options: dict[str, int],
    use: float,
    balance: float,
    kind: str,
    words: list[str],
) -> None:
    """With the account's name and its figures."""
    assert await home.set_up(*[use] * 28, **options)
    await home.poll(balance)
    assert not await lacks(home, kind, "The SMS Works", *words)
    issue = home.issues()[kind]
    assert (issue.severity is ir.IssueSeverity.ERROR) is (kind == "no_credit")
    assert issue.learn_more_url == ACCOUNT_URL


@pytest.mark.parametrize(
    ("threshold", "polled"),
    [
        (40, {180: [], 39: ["low_credit"], 44: ["low_credit"], 44.5: []}),
        (-100, {-99: [], -100: ["no_credit"], -99.5: ["low_credit"], -89: []}),
    ],
)
async def test_issue_of_low_credit_goes_with_a_margin(
    home: Home, threshold: int, polled: dict[float, list[str]]
) -> None:
    """An agreed overdraft is credit: it has run out at the threshold, not at 0."""
    assert await home.set_up(threshold=threshold)
    for balance, kinds in polled.items():
        await home.poll(balance)
        assert [*home.issues()] == kinds


@pytest.mark.parametrize(
    ("use", "balance", "option", "before", "after"),
    [(30, 180, "days", 7, 5), (0, 155, "daily_limit", 20, 25)],
)
async def test_issue_goes_when_the_limit_is_changed(
    home: Home, use: float, balance: float, option: str, before: int, after: int
) -> None:
    """At once."""
    assert await home.set_up(*[use] * 28, **{option: before})
    await home.poll(balance)
    assert home.issues()
    await home.reload(**{option: after})
    assert not home.issues()


async def test_credit_that_has_run_out_is_another_issue(home: Home) -> None:
    """Who ignores that it is low, also over a reload, is told for all that."""
    assert await home.set_up()
    await home.poll(5)
    ir.async_ignore_issue(home.hass, DOMAIN, f"low_credit_{home.entry.entry_id}", True)
    await home.reload()
    assert home.issues()["low_credit"].dismissed_version

    await home.poll(0)
    assert [*home.issues()] == ["no_credit"]
    assert not home.issues()["no_credit"].dismissed_version
    await home.poll(500)
    assert not home.issues()


async def test_unusual_use_ends_at_midnight(home: Home) -> None:
    """At the next try, also while the account cannot be read."""
    assert await home.set_up(daily_limit=20)
    await home.poll(155)
    await home.poll(fault="503", after=timedelta(hours=11, minutes=44))
    assert "unusual_use" in home.issues()
    await home.poll(fault="503")
    assert not home.issues()


@pytest.mark.parametrize("fault", ["401", "503", "reset"])
async def test_credit_that_is_not_known_for_a_day(home: Home, fault: str) -> None:
    """Nobody else would say that nothing is watched. It goes at the next reading."""
    assert await home.set_up()
    await home.poll()
    await home.poll(fault=fault, after=timedelta(hours=23, minutes=59))
    assert not home.issues()
    await home.poll(fault=fault)
    assert not await lacks(home, "unknown_credit", "The SMS Works", "2026-07-01 12:15")

    await home.poll()
    assert not home.issues()


async def test_unknown_credit_is_said_after_a_restart(home: Home) -> None:
    """Also where Home Assistant was off all the time."""
    assert await home.set_up()
    await home.stop()
    await home.poll(fault="503", after=DAY)
    assert not await home.set_up()
    assert "unknown_credit" in home.issues()

    home.simulator.fault = None
    await home.reload()
    assert not home.issues()


async def test_midnight_does_not_bring_back_what_was_ignored(home: Home) -> None:
    """A day is no reading."""
    assert await home.set_up()
    await home.poll(fault="503", after=DAY + timedelta(minutes=30))
    issue_id = f"unknown_credit_{home.entry.entry_id}"
    ir.async_ignore_issue(home.hass, DOMAIN, issue_id, True)
    await home.poll(fault="503", after=DAY)
    await home.poll(fault="503")
    assert home.issues()["unknown_credit"].dismissed_version


@pytest.mark.parametrize("is_loaded", [True, False])
@pytest.mark.parametrize("is_removed", [True, False])
async def test_account_that_nobody_watches_any_more_has_no_issues(
    home: Home, is_loaded: bool, is_removed: bool
) -> None:
    """Whether it is disabled or removed. One that only cannot be read keeps them."""
    assert await home.set_up(daily_limit=20)
    await home.poll(5)
    await home.poll(fault="503", after=timedelta(minutes=30))
    if not is_loaded:
        home.freezer.tick(DAY)
        await home.reload()
        assert home.entry.state is ConfigEntryState.SETUP_RETRY
    kinds = {"low_credit", "unusual_use" if is_loaded else "unknown_credit"}
    assert home.issues().keys() == kinds

    entries, entry_id = home.hass.config_entries, home.entry.entry_id
    if is_removed:
        await entries.async_remove(entry_id)
    else:
        await entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
    await home.hass.async_block_till_done()
    assert not home.issues()


async def test_renamed_account_has_its_new_name(home: Home) -> None:
    """At once."""
    assert await home.set_up()
    await home.poll(5)
    home.hass.config_entries.async_update_entry(home.entry, title="The shop")
    assert not await lacks(home, "low_credit", "The shop")


@pytest.mark.parametrize(("before", "after"), [(40, 10), (10, 40)])
async def test_changed_threshold_is_answered_without_a_reading_too(
    home: Home, before: int, after: int
) -> None:
    """From the last one, while the line is down."""
    home.account.credits = 30
    assert await home.set_up(threshold=before)
    home.simulator.fault = FAULTS["503"]
    await home.reload(threshold=after)

    assert [*home.issues()] == (["low_credit"] if after == 40 else [])


async def test_day_without_a_reading_is_a_day_at_the_change_of_clocks(
    home: Home,
) -> None:
    """An hour of it is missing on the clock."""
    await home.hass.config.async_set_time_zone("Europe/London")
    home.freezer.move_to("2026-03-28T12:00:00+00:00")
    assert await home.set_up()
    await home.poll(fault="503", after=timedelta(hours=23, minutes=5))
    assert not home.issues()
