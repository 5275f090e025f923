"""Adding an account, and giving one a new token."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import FAULTS, Account, Simulator, answer, make_token
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .common import outlast, set_up, state

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

FORM_ERRORS = {
    "no credits": "unexpected_response",
    "HTML": "unexpected_response",
    "gzip bomb": "unexpected_response",
    "301": "unexpected_response",
    "403": "unexpected_response",
    "429": "unexpected_response",
    "500": "unexpected_response",
    "503": "unexpected_response",
    "401": "invalid_auth",
    "401 in plain text": "invalid_auth",
    "reset": "cannot_connect",
    "cut mid-body": "cannot_connect",
    "silence": "cannot_connect",
    "one byte a second": "cannot_connect",
}


async def add(hass: HomeAssistant, token: str) -> ConfigFlowResult:
    """Add an account with a token."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await submit(hass, form, token)


async def submit(
    hass: HomeAssistant, form: ConfigFlowResult, token: str
) -> ConfigFlowResult:
    """Submit a form with a token."""
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_TOKEN: token}
    )
    await hass.async_block_till_done()
    return result


async def test_account_is_added(
    hass: HomeAssistant, simulator: Simulator, account: Account, token: str
) -> None:
    """A token is all it takes, and the balance is there at once."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "user"
    assert form["errors"] == {}

    result = await submit(hass, form, token)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "The SMS Works"
    assert result["data"] == {CONF_TOKEN: token}
    assert result["result"].unique_id == account.customer_id
    assert state(hass) == "180"


@pytest.mark.usefixtures("account")
async def test_bare_token_is_stored(hass: HomeAssistant, token: str) -> None:
    """However it was pasted."""
    result = await add(hass, f'Authorization: "JWT {token[:50]}\r\n  {token[50:]}"\n')

    assert result["data"] == {CONF_TOKEN: token}


@pytest.mark.parametrize("text", ["", "my key", "one.two", "JWT"])
async def test_text_that_is_no_token_is_refused_without_a_request(
    hass: HomeAssistant, simulator: Simulator, account: Account, token: str, text: str
) -> None:
    """The form says what a token looks like and waits for one."""
    form = await add(hass, text)

    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {CONF_TOKEN: "invalid_token"}
    assert not simulator.requests

    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(("fault", "error"), FORM_ERRORS.items())
async def test_form_says_what_went_wrong_and_can_be_submitted_again(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    account: Account,
    token: str,
    fault: str,
    error: str,
) -> None:
    """Nothing has to be started anew after a fault."""
    simulator.fault = FAULTS[fault]
    form = await outlast(add(hass, token), simulator, freezer)

    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": error}

    simulator.fault = None
    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert state(hass) == "180"


async def test_bug_is_logged_and_the_form_can_be_submitted_again(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    account: Account,
    token: str,
) -> None:
    """What nobody thought of does not end in a blank page."""
    with patch(
        "custom_components.thesmsworks.config_flow.SMSWorksClient.get_balance",
        side_effect=RuntimeError("a bug"),
    ):
        form = await add(hass, token)

    assert form["errors"] == {"base": "unknown"}
    assert "RuntimeError: a bug" in caplog.text

    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_form_never_shows_the_token(
    hass: HomeAssistant, simulator: Simulator, account: Account, token: str
) -> None:
    """Neither is the field filled in again, nor does a text quote it."""
    for fault in ("401", "500", "reset"):
        simulator.fault = FAULTS[fault]
        form = await add(hass, token)

        assert token not in str(form)
        schema = form["data_schema"]
        assert schema
        [field] = schema.schema
        assert not field.description


@pytest.mark.parametrize(
    "identity_fault",
    [
        answer(body='{"message": "Hello"}'),
        answer(body="[]"),
        FAULTS["401"],
        FAULTS["404"],
        FAULTS["500"],
    ],
)
async def test_account_without_a_customer_id_is_known_by_its_token(
    hass: HomeAssistant,
    simulator: Simulator,
    account: Account,
    token: str,
    identity_fault: object,
) -> None:
    """The balance is what counts: the ID may be missing."""
    simulator.identity_fault = identity_fault  # type: ignore[assignment]

    result = await add(hass, token)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id is None

    again = await add(hass, f"JWT {token}")
    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "already_configured"


async def test_line_that_drops_before_the_customer_id_is_tried_again(
    hass: HomeAssistant, simulator: Simulator, account: Account, token: str
) -> None:
    """An account is better known by its ID than not."""
    simulator.identity_fault = FAULTS["reset"]
    form = await add(hass, token)
    assert form["errors"] == {"base": "cannot_connect"}

    simulator.identity_fault = None
    result = await submit(hass, form, token)
    assert result["result"].unique_id == account.customer_id


async def test_known_account_is_not_added_twice(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator, token: str
) -> None:
    """The same token is recognised without a request."""
    result = await add(hass, token)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not simulator.requests


async def test_known_account_takes_its_new_token(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    account: Account,
    token: str,
) -> None:
    """Who adds it again rather than reauthenticate gets what they came for."""
    new = make_token("alice's new key")
    simulator.replace_token(token, new)
    assert not await set_up(hass, config_entry)

    result = await add(hass, new)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert config_entry.data == {CONF_TOKEN: new}
    assert state(hass) == "180"
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
    new = make_token("alice's new key")
    simulator.replace_token(token, new)
    account.top_up(1)

    result = await submit(hass, change_form, new)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in ("reauth_successful", "reconfigure_successful")
    assert config_entry.data == {CONF_TOKEN: new}
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

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in ("reauth_successful", "reconfigure_successful")
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

    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "wrong_account"}
    assert config_entry.data == {CONF_TOKEN: token}

    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in ("reauth_successful", "reconfigure_successful")


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

    result = await submit(hass, change_form, token)

    assert result["reason"] in ("reauth_successful", "reconfigure_successful")
    assert config_entry.unique_id == account.customer_id


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", "invalid_auth"),
        ("500", "unexpected_response"),
        ("reset", "cannot_connect"),
    ],
)
async def test_new_token_can_be_tried_again_after(
    hass: HomeAssistant,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    token: str,
    change_form: ConfigFlowResult,
    fault: str,
    error: str,
) -> None:
    """The form stays, and the token in use stays until another has worked."""
    simulator.fault = FAULTS[fault]
    form = await submit(hass, change_form, make_token("alice's new key"))
    assert form["errors"] == {"base": error}
    assert config_entry.data == {CONF_TOKEN: token}

    simulator.fault = None
    result = await submit(hass, form, token)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] in ("reauth_successful", "reconfigure_successful")


async def test_new_token_ends_the_request_for_one(
    hass: HomeAssistant, config_entry: MockConfigEntry, simulator: Simulator, token: str
) -> None:
    """Who reconfigures an account is not asked to reauthenticate any more."""
    new = make_token("alice's new key")
    simulator.replace_token(token, new)
    assert not await set_up(hass, config_entry)
    assert hass.config_entries.flow.async_progress()

    form = await config_entry.start_reconfigure_flow(hass)
    await submit(hass, form, new)

    assert not hass.config_entries.flow.async_progress()
    assert state(hass) == "180"
