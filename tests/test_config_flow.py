"""Adding an account, and giving one a new token."""

import asyncio
import json
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.api import (
    SMSWorksError,
    SMSWorksNameError,
    SMSWorksTLSError,
    SMSWorksUnreachableError,
)
from custom_components.thesmsworks.const import DOMAIN
from custom_components.thesmsworks.messages import ERROR_KEYS
from dev.simulator import FAULTS, Account, Simulator, answer, make_token
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_TOKEN, EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import DOMAIN as HOMEASSISTANT_DOMAIN, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.translation import async_get_translations

from .common import Home, fields, outlast, request_arrives, state, suggested

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

BOB = make_token("bob")
NEW_TOKEN = make_token("alice's new key")
ID = "7c5de3f01c1b4e0e9f5c0d5b1a2f3e4d"
OTHER_ID = "0b6d2a9e5a0f4c8e8d0b3f1e2d4c5b6a"


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the form to add an account."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, token: str
) -> ConfigFlowResult:
    """Submit a form with a token."""
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: token}
    )
    await hass.async_block_till_done()
    return result


async def add(hass: HomeAssistant, token: str) -> ConfigFlowResult:
    """Add an account with a token."""
    return await submit(hass, await start(hass), token)


async def texts_of(hass: HomeAssistant, category: str, domain: str) -> dict[str, str]:
    """Return the English texts of a category by what follows the domain."""
    texts = await async_get_translations(hass, "en", category, {domain})
    start = f"component.{domain}.{category}."
    return {key.removeprefix(start): text for key, text in texts.items()}


def says(message: str) -> bytes:
    """Return a body with a message."""
    return json.dumps({"message": message}).encode()


@pytest.fixture(params=[True, False], ids=["with ID", "without ID"])
def either_account(request: pytest.FixtureRequest, account: Account) -> Account:
    """Return an account with an ID, and one without."""
    if not request.param:
        account.customer_id = None
    return account


@pytest.fixture(params=["reauth", "reconfigure"])
async def form(request: pytest.FixtureRequest, home: Home) -> ConfigFlowResult:
    """Return a form for a token of an account that runs, and was asked for one."""
    assert await home.set_up()
    home.entry.async_start_reauth(home.hass)
    await home.hass.async_block_till_done()
    if request.param == "user":
        return await start(home.hass)
    if request.param == "reconfigure":
        return await open_reconfigure(home)
    [flow] = home.hass.config_entries.flow.async_progress()
    return await home.hass.config_entries.flow.async_configure(flow["flow_id"])


async def open_reconfigure(home: Home) -> ConfigFlowResult:
    """Open the form to change the token of an account."""
    form: ConfigFlowResult = await home.entry.start_reconfigure_flow(home.hass)
    return form


ANY_FORM = pytest.mark.parametrize(
    "form", ["user", "reauth", "reconfigure"], indirect=True
)


async def test_form_asks_for_a_token(hass: HomeAssistant) -> None:
    """It is typed unseen, no browser keeps it, and the way to get one is linked."""
    form = await start(hass)

    assert (form["step_id"], form["errors"]) == ("user", {})
    assert suggested(form) == {CONF_TOKEN: None}
    field = fields(form)[CONF_TOKEN]
    assert (field["type"], field["autocomplete"]) == ("password", "off")
    assert form["description_placeholders"] == {
        "account_url": "https://thesmsworks.co.uk/user/login"
    }


@ANY_FORM
async def test_form_has_its_texts(home: Home, form: ConfigFlowResult) -> None:
    """With all that is filled in."""
    texts = await texts_of(home.hass, "config", DOMAIN)
    step = f"step.{form['step_id']}"

    assert texts[f"{step}.title"]
    assert texts[f"{step}.data.token"]
    assert texts[f"{step}.data_description.token"]
    placeholders = form["description_placeholders"]
    assert placeholders
    assert "user/login" in texts[f"{step}.description"].format(**placeholders)


async def test_form_for_a_refused_token_names_the_account(home: Home) -> None:
    """There may be several."""
    assert await home.set_up()
    home.hass.config_entries.async_update_entry(home.entry, title="Shop")
    form = await home.entry.start_reauth_flow(home.hass)

    texts = await texts_of(home.hass, "config", DOMAIN)
    description = texts["step.reauth_confirm.description"]
    assert "“Shop”" in description.format(**form["description_placeholders"])


