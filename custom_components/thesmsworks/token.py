"""The token (JWT) that gives access to an account at The SMS Works.

Its readable payload is {"key", "secret", "iat", "exp"}: it carries the account's API
secret, so all of it is a secret.
"""

from contextlib import suppress
import re
from typing import Final

import jwt

MAIL_NOISE: Final = re.compile(
    r"[\s\"'`<>,;=\u00ab\u00bb\u2018-\u201f\u00ad\u200b-\u200f\u2060\ufeff]"
)
PREFIX: Final = re.compile(r"(?:(?:authorization|jwt|bearer):?)*", re.IGNORECASE)
TOKEN: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
MIN_SECRET: Final = 4


class SMSWorksTokenError(ValueError):
    """The text is not a token."""


def parse_token(text: str) -> str:
    """Return the bare token from what was pasted.

    White space, quotes and what mail programs add are dropped wherever they are,
    and so is a leading "Authorization:", "JWT" or "Bearer". Raises
    SMSWorksTokenError if the rest is not three base64url parts.
    """
    token = PREFIX.sub("", MAIL_NOISE.sub("", text), count=1)
    if not TOKEN.fullmatch(token):
        raise SMSWorksTokenError(
            "a token is three parts of letters, digits, - and _ with dots between them"
        )
    return token


def secrets_of(token: str) -> list[str]:
    """Return the token, its parts, and the API key and secret in it, longest first."""
    secrets = {token, *token.split(".")}
    with suppress(jwt.PyJWTError):
        payload = jwt.decode(token, options={"verify_signature": False})
        secrets.update(value for value in payload.values() if isinstance(value, str))
    return sorted((s for s in secrets if len(s) >= MIN_SECRET), key=len, reverse=True)
