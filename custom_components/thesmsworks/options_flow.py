"""Options flow for The SMS Works."""

from dataclasses import asdict
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
)

from .api import MAX_BALANCE
from .const import CONF_DAILY_LIMIT, CONF_DAYS, CONF_THRESHOLD
from .coordinator import SMSWorksConfigEntry
from .issue import format_credits
from .usage import Limits


def _number(unit: str, least: int, most: int = MAX_BALANCE) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=least,
            max=most,
            step=1,
            mode=NumberSelectorMode.BOX,
            translation_key="number",
            unit_of_measurement=unit,
        )
    )


OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_THRESHOLD): _number("credits", -MAX_BALANCE),
        vol.Required(CONF_DAYS): _number("days", 0, 365),
        vol.Optional(CONF_DAILY_LIMIT): _number("credits", 1),
    }
)


class SMSWorksOptionsFlow(OptionsFlowWithReload):
    """Set when to warn."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the limits."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = {
                key: "not_whole" for key, value in user_input.items() if value % 1
            }
            if not errors:
                return self.async_create_entry(
                    data={key: int(value) for key, value in user_input.items()}
                )
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA,
                user_input or asdict(Limits(**self.config_entry.options)),
            ),
            errors=errors,
            description_placeholders=self._use(),
        )

    def _use(self) -> dict[str, str]:
        """Return the use of the last weeks, which helps to decide."""
        entry: SMSWorksConfigEntry = self.config_entry
        if entry.state is not ConfigEntryState.LOADED:
            return {"used": "–", "busiest_day": "–"}
        usage = entry.runtime_data.data
        return {
            "used": format_credits(usage.used_month),
            "busiest_day": format_credits(usage.busiest_day),
        }
