"""What a token is, and what the client makes of all that a server or a line can do."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import format_datetime
from traceback import format_exception
import tracemalloc
from unittest.mock import patch
import zlib

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer, unused_port
from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.thesmsworks.api import (
    SMSWorksClient,
    SMSWorksConnectionError,
    SMSWorksError,
    SMSWorksResponseError,
    SMSWorksTokenError,
    parse_token,
)
from dev.simulator import (
    FAULTS,
    HARMLESS,
    SLOW,
    Account,
    Fault,
    Simulator,
    answer,
    make_token,
)

from .common import let_others_run, outlast, quoted, quoting, request_arrives, wrapped

API_URL = "custom_components.thesmsworks.api.API_URL"
MIB = 2**20
TOKEN = make_token("alice")
BROKEN = ("broken gzip", "unknown encoding", "cut mid-body", "not HTTP", "reset")


def gzip_bomb() -> bytes:
    """Return a GiB in a MiB: a flushed block may be repeated."""
    compressor = zlib.compressobj(wbits=31)
    blocks = [
        compressor.compress(b" " * MIB) + compressor.flush(zlib.Z_FULL_FLUSH)
        for _ in range(2)
    ]
    return blocks[0] + blocks[1] * 1023


def base64url(text: str) -> str:
    """Return a part of a JWT."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "  {}\n",
        "JWT {}",
        "jwt {}",
        "Bearer {}",
        "Authorization: JWT {}",
        "authorization:JWT {}",
        "AUTHORIZATION: BEARER {}",
        '"{}"',
        "'JWT {}'",
        "\u201cJWT {}\u201d",
        "\u00abJWT {}\u00bb",
        "`{}`",
        "<{}>",
        '{{"Authorization": "JWT {}"}},',
        "\ufeff{}\u200b",
        "JWT\u00a0{}",
        "JWT:{}",
        "{}.",
    ],
)
def test_token_is_found_in(form: str) -> None:
    """People hold the token with or without what surrounds it."""
    assert parse_token(form.format(TOKEN)) == TOKEN


def test_token_may_hold_the_words_that_stand_before_it() -> None:
    """They are only dropped where they begin."""
    assert parse_token("JWT e30.jwt.BearerJWT") == "e30.jwt.BearerJWT"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r\n ", "=\r\n", "= ", "\u00ad"])
def test_token_is_whole_again_after(line_break: str) -> None:
    """Mail programs break long lines, and a form field drops the breaks."""
    assert parse_token(f"JWT {wrapped(TOKEN).replace('\r\n', line_break)}") == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "JWT",
        "Authorization: JWT ",
        "my api key",
        "one.two",
        "one..three",
        "1.2.3",
        "www.example.com",
        "my.secret.password",
        "https://thesmsworks.co.uk/user/login",
        f"{base64url('[1]')}.b.c",
        f"{base64url('"text"')}.b.c",
        f"{base64url('null')}.b.c",
        f"{base64url('{"alg": ')}.b.c",
        "e30_.b.c",
        f"A{TOKEN}",
        TOKEN[1:],
        TOKEN.rpartition(".")[0],
        f"{TOKEN}.{TOKEN}",
        TOKEN.replace(".", "+"),
        f"{TOKEN}\u00e9",
        "x" * 10**6,
    ],
)
def test_text_is_no_token(text: str) -> None:
    """The error says what a token looks like, and not what was pasted."""
    with pytest.raises(SMSWorksTokenError, match="three parts with dots") as raised:
        parse_token(text)

    shown = "".join(format_exception(raised.value))
    assert not quoted(shown, TOKEN)
    assert "During handling" not in shown


@pytest.fixture
async def client(
    simulator: Simulator, account: Account, token: str
) -> AsyncIterator[SMSWorksClient]:
    """Return a client of the account."""
    async with ClientSession() as session:
        yield SMSWorksClient(session, token)


@pytest.mark.parametrize("credits", [180, 177.5, 0, -12.5, 2**53, -(2**53)])
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


@pytest.mark.parametrize(
    "number", ["-9007199254740994", "1e16", "1" * 20, "9" * 5000, "-1e999", "false"]
)
async def test_number_is_no_balance(
    simulator: Simulator, client: SMSWorksClient, number: str
) -> None:
    """A number that is not exact, or none, is an error rather than shown wrong."""
    simulator.fault = answer(body=f'{{"credits": {number}}}')

    with pytest.raises(SMSWorksResponseError, match=r"^HTTP 200$"):
        await client.get_balance()


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
    """The scheme is JWT, not Bearer, and JSON is asked for."""
    await client.get_balance()

    headers = simulator.requests[0].headers
    assert headers["Authorization"] == f"JWT {token}"
    assert headers["Accept"] == "application/json"


def expected(fault: str) -> tuple[str, str]:
    """Return kind and text of the error that a fault comes to."""
    if fault in SLOW:
        return "cannot_connect", "no answer within 10 seconds"
    if fault in BROKEN:
        return "cannot_connect", "the connection broke"
    status = fault[:3] if fault[:3].isdecimal() else "200"
    kind = "invalid_auth" if status == "401" else "unexpected_response"
    return kind, f"HTTP {status}"


@pytest.mark.parametrize("fault", FAULTS)
async def test_error_says_what_went_wrong_at(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
) -> None:
    """Never a number or a guess, but one of three kinds of error."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksError) as raised:
        await outlast(client.get_balance(), simulator, freezer)

    assert (raised.value.kind, str(raised.value)) == expected(fault)
    assert getattr(raised.value, "retry_after", None) is None


@pytest.mark.parametrize("fault", ["301", "302", "307"])
async def test_redirect_is_not_followed(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """The token goes to the API's own address and nowhere else."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksResponseError):
        await client.get_balance()

    assert len(simulator.requests) == 1


