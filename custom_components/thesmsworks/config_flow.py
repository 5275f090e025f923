"""Config flow for The SMS Works."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, override

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
    UnknownEntry,
)
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util

from .api import MAX_CREDITS, SMSWorksClient, SMSWorksError, parse_token
from .assessment import assess
from .const import ACCOUNT_URL, DOMAIN, LOGGER, NAME
from .messages import ERROR_KEYS, NO_FIGURE, async_get_writer
from .models import Options
from .storage import async_get_store
from .usage import whole_days

CONF_THRESHOLD: Final = "threshold"
CONF_DAYS: Final = "days"
CONF_OVERDRAFT: Final = "overdraft"
CONF_DAILY_LIMIT: Final = "daily_limit"

STEP_TOKEN_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_TOKEN): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        )
    }
)
# After these, the form is empty. After the others, the same token may work.
BAD_TOKEN_ERRORS: Final = ("invalid_token", "invalid_auth", "wrong_account")
# With today, these are the 30 days of the sensor.
WHOLE_DAYS_SHOWN: Final = 29


def _number_selector(unit: str, least: int, most: int) -> NumberSelector:
    """Return a selector for a number with a unit, which is translated."""
    return NumberSelector(
        NumberSelectorConfig(
            min=least,
            max=most,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
            translation_key="number",
        )
    )


OPTIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_THRESHOLD): _number_selector(
            "credits", -MAX_CREDITS, MAX_CREDITS
        ),
        vol.Required(CONF_DAYS): _number_selector("days", 0, 365),
        vol.Required(CONF_OVERDRAFT): _number_selector("credits", 0, MAX_CREDITS),
        vol.Optional(CONF_DAILY_LIMIT): _number_selector("credits", 1, MAX_CREDITS),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The account of a token that works. Not every account has a customer ID."""

    token: str
    customer_id: str | None


async def read_account(hass: HomeAssistant, text: str) -> Account:
    """Return the account of the token in a text. Raises SMSWorksError."""
    token = parse_token(text)
    client = SMSWorksClient(async_get_clientsession(hass), token)
    await client.get_balance()
    customer_id = await client.get_customer_id()
    return Account(token=token, customer_id=customer_id)


class SMSWorksConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add an account, or give one a new token."""

    account: Account

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> SMSWorksOptionsFlow:
        """Return the flow for the options of an account."""
        return SMSWorksOptionsFlow()

    async def _validate(self, user_input: dict[str, Any]) -> dict[str, str]:
        """Read the account of a token. Return the errors if that fails."""
        try:
            self.account = await read_account(self.hass, user_input[CONF_TOKEN])
        except SMSWorksError as err:
            return {"base": ERROR_KEYS[type(err)]}
        except Exception:  # noqa: BLE001
            LOGGER.exception("Unexpected exception")
            return {"base": "unknown"}
        return {}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add the account of a token."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._validate(user_input)
            if not errors:
                return await self._async_add_account()
        return self._async_show_token_form("user", user_input, errors)

    async def _async_add_account(self) -> ConfigFlowResult:
        """Add the account, or give it the token if it is there already."""
        data = {CONF_TOKEN: self.account.token}
        self._async_abort_entries_match(data)
        customer_id = self.account.customer_id
        if customer_id is not None:
            entry = self.hass.config_entries.async_entry_for_domain_unique_id(
                DOMAIN, customer_id
            )
            if entry is not None:
                return self.async_update_reload_and_abort(
                    entry, data_updates=data, reason="token_updated"
                )
        await self.async_set_unique_id(customer_id)
        return self.async_create_entry(title=self._free_title(), data=data)

    def _free_title(self) -> str:
        """Return a title that no other account has."""
        titles = {entry.title for entry in self._async_current_entries()}
        title = NAME
        number = 1
        while title in titles:
            number += 1
            title = f"{NAME} {number}"
        return title

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Handle a token that is no longer accepted."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new token of the account."""
        return await self._async_update_token(
            self._get_reauth_entry(), "reauth_confirm", user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Let the user change the token before it is refused."""
        try:
            entry = self._get_reconfigure_entry()
        except UnknownEntry:
            return self.async_abort(reason="account_removed")
        return await self._async_update_token(entry, "reconfigure", user_input)

    async def _async_update_token(
        self, entry: ConfigEntry, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Give an account another token that works."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._validate(user_input)
            if self.hass.config_entries.async_get_entry(entry.entry_id) is None:
                return self.async_abort(reason="account_removed")
            if not errors and self._is_other_account(entry):
                # The form stays, as a request for a token would not come again.
                errors = {"base": "wrong_account"}
            if not errors:
                return self.async_update_reload_and_abort(
                    entry,
                    unique_id=entry.unique_id or self.account.customer_id,
                    data_updates={CONF_TOKEN: self.account.token},
                )
        return self._async_show_token_form(step_id, user_input, errors)

    def _is_other_account(self, entry: ConfigEntry) -> bool:
        """Return if the token that was read belongs to another account than an entry.

        The token in use is the account's own, whatever the server says. A missing ID
        tells nothing.
        """
        if self.account.token == entry.data[CONF_TOKEN]:
            return False
        customer_id = self.account.customer_id
        if customer_id is not None and entry.unique_id is not None:
            return customer_id != entry.unique_id
        return any(
            self._is_account_of(other) for other in self._async_current_entries()
        )

    def _is_account_of(self, entry: ConfigEntry) -> bool:
        """Return if the token that was read is known to belong to an entry."""
        if entry.data[CONF_TOKEN] == self.account.token:
            return True
        customer_id = self.account.customer_id
        return customer_id is not None and entry.unique_id == customer_id

    @callback
    def _async_show_token_form(
        self,
        step_id: str,
        user_input: dict[str, Any] | None,
        errors: dict[str, str],
    ) -> ConfigFlowResult:
        """Show a form for a token. After an error that may pass, it is filled in."""
        suggested_values = user_input
        if errors.get("base") in BAD_TOKEN_ERRORS:
            suggested_values = None
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                STEP_TOKEN_SCHEMA, suggested_values
            ),
            errors=errors,
            description_placeholders={"account_url": ACCOUNT_URL},
        )


class SMSWorksOptionsFlow(OptionsFlowWithReload):
    """Set when to warn."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask when to warn, beside the use so far, which helps to decide."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = _validate_options(user_input)
            if not errors:
                options = {key: int(value) for key, value in user_input.items()}
                return self.async_create_entry(data=options)
        suggested_values = user_input
        if suggested_values is None:
            suggested_values = asdict(Options.from_entry(self.config_entry))
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, suggested_values
            ),
            errors=errors,
            description_placeholders=self._placeholders(),
        )

    def _placeholders(self) -> dict[str, str]:
        """Return the use so far, and the limit that follows from it."""
        ledger = async_get_store(self.hass, self.config_entry.entry_id).ledger
        if ledger is None:
            return {
                "used": NO_FIGURE,
                "busiest_day": NO_FIGURE,
                "automatic_limit": NO_FIGURE,
            }
        now = dt_util.now()
        # Without options, the daily limit is the automatic one.
        assessment = assess(ledger, Options(), now)
        history = whole_days(ledger.used_by_day, now.date().isoformat())
        writer = async_get_writer(self.hass, self.config_entry)
        return {
            "used": writer.figure(assessment.used_30_days),
            "busiest_day": writer.figure(max(history[-WHOLE_DAYS_SHOWN:], default=0)),
            "automatic_limit": writer.figure(assessment.daily_limit),
        }


def _validate_options(user_input: dict[str, Any]) -> dict[str, str]:
    """Return the errors of the options by the field that they belong to."""
    errors = {
        key: "not_whole"
        for key, value in user_input.items()
        if not float(value).is_integer()
    }
    if not errors and user_input[CONF_THRESHOLD] < -user_input[CONF_OVERDRAFT]:
        errors[CONF_THRESHOLD] = "below_overdraft"
    return errors
