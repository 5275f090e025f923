"""The repair issues of an account: when they come, what they say, when they go."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.issue import format_credits
from dev.simulator import FAULTS, Account, Simulator
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from .common import issues, pass_time, set_up, store
from .disk import hass_config_dir, hass_storage  # noqa: F401

DAY = timedelta(days=1)


@pytest.fixture
async def entry(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, config_entry: MockConfigEntry
) -> MockConfigEntry:
    """Return the entry of an account with 180 credits at noon, set up."""
    await hass.config.async_set_time_zone("Europe/London")
    freezer.move_to("2026-07-01T12:00:00+01:00")
    assert await set_up(hass, config_entry)
    return config_entry


async def credits_become(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    account: Account,
    credits: float,
) -> None:
    """Have another balance read."""
    account.credits = credits
    await pass_time(hass, freezer)


async def reload(hass: HomeAssistant, entry: MockConfigEntry, **options: int) -> None:
    """Reload an account, with other options if any."""
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def lacks(hass: HomeAssistant, issue: ir.IssueEntry, *words: str) -> list[str]:
    """Return which words are not in the text of an issue, with all filled in."""
    texts = await async_get_translations(hass, "en", "issues", {DOMAIN})
    path = f"component.{DOMAIN}.issues.{issue.translation_key}"
    text = f"{texts[f'{path}.title']} {texts[f'{path}.description']}"
    text = text.format(**issue.translation_placeholders or {})
    return [word for word in words if word not in text]


async def test_low_credit_by_balance(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """It says at which balance it ends, and ends there."""
    assert not issues(hass, entry)
    await credits_become(hass, freezer, account, 39.991)
    low = issues(hass, entry)["low_credit"]
    assert low.severity is ir.IssueSeverity.WARNING
    words = "The SMS Works", "At the last reading", "39.99", "40", "0", "above 44"
    assert not await lacks(hass, low, *words)

    await credits_become(hass, freezer, account, 44)
    assert "low_credit" in issues(hass, entry)
    await credits_become(hass, freezer, account, 44.5)
    assert not issues(hass, entry)


async def test_low_credit_by_days(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
) -> None:
    """It says how long the credit lasts, and which limit that is below."""
    store(hass, config_entry, *[30] * 28)
    assert await set_up(hass, config_entry)

    low = issues(hass, config_entry)["low_credit"]
    assert not await lacks(
        hass, low, "The SMS Works", "180", "6 days", "7", "0", "14 days"
    )

    await reload(hass, config_entry, days=5)
    assert not issues(hass, config_entry)


async def test_credit_that_has_run_out_is_another_issue(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """Who ignores that it is low is told for all that, and both may be ignored."""
    await credits_become(hass, freezer, account, 5)
    ir.async_ignore_issue(hass, DOMAIN, f"low_credit_{entry.entry_id}", True)
    await reload(hass, entry)
    assert issues(hass, entry)["low_credit"].dismissed_version

    await credits_become(hass, freezer, account, -0.001)
    assert [*issues(hass, entry)] == ["no_credit"]
    empty = issues(hass, entry)["no_credit"]
    assert empty.severity is ir.IssueSeverity.ERROR
    assert not empty.dismissed_version
    assert not await lacks(hass, empty, "The SMS Works", "0 credits", "above 0 credits")

    await credits_become(hass, freezer, account, 500)
    assert not issues(hass, entry)


async def test_agreed_overdraft_is_credit(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """It has run out at the threshold then, not at 0."""
    await reload(hass, entry, threshold=-100)
    await credits_become(hass, freezer, account, -99)
    assert not issues(hass, entry)
    await credits_become(hass, freezer, account, -100)
    assert not await lacks(hass, issues(hass, entry)["no_credit"], "-100", "above -100")


async def test_unusual_use(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
    simulator: Simulator,
) -> None:
    """It goes at midnight, also while the account cannot be read."""
    await reload(hass, entry, daily_limit=20)
    await credits_become(hass, freezer, account, 159.5)
    unusual = issues(hass, entry)["unusual_use"]
    assert not await lacks(hass, unusual, "The SMS Works", "20.5", "20")

    simulator.fault = FAULTS["503"]
    await pass_time(hass, freezer, timedelta(hours=11, minutes=44))
    assert "unusual_use" in issues(hass, entry)
    await pass_time(hass, freezer, timedelta(minutes=1))
    assert not issues(hass, entry)


async def test_unusual_use_goes_when_the_limit_is_raised(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """At once, for it is usual then."""
    await reload(hass, entry, daily_limit=20)
    await credits_become(hass, freezer, account, 155)
    assert "unusual_use" in issues(hass, entry)

    await reload(hass, entry, daily_limit=25)
    assert not issues(hass, entry)


@pytest.mark.parametrize("fault", ["401", "503", "reset"])
async def test_credit_that_is_not_known_for_a_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    simulator: Simulator,
    fault: str,
) -> None:
    """Nobody else would say that nothing is watched. It goes at the next reading."""
    await pass_time(hass, freezer)
    simulator.fault = FAULTS[fault]
    await pass_time(hass, freezer, timedelta(hours=23, minutes=59))
    assert not issues(hass, entry)
    await pass_time(hass, freezer)
    unknown = issues(hass, entry)["unknown_credit"]
    assert not await lacks(hass, unknown, "The SMS Works", "2026-07-01 12:15")

    simulator.fault = None
    await pass_time(hass, freezer)
    assert not issues(hass, entry)


async def test_unknown_credit_is_said_after_a_restart(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """Also where Home Assistant was off all the time."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    simulator.fault = FAULTS["503"]
    freezer.tick(DAY)
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "unknown_credit" in issues(hass, entry)

    simulator.fault = None
    await reload(hass, entry)
    assert not issues(hass, entry)


