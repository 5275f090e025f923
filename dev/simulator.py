"""The API of The SMS Works, on loopback.

Serves the two calls of the published contract that the integration makes, for any
number of accounts, and on demand every fault that a server or a line can have.

While it runs, POST /simulator with {"fault": "503"} or {"fault": null} changes what it
does, and with {"send": 20}, {"top_up": 200} or {"revoked": true} its first account.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableSequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import gzip
import json
import socket
import struct
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from aiohttp import web
import jwt

type Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]

GZIP: Final = gzip.compress(b'{"credits": 180}')
GZIP_BOMB: Final = gzip.compress(b" " * 2**24)
SPACES: Final = [b" " * 2**16] * 2**10
JSON: Final = "application/json;charset=UTF-8"


def make_token(name: str) -> str:
    """Return a token in the provider's form that is nobody's."""
    return jwt.encode(
        {"key": f"key-of-{name}", "secret": f"secret-of-{name}", "iat": 1, "exp": 2},
        f"a signing secret that is long enough for {name}",
    )


def secrets_of(token: str) -> set[str]:
    """Return the token and all in it that nobody else may see."""
    payload = jwt.decode(token, options={"verify_signature": False})
    return {token, *token.split("."), payload["key"], payload["secret"]}


@dataclass
class Account:
    """What the provider knows of a customer. An ID has 32 hex digits."""

    credits: float
    customer_id: str | None
    is_revoked: bool = False

    def drain(self, credits: float) -> None:
        """Use credits, as sending does."""
        self.credits -= credits

    def send(self, texts: int) -> None:
        """Send texts for a credit each, until there is none."""
        self.drain(min(texts, max(self.credits, 0)))

    def top_up(self, credits: float) -> None:
        """Add credits, as a payment or a refund does."""
        self.credits += credits


@dataclass
class Simulator:
    """The provider: its accounts by token, the requests so far, the fault if any.

    While `hold` is there, answers wait for it. `date` is what the header Date says, in
    place of the time.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    requests: MutableSequence[web.Request] = field(default_factory=list)
    fault: Fault | None = None
    identity_fault: Fault | None = None
    hold: asyncio.Event | None = None
    date: str | None = None

    def add_account(self, token: str, credits: float = 180) -> Account:
        """Open an account, with a customer ID of its own."""
        account = Account(credits, uuid5(NAMESPACE_URL, token).hex)
        self.accounts[token] = account
        return account

    def replace_token(self, old: str, new: str) -> None:
        """Make a new key for an account, which stops its old token."""
        self.accounts[new] = self.accounts.pop(old)

    def app(self) -> web.Application:
        """Return the application to serve."""
        app = web.Application()
        app[STATE] = self
        app.router.add_get("/v1/{call:credits/balance|utils/test}", _answer)
        app.router.add_post("/simulator", _control)
        app.on_response_prepare.append(_set_date)
        return app

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on a port, or on any, and yield what stands for the API's address."""
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        finally:
            await runner.cleanup()


STATE: Final = web.AppKey("state", Simulator)


def answer(status: int = 200, body: bytes | str = b"", **headers: str) -> Fault:
    """Return a fault that answers with this. Header names have _ for -."""
    content = body.encode() if isinstance(body, str) else body

    async def fault(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=content, headers=_named(headers))

    return fault