async def test_each_error_has_a_text(hass: HomeAssistant) -> None:
    """And there is no text that is never shown."""
    texts = await texts_of(hass, "config", DOMAIN)

    errors = {key for key in texts if key.startswith("error.")}
    keys = {*ERROR_KEYS.values(), "wrong_account", "unknown"}
    assert errors == {f"error.{key}" for key in keys}


async def test_account_is_added(
    hass: HomeAssistant, either_account: Account, token: str
) -> None:
    """However its token was pasted."""
    result = await add(hass, f'Authorization: "JWT {token[:50]}\r\n  {token[50:]}"\n')

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "The SMS Works"
    assert result["data"] == {CONF_TOKEN: token}
    assert result["result"].unique_id == either_account.customer_id
    assert state(hass) == "180"


@pytest.mark.usefixtures("either_account")
async def test_account_is_not_added_again_with_its_token(
    hass: HomeAssistant, token: str
) -> None:
    """And nothing changes."""
    entry = (await add(hass, token))["result"]
    runtime_data = entry.runtime_data

    assert (await add(hass, token))["reason"] == "already_configured"
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert entry.runtime_data is runtime_data


@pytest.mark.parametrize(
    "message",
    ["7c5de3f0-1c1b-4e0e-9f5c-0d5b1a2f3e4d", "7C5DE3F01C1B4E0E9F5C0D5B1A2F3E4D"],
)
@pytest.mark.usefixtures("enable_custom_integrations")
async def test_account_is_known_by_its_id_however_it_is_written(
    hass: HomeAssistant,
    simulator: Simulator,
    account: Account,
    token: str,
    message: str,
) -> None:
    """It was written in six groups before."""
    account.customer_id = ID
    entry = (await add(hass, token))["result"]
    simulator.accounts[NEW_TOKEN] = account
    simulator.identity_fault = answer(body=says(message))

    assert (await add(hass, NEW_TOKEN))["reason"] == "token_updated"
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


async def test_accounts_whose_id_is_all_zeros_are_two(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    """It is nobody's."""
    for name in ("alice", "bob"):
        simulator.add_account(make_token(name)).customer_id = "0" * 32
        result = await add(hass, make_token(name))
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert result["result"].unique_id is None


@pytest.mark.usefixtures("account")
async def test_text_that_is_no_token_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, token: str
) -> None:
    """The form says so, and its field is empty for the next try."""
    form = await add(hass, token[:-1])

    assert form["errors"] == {"base": "invalid_token"}
    assert suggested(form) == {CONF_TOKEN: None}
    assert not simulator.requests
    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


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


@pytest.mark.usefixtures("either_account")
@pytest.mark.parametrize("request_number", [0, 1, 2, 3])
async def test_token_submitted_in_two_windows_is_one_account(
    hass: HomeAssistant, simulator: Simulator, token: str, request_number: int
) -> None:
    """At once, or while the balance, the ID or the first poll keeps one waiting."""
    slow, quick = (
        hass.config_entries.flow.async_configure(form["flow_id"], {CONF_TOKEN: token})
        for form in (await start(hass), await start(hass))
    )
    task, hold = asyncio.create_task(slow), asyncio.Event()
    for number in range(1, request_number + 1):
        simulator.hold = hold if number == request_number else None
        await request_arrives(simulator)
    simulator.hold = None

    types = {(await quick)["type"]}
    hold.set()
    types.add((await task)["type"])
    await hass.async_block_till_done()

    assert types == {FlowResultType.ABORT, FlowResultType.CREATE_ENTRY}
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED
    assert not hass.config_entries.flow.async_progress()


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
    assert (await add(hass, BOB))["title"] == "The SMS Works 2"


@pytest.mark.parametrize(
    ("form", "domain", "reason"),
    [
        ("user", DOMAIN, "token_updated"),
        ("reauth", HOMEASSISTANT_DOMAIN, "reauth_successful"),
        ("reconfigure", HOMEASSISTANT_DOMAIN, "reconfigure_successful"),
    ],
    indirect=["form"],
)
async def test_new_token_of_the_same_account_is_taken(
    home: Home, token: str, form: ConfigFlowResult, domain: str, reason: str
) -> None:
    """The account goes on with it, all else as it was, and nobody is asked any more."""
    home.simulator.replace_token(token, NEW_TOKEN)
    home.account.top_up(1)

    result = await submit(home.hass, form, NEW_TOKEN)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == reason
    assert result.get("translation_domain", DOMAIN) == domain
    assert f"abort.{reason}" in await texts_of(home.hass, "config", domain)
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}
    assert home.entry.unique_id == home.account.customer_id
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.state() == "181"
    assert not home.hass.config_entries.flow.async_progress()


