"""The options of an account."""

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.models import Options


def test_options_that_nobody_has_set_are_the_usual_ones() -> None:
    assert Options.from_entry(MockConfigEntry()) == Options(
        threshold=40, days=7, overdraft=0, daily_limit=None
    )


def test_options_that_only_a_newer_version_knows_are_left_out() -> None:
    """So that a user can go back a version."""
    entry = MockConfigEntry(options={"threshold": 5, "quiet_hours": "22-6"})
    assert Options.from_entry(entry) == Options(threshold=5)


def test_each_option_is_that_of_the_entry() -> None:
    options = {"threshold": 5, "days": 4, "overdraft": 3, "daily_limit": 2}
    entry = MockConfigEntry(options=options)
    assert Options.from_entry(entry) == Options(
        threshold=5, days=4, overdraft=3, daily_limit=2
    )
