"""Config flow for The SMS Works."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import chain, count
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .api import (
    MAX_BALANCE,
    SMSWorksAuthenticationError,
    SMSWorksClient,
    SMSWorksConnectionError,
    SMSWorksResponseError,
)
from .const import ACCOUNT_URL, CONF_THRESHOLD, DEFAULT_THRESHOLD, DOMAIN, LOGGER, NAME
from .token import SMSWorksTokenError, parse_token

TOKEN_SELECTOR = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
STEP_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): TOKEN_SELECTOR})
OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_THRESHOLD): NumberSelector(
            NumberSelectorConfig(
                mode=NumberSelectorMode.BOX,
                step=1,
                translation_key=CONF_THRESHOLD,
                unit_of_measurement="credits",
            )
        )
    }
)


class SMSWorksConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add an account, or give one a new token."""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SMSWorksOptionsFlow:
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
                token = parse_token(user_input[CONF_TOKEN])
            except SMSWorksTokenError:
                errors[CONF_TOKEN] = "invalid_token"
            else:
                result = await self._async_try(token)
                if not isinstance(result, str):
                    return result
                errors["base"] = result
        return self.async_show_form(
            step_id=step_id,
            data_schema=STEP_SCHEMA,
            errors=errors,
            description_placeholders={"account_url": ACCOUNT_URL},
        )

    async def _async_try(self, token: str) -> ConfigFlowResult | str:
        """Use a token if it works, or return the error."""
        if self.source == SOURCE_USER:
            self._async_abort_entries_match({CONF_TOKEN: token})
        try:
            customer_id = await self._async_validate(token)
        except SMSWorksAuthenticationError:
            return "invalid_auth"
        except SMSWorksConnectionError:
            return "cannot_connect"
        except SMSWorksResponseError:
            return "unexpected_response"
        except Exception:  # noqa: BLE001
            LOGGER.exception("Unexpected exception")
            return "unknown"
        if self.source == SOURCE_USER:
            return await self._async_add(token, customer_id)
        return self._replace(token, customer_id)

    async def _async_validate(self, token: str) -> str | None:
        """Read the balance, and return the customer ID if there is one."""
        client = SMSWorksClient(async_get_clientsession(self.hass), token)
        await client.get_balance()
        with suppress(SMSWorksAuthenticationError, SMSWorksResponseError):
            return await client.get_customer_id()
        return None

    async def _async_add(self, token: str, customer_id: str | None) -> ConfigFlowResult:
        """Add the account, or give one that is known its new token."""
        data = {CONF_TOKEN: token}
        if known := await self.async_set_unique_id(customer_id):
            return self.async_update_reload_and_abort(
                known, data_updates=data, reason="already_configured"
            )
        return self.async_create_entry(title=self._free_title(), data=data)

    def _replace(self, token: str, customer_id: str | None) -> ConfigFlowResult | str:
        """Replace the token, unless it belongs to another account.

        That is an error and not the end: a request to reauthenticate would be over,
        and nobody would be asked again.
        """
        entry = self.hass.config_entries.async_get_known_entry(self.context["entry_id"])
        claimed = {
            value
            for other in self._async_current_entries()
            if other is not entry
            for value in (other.unique_id, other.data.get(CONF_TOKEN))
        }
        if ({token, customer_id} - {None}) & claimed or (
            customer_id and entry.unique_id not in (None, customer_id)
        ):
            return "wrong_account"
        return self.async_update_reload_and_abort(
            entry,
            unique_id=customer_id or entry.unique_id,
            data_updates={CONF_TOKEN: token},
        )

    def _free_title(self) -> str:
        """Return a title that tells this account from the others."""
        taken = {entry.title for entry in self._async_current_entries()}
        titles = chain([NAME], (f"{NAME} {number}" for number in count(2)))
        return next(title for title in titles if title not in taken)


class SMSWorksOptionsFlow(OptionsFlowWithReload):
    """Set when credit is low."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the threshold."""
        errors: dict[str, str] = {}
        if user_input is not None:
            threshold: float = user_input[CONF_THRESHOLD]
            if threshold.is_integer() and abs(threshold) <= MAX_BALANCE:
                return self.async_create_entry(data={CONF_THRESHOLD: int(threshold)})
            errors[CONF_THRESHOLD] = "invalid_threshold"
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA,
                {CONF_THRESHOLD: DEFAULT_THRESHOLD, **self.config_entry.options},
            ),
            errors=errors,
        )
