"""Client of The SMS Works' API, by its published contract (1.9.0 to 1.11.0)."""

from asyncio import IncompleteReadError
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
import re
from time import time
from typing import Any, Final

import aiohttp
from jwt.utils import base64url_decode
import orjson
from yarl import URL

API_URL: Final = URL("https://api.thesmsworks.co.uk/v1")
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
MAX_BODY: Final = 64 * 1024
MAX_BALANCE: Final = 2**53  # Above it, not every whole number is a JSON number.

MAIL_NOISE: Final = re.compile(
    r"[\s\"'`<>,;=*|\\(){}\[\]\u00ab\u00bb\u2018-\u201f\u00ad\u200b-\u200f\u2060\ufeff]"
)
PREFIX: Final = re.compile(r"(?:(?:authorization|jwt|bearer):?)*", re.IGNORECASE)
TOKEN: Final = re.compile(r"([\w-]+)\.[\w-]+\.[\w-]+", re.ASCII)
UUID: Final = re.compile(r"\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b", re.IGNORECASE)

REASONS: Final = (  # The first that fits is what went wrong.
    (TimeoutError, "no answer within 10 seconds"),
    (aiohttp.ClientConnectorDNSError, "the host name was not resolved"),
    (aiohttp.ClientSSLError, "TLS failed"),
    (aiohttp.ClientConnectorError, "no connection was possible"),
    (aiohttp.ClientError, "the connection broke"),
)


class SMSWorksError(Exception):
    """A failure, whose text holds nothing that a server sent.

    `kind` is "invalid_token", "invalid_auth" (401), "cannot_connect" (no whole answer)
    or "unexpected_response". `retry_after` is the wait in seconds that is asked for.
    """

    def __init__(self, kind: str, text: str) -> None:
        """Initialize the error."""
        super().__init__(text)
        self.kind = kind
        self.retry_after: float | None = None


def parse_token(text: str) -> str:
    """Return the bare token (a JWT) from what was pasted, or raise SMSWorksError.

    What mail programs add is dropped, and what stands before a token in a header.
    """
    token = PREFIX.sub("", MAIL_NOISE.sub("", text), count=1).strip(".")
    match = TOKEN.fullmatch(token)
    with suppress(ValueError):
        if match and isinstance(orjson.loads(base64url_decode(match[1])), dict):
            return token
    raise SMSWorksError("invalid_token", "a token has three parts with dots between")


class SMSWorksClient:
    """The account that a token belongs to. All methods raise SMSWorksError."""

    def __init__(self, session: aiohttp.ClientSession, token: str) -> None:
        """Initialize the client with a bare token, as parse_token() returns it."""
        self._session = session
        self._headers = {"Accept": "application/json", "Authorization": f"JWT {token}"}
        # Joined once, since joining costs a good part of a poll.
        self._balance_url = API_URL / "credits/balance"

    async def get_balance(self) -> float:
        """Return the balance in credits (GET /credits/balance), an int where whole."""
        balance = await self._get(self._balance_url, "credits")
        if type(balance) not in (int, float) or abs(balance) > MAX_BALANCE:
            raise SMSWorksError("unexpected_response", "HTTP 200")
        return int(balance) if balance.is_integer() else balance

    async def get_customer_id(self) -> str | None:
        """Return the account's customer ID (GET /utils/test), a UUID, or None."""
        message = await self._get(API_URL / "utils/test", "message", missing=404)
        found = UUID.search(str(message))
        return found[0].lower() if found else None

    async def _get(self, url: URL, field: str, missing: int | None = None) -> Any:
        """Return a field of the JSON object in a 200, None without it or at `missing`."""
        try:
            async with self._session.get(
                url,
                allow_redirects=False,
                headers=self._headers,
                middlewares=(_drop_cookies,),
                timeout=TIMEOUT,
            ) as response:
                if response.status == 200:
                    await response.content.readexactly(MAX_BODY + 1)
                if response.status == missing:
                    return None
                raise _error(response)
        except IncompleteReadError as body:
            with suppress(ValueError, AttributeError):
                return orjson.loads(body.partial).get(field)
            return None
        except (aiohttp.ClientError, TimeoutError) as err:
            reason = next(text for kind, text in REASONS if isinstance(err, kind))
            # Not as a cause: aiohttp quotes what the server sent.
            raise SMSWorksError("cannot_connect", reason) from None


async def _drop_cookies(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Drop what a server sets before aiohttp parses it, which logs what is wrong."""
    response = await handler(request)
    response.cookies = SimpleCookie()
    return response


def _error(response: aiohttp.ClientResponse) -> SMSWorksError:
    """Return the error for an answer, with the wait it asks for (number or date)."""
    status = response.status
    wait = response.headers.get("Retry-After", "") if status in (429, 503) else ""
    kind = "invalid_auth" if status == 401 else "unexpected_response"
    error = SMSWorksError(kind, f"HTTP {status}")
    with suppress(ValueError, OverflowError):
        if wait.isdecimal():
            error.retry_after = float(wait)
        else:
            error.retry_after = parsedate_to_datetime(wait).timestamp() - time()
    return error