@ANY_FORM
@pytest.mark.parametrize("call", ["fault", "identity_fault"])
@pytest.mark.parametrize(
    ("fault", "error", "is_kept"),
    [
        ("401", "invalid_auth", False),
        ("429", "rate_limited", True),
        ("403", "unexpected_response", True),
        ("503", "server_error", True),
        ("reset", "connection_broken", True),
    ],
)
async def test_form_stays_and_nothing_changes_at(
    home: Home,
    token: str,
    form: ConfigFlowResult,
    call: str,
    fault: str,
    error: str,
    is_kept: bool,
) -> None:
    """Wherever it fails, "Submit" is all it takes if it may pass."""
    home.simulator.accounts[NEW_TOKEN] = home.account
    setattr(home.simulator, call, FAULTS[fault])
    form = await submit(home.hass, form, NEW_TOKEN)

    assert form["errors"] == {"base": error}
    assert suggested(form) == {CONF_TOKEN: NEW_TOKEN if is_kept else None}
    assert home.hass.config_entries.async_entries(DOMAIN) == [home.entry]
    assert home.entry.data == {CONF_TOKEN: token}

    setattr(home.simulator, call, None)
    result = await submit(home.hass, form, NEW_TOKEN)
    assert result["type"] is FlowResultType.ABORT
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}


async def test_form_says_that_there_was_no_answer_in_time(
    home: Home, form: ConfigFlowResult
) -> None:
    """It does not wait for ever."""
    home.simulator.fault = FAULTS["silence"]
    step = submit(home.hass, form, NEW_TOKEN)

    form = await outlast(step, home.simulator, home.freezer)

    assert form["errors"] == {"base": "timeout"}
    assert suggested(form) == {CONF_TOKEN: NEW_TOKEN}


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (SMSWorksNameError, "name_not_resolved"),
        (SMSWorksTLSError, "tls_failed"),
        (SMSWorksUnreachableError, "unreachable"),
    ],
)
async def test_form_says_why_there_is_no_connection(
    hass: HomeAssistant, token: str, raised: type[SMSWorksError], error: str
) -> None:
    """They are mended in different places."""
    with patch(
        "custom_components.thesmsworks.config_flow.SMSWorksClient.get_balance",
        side_effect=raised,
    ):
        form = await add(hass, token)

    assert form["errors"] == {"base": error}
    assert suggested(form) == {CONF_TOKEN: token}


@pytest.mark.parametrize(
    ("unique_id", "bob_id", "other"),
    [
        (ID, OTHER_ID, {}),
        (None, OTHER_ID, {"unique_id": OTHER_ID, "data": {CONF_TOKEN: "another"}}),
        (None, None, {"data": {CONF_TOKEN: BOB}}),
        (ID, None, {"data": {CONF_TOKEN: BOB}}),
    ],
)
async def test_token_of_another_account_is_refused(
    home: Home,
    token: str,
    form: ConfigFlowResult,
    unique_id: str | None,
    bob_id: str | None,
    other: dict[str, Any],
) -> None:
    """A history must not go on with another's credit, nor two entries be one account.

    The form stays, as a request to reauthenticate that is over would not come again.
    Then the token in use is taken, which may have been refused by mistake.
    """
    home.account.customer_id = unique_id
    home.simulator.add_account(BOB).customer_id = bob_id
    data = {CONF_TOKEN: "the other's"}
    MockConfigEntry(domain=DOMAIN, **{"data": data} | other).add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(home.entry, unique_id=unique_id)

    form = await submit(home.hass, form, BOB)

    assert form["errors"] == {"base": "wrong_account"}
    assert suggested(form) == {CONF_TOKEN: None}
    assert home.entry.data == {CONF_TOKEN: token}
    result = await submit(home.hass, form, token)
    assert result["type"] is FlowResultType.ABORT


