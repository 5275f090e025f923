"""What a token is, and what the client makes of all that a server or a line can do."""

from collections.abc import AsyncIterator
import gzip
from math import inf
import tracemalloc
from unittest.mock import patch

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer, unused_port
from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.thesmsworks.api import SMSWorksClient, SMSWorksError, parse_token
from dev.simulator import FAULTS, HARMLESS, SLOW, Account, Simulator, answer, make_token

from .common import outlast, wrapped

MIB = 2**20
TOKEN = make_token("alice")
WRONG = FAULTS | {"200 in the red": answer(body='{"credits": -9007199254740994}')}
BROKEN = ("broken gzip", "unknown encoding", "cut mid-body", "not HTTP", "reset")


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "jwt {}\n",
        "BEARER {}.",
        '{{"Authorization": "JWT {}"}},',
        "\ufeff\u00ab\u2018JWT:\u00a0{}\u2019\u00bb\u200b",
        "`'*<|([\\{};=])|>*'`",
    ],
)
@pytest.mark.parametrize("line_break", ["", "\r\n ", "=\r\n", "\u00ad"])
def test_token_is_found_in(form: str, line_break: str) -> None:
    """People hold it with what surrounds it, and mail programs break long lines."""
    token = wrapped(TOKEN).replace("\r\n", line_break)

    assert parse_token(form.format(token)) == TOKEN


def test_token_may_hold_the_words_that_stand_before_it() -> None:
    """They are only dropped where they begin."""
    assert parse_token("JWT e30.jwt.BearerJWT") == "e30.jwt.BearerJWT"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Authorization: JWT ",
        "1.2.3",
        "www.example.com",
        "WzFd.b.c",  # The header is [1].
        "e30..c",
        TOKEN.rpartition(".")[0],
        f"{TOKEN}.{TOKEN}",
        f"{TOKEN}\u00e9",
    ],
)
def test_text_is_no_token(text: str) -> None:
    """The error says what a token looks like, and not what was pasted."""
    words = "^a token has three parts with dots between$"
    with pytest.raises(SMSWorksError, match=words) as raised:
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
        ("180.0", "180"),
        ("177.5", "177.5"),
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

    assert str(await client.get_balance()) == shown


@pytest.mark.parametrize("oddity", HARMLESS)
async def test_balance_is_read_in_spite_of(
    simulator: Simulator, client: SMSWorksClient, oddity: str
) -> None:
    """What does not make the number doubtful does no harm. JSON was asked for."""
    simulator.fault = HARMLESS[oddity]

    assert await client.get_balance() == 180
    assert simulator.requests[0].headers["Accept"] == "application/json"


def expected(fault: str) -> tuple[str, str]:
    """Return kind and text of the error that a fault comes to."""
    if fault in SLOW:
        return "cannot_connect", "no answer within 10 seconds"
    if fault in BROKEN:
        return "cannot_connect", "the connection broke"
    status = fault[:3] if fault[:3].isdecimal() else "200"
    kind = "invalid_auth" if status == "401" else "unexpected_response"
    return kind, f"HTTP {status}"


@pytest.mark.parametrize("fault", WRONG)
async def test_error_says_what_went_wrong_at(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
) -> None:
    """Never a number or a guess. No redirect takes the token anywhere else."""
    simulator.fault = WRONG[fault]

    with pytest.raises(SMSWorksError) as raised:
        await outlast(client.get_balance(), simulator, freezer)

    assert (raised.value.kind, str(raised.value)) == expected(fault)
    assert getattr(raised.value, "retry_after", None) is None
    assert {request.path for request in simulator.requests} == {"/v1/credits/balance"}


async def test_error_says_why_there_is_no_connection(
    simulator: Simulator, impostor: TestServer
) -> None:
    """They are mended in different places. No impostor gets the token."""
    for url, text in (
        (URL("http://thesmsworks.invalid/v1"), "the host name was not resolved"),
        (URL(f"http://127.0.0.1:{unused_port()}/v1"), "no connection was possible"),
        (impostor.make_url("/v1"), "TLS failed"),
    ):
        with patch("custom_components.thesmsworks.api.API_URL", url):
            async with ClientSession() as session:
                with pytest.raises(SMSWorksError, match=f"^{text}$"):
                    await SMSWorksClient(session, TOKEN).get_balance()
    assert not simulator.requests


async def test_memory_is_bounded(simulator: Simulator, client: SMSWorksClient) -> None:
    """However much is sent. The aiohttp of 2026.3 expands 32 MiB before it is read."""
    bomb = gzip.compress(b" " * 128 * MIB, 1)
    simulator.fault = answer(body=bomb, Content_Encoding="gzip")

    tracemalloc.start()
    try:
        with pytest.raises(SMSWorksError):
            await client.get_balance()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 80 * MIB


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (429, "120", 120),
        (503, "1000000000", 1e9),
        (500, "120", None),
        (429, "0", 0),
        (429, "soon", None),
        (429, "9" * 400, inf),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", 1200),
        (503, "Wed, 21 Oct 2026 09:28:00 +0200", 1200),
        (401, "Wed, 21 Oct 2026 07:28:00 GMT", None),
        (429, "Wed, 21 Oct 2026 07:08:00 GMT", 0),
        (429, "Wed, 21 Oct 2026 07:28:00 +9999999999999999", None),
    ],
)
async def test_wait_that_the_server_asks_for(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    status: int,
    value: str,
    seconds: float | None,
) -> None:
    """In seconds, also where a date says until when. What makes no sense is no wait."""
    freezer.move_to("2026-10-21 07:08:00+00:00")
    simulator.fault = answer(status, Retry_After=value)

    with pytest.raises(SMSWorksError) as raised:
        await client.get_balance()

    assert raised.value.retry_after == seconds


async def test_customer_id_is_found_in_the_message(
    simulator: Simulator, client: SMSWorksClient, account: Account
) -> None:
    """Whatever words stand around it, and however it is written."""
    assert account.customer_id
    message = f"Hello {account.customer_id.upper()}!"
    simulator.fault = answer(body=f'{{"message": "{message}"}}')

    assert await client.get_customer_id() == account.customer_id


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, '{"message": 7}'),
        (200, '{"message": "aaaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}'),
        (200, '{"message": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeeee"}'),
        (404, ""),
    ],
)
async def test_customer_id_may_be_missing(
    simulator: Simulator, client: SMSWorksClient, status: int, body: str
) -> None:
    """Its form is not in the contract, so none is no error."""
    simulator.fault = answer(status, body)

    assert await client.get_customer_id() is None


@pytest.mark.parametrize("fault", ["401", "403", "500", "204", "silence"])
async def test_customer_id_is_not_taken_for_missing_at(
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    client: SMSWorksClient,
    fault: str,
) -> None:
    """An account that may have one must not be taken for one without."""
    simulator.fault = FAULTS[fault]

    with pytest.raises(SMSWorksError) as raised:
        await outlast(client.get_customer_id(), simulator, freezer)

    assert (raised.value.kind, str(raised.value)) == expected(fault)
