"""Client for the API of The SMS Works.

Written against its published contract, versions 1.9.0 to 1.11.0. Nothing that a server
sends is repeated in an error, since an answer may quote the token.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from http.cookies import SimpleCookie
from math import inf
import re
from typing import Final
from urllib.parse import unquote

import aiohttp
import jwt
import orjson
from yarl import URL

API_URL: Final = URL("https://api.thesmsworks.co.uk/v1")

# From its threshold on, aiohttp would round a total up to a whole second.
TIMEOUT: Final = aiohttp.ClientTimeout(total=10, ceil_threshold=inf)
MAX_BODY: Final = 64 * 1024
# Above it, not every whole number can be told apart in JSON.
MAX_CREDITS: Final = 2**53
# A date of another year cannot be told in every time zone, and no server means it.
SENSIBLE_YEARS: Final = range(2000, 3000)
UTF8_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

# What mail programs and chats put into a text, and nobody sees: soft hyphens, joiners,
# marks of the writing direction, byte order marks, line ends of quoted-printable.
INVISIBLE: Final = re.compile(
    r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|=\r?\n"
)
# As JSON and YAML write line breaks and tabs.
ESCAPED_GAP: Final = re.compile(r"\\[nrt]")
HTML_TAG: Final = re.compile(r"</?[a-z]\w*(?:\s[^<>]*)?/?>", re.IGNORECASE)
BASE64: Final = "A-Za-z0-9_-"
# A token may be broken over lines, and a mail program may quote them.
LINE_BREAK: Final = r"(?:[^\S\r\n]*[\r\n][\s>|]*)?"
HEADER: Final = rf"e{LINE_BREAK}y{LINE_BREAK}J[\s>|{BASE64}]+"
PAYLOAD: Final = rf"(?:[{BASE64}]|(?P<gap>[\s>|]))+"
# The 32 bytes of HMAC-SHA-256 make 43 characters, the last of which holds 4 bits. No word
# behind a signature that was cut must be taken for the rest of it: one that is broken
# ends with its line. Browsers paste a line break as a space, which is one only if the
# payload has some, too.
LAST_BITS: Final = "[AEIMQUYcgkosw048]"
SIGNATURE: Final = (
    rf"(?:[{BASE64}]{{42}}{LAST_BITS}"
    rf"|(?:[{BASE64}]{LINE_BREAK}){{42}}{LAST_BITS}(?![^\S\r\n]+\w)"
    rf"|(?(gap)(?:[{BASE64}][ ]?){{42}}{LAST_BITS}|(?!)))"
)
# It looks ahead only, as a whole token may begin within what looks like one.
TOKEN: Final = re.compile(
    rf"""
    (?<![\w.-])             # Not within a word.
    (?=
        (?:(?i:JWT|Bearer))?
        (?P<token>{HEADER} \. {PAYLOAD} \. [\s>|]* {SIGNATURE})
        (?!\.?[\w-])        # Not with more behind it.
    )
    """,
    re.VERBOSE,
)
GAPS: Final = re.compile(r"[\s>|]+")

# Seen as a UUID, and in six groups: the dashes mean nothing.
CUSTOMER_ID: Final = re.compile(
    r"(?<![\da-f-])[\da-f](?:-?[\da-f]){31}(?![\da-f-])", re.IGNORECASE
)
NOBODY: Final = "0" * 32


class SMSWorksError(Exception):
    """A failure. Its text holds nothing that a server sent."""


class SMSWorksTokenError(SMSWorksError):
    """A text that holds no whole token."""


class SMSWorksAuthenticationError(SMSWorksError):
    """The token is not accepted (401)."""


class SMSWorksConnectionError(SMSWorksError):
    """There is no whole answer, since the connection broke."""


class SMSWorksTimeoutError(SMSWorksConnectionError):
    """There is no whole answer within 10 seconds."""


class SMSWorksNameError(SMSWorksConnectionError):
    """The host name is not resolved."""


class SMSWorksTLSError(SMSWorksConnectionError):
    """The TLS connection is not trusted."""


class SMSWorksUnreachableError(SMSWorksConnectionError):
    """There is no connection to the server."""


class SMSWorksResponseError(SMSWorksError):
    """The answer is not the one of the contract.

    `retry_after` is the wait that the server asks for, in seconds from now.
    """

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        """Initialize the error with the HTTP status."""
        super().__init__(f"HTTP {status}")
        self.status = status
        self.retry_after = retry_after


class SMSWorksRateLimitError(SMSWorksResponseError):
    """There were too many requests (429)."""


class SMSWorksServerError(SMSWorksResponseError):
    """The server does not work at the moment (5xx)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditBalance:
    """What GET /credits/balance says. `credits` are negative in an overdraft."""

    credits: float
    date_header: str

    @property
    def date(self) -> datetime | None:
        """When the answer was made by the server's clock, if it says so.

        Only who asks for it pays for the parsing, which takes as long as a good part of
        a poll.
        """
        return _parse_date(self.date_header)


def parse_token(text: str) -> str:
    """Return the token (a JWT) that stands whole in a text.

    Raises SMSWorksTokenError if there is none.
    """
    visible = INVISIBLE.sub("", unquote(unescape(text))).replace("=3D", "=")
    source = ESCAPED_GAP.sub("\n", visible)
    # A tag may stand within a token, or a token within a tag.
    for plain_text in (HTML_TAG.sub("\n", source), source):
        for match in TOKEN.finditer(plain_text):
            token = GAPS.sub("", match["token"])
            if _is_jwt(token):
                return token
    raise SMSWorksTokenError("There is no whole token in the text")


