"""Adding an account, and giving one a new token."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, Account, Simulator, make_token
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .common import Home, fields, request_arrives, state, suggested

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

BOB = make_token("bob")
NEW_TOKEN = make_token("alice's new key")
ID = "7c5de3f0-1c1b-4e0e-9f5c-0d5b1a2f3e4d"
OTHER_ID = "0b6d2a9e-5a0f-4c8e-8d0b-3f1e2d4c5b6a"
DONE = ("already_configured", "reauth_successful", "reconfigure_successful")


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


@pytest.fixture(params=[True, False], ids=["with ID", "without ID"])
def either_account(request: pytest.FixtureRequest, account: Account) -> Account:
    """Return an account with an ID, and one without."""
    if not request.param:
        account.customer_id = None
    return account


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


async def test_account_is_added_once(
    hass: HomeAssistant, either_account: Account, token: str
) -> None:
    """However its token was pasted."""
    result = await add(hass, f'Authorization: "JWT {token[:50]}\r\n  {token[50:]}"\n')

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "The SMS Works"
    assert result["data"] == {CONF_TOKEN: token}
    assert result["result"].unique_id == either_account.customer_id
    assert state(hass) == "180"

    assert (await add(hass, token))["reason"] == "already_configured"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@pytest.mark.usefixtures("account")
async def test_text_that_is_no_token_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, token: str
) -> None:
    """The form says so, and its field is empty for the next try."""
    form = await add(hass, "www.example.com")

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


@pytest.fixture(params=["reauth", "reconfigure"])
async def form(request: pytest.FixtureRequest, home: Home) -> ConfigFlowResult:
    """Return a form for a token of an account that runs, and was asked for one."""
    assert await home.set_up()
    home.entry.async_start_reauth(home.hass)
    await home.hass.async_block_till_done()
    if request.param == "user":
        return await start(home.hass)
    if request.param == "reconfigure":
        result: ConfigFlowResult = await home.entry.start_reconfigure_flow(home.hass)
        return result
    [flow] = home.hass.config_entries.flow.async_progress()
    return await home.hass.config_entries.flow.async_configure(flow["flow_id"])


ANY_FORM = pytest.mark.parametrize(
    "form", ["user", "reauth", "reconfigure"], indirect=True
)


@ANY_FORM
async def test_new_token_of_the_same_account_is_taken(
    home: Home, token: str, form: ConfigFlowResult
) -> None:
    """The account goes on with it, all else as it was, and nobody is asked any more."""
    home.simulator.replace_token(token, NEW_TOKEN)
    home.account.top_up(1)

    result = await submit(home.hass, form, NEW_TOKEN)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in DONE
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}
    assert home.entry.unique_id == home.account.customer_id
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.state() == "181"
    assert not home.hass.config_entries.flow.async_progress()


@ANY_FORM
@pytest.mark.parametrize("call", ["fault", "identity_fault"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", "invalid_auth"),
        ("503", "unexpected_response"),
        ("reset", "cannot_connect"),
    ],
)
async def test_nothing_changes_at(
    home: Home, token: str, form: ConfigFlowResult, call: str, fault: str, error: str
) -> None:
    """Wherever it fails, "select Submit again" is all it takes if it may pass."""
    home.simulator.accounts[NEW_TOKEN] = home.account
    setattr(home.simulator, call, FAULTS[fault])
    form = await submit(home.hass, form, NEW_TOKEN)

    assert form["errors"] == {"base": error}
    assert suggested(form) == {CONF_TOKEN: None if fault == "401" else NEW_TOKEN}
    assert home.hass.config_entries.async_entries(DOMAIN) == [home.entry]
    assert home.entry.data == {CONF_TOKEN: token}

    setattr(home.simulator, call, None)
    assert (await submit(home.hass, form, NEW_TOKEN))["reason"] in DONE
    assert home.entry.data == {CONF_TOKEN: NEW_TOKEN}


@pytest.mark.parametrize(
    ("unique_id", "bob_id", "other"),
    [
        (ID, OTHER_ID, {}),
        (None, OTHER_ID, {"unique_id": OTHER_ID}),
        (None, None, {"data": {CONF_TOKEN: BOB}}),
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
    MockConfigEntry(domain=DOMAIN, **other).add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(home.entry, unique_id=unique_id)

    form = await submit(home.hass, form, BOB)

    assert form["errors"] == {"base": "wrong_account"}
    assert suggested(form) == {CONF_TOKEN: None}
    assert home.entry.data == {CONF_TOKEN: token}
    assert (await submit(home.hass, form, token))["reason"] in DONE


@pytest.mark.parametrize(
    ("before", "told", "after"), [(None, ID, ID), (ID, None, ID), (None, None, None)]
)
async def test_account_has_the_id_that_was_told_once(
    home: Home,
    token: str,
    form: ConfigFlowResult,
    before: str | None,
    told: str | None,
    after: str | None,
) -> None:
    """A missing ID is no other account's, not even one's that has none either."""
    home.account.customer_id = told
    MockConfigEntry(domain=DOMAIN, data={CONF_TOKEN: BOB}).add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(home.entry, unique_id=before)

    assert (await submit(home.hass, form, token))["reason"] in DONE
    assert home.entry.unique_id == after


@pytest.mark.parametrize("fault", [None, "401"])
async def test_form_ends_when_the_account_is_removed_meanwhile(
    home: Home, token: str, form: ConfigFlowResult, fault: str | None
) -> None:
    """Whether the token works or not, there is nothing left that could use it."""
    home.simulator.hold = asyncio.Event()
    task = asyncio.create_task(submit(home.hass, form, token))
    await request_arrives(home.simulator)
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    home.simulator.fault = FAULTS[fault] if fault else None
    home.simulator.hold.set()

    result = await task

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "account_removed"
    assert not home.hass.config_entries.async_entries(DOMAIN)
    assert not home.hass.config_entries.flow.async_progress()