@pytest.mark.parametrize("told", [ID, OTHER_ID, None])
@pytest.mark.parametrize("unique_id", [ID, None])
async def test_token_in_use_is_the_accounts_own(
    home: Home, token: str, form: ConfigFlowResult, unique_id: str | None, told: str
) -> None:
    """Whatever the server says, such as an ID that is new in each answer."""
    MockConfigEntry(
        domain=DOMAIN, data={CONF_TOKEN: BOB}, unique_id=OTHER_ID
    ).add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(home.entry, unique_id=unique_id)
    home.account.customer_id = told

    result = await submit(home.hass, form, token)

    assert result["type"] is FlowResultType.ABORT
    assert home.entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [(None, ID, ID), (ID, ID, ID), (ID, None, ID), (None, None, None)],
)
async def test_account_has_the_id_that_was_told_once(
    home: Home,
    form: ConfigFlowResult,
    before: str | None,
    told: str | None,
    after: str | None,
) -> None:
    """A missing ID is no other account's, not even one's that has none either."""
    home.simulator.add_account(NEW_TOKEN).customer_id = told
    MockConfigEntry(domain=DOMAIN, data={CONF_TOKEN: BOB}).add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(home.entry, unique_id=before)

    result = await submit(home.hass, form, NEW_TOKEN)

    assert result["type"] is FlowResultType.ABORT
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}
    assert home.entry.unique_id == after


@pytest.fixture
async def in_flight(
    home: Home, form: ConfigFlowResult
) -> asyncio.Task[ConfigFlowResult]:
    """Return a form that was submitted with a new token, and waits for the server."""
    home.simulator.accounts[NEW_TOKEN] = home.account
    home.simulator.hold = asyncio.Event()
    task = asyncio.create_task(submit(home.hass, form, NEW_TOKEN))
    await request_arrives(home.simulator)
    return task


def release(home: Home) -> None:
    """Let the server answer."""
    assert home.simulator.hold
    home.simulator.hold.set()
    home.simulator.hold = None


@pytest.mark.parametrize("fault", [None, FAULTS["401"]])
async def test_form_in_flight_ends_when_the_account_is_removed(
    home: Home, in_flight: asyncio.Task[ConfigFlowResult], fault: Any
) -> None:
    """Whether the token works or not, there is nothing left that could use it."""
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    home.simulator.fault = fault
    release(home)

    result = await in_flight

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"
    assert "abort.account_removed" in await texts_of(home.hass, "config", DOMAIN)
    assert not home.hass.config_entries.async_entries(DOMAIN)
    assert not home.hass.config_entries.flow.async_progress()


async def test_open_form_ends_when_the_account_was_removed(home: Home) -> None:
    """In another window. Home Assistant itself closes a request for a token."""
    assert await home.set_up()
    form = await open_reconfigure(home)
    await home.remove()

    result = await submit(home.hass, form, NEW_TOKEN)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"


async def test_form_in_flight_goes_on_when_the_account_is_reloaded(
    home: Home, in_flight: asyncio.Task[ConfigFlowResult]
) -> None:
    """As when its options change in another window."""
    reload = asyncio.create_task(home.reload(threshold=50))
    await request_arrives(home.simulator)
    release(home)
    await reload

    assert (await in_flight)["type"] is FlowResultType.ABORT
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}
    assert home.entry.options == {"threshold": 50}


async def test_form_in_flight_leaves_an_account_disabled(
    home: Home, in_flight: asyncio.Task[ConfigFlowResult]
) -> None:
    """It has the new token when it is enabled again."""
    await home.hass.config_entries.async_set_disabled_by(
        home.entry.entry_id, ConfigEntryDisabler.USER
    )
    release(home)

    assert (await in_flight)["type"] is FlowResultType.ABORT
    assert home.entry.state is ConfigEntryState.NOT_LOADED
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}


@ANY_FORM
async def test_form_in_flight_is_no_bug_when_home_assistant_stops(
    home: Home,
    in_flight: asyncio.Task[ConfigFlowResult],
    token: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The connection is closed under it."""
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_CLOSE)

    result = await in_flight

    assert result["errors"] == {"base": "unreachable"}
    assert "Unexpected exception" not in caplog.text
    assert home.entry.data == {CONF_TOKEN: token}


async def test_form_is_no_bug_when_home_assistant_has_stopped(
    home: Home, form: ConfigFlowResult, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    """There is nothing to make a connection with."""
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_CLOSE)
    await home.hass.async_block_till_done()

    result = await submit(home.hass, form, token)

    assert result["errors"] == {"base": "unreachable"}
    assert "Unexpected exception" not in caplog.text
