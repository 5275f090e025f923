"""What the integration costs, measured in one run beside what else there is."""

import homeassistant  # noqa: F401 - Before voluptuous, which it may replace.
