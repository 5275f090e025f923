"""The button that reads the balance now, and what it says if that fails."""

from unittest.mock import patch

import pytest

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
    SMSWorksUnreachableError,
)
from dev.simulator import answer
from homeassistant.exceptions import HomeAssistantError

from .common import MINUTE, READ_NOW, Home


async def test_button_reads_the_balance_now(home: Home) -> None:
    """It does not wait for the next poll."""
    assert await home.set_up()
    home.account.credits = 170
    await home.press()
    assert home.state() == "170"


async def test_button_works_while_the_balance_is_not_known(home: Home) -> None:
    """It is of most use then."""
    assert await home.set_up()
    await home.poll(fault="503")
    assert home.state(READ_NOW) == "unknown"
    home.simulator.fault = None
    await home.press()
    assert home.state() == "180"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            SMSWorksAuthenticationError(),
            "The SMS Works no longer accepts the token. Enter a new one",
        ),
        (
            SMSWorksTimeoutError(),
            "The SMS Works did not answer within 10 seconds",
        ),
        (
            SMSWorksNameError(),
            (
                "The address of The SMS Works could not be found. Check the internet"
                " connection and the DNS server of Home Assistant"
            ),
        ),
        (
            SMSWorksTLSError(),
            (
                "The connection to The SMS Works is not secure, so the token was not sent."
                " Check the date and time of Home Assistant, and whether something"
                " intercepts its connection"
            ),
        ),
        (
            SMSWorksUnreachableError(),
            (
                "The SMS Works could not be reached. Check the internet connection of Home"
                " Assistant"
            ),
        ),
        (
            SMSWorksConnectionError(),
            "The connection to The SMS Works broke off",
        ),
        (
            SMSWorksRateLimitError(429),
            "The SMS Works has had too many requests from you (HTTP 429)",
        ),
        (
            SMSWorksServerError(503),
            "The SMS Works is not working at the moment (HTTP 503)",
        ),
        (
            SMSWorksResponseError(404),
            "The SMS Works answered, but not with a credit balance (HTTP 404)",
        ),
    ],
)
async def test_button_says_what_went_wrong(
    home: Home, error: SMSWorksError, text: str
) -> None:
    """Each kind of failure has a text of its own, less its full stop."""
    assert await home.set_up()
    with (
        patch.object(SMSWorksClient, "get_balance", side_effect=error),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await home.press()
    assert str(raised.value) == text


async def test_button_says_until_when_the_server_asked_to_wait(home: Home) -> None:
    """It makes no request until then."""
    assert await home.set_up()
    home.simulator.fault = answer(429, Retry_After="7200")
    with pytest.raises(HomeAssistantError):
        await home.press()
    home.simulator.requests.clear()

    await home.poll(after=MINUTE)
    with pytest.raises(HomeAssistantError) as raised:
        await home.press()
    assert str(raised.value) == (
        "The SMS Works has asked Home Assistant to wait."
        " The balance can be read again at 14:00 on 01/07/2026"
    )
    assert not home.simulator.requests
