"""What the client makes of everything that a server or a line can do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import tracemalloc
from unittest.mock import patch

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer, unused_port
from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.thesmsworks.api import (
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksConnectionError,
    SMSWorksError,
    SMSWorksResponseError,
)
from dev.simulator import FAULTS, HARMLESS, SLOW, Account, Simulator, answer, make_token

from .common import let_others_run, request_arrives

API_URL = "custom_components.thesmsworks.api.API_URL"


@pytest.fixture
async def client(
    simulator: Simulator, account: Account, token: str
) -> AsyncIterator[SMSWorksClient]:
    """Return a client of the account."""
    async with ClientSession() as session:
        yield SMSWorksClient(session, token)


async def balance_at(url: URL, token: str) -> float:
    """Return the balance from an API that is somewhere else."""
    with patch(API_URL, url):
        async with ClientSession() as session:
            return await SMSWorksClient(session, token).get_balance()


@pytest.mark.parametrize("credits", [180, 177.5, 0, -12.5, 2**53])
async def test_balance_is_what_the_account_holds(
    client: SMSWorksClient, account: Account, credits: float
) -> None:
    """Fractions, nothing left and an overdraft are balances like any other."""
    account.credits = credits

    assert await client.get_balance() == credits


@pytest.mark.parametrize(("body", "shown"), [("180.0", "180"), ("-0.0", "0")])
async def test_whole_balance_is_shown_without_a_point(
    simulator: Simulator, client: SMSWorksClient, body: str, shown: str
) -> None:
    """A whole number of credits reads as one."""
    simulator.fault = answer(body=f'{{"credits": {body}}}')

    assert str(await client.get_balance()) == shown


@pytest.mark.parametrize("oddity", HARMLESS)
async def test_balance_is_read_in_spite_of(
    simulator: Simulator, client: SMSWorksClient, oddity: str
) -> None:
    """What does not make the number doubtful does no harm."""
    simulator.fault = HARMLESS[oddity]

    assert await client.get_balance() == 180


async def test_token_is_sent_as_the_contract_says(
    simulator: Simulator, client: SMSWorksClient, token: str
) -> None:
    """The scheme is JWT, and nothing compressed is asked for."""
    await client.get_balance()

    headers = simulator.requests[0].headers
    assert headers["Authorization"] == f"JWT {token}"
    assert headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "fault",
    [
        "no credits",
        "null",
        "text",
        "true",
        "NaN",
        "Infinity",
        "1e999",
        "beyond exact numbers",
        "list",
        "array body",
        "HTML",
        "empty",
        "truncated JSON",
        "not UTF-8",
        "deep JSON",
        "too long",
        "endless",
        "gzip bomb",
        "broken gzip",
        "truncated gzip",
        "unknown encoding",
    ],
)
async def test_no_number_comes_of(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """A 200 without a balance in it is an error, never 0 or a guess."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.status == 200
    assert raised.value.retry_after is None


@pytest.mark.parametrize("fault", ["too long", "endless", "gzip bomb"])
async def test_memory_stays_flat_under(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """However much is sent, little is held."""
    simulator.fault = answer(body="")
    with pytest.raises(SMSWorksResponseError):
        await client.get_balance()
    simulator.fault = FAULTS[fault]

    tracemalloc.start()
    try:
        with pytest.raises(SMSWorksResponseError):
            await client.get_balance()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 2 * 2**20


@pytest.mark.parametrize(
    "fault",
    ["401", "401 in plain text", "401 without a body", "401 in broken gzip"],
)
async def test_refused_token_is_an_authentication_error(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """The status decides, whatever the body holds."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksAuthenticationError):
        await client.get_balance()


async def test_token_of_nobody_is_an_authentication_error(
    simulator: Simulator,
) -> None:
    """An account that the provider does not know has no balance."""
    async with ClientSession() as session:
        with pytest.raises(SMSWorksAuthenticationError):
            await SMSWorksClient(session, make_token("nobody")).get_balance()


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        ("204", 204, None),
        ("400", 400, "Bad request"),
        ("402", 402, "No credit"),
        ("403", 403, "Blocked by the firewall"),
        ("404", 404, "Not found"),
        ("418", 418, "I am a teapot"),
        ("429", 429, "Too many requests"),
        ("500", 500, "Server error"),
        ("500 cut mid-body", 500, None),
        ("502 in HTML", 502, None),
        ("503", 503, "Down for maintenance"),
    ],
)
async def test_other_status_is_a_response_error(
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
    status: int,
    message: str | None,
) -> None:
    """It carries the status and what the server said."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.status == status
    assert raised.value.message == message
    assert str(raised.value) == f"HTTP {status}" + (f": {message}" if message else "")


@pytest.mark.parametrize(
    "body",
    [
        '{"message": ["a", "list"]}',
        '{"message": null}',
        '["message"]',
        '{"message": "' + "x" * 2**16 + '"}',
    ],
)
async def test_status_counts_without_a_legible_message(
    simulator: Simulator, client: SMSWorksClient, body: str
) -> None:
    """A body that makes no sense takes nothing from the status."""
    simulator.fault = answer(500, body)

    with pytest.raises(SMSWorksResponseError, match=r"^HTTP 500$"):
        await client.get_balance()


async def test_message_is_one_short_line(
    simulator: Simulator, client: SMSWorksClient
) -> None:
    """Line breaks, control characters and length cannot disturb a log."""
    simulator.fault = answer(
        500, '{"message": "a\\r\\nb\\u0007\\u202ec ' + "d" * 999 + '"}'
    )

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.message == "a b c " + "d" * 194


async def test_message_that_quotes_the_token_is_shown_without_it(
    simulator: Simulator, client: SMSWorksClient, token: str
) -> None:
    """Neither the token nor a part of it nor what is in it gets into an error."""
    secrets = [token, *token.split("."), "key-of-alice", "secret-of-alice"]
    for secret in secrets:
        simulator.fault = answer(500, f'{{"message": "Bad {secret} here"}}')

        with pytest.raises(SMSWorksResponseError) as raised:
            await client.get_balance()

        assert raised.value.message == "Bad **REDACTED** here"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("1000000000", 1e9)],
)
async def test_server_says_how_many_seconds_to_wait(
    simulator: Simulator,
    client: SMSWorksClient,
    status: int,
    value: str,
    seconds: float,
) -> None:
    """The number is handed on as it is: it is for the caller to set bounds."""
    simulator.fault = answer(status, Retry_After=value)

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.retry_after == seconds


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("zone", ["GMT", "-0000"])
async def test_server_says_until_when_to_wait(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    status: int,
    zone: str,
) -> None:
    """A date becomes the seconds that are left until then."""
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=20)
    freezer.move_to(until - timedelta(minutes=20))
    date = format_datetime(until, usegmt=True).replace("GMT", zone)
    simulator.fault = answer(status, Retry_After=date)

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.retry_after == 1200


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (429, "-5"),
        (429, "0"),
        (429, "soon"),
        (429, "9" * 5000),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT"),
        (503, "Wed, 41 Oct 2045 07:28:00 GMT"),
        (500, "120"),
    ],
)
async def test_wait_that_makes_no_sense_is_no_wait(
    simulator: Simulator, client: SMSWorksClient, status: int, value: str
) -> None:
    """Then the usual interval is the best that can be done."""
    simulator.fault = answer(status, Retry_After=value)

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.retry_after is None