@pytest.mark.parametrize("fault", quoting(TOKEN))
async def test_error_repeats_nothing_of(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """Neither in its text nor in anything that a traceback shows."""
    simulator.fault = quoting(TOKEN)[fault]

    with pytest.raises(SMSWorksError) as raised:
        await client.get_balance()

    shown = repr(raised.value) + "".join(format_exception(raised.value))
    assert not quoted(shown, TOKEN)


@pytest.mark.parametrize(
    ("fault", "limit"),
    [
        (FAULTS["too long"], 2 * MIB),
        (FAULTS["endless"], 2 * MIB),
        # The aiohttp of 2026.3 expands up to 32 MiB before anybody reads it.
        (answer(body=gzip_bomb(), Content_Encoding="gzip"), 80 * MIB),
    ],
    ids=["too long", "endless", "gzip bomb"],
)
async def test_memory_is_bounded_under(
    simulator: Simulator, client: SMSWorksClient, fault: Fault, limit: int
) -> None:
    """However much is sent, little of it is held."""
    await client.get_balance()
    simulator.fault = fault

    tracemalloc.start()
    try:
        with pytest.raises(SMSWorksError):
            await client.get_balance()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < limit


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("1000000000", 1e9),
        ("-5", None),
        ("0", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 400, None),
        ("9" * 5000, None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Wed, 41 Oct 2045 07:28:00 GMT", None),
        ("Wed, 21 Oct 2045 07:28:00 +9999", None),
        ("Mon, 01 Jan 0001 00:00:00 +2300", None),
    ],
)
async def test_wait_that_the_server_asks_for(
    simulator: Simulator,
    client: SMSWorksClient,
    status: int,
    value: str,
    seconds: float | None,
) -> None:
    """A number is handed on as it is. What makes no sense is no wait."""
    simulator.fault = answer(status, Retry_After=value)

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(("status", "seconds"), [(429, 1200), (503, 1200), (500, None)])
@pytest.mark.parametrize("zone", [UTC, None, timezone(timedelta(hours=2))])
async def test_server_says_until_when_to_wait(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    status: int,
    seconds: float | None,
    zone: tzinfo | None,
) -> None:
    """A date becomes the seconds that are left until then. Other errors have none."""
    now = datetime.now(UTC).replace(microsecond=0)
    freezer.move_to(now)
    until = now + timedelta(minutes=20)
    date = until.astimezone(zone) if zone else until.replace(tzinfo=None)
    simulator.fault = answer(
        status, Retry_After=format_datetime(date).replace("+0000", "GMT")
    )

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.retry_after == seconds


async def test_token_is_not_sent_to_a_host_that_cannot_prove_its_name(
    simulator: Simulator, impostor: TestServer
) -> None:
    """A certificate that nobody trusts ends it before the request."""
    with pytest.raises(SMSWorksConnectionError, match=r"^TLS failed$"):
        await balance_at(impostor.make_url("/v1"))

    assert not simulator.requests


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://thesmsworks.invalid/v1", "the host name was not resolved"),
        (f"http://127.0.0.1:{unused_port()}/v1", "the connection was refused"),
    ],
)
@pytest.mark.usefixtures("socket_enabled")
async def test_error_says_why_there_is_no_connection(url: str, text: str) -> None:
    """The name service and the server are mended in different places."""
    with pytest.raises(SMSWorksConnectionError, match=rf"^{text}$"):
        await balance_at(URL(url))


async def balance_at(url: URL) -> float:
    """Return the balance from an API that is somewhere else."""
    with patch(API_URL, url):
        async with ClientSession() as session:
            return await SMSWorksClient(session, TOKEN).get_balance()


@pytest.mark.parametrize("fault", SLOW)
async def test_slow_answer_has_ten_seconds(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
) -> None:
    """For all of it, and not for each byte."""
    simulator.fault = FAULTS[fault]
    poll = asyncio.create_task(client.get_balance())
    await request_arrives(simulator)

    for _ in range(9):
        freezer.tick(1)
        await let_others_run()
    assert not poll.done()
    freezer.tick(2)

    with pytest.raises(SMSWorksConnectionError):
        await poll


@pytest.mark.parametrize("write", [str.lower, str.upper])
async def test_customer_id_is_found_in_the_message(
    simulator: Simulator,
    client: SMSWorksClient,
    account: Account,
    write: Callable[[str], str],
) -> None:
    """Whatever words stand around it, and however it is written."""
    assert account.customer_id
    customer_id = write(account.customer_id)
    simulator.fault = answer(body=f'{{"message": "Hello {customer_id}!"}}')

    assert await client.get_customer_id() == account.customer_id


@pytest.mark.parametrize(
    "fault",
    [
        answer(body='{"message": "Welcome back"}'),
        answer(body='{"message": 7}'),
        answer(body='{"message": "aaaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}'),
        answer(body='{"message": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeeee"}'),
        answer(body="[]"),
        answer(),
        FAULTS["404"],
    ],
)
async def test_customer_id_may_be_missing(
    simulator: Simulator, client: SMSWorksClient, fault: Fault
) -> None:
    """Its form is not in the contract, so none is no error."""
    simulator.fault = fault

    assert await client.get_customer_id() is None


@pytest.mark.parametrize("fault", ["401", "403", "429", "500", "307", "204", "reset"])
async def test_customer_id_is_not_taken_for_missing_at(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """An account that may have one must not be taken for one without."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksError) as raised:
        await client.get_customer_id()

    assert (raised.value.kind, str(raised.value)) == expected(fault)
