"""Client for the credit balance of an account at The SMS Works.

What is said of the API here is from its published contract, 1.9.0 to 1.11.0.
"""

from asyncio import IncompleteReadError
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
import re
from typing import Any, ClassVar, Final

import aiohttp
from aiohttp import hdrs
from jwt.utils import base64url_decode
import orjson
from yarl import URL

API_URL: Final = URL("https://api.thesmsworks.co.uk/v1")
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
MAX_BODY: Final = 64 * 1024
MAX_BALANCE: Final = 2**53  # Above it, not every whole number is a JSON number.

MAIL_NOISE: Final = re.compile(
    r"[\s\"'`<>,;=*|\\(){}\[\]"
    r"\u00ab\u00bb\u2018-\u201f\u00ad\u200b-\u200f\u2060\ufeff]"
)
PREFIX: Final = re.compile(r"(?:(?:authorization|jwt|bearer):?)*", re.IGNORECASE)
TOKEN: Final = re.compile(r"([\w-]+)\.[\w-]+\.[\w-]+", re.ASCII)
UUID: Final = re.compile(r"\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b", re.IGNORECASE)

# The first that fits is what went wrong.
REASONS: Final = (
    (TimeoutError, "no answer within 10 seconds"),
    (aiohttp.ClientConnectorDNSError, "the host name was not resolved"),
    (aiohttp.ClientSSLError, "TLS failed"),
    (aiohttp.ClientConnectorError, "the connection was refused"),
    (aiohttp.ClientError, "the connection broke"),
)


class SMSWorksError(Exception):
    """Any failure of this client. Its text holds nothing that a server sent.

    `kind` is what failed, and the key of the text that tells a user. `status` is the
    HTTP status. `retry_after` is the wait in seconds that the server asks for.
    """

    kind: ClassVar[str]
    status: int | None = None
    retry_after: float | None = None


class SMSWorksTokenError(SMSWorksError):
    """The text is not a token."""

    kind = "invalid_token"


class SMSWorksAuthenticationError(SMSWorksError):
    """The API does not accept the token (401)."""

    kind = "invalid_auth"


class SMSWorksConnectionError(SMSWorksError):
    """No whole answer came within 10 seconds."""

    kind = "cannot_connect"


class SMSWorksResponseError(SMSWorksError):
    """The API answered, but not with what was asked for."""

    kind = "unexpected_response"

    def __init__(self, status: int, retry_after: float | None = None) -> None:
        """Initialize the error."""
        super().__init__(f"HTTP {status}")
        self.status, self.retry_after = status, retry_after


def parse_token(text: str) -> str:
    """Return the bare token (JWT) from what was pasted.

    What mail programs add is dropped wherever it is, and so is a leading
    "Authorization:", "JWT" or "Bearer". Raises SMSWorksTokenError if the rest is not
    three base64url parts, of which the first is a JSON object.
    """
    token = PREFIX.sub("", MAIL_NOISE.sub("", text), count=1).strip(".")
    match = TOKEN.fullmatch(token)
    with suppress(ValueError):
        if match and isinstance(orjson.loads(base64url_decode(match[1])), dict):
            return token
    raise SMSWorksTokenError("a token is a JWT, three parts with dots between them")


class SMSWorksClient:
    """The account that a token belongs to.

    All methods raise SMSWorksAuthenticationError, SMSWorksConnectionError and
    SMSWorksResponseError.
    """

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        """Initialize the client with a bare token, as parse_token() returns it."""
        self._session = session
        self._headers = {
            hdrs.ACCEPT: "application/json",
            hdrs.AUTHORIZATION: f"JWT {token}",
        }
        # Joined once, since joining costs a good part of a poll.
        self._balance_url = API_URL / "credits/balance"

    async def get_balance(self) -> float:
        """Return the balance in credits: an int where it is whole, 0 or less too.

        Source: GET /credits/balance.
        """
        balance = await self._get(self._balance_url, "credits")
        is_number = isinstance(balance, int | float) and not isinstance(balance, bool)
        if not is_number or abs(balance) > MAX_BALANCE:
            raise SMSWorksResponseError(200)
        return int(balance) if balance.is_integer() else balance

    async def get_customer_id(self) -> str | None:
        """Return the account's customer ID, a UUID, or None if it has none.

        Source: GET /utils/test.
        """
        try:
            message = await self._get(API_URL / "utils/test", "message")
        except SMSWorksResponseError as err:
            if err.status == 404:
                return None
            raise
        found = UUID.search(str(message))
        return found[0].lower() if found else None

    async def _get(self, url: URL, field: str) -> Any:
        """Return a field of the JSON object in a 200, None where there is no such."""
        try:
            async with self._session.get(
                url,
                allow_redirects=False,
                headers=self._headers,
                middlewares=(_drop_cookies,),
                timeout=TIMEOUT,
            ) as response:
                if response.status == 401:
                    raise SMSWorksAuthenticationError("HTTP 401")
                if response.status != 200:
                    raise SMSWorksResponseError(response.status, _retry_after(response))
                answer = orjson.loads(await _read(response))
        except orjson.JSONDecodeError:
            return None
        except (aiohttp.ClientError, TimeoutError) as err:
            reason = next(text for kind, text in REASONS if isinstance(err, kind))
            # Not as a cause: aiohttp quotes what the server sent.
            raise SMSWorksConnectionError(reason) from None
        return answer.get(field) if isinstance(answer, dict) else None


async def _drop_cookies(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Drop what a server sets before aiohttp parses it, which logs what is wrong."""
    response = await handler(request)
    response.cookies = SimpleCookie()
    return response


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return the body, and read no more of it than is allowed."""
    try:
        await response.content.readexactly(MAX_BODY + 1)
    except IncompleteReadError as err:
        return err.partial
    raise SMSWorksResponseError(response.status)


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Return the seconds to wait that a 429 or 503 states, as number or date."""
    text = response.headers.get(hdrs.RETRY_AFTER, "")
    if response.status not in (429, 503):
        return None
    with suppress(ValueError, OverflowError):
        if text.isdecimal():
            return float(text) or None
        date = parsedate_to_datetime(text)
        wait = date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)
        return max(wait.total_seconds(), 0) or None
    return None