@pytest.mark.parametrize("fault", ["301", "302", "307"])
async def test_redirect_is_not_followed(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """The token goes to the API's own address and nowhere else."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.status == int(fault)
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("fault", ["reset", "cut mid-body", "not HTTP"])
async def test_broken_connection_is_a_connection_error(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """An answer that did not come whole is none."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksConnectionError):
        await client.get_balance()


@pytest.mark.parametrize(
    "url",
    [
        "http://thesmsworks.invalid/v1",
        f"http://127.0.0.1:{unused_port()}/v1",
    ],
    ids=["no such host", "refused"],
)
@pytest.mark.usefixtures("socket_enabled")
async def test_no_connection_is_a_connection_error(token: str, url: str) -> None:
    """So is a host that cannot be found or does not listen."""
    with pytest.raises(SMSWorksConnectionError):
        await balance_at(URL(url), token)


async def test_token_is_not_sent_to_a_host_that_cannot_prove_its_name(
    token: str, simulator: Simulator, impostor: TestServer
) -> None:
    """A certificate that nobody trusts ends it before the request."""
    with pytest.raises(SMSWorksConnectionError, match="certificate"):
        await balance_at(impostor.make_url("/v1"), token)

    assert not simulator.requests


@pytest.mark.parametrize("fault", SLOW)
async def test_slow_answer_ends_within_eleven_seconds(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
) -> None:
    """Ten seconds are allowed for all of an answer, and hardly more."""
    simulator.fault = FAULTS[fault]
    poll = asyncio.create_task(client.get_balance())
    await request_arrives(simulator)

    for _ in range(9):
        freezer.tick(1)
        await let_others_run()
    assert not poll.done()
    freezer.tick(2)

    with pytest.raises(SMSWorksConnectionError, match="no answer within 10 seconds"):
        await poll


async def test_customer_id_is_found_in_the_message(
    client: SMSWorksClient, account: Account
) -> None:
    """Whatever words stand around it."""
    assert await client.get_customer_id() == account.customer_id


@pytest.mark.parametrize(
    "body",
    [
        '{"message": "Welcome back"}',
        '{"message": 7}',
        '{"message": "aaaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee0"}',
        "[]",
        "",
    ],
)
async def test_customer_id_may_be_missing(
    simulator: Simulator, client: SMSWorksClient, body: str
) -> None:
    """Its form is not in the contract, so none is no error."""
    simulator.fault = answer(body=body)

    assert await client.get_customer_id() is None


async def test_customer_id_is_the_same_in_capitals(
    simulator: Simulator, client: SMSWorksClient, account: Account
) -> None:
    """An account is recognised however its ID is written."""
    assert account.customer_id
    simulator.fault = answer(body=f'{{"message": "{account.customer_id.upper()}"}}')

    assert await client.get_customer_id() == account.customer_id


@pytest.mark.parametrize("fault", ["reset", "401", "503"])
async def test_all_errors_have_one_base(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """A caller can catch everything at once."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksError):
        await client.get_balance()
