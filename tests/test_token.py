"""What people paste, and the token that is in it."""

import pytest

from custom_components.thesmsworks.token import (
    SMSWorksTokenError,
    parse_token,
    secrets_of,
)
from dev.simulator import make_token

TOKEN = make_token("alice")


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
        "`{}`",
        "<{}>",
        '"Authorization": "JWT {}",',
        "\ufeff{}\u200b",
        "JWT\u00a0{}",
        "JWT:{}",
    ],
)
def test_token_is_found_in(form: str) -> None:
    """People hold the token with or without what surrounds it."""
    assert parse_token(form.format(TOKEN)) == TOKEN


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r\n ", "=\r\n", "= ", "\u00ad"])
def test_token_is_whole_again_after(line_break: str) -> None:
    """Mail programs break long lines, and a form field drops the breaks."""
    lines = [TOKEN[start : start + 40] for start in range(0, len(TOKEN), 40)]

    assert parse_token("JWT " + line_break.join(lines)) == TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "JWT",
        "Authorization: JWT ",
        "my api key",
        "one.two",
        "one.two.three.four",
        "one..three",
        "one.two.thr€e",
        "one.two.thrée",
        "https://thesmsworks.co.uk/user/login",
        TOKEN.rpartition(".")[0],
        TOKEN + "." + TOKEN,
        TOKEN.replace(".", "+"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """The error says what a token looks like, and not what was pasted."""
    with pytest.raises(SMSWorksTokenError, match="three parts of letters") as raised:
        parse_token(text)

    assert not text.strip() or text not in str(raised.value)


def test_all_that_a_token_holds_is_secret() -> None:
    """Its payload can be read by anyone and carries the API key and secret."""
    assert set(secrets_of(TOKEN)) == {
        TOKEN,
        *TOKEN.split("."),
        "key-of-alice",
        "secret-of-alice",
    }


def test_token_that_cannot_be_read_is_secret_too() -> None:
    """Parts too short to be anybody's secret are left out."""
    assert secrets_of("a.first.last") == ["a.first.last", "first", "last"]
