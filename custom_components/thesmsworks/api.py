"""Client for the credit balance of an account at The SMS Works.

    async with aiohttp.ClientSession() as session:
        client = SMSWorksClient(session, parse_token("JWT eyJhbGci..."))
        try:
            print(await client.get_balance())
        except SMSWorksError as err:
            print(err)

What is said of the API here is from its published contract, 1.9.0 to 1.11.0.
"""

from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
import re
from typing import Final
import zlib

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, hdrs
import orjson
from yarl import URL

from .token import secrets_of

API_URL: Final = URL("https://api.thesmsworks.co.uk/v1")
TIMEOUT: Final = ClientTimeout(total=10)
MAX_BODY: Final = 64 * 1024
MAX_MESSAGE: Final = 200
MAX_BALANCE: Final = 2**53  # Above it, not every whole number is a JSON number.
GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32

UUID: Final = re.compile(r"\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b", re.IGNORECASE)


class SMSWorksError(Exception):
    """Any failure of this client. Its text holds no part of the token."""


class SMSWorksAuthenticationError(SMSWorksError):
    """The API does not accept the token (401)."""


class SMSWorksConnectionError(SMSWorksError):
    """No whole answer came within 10 seconds."""


class SMSWorksResponseError(SMSWorksError):
    """The API answered, but not with what was asked for.

    `status` is the HTTP status. `retry_after` is the wait in seconds that a 429 or
    503 asks for, unbounded, or None where it asks for none.
    """

    def __init__(
        self, status: int, message: str | None, retry_after: float | None = None
    ) -> None:
        """Initialize the error."""
        super().__init__(f"HTTP {status}: {message}" if message else f"HTTP {status}")
        self.status = status
        self.message = message
        self.retry_after = retry_after


class SMSWorksClient:
    """The account that a token belongs to."""

    def __init__(self, session: ClientSession, token: str) -> None:
        """Initialize the client with a bare token, as parse_token() returns it."""
        self._session = session
        self._token = token
        # Joined once, since joining costs a good part of a poll.
        self._balance_url = API_URL / "credits/balance"
        self._headers = {
            hdrs.ACCEPT: "application/json",
            hdrs.ACCEPT_ENCODING: "identity",
            hdrs.AUTHORIZATION: f"JWT {token}",
        }

    async def get_balance(self) -> float:
        """Return the balance in credits: an int where it is whole, 0 or less too.

        Source: GET /credits/balance. Raises SMSWorksAuthenticationError,
        SMSWorksConnectionError and SMSWorksResponseError.
        """
        balance = _field(await self._get(self._balance_url), "credits")
        if (
            isinstance(balance, bool)
            or not isinstance(balance, int | float)
            or abs(balance) > MAX_BALANCE
        ):
            raise SMSWorksResponseError(200, "no credit balance in the answer")
        return int(balance) if balance.is_integer() else balance

    async def get_customer_id(self) -> str | None:
        """Return the account's customer ID, a UUID, or None if the API tells none.

        Source: GET /utils/test. Raises the same errors as get_balance().
        """
        message = _field(await self._get(API_URL / "utils/test"), "message")
        found = UUID.search(message) if isinstance(message, str) else None
        return found[0].lower() if found else None

    async def _get(self, url: URL) -> bytes:
        """Return the body of a 200."""
        try:
            async with self._session.get(
                url,
                headers=self._headers,
                timeout=TIMEOUT,
                allow_redirects=False,
                auto_decompress=False,
            ) as response:
                if response.status == 200:
                    return await _read(response)
                raise await self._refusal(response)
        except TimeoutError:
            raise SMSWorksConnectionError("no answer within 10 seconds") from None
        except ClientError as err:
            # aiohttp's text can hold what the server sent: not shown as a cause either.
            raise SMSWorksConnectionError(self._public(str(err))) from None

    async def _refusal(self, response: ClientResponse) -> SMSWorksError:
        """Return the error for a status other than 200, whatever its body holds."""
        if response.status == 401:
            return SMSWorksAuthenticationError("HTTP 401")
        message = None
        with suppress(ClientError, TimeoutError, SMSWorksResponseError):
            message = _field(await _read(response), "message")
        return SMSWorksResponseError(
            response.status,
            self._public(message) if isinstance(message, str) else None,
            _retry_after(response),
        )

    def _public(self, text: str) -> str:
        """Return the text on one line, cut, and without the token in it."""
        for secret in secrets_of(self._token):
            text = text.replace(secret, "**REDACTED**")
        printable = "".join(char if char.isprintable() else " " for char in text)
        return " ".join(printable.split())[:MAX_MESSAGE]


async def _read(response: ClientResponse) -> bytes:
    """Return the decoded body, never holding more of it than MAX_BODY allows."""
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "identity").lower()
    decoder = None if encoding == "identity" else zlib.decompressobj(GZIP_OR_ZLIB)
    body = b""
    try:
        while chunk := await response.content.readany():
            room = MAX_BODY + 1 - len(body)
            body += decoder.decompress(chunk, room) if decoder else chunk[:room]
            if len(body) > MAX_BODY:
                raise SMSWorksResponseError(response.status, "the answer is too long")
            if decoder and decoder.eof:
                break
        is_whole = not decoder or decoder.eof
    except zlib.error:
        is_whole = False
    if not is_whole:
        raise SMSWorksResponseError(response.status, "the answer is garbled")
    return body


def _field(body: bytes, name: str) -> object:
    """Return a field of a JSON object, None where there is no such thing."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return answer.get(name) if isinstance(answer, dict) else None


def _retry_after(response: ClientResponse) -> float | None:
    """Return the seconds to wait that a 429 or 503 states, as number or date."""
    if response.status not in (429, 503):
        return None
    text = response.headers.get(hdrs.RETRY_AFTER, "")
    try:
        seconds = float(int(text)) if text.isdecimal() else _seconds_until(text)
    except ValueError, OverflowError:
        return None
    return seconds if seconds > 0 else None


def _seconds_until(http_date: str) -> float:
    """Return the seconds to a date; one without a time zone is in UTC."""
    date = parsedate_to_datetime(http_date)
    return (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
