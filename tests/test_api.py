"""What a token is, and what the client makes of all that a server or a line can do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import gzip
from math import inf
import tracemalloc
from unittest.mock import patch

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer, unused_port
from freezegun.api import FrozenDateTimeFactory
import jwt
import pytest
from yarl import URL

from custom_components.thesmsworks.api import (
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksConnectionError,
    SMSWorksError,
    SMSWorksNameError,
    SMSWorksRateLimitError,
    SMSWorksResponseError,
    SMSWorksServerError,
    SMSWorksTimeoutError,
    SMSWorksTLSError,
    SMSWorksTokenError,
    SMSWorksUnreachableError,
    parse_token,
)
from dev.simulator import FAULTS, HARMLESS, SLOW, Account, Simulator, answer, make_token

from .common import let_others_run, outlast, request_arrives

MIB = 2**20
TOKEN = make_token("alice")
OTHER_TOKEN = make_token("bob")
HEADER, PAYLOAD, SIGNATURE = TOKEN.split(".")
CUSTOMER_ID = "0fca8c3c6cbc11e78154a6006ad3dba0"

BROKEN = ("broken gzip", "unknown encoding", "cut mid-body", "not HTTP", "reset")
REFUSED = [name for name in FAULTS if name.startswith("401")]
WITH_STATUS = [name for name in FAULTS if name[:3].isdecimal() and name not in REFUSED]
NO_BALANCE = [
    name for name in FAULTS if name not in {*BROKEN, *SLOW, *REFUSED, *WITH_STATUS}
]


FOUND_IN = {
    "nothing else": "{}",
    "a header": "Authorization: JWT {}",
    "a header of another scheme": "authorization: BEARER {}",
    "a header without a gap": "jwt{}",
    "the answer of the API": '{{"token":"JWT {}"}}',
    "JSON with escaped line breaks": '{{"text": "Your token:\\r\\n{}\\n"}}',
    "JSON with escaped carriage returns": '"Token\\r{}\\r"',
    "JSON with an escaped tab": '"Token\\t{}"',
    "YAML": "sms:\n  jwt: {} # secret\n",
    "folded YAML": "jwt: >-\n  {}\n",
    "a .env file": "THESMSWORKS_JWT={}\nTZ=Europe/London",
    "a shell command": "curl -H 'Authorization: JWT {}' https://api.example.com/v1",
    "a table": "| token | {} |",
    "an address": "https://example.com/?token={}&utm_source=mail",
    "an encoded address": "token%3D{}%26a%3Db",
    "a sentence": "My token is {}.",
    "a sentence with an ellipsis": "{}...",
    "quotation marks": "\u00ab\u2018JWT:\u00a0{}\u2019\u00bb",
    "backticks": "`{}`",
    "brackets": "<([{}])>",
    "asterisks": "**{}**",
    "emoji": "\U0001f449\ufe0f{}\U0001f448\ufe0f",
    "non-breaking spaces": "\u00a0{}\u00a0",
    "bidi marks": "\u061c\u202a{}\u202c\u2069",
    "zero-width marks": "\ufeff\u200b{}\u200b\u2060",
    "HTML": "<b>{}</b>",
    "HTML before a line break": "{}<br>Best regards",
    "an HTML attribute": '<input type="text" value="{}" readonly>',
    "HTML entities": "&nbsp;&quot;{}&quot;&nbsp;",
    "quoted-printable": "token=3D{}=20",
    "a mail with a greeting": "{}\nBest regards, Bob",
    "a mail with a signature": "Hello,\r\n\r\n{}\r\n-- \r\nBob",
    "a mail with a hint": "{} (valid until 2050)",
    "a quoted reply": "Bob wrote:\n>> {}\n> Thanks",
    "a text after its own header": HEADER + "\n{}",
    "a text after a token cut in its payload": TOKEN[:60] + "\n{}",
    "a text after a token cut in its signature": TOKEN[:-9] + "\n\n{}",
    "a text before a token cut in its signature": "{}\n" + TOKEN[:-9],
    "a text before another token": "{}\n" + OTHER_TOKEN,
}


@pytest.mark.parametrize("text", FOUND_IN.values(), ids=FOUND_IN)
def test_token_is_found_in(text: str) -> None:
    """People paste it with what surrounds it."""
    assert parse_token(text.format(TOKEN)) == TOKEN


@pytest.mark.parametrize(
    "line_break",
    [
        "\n",
        "\r\n ",
        "\u00a0\n\t",
        "=\r\n",
        "=\n",
        "\\n",
        "\n> ",
        "\r\n>> | ",
        "<wbr>",
        "<br />\n",
        '</span><span class="hidden">',
        "\u00ad",
        "\u061c",
        "\u200b",
        "\u202e",
        "\u2069",
        "\ufeff",
    ],
)
@pytest.mark.parametrize("width", [1, 40, len(f"{HEADER}.{PAYLOAD}."), len(TOKEN) - 1])
def test_token_is_found_in_spite_of_its_line_breaks(
    line_break: str, width: int
) -> None:
    """Mail programs and chats break and quote long lines, even in the signature."""
    lines = [TOKEN[start : start + width] for start in range(0, len(TOKEN), width)]

    assert parse_token(f"JWT {line_break.join(lines)}\nBest regards") == TOKEN


@pytest.mark.parametrize("width", [40, 64, 76, 78, 100])
@pytest.mark.parametrize("text", ["{}", "JWT {} Best regards, Bob", "{} (a JWT)"])
def test_token_is_found_with_spaces_for_its_line_breaks(text: str, width: int) -> None:
    """As browsers paste lines into a field of one line."""
    lines = [TOKEN[start : start + width] for start in range(0, len(TOKEN), width)]

    assert parse_token(text.format(" ".join(lines))) == TOKEN


def test_token_is_found_with_its_dots_encoded() -> None:
    """As a strict encoder of addresses writes them."""
    assert parse_token(TOKEN.replace(".", "%2E")) == TOKEN


def test_token_may_hold_the_words_that_stand_before_it() -> None:
    """They are dropped at its beginning only."""
    token = jwt.encode({"key": "jwt"}, "k" * 32, headers={"kid": "JWT"})

    assert parse_token(f"JWT {token}") == token


NO_TOKEN = {
    "nothing": "",
    "a header without a token": "Authorization: JWT ",
    "a version": "1.2.3",
    "an address": "www.example.com",
    "no signature": f"{HEADER}.{PAYLOAD}",
    "an empty signature": f"{HEADER}.{PAYLOAD}.",
    "no first character": TOKEN[1:],
    "no last character": TOKEN[:-1],
    "one character too many": f"{TOKEN}A",
    "a last character that 32 bytes do not have": f"{TOKEN[:-1]}B",
    "a cut signature before a greeting": f"{TOKEN[:-1]}\nBest regards, Bob",
    "a cut signature before a word of its length": f"{TOKEN[:-1]}\nI hope it works",
    "a cut signature before an ellipsis": f"{TOKEN[:-3]}...",
    "a signature with a gap": f"{TOKEN[:-3]} {TOKEN[-3:]}",
    "a cut payload": f"{HEADER}.{PAYLOAD[:-1]}.{SIGNATURE}",
    "an empty payload": f"{HEADER}..{SIGNATURE}",
    "four parts": f"{TOKEN}.{SIGNATURE}",
    "a part before it": f"{PAYLOAD}.{TOKEN}",
    "two tokens without a gap": f"{TOKEN}{TOKEN}",
    "two tokens with a dot between": f"{TOKEN}.{TOKEN}",
    "a hyphen before it": f"-{TOKEN}",
    "a letter before it": f"x{TOKEN}",
    "a letter of another script after it": f"{TOKEN}\u00e9",
    "a hyphen after it": f"{TOKEN}-",
    "all capitals": TOKEN.upper(),
    "a payload that is no object": jwt.api_jws.encode(b"[1]", "k" * 32),
    "a payload that is no JSON": jwt.api_jws.encode(b"{1}", "k" * 32),
    "a header that is no JSON": f"eyJ{HEADER[3:-4]}.{PAYLOAD}.{SIGNATURE}",
    "a longer signature": jwt.encode({"key": "k"}, "k" * 64, algorithm="HS512"),
}


@pytest.mark.parametrize("text", NO_TOKEN.values(), ids=NO_TOKEN)
def test_text_holds_no_whole_token(text: str) -> None:
    """Nothing is glued together that might be sent. The error quotes nothing."""
    with pytest.raises(SMSWorksTokenError, match=r"^There is no whole token") as raised:
        parse_token(text)

    assert raised.value.__context__ is None


@pytest.fixture
async def client(
    simulator: Simulator, account: Account, token: str
) -> AsyncIterator[SMSWorksClient]:
    """Return a client of the account."""
    async with ClientSession() as session:
        yield SMSWorksClient(session, token)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("180", "180"),
        ("180.0", "180"),
        ("177.5", "177.5"),
        ("0", "0"),
        ("-0.0", "0"),
        ("-12.5", "-12.5"),
        ("9007199254740992", "9007199254740992"),
        ("-9007199254740992", "-9007199254740992"),
    ],
)
async def test_balance_is_what_the_account_holds(
    simulator: Simulator, client: SMSWorksClient, number: str, shown: str
) -> None:
    """Fractions, nothing left and an overdraft are balances. A whole one reads so."""
    simulator.fault = answer(body=f'{{"credits": {number}}}')

    assert str((await client.get_balance()).credits) == shown


async def test_balance_is_asked_for_as_the_contract_says(
    simulator: Simulator, client: SMSWorksClient
) -> None:
    """With the token after its scheme, for JSON."""
    assert (await client.get_balance()).credits == 180

    [request] = simulator.requests
    assert request.path == "/v1/credits/balance"
    assert request.headers["Authorization"] == f"JWT {TOKEN}"
    assert request.headers["Accept"] == "application/json"


@pytest.mark.parametrize("oddity", HARMLESS)
async def test_balance_is_read_in_spite_of(
    simulator: Simulator, client: SMSWorksClient, oddity: str
) -> None:
    """What does not make the number doubtful does no harm."""
    simulator.fault = HARMLESS[oddity]

    assert (await client.get_balance()).credits == 180


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Wed, 21 Oct 2026 07:28:00 GMT", datetime(2026, 10, 21, 7, 28, tzinfo=UTC)),
        ("Wed, 21 Oct 2026 09:28:00 +0200", datetime(2026, 10, 21, 7, 28, tzinfo=UTC)),
        ("Wed, 21 Oct 2026 07:28:00 -0000", datetime(2026, 10, 21, 7, 28, tzinfo=UTC)),
        ("Wed, 21 Oct 2026 07:28:00", datetime(2026, 10, 21, 7, 28, tzinfo=UTC)),
        ("Sat, 01 Jan 2000 00:00:00 GMT", datetime(2000, 1, 1, tzinfo=UTC)),
        ("Tue, 31 Dec 2999 00:00:00 GMT", datetime(2999, 12, 31, tzinfo=UTC)),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ("Wed, 01 Jan 3000 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Wed, 21 Oct 2026 07:28:00 +9999999999999999", None),
        ("Wed, 21 Oct 2026 25:28:00 GMT", None),
        ("now", None),
        ("", None),
    ],
)
async def test_balance_has_the_date_of_the_answer(
    simulator: Simulator, client: SMSWorksClient, header: str, date: datetime | None
) -> None:
    """In any form of the standard. None if the server says nothing that makes sense."""
    simulator.date = header

    assert (await client.get_balance()).date == date


@pytest.mark.parametrize("fault", NO_BALANCE)
async def test_answer_without_a_sound_number_is_no_balance(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """Never a guess."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksResponseError, match=r"^HTTP 200$") as raised:
        await client.get_balance()

    assert type(raised.value) is SMSWorksResponseError
    assert raised.value.status == 200
    assert raised.value.retry_after is None


