"""Config and options flow for The SMS Works."""

from collections.abc import Mapping
from itertools import chain, count
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import Selector, selector
from homeassistant.util import dt as dt_util

from .api import MAX_BALANCE, SMSWorksClient, SMSWorksError, parse_token
from .const import ACCOUNT_URL, DEFAULT_OPTIONS, DOMAIN, LOGGER, NAME
from .coordinator import SMSWorksConfigEntry
from .forecast import whole_days
from .issue import format_credits

TOKEN_SELECTOR = selector({"text": {"type": "password", "autocomplete": "off"}})
TOKEN_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): TOKEN_SELECTOR})
# After these, the token may be right, so that it stays in the field.
ERRORS_THAT_PASS = ("cannot_connect", "unexpected_response", "unknown")


def _number(unit: str, least: int, most: int = MAX_BALANCE) -> Selector[Any]:
    box = {"min": least, "max": most, "mode": "box", "unit_of_measurement": unit}
    return selector({"number": {**box, "translation_key": "number"}})


OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required("threshold"): _number("credits", -MAX_BALANCE),
        vol.Required("days"): _number("days", 0, 365),
        vol.Optional("daily_limit"): _number("credits", 1),
    }
)


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
        """Ask for a token until there is one that works."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                token = parse_token(user_input[CONF_TOKEN])
                client = SMSWorksClient(async_get_clientsession(self.hass), token)
                await client.get_balance()
                customer_id = await client.get_customer_id()
            except SMSWorksError as err:
                errors["base"] = err.kind
            except Exception:  # noqa: BLE001
                LOGGER.exception("Unexpected exception")
                errors["base"] = "unknown"
            else:
                if result := await self._async_use(token, customer_id):
                    return result
                errors["base"] = "wrong_account"
        if self.source != SOURCE_USER and not self._entry:
            return self.async_abort(reason="account_removed")
        may_pass = errors.get("base") in ERRORS_THAT_PASS
        is_reauth = self.source == SOURCE_REAUTH
        return self.async_show_form(
            step_id="reauth_confirm" if is_reauth else self.source,
            data_schema=self.add_suggested_values_to_schema(
                TOKEN_SCHEMA, user_input if may_pass else None
            ),
            errors=errors,
            description_placeholders={"account_url": ACCOUNT_URL},
        )

    async_step_reauth_confirm = async_step_reconfigure = async_step_user

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Handle a token that is no longer accepted."""
        return await self.async_step_user()

    @property
    def _entry(self) -> ConfigEntry | None:
        """The account that gets a token, unless it was removed meanwhile."""
        entry_id = self.context.get("entry_id", "")
        return self.hass.config_entries.async_get_entry(entry_id)

    async def _async_use(
        self, token: str, customer_id: str | None
    ) -> ConfigFlowResult | None:
        """Go on with a token that works, unless it is one of another account."""
        data = {CONF_TOKEN: token}
        if self.source != SOURCE_USER:
            entry = self._entry
            if entry and not self._is_another(entry, token, customer_id):
                return self.async_update_reload_and_abort(
                    entry, unique_id=customer_id or entry.unique_id, data_updates=data
                )
            return None
        if known := await self.async_set_unique_id(customer_id):
            return self.async_update_reload_and_abort(
                known, data_updates=data, reason="already_configured"
            )
        self._async_abort_entries_match(data)
        taken = {entry.title for entry in self._async_current_entries()}
        titles = chain([NAME], (f"{NAME} {number}" for number in count(2)))
        title = next(title for title in titles if title not in taken)
        return self.async_create_entry(title=title, data=data)

    def _is_another(
        self, entry: ConfigEntry, token: str, customer_id: str | None
    ) -> bool:
        """Return if a token is not one of the account, or also one of another.

        That is an error and not the end: a request to reauthenticate would be over,
        and nobody would be asked again.
        """
        if customer_id and entry.unique_id:
            return customer_id != entry.unique_id
        return any(
            token == other.data.get(CONF_TOKEN)
            or (customer_id and customer_id == other.unique_id)
            for other in self._async_current_entries()
            if other is not entry
        )


class SMSWorksOptionsFlow(OptionsFlowWithReload):
    """Set when to warn."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the limits, beside the use of the last weeks, which helps to decide."""
        entry: SMSWorksConfigEntry = self.config_entry
        typed = user_input or {}
        errors = {key: "not_whole" for key, value in typed.items() if value % 1}
        if user_input is not None and not errors:
            data = {key: int(value) for key, value in user_input.items()}
            return self.async_create_entry(data=data)
        history: list[float] = []
        if entry.state is ConfigEntryState.LOADED:
            today = dt_util.now().date().isoformat()
            history = whole_days(entry.runtime_data.data.daily, today)[-28:]
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, user_input or DEFAULT_OPTIONS | entry.options
            ),
            errors=errors,
            description_placeholders={
                "used": format_credits(sum(history) if history else None),
                "busiest_day": format_credits(max(history, default=None)),
            },
        )