def _is_jwt(token: str) -> bool:
    """Return if header and payload of a token are JSON objects."""
    try:
        jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return True


class SMSWorksClient:
    """Client for the account that a token belongs to.

    Each method makes one request. It raises SMSWorksAuthenticationError,
    SMSWorksConnectionError or SMSWorksResponseError.
    """

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        """Initialize the client with a token as parse_token() returns it."""
        self._session = session
        self._headers = {"Accept": "application/json", "Authorization": f"JWT {token}"}
        self._balance_url = API_URL / "credits/balance"
        self._test_url = API_URL / "utils/test"

    async def get_balance(self) -> CreditBalance:
        """Return the credit balance (GET /credits/balance)."""
        answer, date_header = await self._get(self._balance_url)
        amount = _parse_credits(answer.get("credits"))
        return CreditBalance(credits=amount, date_header=date_header)

    async def get_customer_id(self) -> str | None:
        """Return the customer ID (GET /utils/test), 32 hex digits in lower case.

        The contract says that the message holds it, but not how. None if it does not,
        or if the API has no such call (404).
        """
        try:
            answer, _ = await self._get(self._test_url)
        except SMSWorksResponseError as err:
            if err.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        for match in CUSTOMER_ID.finditer(str(answer.get("message"))):
            customer_id = match[0].replace("-", "").lower()
            if customer_id != NOBODY:
                return customer_id
        return None

    async def _get(self, url: URL) -> tuple[dict[str, object], str]:
        """Return the JSON object in an answer, and its header Date."""
        self._raise_if_closed()
        # Without a cause each, as aiohttp quotes what the server sent.
        try:
            async with self._session.get(
                url,
                allow_redirects=False,
                headers=self._headers,
                middlewares=(self._send,),
                timeout=TIMEOUT,
            ) as response:
                _raise_for_status(response)
                body = await _read_body(response)
        except TimeoutError:
            raise SMSWorksTimeoutError("There was no answer in time") from None
        except aiohttp.ClientConnectorDNSError:
            raise SMSWorksNameError("The host name was not resolved") from None
        except aiohttp.ClientSSLError:
            raise SMSWorksTLSError("The TLS connection is not trusted") from None
        except aiohttp.ClientConnectorError:
            raise SMSWorksUnreachableError("There was no connection") from None
        except aiohttp.ClientError:
            raise SMSWorksConnectionError("The connection broke") from None
        return _parse_object(body), response.headers.get("Date", "")

    async def _send(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send a request, which aiohttp does twice if the connection breaks.

        Cookies are dropped before aiohttp parses them, since it logs those that are
        wrong.
        """
        self._raise_if_closed()
        response = await handler(request)
        response.cookies = SimpleCookie()
        return response

    def _raise_if_closed(self) -> None:
        """Raise an error if the session is closed, as while Home Assistant stops.

        aiohttp would raise RuntimeError or AssertionError.
        """
        if self._session.closed:
            raise SMSWorksUnreachableError("The session is closed")


def _raise_for_status(response: aiohttp.ClientResponse) -> None:
    """Raise the error for a status other than 200."""
    status = response.status
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.UNAUTHORIZED:
        raise SMSWorksAuthenticationError("HTTP 401")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SMSWorksRateLimitError(status, _retry_after(response))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise SMSWorksServerError(status, _retry_after(response))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise SMSWorksServerError(status)
    raise SMSWorksResponseError(status)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Return the wait in seconds that the header Retry-After asks for, if any.

    It is a number of seconds or a date, which is compared with the server's own clock.
    """
    header = response.headers.get("Retry-After", "")
    if header.isdecimal():
        return float(header)
    until = _parse_date(header)
    if until is None:
        return None
    now = _parse_date(response.headers.get("Date", ""))
    if now is None:
        now = datetime.now(UTC)
    return (until - now).total_seconds()


def _parse_date(text: str) -> datetime | None:
    """Return the date in a header, None if there is none that makes sense."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError, OverflowError:
        return None
    if date.year not in SENSIBLE_YEARS:
        return None
    if date.tzinfo is None:
        # Without an offset ("-0000"), which means UTC.
        return date.replace(tzinfo=UTC)
    return date


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    """Return the body of an answer, which is not longer than MAX_BODY."""
    body = b""
    while not response.content.at_eof():
        body += await response.content.readany()
        if len(body) > MAX_BODY:
            raise SMSWorksResponseError(response.status)
    return body


def _parse_object(body: bytes) -> dict[str, object]:
    """Return the JSON object in a body."""
    try:
        answer = orjson.loads(body.removeprefix(UTF8_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        raise SMSWorksResponseError(HTTPStatus.OK) from None
    if not isinstance(answer, dict):
        raise SMSWorksResponseError(HTTPStatus.OK)
    return answer


def _parse_credits(value: object) -> float:
    """Return a JSON number of credits, as an int if it is whole."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SMSWorksResponseError(HTTPStatus.OK)
    if abs(value) > MAX_CREDITS:
        raise SMSWorksResponseError(HTTPStatus.OK)
    if value.is_integer():
        return int(value)
    return value