async def test_overdraft_beyond_exact_numbers_is_no_balance(
    simulator: Simulator, client: SMSWorksClient
) -> None:
    """As little as a credit that is as large."""
    simulator.fault = answer(body='{"credits": -9007199254740994}')

    with pytest.raises(SMSWorksResponseError):
        await client.get_balance()


@pytest.mark.parametrize("fault", REFUSED)
async def test_401_is_an_authentication_error(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """Whatever its body."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksAuthenticationError, match=r"^HTTP 401$"):
        await client.get_balance()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("204", SMSWorksResponseError),
        ("301", SMSWorksResponseError),
        ("302", SMSWorksResponseError),
        ("307", SMSWorksResponseError),
        ("400", SMSWorksResponseError),
        ("402", SMSWorksResponseError),
        ("403", SMSWorksResponseError),
        ("404", SMSWorksResponseError),
        ("418", SMSWorksResponseError),
        ("429", SMSWorksRateLimitError),
        ("500", SMSWorksServerError),
        ("500 cut mid-body", SMSWorksServerError),
        ("502 in HTML", SMSWorksServerError),
        ("503", SMSWorksServerError),
    ],
)
async def test_error_tells_the_status(
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
    error: type[SMSWorksError],
) -> None:
    """And nothing else of the answer. No redirect takes the token anywhere."""
    status = int(fault[:3])
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksResponseError, match=rf"^HTTP {status}$") as raised:
        await client.get_balance()

    assert type(raised.value) is error
    assert raised.value.status == status
    assert raised.value.retry_after is None
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("fault", BROKEN)
async def test_answer_that_does_not_arrive_whole_is_a_broken_connection(
    simulator: Simulator, client: SMSWorksClient, fault: str
) -> None:
    """The number of a part of it could be another one."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksConnectionError) as raised:
        await client.get_balance()

    assert type(raised.value) is SMSWorksConnectionError


@pytest.mark.parametrize("fault", SLOW)
async def test_answer_has_to_be_whole_within_10_seconds(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
) -> None:
    """That is all of it, and not each byte."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksTimeoutError):
        await outlast(client.get_balance(), simulator, freezer)


@pytest.fixture
async def late_answer(
    freezer: FrozenDateTimeFactory, simulator: Simulator, client: SMSWorksClient
) -> asyncio.Task[object]:
    """Return a request whose answer is held back, from a tenth after a full second."""
    freezer.move_to("2026-07-01T12:00:00.1+00:00")
    simulator.hold = asyncio.Event()
    task = asyncio.create_task(client.get_balance())
    await request_arrives(simulator)
    return task


async def test_answer_after_9_8_seconds_is_taken(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    late_answer: asyncio.Task[object],
) -> None:
    """It is in time."""
    freezer.tick(9.8)
    assert simulator.hold
    simulator.hold.set()

    await late_answer


async def test_answer_after_10_2_seconds_is_not_taken(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    late_answer: asyncio.Task[object],
) -> None:
    """By itself, aiohttp would round the time up to a full second."""
    freezer.tick(10.2)
    await let_others_run()
    assert simulator.hold
    simulator.hold.set()

    with pytest.raises(SMSWorksTimeoutError):
        await late_answer


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (URL("http://thesmsworks.invalid/v1"), SMSWorksNameError),
        (URL(f"http://127.0.0.1:{unused_port()}/v1"), SMSWorksUnreachableError),
    ],
)
@pytest.mark.usefixtures("socket_enabled")
async def test_error_says_why_there_is_no_connection(
    url: URL, error: type[SMSWorksError]
) -> None:
    """They are mended in different places."""
    with patch("custom_components.thesmsworks.api.API_URL", url):
        async with ClientSession() as session:
            with pytest.raises(SMSWorksConnectionError) as raised:
                await SMSWorksClient(session, TOKEN).get_balance()

    assert type(raised.value) is error


async def test_impostor_does_not_get_the_token(
    simulator: Simulator, impostor: TestServer
) -> None:
    """Who has a certificate that nobody trusts."""
    url = impostor.make_url("/v1")
    with patch("custom_components.thesmsworks.api.API_URL", url):
        async with ClientSession() as session:
            with pytest.raises(SMSWorksTLSError):
                await SMSWorksClient(session, TOKEN).get_balance()

    assert not simulator.requests


async def test_session_that_is_closed_makes_no_connection(simulator: Simulator) -> None:
    """Home Assistant closes it while it stops."""
    async with ClientSession() as session:
        client = SMSWorksClient(session, TOKEN)

    with pytest.raises(SMSWorksUnreachableError):
        await client.get_balance()


async def test_session_that_is_closed_during_a_request_breaks_the_connection(
    simulator: Simulator, account: Account
) -> None:
    """Home Assistant closes it while it stops. By itself, aiohttp would try again."""
    simulator.hold = asyncio.Event()
    session = ClientSession()
    task = asyncio.create_task(SMSWorksClient(session, TOKEN).get_balance())
    await request_arrives(simulator)
    await session.close()

    with pytest.raises(SMSWorksConnectionError):
        await task

    assert len(simulator.requests) == 1


async def test_memory_is_bounded(simulator: Simulator, client: SMSWorksClient) -> None:
    """However much is sent, or comes out of what is sent."""
    bomb = gzip.compress(b" " * 128 * MIB, 1)
    simulator.fault = answer(body=bomb, Content_Encoding="gzip")

    tracemalloc.start()
    try:
        with pytest.raises(SMSWorksResponseError):
            await client.get_balance()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * MIB


@pytest.mark.parametrize(
    ("status", "error"), [(429, SMSWorksRateLimitError), (503, SMSWorksServerError)]
)
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("1000000000", 1e9),
        ("9" * 400, inf),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 1200),
        ("Wed, 21 Oct 2026 09:28:00 +0200", 1200),
        ("Wed, 21 Oct 2026 07:28:00", 1200),
        ("Wed, 21 Oct 2026 06:48:00 GMT", -1200),
        ("Wed, 21 Oct 2026 07:28:00 +9999999999999999", None),
        ("soon", None),
        ("-120", None),
        ("1.5", None),
        ("", None),
    ],
)
async def test_error_tells_the_wait_that_the_server_asks_for(
    simulator: Simulator,
    client: SMSWorksClient,
    status: int,
    error: type[SMSWorksError],
    header: str,
    seconds: float | None,
) -> None:
    """In seconds, by the server's own clock where a date says until when."""
    simulator.date = "Wed, 21 Oct 2026 07:08:00 GMT"
    simulator.fault = answer(status, Retry_After=header)

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert type(raised.value) is error
    assert raised.value.retry_after == seconds


async def test_wait_until_a_date_is_told_by_the_local_clock_without_another(
    freezer: FrozenDateTimeFactory, simulator: Simulator, client: SMSWorksClient
) -> None:
    """An answer need not have a date."""
    freezer.move_to("2026-10-21T07:08:00+00:00")
    simulator.date = ""
    simulator.fault = answer(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")

    with pytest.raises(SMSWorksRateLimitError) as raised:
        await client.get_balance()

    assert raised.value.retry_after == 1200


@pytest.mark.parametrize("status", [400, 403, 500, 502, 504])
async def test_wait_counts_with_no_other_status(
    simulator: Simulator, client: SMSWorksClient, status: int
) -> None:
    """The standard has it with 429 and 503."""
    simulator.fault = answer(status, Retry_After="120")

    with pytest.raises(SMSWorksResponseError) as raised:
        await client.get_balance()

    assert raised.value.retry_after is None


async def test_customer_id_is_read_as_the_provider_writes_it(
    client: SMSWorksClient, account: Account
) -> None:
    """In six groups."""
    account.customer_id = CUSTOMER_ID

    assert await client.get_customer_id() == CUSTOMER_ID


@pytest.mark.parametrize(
    "message",
    [
        "0fca8c3c-6cbc-11e7-8154-a6006ad3dba0",
        "0fca-8c3c-6cbc-11e7-8154-a6006ad3dba0",
        "0fca8c3c6cbc11e78154a6006ad3dba0",
        "0-f-c-a8c3c6cbc11e78154a6006ad3db-a-0",
        "Hello 0FCA8C3C-6CBC-11E7-8154-A6006AD3DBA0!",
        "customer:0fca8c3c6cbc11e78154a6006ad3dba0.",
        "key 00000000-0000-0000-0000-000000000000, ID 0fca8c3c6cbc11e78154a6006ad3dba0",
    ],
)
async def test_customer_id_has_32_hex_digits_and_any_dashes(
    simulator: Simulator, client: SMSWorksClient, message: str
) -> None:
    """Whatever words stand around it. The contract does not say how it is written."""
    simulator.fault = answer(body=f'{{"message": "{message}"}}')

    assert await client.get_customer_id() == CUSTOMER_ID


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "{}"),
        (200, '{"message": 7}'),
        (200, '{"message": "00000000-0000-0000-0000-000000000000"}'),
        (200, '{"message": "0000-0000-0000-0000-0000-000000000000"}'),
        (200, '{"message": "0fca8c3c6cbc11e78154a6006ad3dba"}'),
        (200, '{"message": "0fca8c3c6cbc11e78154a6006ad3dba00"}'),
        (200, '{"message": "0fca8c3c6cbc11e78154a6006ad3dba0-0"}'),
        (200, '{"message": "0-0fca8c3c6cbc11e78154a6006ad3dba0"}'),
        (200, '{"message": "0fca8c3c6cbc11e78154a6006ad3dbag"}'),
        (404, '{"message": "0fca8c3c6cbc11e78154a6006ad3dba0"}'),
    ],
)
async def test_customer_id_may_be_missing(
    simulator: Simulator, client: SMSWorksClient, status: int, body: str
) -> None:
    """All zeros are nobody's, and a number of another length is something else."""
    simulator.fault = answer(status, body)

    assert await client.get_customer_id() is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", SMSWorksAuthenticationError),
        ("403", SMSWorksResponseError),
        ("500", SMSWorksServerError),
        ("204", SMSWorksResponseError),
        ("empty", SMSWorksResponseError),
        ("reset", SMSWorksConnectionError),
    ],
)
async def test_customer_id_is_not_taken_for_missing_at(
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
    error: type[SMSWorksError],
) -> None:
    """An account that may have one must not be taken for one without."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(error):
        await client.get_customer_id()
