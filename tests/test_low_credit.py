"""Low credit from the first warning to the top-up, through whatever happens."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN, LOGGER
from dev.simulator import FAULTS, Account, Simulator
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations

from .common import DAYS_LEFT, LOW, USED, pass_time, set_up, state
from .disk import hass_config_dir, hass_storage  # noqa: F401


def issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the repair issue of an account."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"low_credit_{entry.entry_id}")


def ledger_file(hass: HomeAssistant, entry: MockConfigEntry) -> Path:
    """Return where the ledger of an account is stored."""
    return Path(hass.config.path(".storage", f"{DOMAIN}.{entry.entry_id}"))


async def change_threshold(
    hass: HomeAssistant, entry: MockConfigEntry, threshold: float
) -> Any:
    """Submit another threshold in the options."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"threshold": threshold}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


@pytest.fixture
async def entry(hass: HomeAssistant, config_entry: MockConfigEntry) -> MockConfigEntry:
    """Return the entry of an account with 180 credits, set up."""
    assert await set_up(hass, config_entry)
    assert state(hass, LOW) == "off"
    return config_entry


async def restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Forget all that is not on disk."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


@pytest.mark.parametrize("restarts", [False, True])
async def test_low_credit_from_first_to_last(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
    restarts: bool,
) -> None:
    """It ends the same, whether Home Assistant is restarted in between or not."""

    async def credits_become(credits: float) -> None:
        account.credits = credits
        await pass_time(hass, freezer)
        if restarts:
            await restart(hass, entry)

    await credits_become(50)
    assert state(hass, LOW) == "on"
    low = issue(hass, entry)
    assert low
    assert low.severity is ir.IssueSeverity.WARNING
    assert low.translation_key == "low_credit"
    assert low.translation_placeholders == {
        "account": "The SMS Works",
        "account_url": "https://thesmsworks.co.uk/user/login",
        "balance": "50",
        "threshold": "50",
    }

    await credits_become(51)
    assert state(hass, LOW) == "on"
    assert issue(hass, entry)

    await credits_become(0)
    empty = issue(hass, entry)
    assert empty
    assert empty.severity is ir.IssueSeverity.ERROR
    assert empty.translation_key == "no_credit"
    assert state(hass, DAYS_LEFT) == "0"

    await credits_become(200)
    assert state(hass, LOW) == "off"
    assert not issue(hass, entry)
    assert state(hass, USED) == "181"


async def test_low_credit_is_not_known_without_a_balance(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    simulator: Simulator,
) -> None:
    """All entities are unavailable together."""
    simulator.fault = FAULTS["503"]
    await pass_time(hass, freezer)

    for entity_id in (LOW, USED, DAYS_LEFT):
        assert state(hass, entity_id) == "unavailable"