def stream(chunks: Callable[[], AsyncIterator[bytes]], **headers: str) -> Fault:
    """Return a fault that sends chunks of a body until they, or the client, end."""
    lines = [f"{name}: {value}" for name, value in _named(headers).items()]
    return raw("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode(), chunks)


def raw(head: bytes, chunks: Callable[[], AsyncIterator[bytes]] | None = None) -> Fault:
    """Return a fault that writes past the server's framing, which would mend it."""

    async def fault(request: web.Request) -> web.StreamResponse:
        transport = request.transport
        assert transport
        transport.write(head)
        async for chunk in (chunks or _parts())():
            if transport.is_closing():
                break
            transport.write(chunk)
            await asyncio.sleep(0)
        transport.close()
        return web.Response()

    return fault


async def silence(request: web.Request) -> web.StreamResponse:
    """Take the request and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def reset(request: web.Request) -> web.StreamResponse:
    """Drop the connection with a TCP reset."""
    assert request.transport
    request.transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    request.transport.abort()
    return web.Response()


def _named(headers: dict[str, str]) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"Content-Type": JSON} | named


def _parts(*parts: bytes) -> Callable[[], AsyncIterator[bytes]]:
    async def chunks() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return chunks


async def _one_byte_a_second() -> AsyncIterator[bytes]:
    for byte in b'{"credits": 180}' + b" " * 60:
        yield bytes([byte])
        await asyncio.sleep(1)


FAULTS: Final[dict[str, Fault]] = {
    "no credits": answer(body="{}"),
    "null": answer(body='{"credits": null}'),
    "text": answer(body='{"credits": "180"}'),
    "true": answer(body='{"credits": true}'),
    "NaN": answer(body='{"credits": NaN}'),
    "Infinity": answer(body='{"credits": Infinity}'),
    "1e999": answer(body='{"credits": 1e999}'),
    "beyond exact numbers": answer(body='{"credits": 9007199254740994}'),
    "list": answer(body='{"credits": [180]}'),
    "array body": answer(body='[{"credits": 180}]'),
    "HTML": answer(body="<html>Welcome to the hotel</html>", Content_Type="text/html"),
    "empty": answer(),
    "truncated JSON": answer(body='{"credits": 18'),
    "not UTF-8": answer(body=b'{"credits": 180, "note": "\xff"}'),
    "deep JSON": answer(body="[" * 20_000),
    "204": answer(204),
    "too long": answer(body='{"credits": 180}'.ljust(2**16 + 1)),
    "endless": stream(_parts(*SPACES)),
    "gzip bomb": stream(_parts(GZIP_BOMB), Content_Encoding="gzip"),
    "broken gzip": answer(body='{"credits": 180}', Content_Encoding="gzip"),
    "truncated gzip": answer(body=GZIP[:-11], Content_Encoding="gzip"),
    "unknown encoding": answer(body='{"credits": 180}', Content_Encoding="br"),
    "cut mid-body": stream(_parts(b'{"credits": 1'), Content_Length="16"),
    "401": answer(401, '{"message": "Unauthorized"}'),
    "401 in plain text": answer(401, "Unauthorized", Content_Type="text/plain"),
    "401 without a body": answer(401),
    "401 in broken gzip": answer(401, "Unauthorized", Content_Encoding="gzip"),
    "400": answer(400, '{"message": "Bad request"}'),
    "402": answer(402, '{"message": "No credit", "errorCode": 402, "status": "error"}'),
    "403": answer(403, '{"message": "Blocked by the firewall"}'),
    "404": answer(404, '{"message": "Not found"}'),
    "418": answer(418, '{"message": "I am a teapot"}'),
    "429": answer(429, '{"message": "Too many requests"}'),
    "500": answer(500, '{"message": "Server error", "permanent": false}'),
    "502 in HTML": answer(502, "<h1>Bad gateway</h1>", Content_Type="text/html"),
    "503": answer(503, '{"message": "Down for maintenance"}'),
    "500 cut mid-body": answer(500, gzip.compress(b"{}")[:9], Content_Encoding="gzip"),
    "301": answer(301, Location="/v1/utils/test"),
    "302": answer(302, Location="/v1/utils/test"),
    "307": answer(307, Location="/v1/utils/test"),
    "not HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "reset": reset,
    "silence": silence,
    "one byte a second": stream(_one_byte_a_second),
}

SLOW: Final = ("silence", "one byte a second")

HARMLESS: Final[dict[str, Fault]] = {
    "wrong content type": answer(body='{"credits": 180}', Content_Type="text/html"),
    "as long as it may be": answer(body='{"credits": 180}'.ljust(2**16)),
    "byte order mark": answer(body=b'\xef\xbb\xbf{"credits": 180}'),
    "gzip": answer(body=GZIP, Content_Encoding="gzip"),
    "gzip without its trailer": answer(body=GZIP[:-8], Content_Encoding="gzip"),
}


async def _answer(request: web.Request) -> web.StreamResponse:
    state, call = request.app[STATE], request.match_info["call"]
    state.requests.append(request)
    if state.hold:
        await state.hold.wait()
    fault = (state.identity_fault if call == "utils/test" else None) or state.fault
    if fault:
        return await fault(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    account = state.accounts.get(token)
    if scheme != "JWT" or account is None or account.is_revoked:
        return await FAULTS["401"](request)
    if call == "utils/test":
        message = f"Customer {_grouped(account.customer_id)}"
        return await answer(body=json.dumps({"message": message}))(request)
    return await answer(body=json.dumps({"credits": account.credits}))(request)


def _grouped(customer_id: str | None) -> str:
    """Return a customer ID as the provider writes it, in groups of 4 and one of 12."""
    if customer_id is None:
        return "unknown"
    groups = [customer_id[start : start + 4] for start in range(0, 20, 4)]
    return "-".join([*groups, customer_id[20:]])


async def _set_date(request: web.Request, response: web.StreamResponse) -> None:
    date = request.app[STATE].date
    if date is not None:
        response.headers["Date"] = date


async def _control(request: web.Request) -> web.Response:
    state, wish = request.app[STATE], None
    accounts = list(state.accounts.values())
    with suppress(ValueError):
        wish = await request.json()
    match wish:
        case {"fault": None}:
            state.fault = None
        case {"fault": str(name)} if name in FAULTS:
            state.fault = FAULTS[name]
        case {"send": int(texts)}:
            accounts[0].send(texts)
        case {"top_up": int(credits)}:
            accounts[0].top_up(credits)
        case {"revoked": bool(is_revoked)}:
            accounts[0].is_revoked = is_revoked
        case _:
            raise web.HTTPBadRequest(text=f"{wish} is not understood")
    return web.json_response(wish)