async def test_midnight_does_not_bring_back_what_was_ignored(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """A day is no reading."""
    simulator.fault = FAULTS["503"]
    await pass_time(hass, freezer, DAY + timedelta(minutes=30))
    ir.async_ignore_issue(hass, DOMAIN, f"unknown_credit_{entry.entry_id}", True)
    await pass_time(hass, freezer, DAY)
    await pass_time(hass, freezer)
    assert issues(hass, entry)["unknown_credit"].dismissed_version


@pytest.mark.parametrize("is_loaded", [True, False])
async def test_disabled_account_has_no_issues(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
    simulator: Simulator,
    is_loaded: bool,
) -> None:
    """Nobody watches it any more. One that only cannot be read keeps them."""
    await reload(hass, entry, daily_limit=20)
    await credits_become(hass, freezer, account, 5)
    simulator.fault = FAULTS["503"]
    await pass_time(hass, freezer, timedelta(minutes=30))
    if not is_loaded:
        freezer.tick(DAY)
        await reload(hass, entry, daily_limit=20)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert len(issues(hass, entry)) == 3
    assert {"low_credit", "unusual_use"} <= issues(hass, entry).keys()

    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert not issues(hass, entry)


async def test_removed_account_has_no_issues(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """Its repair issues are taken back with it."""
    await credits_become(hass, freezer, account, 5)
    await hass.config_entries.async_remove(entry.entry_id)
    assert not issues(hass, entry)


async def test_renamed_account_has_its_new_name(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """From the next poll on."""
    await credits_become(hass, freezer, account, 5)
    hass.config_entries.async_update_entry(entry, title="The shop")
    await pass_time(hass, freezer)
    assert not await lacks(
        hass, issues(hass, entry)["low_credit"], "The shop", "The shop"
    )


@pytest.mark.parametrize(
    ("credits", "shown"),
    [
        (180, "180"),
        (200, "200"),
        (0.5, "0.5"),
        (2.349, "2.35"),
        (-0.001, "0"),
        (-2.5, "-2.5"),
        (0.0000001, "0"),
        (2**53, "9007199254740992"),
        (None, "–"),
    ],
)
def test_credits_are_written_as_people_do(credits: float | None, shown: str) -> None:
    """With two decimals at most, no exponent, and no negative 0."""
    assert format_credits(credits) == shown
