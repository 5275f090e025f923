"""Adding an account, giving one a new token, and setting when to warn."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, Account, Fault, Simulator, answer, make_token
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData

from .common import (
    LOW,
    TIMEOUT,
    let_others_run,
    pass_time,
    request_arrives,
    set_up,
    state,
)

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

NEW_TOKEN = make_token("alice's new key")
SUCCESS = ("reauth_successful", "reconfigure_successful")
CLASSES = [
    ("401", "invalid_auth"),
    ("429", "unexpected_response"),
    ("503", "unexpected_response"),
    ("reset", "cannot_connect"),
]


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the form to add an account."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def add(hass: HomeAssistant, token: str) -> ConfigFlowResult:
    """Add an account with a token."""
    return await submit(hass, await start(hass), token)


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, token: str
) -> ConfigFlowResult:
    """Submit a form with a token."""
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: token}
    )
    await hass.async_block_till_done()
    return result


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what the fields of a form are filled in with."""
    schema = form["data_schema"]
    assert schema
    return {
        str(field): (field.description or {}).get("suggested_value")
        for field in schema.schema
    }


def fields(form: ConfigFlowResult) -> list[dict[str, Any]]:
    """Return how the fields of a form look."""
    schema = form["data_schema"]
    assert schema
    return [selector.config for selector in schema.schema.values()]


async def test_account_is_added(
    hass: HomeAssistant, account: Account, token: str
) -> None:
    """A token is all it takes, and the balance is there at once."""
    form = await start(hass)
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "user")
    assert not form["errors"]
    assert suggested(form) == {CONF_TOKEN: None}

    result = await submit(hass, form, token)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "The SMS Works"
    assert result["data"] == {CONF_TOKEN: token}
    assert result["result"].unique_id == account.customer_id
    assert state(hass) == "180"


async def test_token_is_typed_unseen(hass: HomeAssistant) -> None:
    """And no browser offers to remember it. The way to get one is linked."""
    form = await start(hass)

    [field] = fields(form)
    assert (field["type"], field["autocomplete"]) == ("password", "off")
    assert form["description_placeholders"] == {
        "account_url": "https://thesmsworks.co.uk/user/login"
    }


@pytest.mark.usefixtures("account")
async def test_bare_token_is_stored(hass: HomeAssistant, token: str) -> None:
    """However it was pasted."""
    result = await add(hass, f'Authorization: "JWT {token[:50]}\r\n  {token[50:]}"\n')

    assert result["data"] == {CONF_TOKEN: token}


@pytest.mark.usefixtures("account")
async def test_text_that_is_no_token_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, token: str
) -> None:
    """The form says so at the field, which is empty for the next try."""
    form = await add(hass, "www.example.com")

    assert form["errors"] == {CONF_TOKEN: "invalid_token"}
    assert suggested(form) == {CONF_TOKEN: None}
    assert not simulator.requests
    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("call", ["fault", "identity_fault"])
@pytest.mark.parametrize(("fault", "error"), CLASSES)
async def test_nothing_is_added_at(
    hass: HomeAssistant,
    simulator: Simulator,
    account: Account,
    token: str,
    call: str,
    fault: str,
    error: str,
) -> None:
    """Wherever it fails, "select Submit again" is all it takes if it may pass."""
    setattr(simulator, call, FAULTS[fault])
    form = await add(hass, token)

    assert form["errors"] == {"base": error}
    kept = None if error == "invalid_auth" else token
    assert suggested(form) == {CONF_TOKEN: kept}
    assert not hass.config_entries.async_entries(DOMAIN)

    setattr(simulator, call, None)
    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == account.customer_id


@pytest.mark.usefixtures("account")
async def test_customer_id_that_is_slow_is_waited_for_ten_seconds(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    token: str,
) -> None:
    """An account with an unknown ID could be added twice."""
    simulator.identity_fault = FAULTS["silence"]
    task = asyncio.create_task(add(hass, token))
    for _ in ("balance", "customer ID"):
        await request_arrives(simulator)
    freezer.tick(TIMEOUT)

    assert (await task)["errors"] == {"base": "cannot_connect"}


@pytest.mark.usefixtures("account")
async def test_bug_is_logged_and_the_form_can_be_submitted_again(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, token: str
) -> None:
    """What nobody thought of does not end in a blank page."""
    with patch(
        "custom_components.thesmsworks.config_flow.SMSWorksClient.get_balance",
        side_effect=RuntimeError("a bug"),
    ):
        form = await add(hass, token)

    assert form["errors"] == {"base": "unknown"}
    assert suggested(form) == {CONF_TOKEN: token}
    assert "RuntimeError: a bug" in caplog.text
    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "identity_fault", [answer(body='{"message": "Hello"}'), FAULTS["404"]]
)
async def test_account_without_a_customer_id_is_known_by_its_token(
    hass: HomeAssistant, simulator: Simulator, token: str, identity_fault: Fault
) -> None:
    """The balance is what counts: there may be no ID."""
    simulator.identity_fault = identity_fault

    result = await add(hass, token)
    assert result["result"].unique_id is None

    again = await add(hass, f"JWT {token}")
    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "already_configured"


