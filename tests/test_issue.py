"""The repair issues of an account: when they come, what they say, when they go."""

from collections.abc import Awaitable, Callable
import json

import pytest

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from .common import DAY, INTERVAL, MINUTE, SECOND, Home, ledger_file

HOUR = 60 * MINUTE

type Begin = Callable[[Home], Awaitable[None]]


async def text(home: Home, kind: str) -> str:
    """Return what an issue says, with all filled in."""
    issue = home.issues()[kind]
    texts = await async_get_translations(home.hass, "en", "issues", {DOMAIN})
    path = f"component.{DOMAIN}.issues.{issue.translation_key}"
    text = f"{texts[f'{path}.title']}\n{texts[f'{path}.description']}"
    return text.format(**issue.translation_placeholders or {})


def ignore(home: Home, kind: str) -> None:
    """Ignore an issue, as a user does."""
    ir.async_ignore_issue(home.hass, DOMAIN, f"{kind}_{home.entry.entry_id}", True)


def is_ignored(home: Home, kind: str) -> bool:
    """Return if a user does not see an issue, since it was ignored."""
    return home.issues()[kind].dismissed_version is not None


def kinds(home: Home) -> list[str]:
    """Return the issues that a user sees."""
    return [kind for kind in home.issues() if not is_ignored(home, kind)]


# What they say.


