"""Config and options flow for The SMS Works."""

from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import Selector, selector

from .api import MAX_BALANCE, SMSWorksClient, SMSWorksError, parse_token
from .const import ACCOUNT_URL, DOMAIN, LOGGER, NAME
from .coordinator import SMSWorksConfigEntry
from .forecast import whole_days
from .storage import async_get_store
from .usage import DEFAULT_OPTIONS, format_credits

TOKEN_SELECTOR = selector({"text": {"type": "password", "autocomplete": "off"}})
TOKEN_SCHEMA = vol.Schema({vol.Required(CONF_TOKEN): TOKEN_SELECTOR})
KEEP_TOKEN_AFTER = ("cannot_connect", "unexpected_response", "unknown")


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
    def async_get_options_flow(config_entry: SMSWorksConfigEntry) -> OptionsFlowHandler:
        """Return the flow for the options of an account."""
        return OptionsFlowHandler()

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
        entry_id = self.context.get("entry_id", "")
        entry = self.hass.config_entries.async_get_entry(entry_id)
        if entry_id and not entry:
            return self.async_abort(reason="account_removed")
        if user_input is not None and not errors:
            if result := await self._async_use(entry, token, customer_id):
                return result
            errors["base"] = "wrong_account"
        kept = user_input if errors.get("base") in KEEP_TOKEN_AFTER else None
        return self.async_show_form(
            step_id="reauth_confirm" if self.source == SOURCE_REAUTH else self.source,
            data_schema=self.add_suggested_values_to_schema(TOKEN_SCHEMA, kept),
            errors=errors,
            description_placeholders={"account_url": ACCOUNT_URL},
        )

    async_step_reauth_confirm = async_step_reconfigure = async_step_user

    async def async_step_reauth(self, data: Mapping[str, Any]) -> ConfigFlowResult:
        """Handle a token that is no longer accepted."""
        return await self.async_step_user()

    async def _async_use(
        self, entry: SMSWorksConfigEntry | None, token: str, customer_id: str | None
    ) -> ConfigFlowResult | None:
        """Go on with a token that works, unless it is one of another account."""
        data, ids = {CONF_TOKEN: token}, {customer_id} - {None}
        entries = self._async_current_entries()
        owners = [one for one in entries if one.data == data or one.unique_id in ids]
        if entry:
            is_another = entry.unique_id and ids - {entry.unique_id}
            # No end: a request for a token would be over, and not come again.
            if is_another or owners not in ([], [entry]):
                return None
            return self.async_update_reload_and_abort(
                entry, unique_id=customer_id or entry.unique_id, data_updates=data
            )
        if owners:
            return self.async_update_reload_and_abort(
                owners[0], data_updates=data, reason="already_configured"
            )
        await self.async_set_unique_id(customer_id)
        titles = [NAME, *(f"{NAME} {number + 2}" for number in range(len(entries)))]
        title = min({*titles} - {one.title for one in entries}, key=titles.index)
        return self.async_create_entry(title=title, data=data)


class OptionsFlowHandler(OptionsFlowWithReload):
    """Set when to warn."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the limits, beside the use of the last weeks, which helps."""
        typed = user_input or {}
        errors = {key: "not_whole" for key, value in typed.items() if value % 1}
        if user_input is not None and not errors:
            return self.async_create_entry(data={key: int(typed[key]) for key in typed})
        ledger = async_get_store(self.hass, self.config_entry.entry_id).ledger
        history = whole_days(ledger.daily, ledger.today)[-28:] if ledger else []
        shown = user_input or DEFAULT_OPTIONS | self.config_entry.options
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, shown),
            errors=errors,
            description_placeholders={
                "used": format_credits(sum(history) if history else None),
                "busiest_day": format_credits(max(history, default=None)),
            },
        )