@pytest.mark.usefixtures("config_entry")
async def test_known_account_is_not_added_twice(
    hass: HomeAssistant, simulator: Simulator, token: str
) -> None:
    """The same token is recognised without a request."""
    result = await add(hass, token)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not simulator.requests


async def test_known_account_takes_its_new_token(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator, token: str
) -> None:
    """Who adds it again rather than reauthenticate gets what they came for."""
    simulator.replace_token(token, NEW_TOKEN)
    assert not await set_up(hass, config_entry)

    result = await add(hass, NEW_TOKEN)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert config_entry.data == {CONF_TOKEN: NEW_TOKEN}
    assert state(hass) == "180"
    assert not hass.config_entries.flow.async_progress()


@pytest.fixture(params=[True, False], ids=["with ID", "without ID"])
def either_account(request: pytest.FixtureRequest, account: Account) -> Account:
    """Return an account with an ID, and one without."""
    if not request.param:
        account.customer_id = None
    return account


def is_one_account(hass: HomeAssistant, *results: ConfigFlowResult) -> bool:
    """Return if of several results one added the account that runs."""
    [entry] = hass.config_entries.async_entries(DOMAIN)
    types = sorted(result["type"] for result in results)
    return (
        types == [FlowResultType.ABORT, FlowResultType.CREATE_ENTRY]
        and entry.state is ConfigEntryState.LOADED
        and not hass.config_entries.flow.async_progress()
    )


@pytest.mark.usefixtures("either_account")
async def test_token_submitted_in_two_windows_at_once_is_one_account(
    hass: HomeAssistant, token: str
) -> None:
    """Neither window knows of the other when it begins."""
    forms = [await start(hass), await start(hass)]

    results = await asyncio.gather(*(submit(hass, form, token) for form in forms))

    assert is_one_account(hass, *results)


@pytest.mark.usefixtures("either_account")
@pytest.mark.parametrize("requests", [1, 2])
async def test_window_that_is_slower_does_not_add_the_account_again(
    hass: HomeAssistant, simulator: Simulator, token: str, requests: int
) -> None:
    """Whichever of its requests takes long enough for the other to finish."""
    slow, quick = await start(hass), await start(hass)
    task = asyncio.create_task(submit(hass, slow, token))
    for hold in (None, asyncio.Event())[-requests:]:
        simulator.hold = hold
        await request_arrives(simulator)
    simulator.hold = None

    result = await submit(hass, quick, token)
    assert hold
    hold.set()

    assert is_one_account(hass, result, await task)


@pytest.mark.usefixtures("either_account")
async def test_token_submitted_while_the_account_is_set_up_is_refused(
    hass: HomeAssistant, simulator: Simulator, token: str
) -> None:
    """The first window is not yet done, and its entry is there already."""
    first, second = await start(hass), await start(hass)
    task = asyncio.create_task(submit(hass, first, token))
    for _ in ("balance", "customer ID"):
        await request_arrives(simulator)
    simulator.hold = asyncio.Event()
    await request_arrives(simulator)

    other = asyncio.create_task(submit(hass, second, token))
    await let_others_run()
    simulator.hold.set()

    assert is_one_account(hass, await task, await other)


