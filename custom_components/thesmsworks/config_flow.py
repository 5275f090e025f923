"""Config flow for The SMS Works."""

from collections.abc import Mapping
from itertools import chain, count
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    UnknownEntry,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import SMSWorksClient, SMSWorksError, SMSWorksTokenError, parse_token
from .const import ACCOUNT_URL, DOMAIN, LOGGER, NAME
from .coordinator import SMSWorksConfigEntry
from .options_flow import SMSWorksOptionsFlow

TOKEN_SELECTOR = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
STEP_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): TOKEN_SELECTOR})

# After these, the token may be right, so that it stays in the field.
ERRORS_THAT_PASS = ("cannot_connect", "unexpected_response", "unknown")


class WrongAccountError(SMSWorksError):
    """The token is one of another account."""

    kind = "wrong_account"


class SMSWorksConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add an account, or give one a new token."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(
        config_entry: SMSWorksConfigEntry,
    ) -> SMSWorksOptionsFlow:
        """Return the flow for the options of an account."""
        return SMSWorksOptionsFlow()

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add an account."""
        return await self._async_step_token("user", user_input)

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Handle a token that is no longer accepted."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new token."""
        return await self._async_step_token("reauth_confirm", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Replace the token before it is refused."""
        return await self._async_step_token("reconfigure", user_input)

    async def _async_step_token(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Ask for a token until there is one that works."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._async_try(parse_token(user_input[CONF_TOKEN]))
            except SMSWorksTokenError:
                errors[CONF_TOKEN] = "invalid_token"
            except SMSWorksError as err:
                errors["base"] = err.kind
            except AbortFlow:
                raise
            except Exception:  # noqa: BLE001
                LOGGER.exception("Unexpected exception")
                errors["base"] = "unknown"
        if self.source != SOURCE_USER:
            self._get_entry()
        may_pass = errors.get("base") in ERRORS_THAT_PASS
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                STEP_SCHEMA, user_input if may_pass else None
            ),
            errors=errors,
            description_placeholders={"account_url": ACCOUNT_URL},
        )

    async def _async_try(self, token: str) -> ConfigFlowResult:
        """Use a token if it works and is one of the account."""
        if self.source == SOURCE_USER:
            self._async_abort_entries_match({CONF_TOKEN: token})
        client = SMSWorksClient(async_get_clientsession(self.hass), token)
        await client.get_balance()
        customer_id = await client.get_customer_id()
        if self.source == SOURCE_USER:
            return await self._async_add(token, customer_id)
        return self._replace(self._get_entry(), token, customer_id)

    async def _async_add(self, token: str, customer_id: str | None) -> ConfigFlowResult:
        """Add the account, or give one that is known its new token."""
        data = {CONF_TOKEN: token}
        if known := await self.async_set_unique_id(customer_id):
            return self.async_update_reload_and_abort(
                known, data_updates=data, reason="already_configured"
            )
        # Another window may have added it while this one was waiting.
        self._async_abort_entries_match(data)
        taken = {entry.title for entry in self._async_current_entries()}
        titles = chain([NAME], (f"{NAME} {number}" for number in count(2)))
        title = next(title for title in titles if title not in taken)
        return self.async_create_entry(title=title, data=data)

    def _replace(
        self, entry: ConfigEntry, token: str, customer_id: str | None
    ) -> ConfigFlowResult:
        """Go on with another token of the same account.

        One of another is an error and not the end: a request to reauthenticate would
        be over, and nobody would be asked again.
        """
        claimed = {
            value
            for other in self._async_current_entries()
            if other is not entry
            for value in (other.unique_id, other.data.get(CONF_TOKEN))
        }
        if ({token, customer_id} - {None}) & claimed or (
            customer_id and entry.unique_id not in (None, customer_id)
        ):
            raise WrongAccountError
        return self.async_update_reload_and_abort(
            entry,
            unique_id=customer_id or entry.unique_id,
            data_updates={CONF_TOKEN: token},
        )

    def _get_entry(self) -> ConfigEntry:
        """Return the account that gets a token, or abort if it was removed."""
        try:
            if self.source == SOURCE_REAUTH:
                return self._get_reauth_entry()
            return self._get_reconfigure_entry()
        except UnknownEntry as err:
            raise AbortFlow("account_removed") from err