async def test_use_while_home_assistant_was_off_is_counted(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """The next poll counts from the last balance that was stored."""
    account.drain(10)
    await pass_time(hass, freezer)
    assert await hass.config_entries.async_unload(entry.entry_id)
    account.drain(7.5)
    freezer.tick(timedelta(days=2))

    assert await set_up(hass, entry)

    assert state(hass, USED) == "17.5"
    assert state(hass, DAYS_LEFT) == "18"


async def test_every_change_is_on_disk_before_it_is_shown(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """So a power cut at any moment loses no use."""
    account.drain(10)
    await pass_time(hass, freezer)

    stored = json.loads(ledger_file(hass, entry).read_text())["data"]
    assert (float(stored["balance"]), float(stored["used"])) == (170, 10)


async def test_same_balance_writes_no_file(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, entry: MockConfigEntry
) -> None:
    """An idle account wears out no memory card."""
    ledger_file(hass, entry).unlink()

    await pass_time(hass, freezer)

    assert not ledger_file(hass, entry).exists()


@pytest.mark.parametrize(
    "content",
    [
        {"version": 2, "minor_version": 1, "key": "k", "data": {"new": "form"}},
        {"version": 1, "minor_version": 1, "key": "k", "data": {"balance": "NaN"}},
        {"version": 1, "minor_version": 1, "key": "k", "data": []},
        {"something": "else"},
        [],
    ],
)
async def test_ledger_that_cannot_be_read_is_set_aside(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    entry: MockConfigEntry,
    content: object,
) -> None:
    """The account works, the file is kept, and the log says so once."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = ledger_file(hass, entry)
    path.write_text(json.dumps(content))
    caplog.clear()

    assert await set_up(hass, entry)

    assert state(hass) == "180"
    assert state(hass, USED) == "0"
    aside = path.with_name(f"{path.name}.unreadable")
    assert json.loads(aside.read_text()) == content
    warnings = [record for record in caplog.records if record.name == LOGGER.name]
    assert [record.levelname for record in warnings if record.levelno > 10] == [
        "WARNING"
    ]


async def test_ledger_that_is_no_json_is_set_aside_by_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """As it does with its own files."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = ledger_file(hass, entry)
    path.write_text("{broken")

    assert await set_up(hass, entry)

    assert state(hass) == "180"
    assert [*path.parent.glob(f"{path.name}.corrupt.*")]


async def test_removed_account_leaves_nothing(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """No file and no repair issue."""
    account.credits = 5
    await pass_time(hass, freezer)
    assert issue(hass, entry)
    assert ledger_file(hass, entry).exists()

    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()

    assert not issue(hass, entry)
    assert not ledger_file(hass, entry).exists()


async def test_issue_is_gone_when_nobody_looks_any_more(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
    simulator: Simulator,
) -> None:
    """A reload that cannot read the balance does not warn from memory."""
    account.credits = 5
    await pass_time(hass, freezer)
    simulator.fault = FAULTS["503"]

    assert not await hass.config_entries.async_reload(entry.entry_id)

    assert not issue(hass, entry)


async def test_threshold_is_applied_at_once(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    entry: MockConfigEntry,
    account: Account,
) -> None:
    """And the ledger goes on."""
    account.drain(10)
    await pass_time(hass, freezer)

    result = await change_threshold(hass, entry, 170)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"threshold": 170}
    assert state(hass, LOW) == "on"
    found = hass.states.get(LOW)
    assert found and found.attributes["threshold"] == 170
    assert issue(hass, entry)
    assert state(hass, USED) == "10"

    await change_threshold(hass, entry, 169)
    assert state(hass, LOW) == "off"
    assert not issue(hass, entry)


@pytest.mark.parametrize("threshold", [0, -100, 2**53])
async def test_threshold_may_be(
    hass: HomeAssistant, entry: MockConfigEntry, threshold: int
) -> None:
    """Also below 0, for those who have an overdraft."""
    await change_threshold(hass, entry, threshold)

    assert entry.options == {"threshold": threshold}


@pytest.mark.parametrize("threshold", [50.5, 1e400, -1e400, float("nan"), 1e300])
async def test_threshold_that_is_no_whole_number_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, threshold: float
) -> None:
    """The form says so and stays."""
    result = await change_threshold(hass, entry, threshold)

    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"threshold": "invalid_threshold"}
    assert entry.options == {}


async def test_threshold_is_asked_for_in_credits(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """In the user's language, which the frontend looks up by the selector's key."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["data_schema"]
    [field] = form["data_schema"].schema.values()
    texts = await async_get_translations(hass, "de", "selector", {DOMAIN})

    key, unit = field.config["translation_key"], field.config["unit_of_measurement"]
    path = f"component.{DOMAIN}.selector.{key}.unit_of_measurement.{unit}"
    assert texts[path] == "Credits"


@pytest.mark.parametrize("answer", [{}, {"threshold": "fifty"}, {"threshold": None}])
async def test_threshold_that_is_no_number_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, answer: dict[str, Any]
) -> None:
    """Home Assistant says so itself."""
    form = await hass.config_entries.options.async_init(entry.entry_id)

    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], answer)

    assert entry.options == {}


@pytest.mark.parametrize("threshold", ["50", None, 50.0, True, [50], 2**60])
async def test_stored_threshold_of_a_wrong_type_is_the_default(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    config_entry: MockConfigEntry,
    threshold: object,
) -> None:
    """With one warning that names the remedy."""
    hass.config_entries.async_update_entry(
        config_entry, options={"threshold": threshold}
    )

    assert await set_up(hass, config_entry)

    found = hass.states.get(LOW)
    assert found and found.attributes["threshold"] == 50
    assert caplog.text.count("is not a whole number, so 50 is used; set it anew") == 1