async def test_accounts_get_titles_that_tell_them_apart(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """A title that became free is used again."""
    titles = []
    for name in ("alice", "bob", "carol"):
        simulator.add_account(make_token(name))
        titles.append((await add(hass, make_token(name)))["title"])
    assert titles == ["The SMS Works", "The SMS Works 2", "The SMS Works 3"]

    [_, second, _] = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_remove(second.entry_id)
    assert (await add(hass, make_token("bob")))["title"] == "The SMS Works 2"


@pytest.fixture(params=["reauth", "reconfigure"])
async def change_form(
    request: pytest.FixtureRequest, hass: HomeAssistant, config_entry: MockConfigEntry
) -> ConfigFlowResult:
    """Return the form that asks for another token of a running account."""
    assert await set_up(hass, config_entry)
    start = getattr(config_entry, f"start_{request.param}_flow")
    form: ConfigFlowResult = await start(hass)
    return form


async def test_new_token_of_the_same_account_is_taken(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    account: Account,
    token: str,
    change_form: ConfigFlowResult,
) -> None:
    """The account goes on with it, with everything else as it was."""
    simulator.replace_token(token, NEW_TOKEN)
    account.top_up(1)

    result = await submit(hass, change_form, NEW_TOKEN)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in SUCCESS
    assert config_entry.data == {CONF_TOKEN: NEW_TOKEN}
    assert config_entry.unique_id == account.customer_id
    assert config_entry.state is ConfigEntryState.LOADED
    assert state(hass) == "181"


async def test_same_token_is_taken_if_it_works(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    token: str,
    change_form: ConfigFlowResult,
) -> None:
    """The provider may have refused it by mistake."""
    result = await submit(hass, change_form, token)

    assert result["reason"] in SUCCESS
    assert config_entry.data == {CONF_TOKEN: token}


async def test_token_of_another_account_is_refused(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    change_form: ConfigFlowResult,
) -> None:
    """A history must not go on with somebody else's credit.

    The form stays, as a request to reauthenticate that is over would not come again.
    """
    simulator.add_account(make_token("bob"))

    form = await submit(hass, change_form, make_token("bob"))

    assert form["errors"] == {"base": "wrong_account"}
    assert suggested(form) == {CONF_TOKEN: None}
    assert config_entry.data == {CONF_TOKEN: token}
    assert (await submit(hass, form, token))["reason"] in SUCCESS


@pytest.mark.parametrize("bob_has_an_id", [True, False])
async def test_token_of_another_entry_is_refused(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    change_form: ConfigFlowResult,
    bob_has_an_id: bool,
) -> None:
    """Even for an account whose ID is not known: two entries would be one account."""
    bob = simulator.add_account(make_token("bob"))
    if bob_has_an_id:
        other = MockConfigEntry(domain=DOMAIN, unique_id=bob.customer_id)
    else:
        bob.customer_id = None
        other = MockConfigEntry(domain=DOMAIN, data={CONF_TOKEN: make_token("bob")})
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(config_entry, unique_id=None)

    form = await submit(hass, change_form, make_token("bob"))

    assert form["errors"] == {"base": "wrong_account"}


async def test_two_accounts_without_an_id_are_not_taken_for_one(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    account: Account,
    token: str,
    change_form: ConfigFlowResult,
) -> None:
    """No ID is nothing that they have in common."""
    account.customer_id = None
    hass.config_entries.async_update_entry(config_entry, unique_id=None)
    other = MockConfigEntry(domain=DOMAIN, data={CONF_TOKEN: make_token("bob")})
    other.add_to_hass(hass)

    assert (await submit(hass, change_form, token))["reason"] in SUCCESS


async def test_account_without_an_id_learns_it_from_a_new_token(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    account: Account,
    token: str,
    change_form: ConfigFlowResult,
) -> None:
    """So that it is recognised from then on."""
    hass.config_entries.async_update_entry(config_entry, unique_id=None)

    await submit(hass, change_form, token)

    assert config_entry.unique_id == account.customer_id


async def test_account_keeps_its_id_when_the_api_tells_none(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    account: Account,
    token: str,
    change_form: ConfigFlowResult,
) -> None:
    """A missing ID is no other account's."""
    simulator.identity_fault = FAULTS["404"]

    assert (await submit(hass, change_form, token))["reason"] in SUCCESS
    assert config_entry.unique_id == account.customer_id


@pytest.mark.parametrize("call", ["fault", "identity_fault"])
@pytest.mark.parametrize(("fault", "error"), CLASSES)
async def test_nothing_is_taken_over_at(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    change_form: ConfigFlowResult,
    call: str,
    fault: str,
    error: str,
) -> None:
    """It could be another account's, so the token in use stays. So does the form."""
    simulator.add_account(NEW_TOKEN)
    setattr(simulator, call, FAULTS[fault])
    form = await submit(hass, change_form, NEW_TOKEN)

    assert form["errors"] == {"base": error}
    assert config_entry.data == {CONF_TOKEN: token}

    setattr(simulator, call, None)
    assert (await submit(hass, form, token))["reason"] in SUCCESS


@pytest.mark.parametrize("fault", [None, "401", "reset"])
async def test_form_ends_when_the_account_is_removed_meanwhile(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    change_form: ConfigFlowResult,
    fault: str | None,
) -> None:
    """Whether the token works or not, there is nothing left that could use it."""
    simulator.hold = asyncio.Event()
    task = asyncio.create_task(submit(hass, change_form, token))
    await request_arrives(simulator)
    await hass.config_entries.async_remove(config_entry.entry_id)
    simulator.fault = FAULTS[fault] if fault else None
    simulator.hold.set()

    result = await task

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"
    assert not hass.config_entries.async_entries(DOMAIN)
    assert not hass.config_entries.flow.async_progress()


async def test_new_token_ends_the_request_for_one(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator, token: str
) -> None:
    """Who reconfigures an account is not asked to reauthenticate any more."""
    simulator.replace_token(token, NEW_TOKEN)
    assert not await set_up(hass, config_entry)
    assert hass.config_entries.flow.async_progress()

    form = await config_entry.start_reconfigure_flow(hass)
    await submit(hass, form, NEW_TOKEN)

    assert not hass.config_entries.flow.async_progress()
    assert state(hass) == "180"


async def open_options(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Open the form for the options of an account."""
    return await hass.config_entries.options.async_init(entry.entry_id)


async def submit_options(
    hass: HomeAssistant, form: ConfigFlowResult, **options: object
) -> ConfigFlowResult:
    """Submit that form, with the defaults for what is not given."""
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"threshold": 40, "days": 7} | options
    )
    await hass.async_block_till_done()
    return result


async def test_options_are_boxes_for_whole_numbers(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """So that the arrows of a browser count in ones."""
    for field in fields(await open_options(hass, config_entry)):
        assert (field["mode"], field["step"]) == ("box", 1)


async def test_options_are_applied_at_once(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """They come from the form as floats, and count from the next reading on."""
    assert await set_up(hass, config_entry)
    assert state(hass, LOW) == "off"
    form = await open_options(hass, config_entry)
    assert suggested(form) == {"threshold": 40, "days": 7, "daily_limit": None}

    await submit_options(hass, form, threshold=180.0, days=0.0, daily_limit=20.0)

    options = {"threshold": 180, "days": 0, "daily_limit": 20}
    assert config_entry.options == options
    assert str(config_entry.options["threshold"]) == "180"
    assert state(hass, LOW) == "on"
    assert suggested(await open_options(hass, config_entry)) == options


async def test_daily_limit_that_is_left_empty_is_automatic_again(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """One that was set before is forgotten."""
    hass.config_entries.async_update_entry(config_entry, options={"daily_limit": 20})
    form = await open_options(hass, config_entry)

    await submit_options(hass, form)

    assert config_entry.options == {"threshold": 40, "days": 7}


@pytest.mark.parametrize(
    "typed",
    [
        {"threshold": 40.5},
        {"days": 0.25, "threshold": -40},
        {"daily_limit": 1.5, "days": 3.5},
    ],
)
async def test_fraction_is_refused_and_stays_in_its_field(
    hass: HomeAssistant, config_entry: MockConfigEntry, typed: dict[str, float]
) -> None:
    """The form says which field it is, and keeps all that was typed."""
    form = await submit_options(hass, await open_options(hass, config_entry), **typed)

    assert form["errors"] == {
        field: "not_whole" for field, value in typed.items() if value % 1
    }
    kept = {"threshold": 40, "days": 7, "daily_limit": None} | typed
    assert suggested(form) == kept
    assert not config_entry.options


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("threshold", "many"),
        ("threshold", ""),
        ("threshold", None),
        ("threshold", "1e400"),
        ("threshold", 2**53 + 2),
        ("threshold", -(2**53) - 2),
        ("days", -1),
        ("days", 366),
        ("daily_limit", 0),
        ("daily_limit", -5),
        ("daily_limit", float("inf")),
    ],
)
async def test_option_that_makes_no_sense_is_refused(
    hass: HomeAssistant, config_entry: MockConfigEntry, field: str, value: object
) -> None:
    """The page says so at the field, nothing changes, and the form stays."""
    form = await open_options(hass, config_entry)

    with pytest.raises(InvalidData) as raised:
        await submit_options(hass, form, **{field: value})

    assert list(raised.value.schema_errors) == [field]
    assert not config_entry.options
    await submit_options(hass, form, threshold=-40)
    assert config_entry.options["threshold"] == -40


async def test_number_that_is_none_is_refused(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """NaN is neither too small nor too large."""
    form = await open_options(hass, config_entry)

    form = await submit_options(hass, form, days=float("nan"))

    assert form["errors"] == {"days": "not_whole"}
    assert not config_entry.options


async def test_options_say_how_much_was_used(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    account: Account,
) -> None:
    """On whole days and on the busiest, which helps to decide. The first is not whole."""
    freezer.move_to("2026-05-04 08:00:00+00:00")  # At night in the harness.
    assert await set_up(hass, config_entry)
    for used in (3, 5, 2.5):
        account.drain(used)
        for _ in range(2):
            await pass_time(hass, freezer, timedelta(hours=12))

    form = await open_options(hass, config_entry)

    assert form["description_placeholders"] == {"used": "7.5", "busiest_day": "5"}


async def test_options_open_for_an_account_that_is_not_loaded(
    hass: HomeAssistant, config_entry: MockConfigEntry
) -> None:
    """Then no use is known, and the limits can be set all the same."""
    form = await open_options(hass, config_entry)

    assert form["description_placeholders"] == {"used": "–", "busiest_day": "–"}