@pytest.mark.parametrize(
    ("options", "use", "balance", "kind", "words"),
    [
        (
            {"days": 7},
            0,
            39.991,
            "low_credit",
            [
                "The SMS Works: SMS credit is low",
                "Credit balance: 39.99, read at 12:15 on 01/07/2026.",
                "You asked to be warned at 40.",
                "Texts stop when the balance reaches 0.",
                "above 44, if the credit then lasts more than 14 days.",
            ],
        ),
        ({"days": 0}, 0, 40, "low_credit", ["This warning ends above 44."]),
        (
            {"daily_limit": 1000},
            30,
            180,
            "low_credit",
            ["Days left at your recent pace: ", "You asked to be warned at 7."],
        ),
        (
            {"overdraft": 100, "days": 0},
            0,
            -100,
            "no_credit",
            [
                "The SMS Works: SMS credit has run out",
                "Credit balance: -100, read at 12:15 on 01/07/2026.",
                "Texts are not sent while the balance is at -100 or below.",
                "This warning ends above -96.",
            ],
        ),
        (
            {"daily_limit": 20},
            0,
            159.5,
            "unusual_use",
            [
                "The SMS Works: unusual use of SMS credit",
                "Credits used on 01/07/2026: 20.5.",
                "more than the daily limit of 20.",
            ],
        ),
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
    said = await text(home, kind)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("balance", "kind", "severity"),
    [
        (40, "low_credit", ir.IssueSeverity.WARNING),
        (0, "no_credit", ir.IssueSeverity.ERROR),
        (40, "unusual_use", ir.IssueSeverity.WARNING),
    ],
)
async def test_issue_leads_to_the_page_on_alerts(
    home: Home, balance: float, kind: str, severity: ir.IssueSeverity
) -> None:
    """It is an error only where texts are not sent."""
    assert await home.set_up()
    await home.poll(balance)
    issue = home.issues()[kind]
    assert issue.severity is severity
    assert issue.is_fixable is False
    assert issue.learn_more_url == (
        "https://github.com/seed-139e8074/ha-thesmsworks/blob/main/docs/alerts.md"
    )


async def test_issue_has_the_figures_of_the_last_reading(home: Home) -> None:
    """They follow while it is there."""
    assert await home.set_up()
    await home.poll(39)
    await home.poll(38)
    assert "Credit balance: 38, read at 12:30" in await text(home, "low_credit")


# When they come and go.


async def test_low_credit_goes_with_a_margin(home: Home) -> None:
    """It takes more than a refund."""
    assert await home.set_up(days=0, daily_limit=1000)
    await home.poll(41)
    assert not home.issues()
    await home.poll(40)
    assert [*home.issues()] == ["low_credit"]
    await home.poll(0)
    assert [*home.issues()] == ["no_credit"]
    await home.poll(4)
    assert [*home.issues()] == ["no_credit"]
    await home.poll(5)
    assert [*home.issues()] == ["low_credit"]
    await home.poll(44)
    assert [*home.issues()] == ["low_credit"]
    await home.poll(45)
    assert not home.issues()


async def test_low_credit_that_is_ignored_stays_so_until_it_goes(home: Home) -> None:
    """Also over a reload, below the margin, and while it has run out meanwhile."""
    assert await home.set_up(days=0, daily_limit=1000)
    await home.poll(30)
    ignore(home, "low_credit")
    await home.reload()
    await home.poll(44)
    assert kinds(home) == []

    await home.poll(0)
    assert kinds(home) == ["no_credit"]
    await home.poll(30)
    assert kinds(home) == []

    await home.poll(180)
    await home.poll(30)
    assert kinds(home) == ["low_credit"]


async def test_no_credit_that_is_ignored_stays_so_until_it_goes(home: Home) -> None:
    """A credit more or less is no news."""
    assert await home.set_up(days=0, daily_limit=1000)
    await home.poll(0)
    ignore(home, "no_credit")
    await home.poll(5)
    assert kinds(home) == ["low_credit"]
    await home.poll(0)
    assert kinds(home) == []

    await home.poll(180)
    await home.poll(0)
    assert kinds(home) == ["no_credit"]


async def test_unusual_use_goes_at_midnight(home: Home) -> None:
    """Also while the account cannot be read."""
    assert await home.set_up(days=0, daily_limit=20)
    await home.poll(155)
    await home.poll(fault="503", after=12 * HOUR - INTERVAL - 4 * SECOND)
    assert [*home.issues()] == ["unusual_use"]
    await home.poll(fault="503", after=6 * SECOND)
    assert not home.issues()


async def test_unusual_use_goes_at_midnight_after_options_were_changed(
    home: Home,
) -> None:
    """While the account cannot be read, so that nothing was recorded with them yet."""
    assert await home.set_up(days=0, daily_limit=20)
    await home.poll(155)
    home.simulator.fault = FAULTS["503"]
    await home.reload(days=0, threshold=160, daily_limit=20)
    assert home.issues().keys() == {"low_credit", "unusual_use"}
    await home.poll(fault="503", after=12 * HOUR)
    assert home.issues().keys() == {"low_credit"}


async def test_low_credit_by_days_stays_while_the_account_cannot_be_read(
    home: Home,
) -> None:
    """That today's use is no longer unusual is no news of the credit."""
    assert await home.set_up()
    await home.poll(100)
    await home.poll(fault="503")
    assert home.issues().keys() == {"low_credit", "unusual_use"}
    await home.poll(fault="503", after=12 * HOUR)
    assert home.issues().keys() == {"low_credit"}


async def test_option_that_is_changed_is_answered_at_once(home: Home) -> None:
    """From the last reading, while the line is down."""
    assert await home.set_up(days=0, daily_limit=20)
    await home.poll(155)
    assert [*home.issues()] == ["unusual_use"]
    home.simulator.fault = FAULTS["503"]
    await home.reload(days=0, threshold=160, daily_limit=25)
    assert [*home.issues()] == ["low_credit"]
    await home.reload(days=0, threshold=150, daily_limit=25)
    assert not home.issues()


@pytest.mark.parametrize("fault", ["401", "503", "reset"])
async def test_credit_that_is_not_known_for_a_day(home: Home, fault: str) -> None:
    """Nobody else would say that nothing is watched. It goes at the next reading."""
    assert await home.set_up()
    await home.poll()
    await home.poll(fault=fault, after=DAY - 2 * SECOND)
    assert not home.issues()
    await home.poll(fault=fault, after=4 * SECOND)
    said = await text(home, "unknown_credit")
    assert said.startswith("The SMS Works: SMS credit is not known\n")
    assert "The balance was last read at 12:15 on 01/07/2026." in said

    await home.poll()
    assert not home.issues()


@pytest.mark.parametrize(
    ("fault", "words"),
    [("401", "Enter a new token"), ("503", "Check the internet connection")],
)
async def test_issue_of_unknown_credit_says_what_to_do(
    home: Home, fault: str, words: str
) -> None:
    """It depends on why it is not known."""
    assert await home.set_up()
    await home.poll(fault=fault)
    await home.poll(fault=fault, after=DAY)
    assert words in await text(home, "unknown_credit")


async def test_credit_that_nothing_has_read_for_a_day(home: Home) -> None:
    """Polling is turned off, and whatever should have it read does not."""
    home.turn_polling_off()
    assert await home.set_up()
    await home.poll(after=DAY + 58 * SECOND)
    assert not home.issues()
    await home.poll(after=4 * SECOND)
    assert "Polling is turned off" in await text(home, "unknown_credit")
    await home.press()
    assert not home.issues()


async def test_unknown_credit_is_said_after_a_restart(home: Home) -> None:
    """Also where Home Assistant was off all the time."""
    assert await home.set_up()
    await home.stop()
    home.simulator.fault = FAULTS["503"]
    home.freezer.tick(DAY)
    assert await home.set_up()
    assert [*home.issues()] == ["unknown_credit"]


async def test_unknown_credit_that_is_ignored_stays_so(home: Home) -> None:
    """A new day is no reading."""
    assert await home.set_up()
    await home.poll(fault="503", after=DAY)
    ignore(home, "unknown_credit")
    for _ in range(6):
        await home.poll(fault="503", after=6 * HOUR)
    assert is_ignored(home, "unknown_credit")


async def test_day_without_a_reading_is_a_day_at_the_change_of_clocks(
    home: Home,
) -> None:
    """An hour of it is missing on the clock."""
    await home.hass.config.async_set_time_zone("Europe/London")
    home.freezer.move_to("2026-03-28T12:00:00+00:00")
    assert await home.set_up()
    await home.poll(fault="503", after=DAY - SECOND)
    assert not home.issues()
    await home.poll(fault="503", after=2 * SECOND)
    assert [*home.issues()] == ["unknown_credit"]


# A file that cannot be used.


async def test_file_that_cannot_be_read_is_an_issue(home: Home) -> None:
    """Until it can be read again."""
    assert await home.set_up(1)
    await home.stop()
    file = ledger_file(home.hass, home.entry)
    content = file.read_bytes()
    file.write_text("{")
    assert not await home.set_up()
    assert home.issues()["unreadable_file"].severity is ir.IssueSeverity.ERROR
    assert await text(home, "unreadable_file") == (
        "The SMS Works: SMS credit is not watched\n"
        f"The file {file} with the use of this account cannot be read.\n\n"
        "Restore it from a backup, or delete it to count from 0 again."
        " Then reload the account under Settings > Devices & services > The SMS Works."
    )
    assert file.read_text() == "{"

    file.write_bytes(content)
    await home.reload()
    assert not home.issues()


async def test_file_of_a_newer_version_says_to_update(home: Home) -> None:
    """It must not be deleted."""
    assert await home.set_up(1)
    await home.stop()
    file = ledger_file(home.hass, home.entry)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 2}))
    assert not await home.set_up()
    said = await text(home, "unreadable_file")
    assert "Update the integration. Nothing in the file was changed." in said


# An account that nobody watches.


async def have_issues(home: Home) -> None:
    """Set up an account that is low, and uses too much."""
    assert await home.set_up(daily_limit=20)
    await home.poll(5)
    assert home.issues().keys() == {"low_credit", "unusual_use"}


async def have_an_unreadable_file(home: Home) -> None:
    """Try to set up an account whose file cannot be read."""
    ledger_file(home.hass, home.entry).parent.mkdir(exist_ok=True)
    ledger_file(home.hass, home.entry).write_text("{")
    assert not await home.set_up()
    assert home.issues().keys() == {"unreadable_file"}


@pytest.mark.parametrize("begin", [have_issues, have_an_unreadable_file])
async def test_account_that_is_removed_has_no_issues(home: Home, begin: Begin) -> None:
    """Nobody could make them go."""
    await begin(home)
    await home.remove()
    assert not home.issues()


@pytest.mark.parametrize("begin", [have_issues, have_an_unreadable_file])
async def test_account_that_is_disabled_has_no_issues(home: Home, begin: Begin) -> None:
    """Its user knows that it is not watched."""
    await begin(home)
    await home.disable()
    assert not home.issues()


# Names.


async def test_renamed_entry_and_its_device_have_the_new_name(
    home: Home, device_registry: dr.DeviceRegistry
) -> None:
    """At once."""
    assert await home.set_up()
    await home.poll(5)
    home.hass.config_entries.async_update_entry(home.entry, title="The shop")
    await home.hass.async_block_till_done()
    assert (await text(home, "low_credit")).startswith("The shop: ")
    [device] = dr.async_entries_for_config_entry(device_registry, home.entry.entry_id)
    assert device.name == "The shop"


async def test_renamed_device_has_its_name_in_the_issues(
    home: Home, device_registry: dr.DeviceRegistry
) -> None:
    """Whatever the entry is called, and until the name is taken back."""
    assert await home.set_up()
    await home.poll(5)
    [device] = dr.async_entries_for_config_entry(device_registry, home.entry.entry_id)
    device_registry.async_update_device(device.id, name_by_user="Our shop")
    home.hass.config_entries.async_update_entry(home.entry, title="The shop")
    await home.hass.async_block_till_done()
    assert (await text(home, "low_credit")).startswith("Our shop: ")

    device_registry.async_update_device(device.id, name_by_user=None)
    await home.hass.async_block_till_done()
    assert (await text(home, "low_credit")).startswith("The shop: ")
