"""The examples in the documents do what is said of them."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from datetime import timedelta
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
import yaml

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.common import DAY, DAYS_LEFT, MINUTE, Home, pass_time

from .common import EVERYTHING

BLOCKS = [
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", EVERYTHING, re.DOTALL)
]
QUIET_HOURS, *ACTIONS = [block for block in BLOCKS if isinstance(block, list)]
AUTOMATIONS = {block["alias"]: block for block in BLOCKS if "triggers" in block}
CONFIGURATION = [
    block for block in BLOCKS if "utility_meter" in block or "script" in block
]
# What the blueprint hands to the actions that a user adds.
VARIABLES = {"title": "The title", "message": "The message"}
MUCH = 9999

type GuardedText = Callable[..., Awaitable[None]]


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the notifications."""
    calls: list[ServiceCall] = async_mock_service(
        hass, "persistent_notification", "create"
    )
    return calls


@pytest.fixture
def sent(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the texts."""
    calls: list[ServiceCall] = async_mock_service(hass, "notify", "sms")
    return calls


async def automate(home: Home, alias: str) -> None:
    """Set up an automation of the documents."""
    automation = {"automation": AUTOMATIONS[alias]}
    assert await async_setup_component(home.hass, "homeassistant", {})
    assert await async_setup_component(home.hass, "automation", automation)
    assert [shown.state for shown in home.hass.states.async_all("automation")] == ["on"]


async def each_morning(home: Home, days: int, used: float) -> None:
    """Let days pass, with as much use on each."""
    for _day in range(days):
        home.account.drain(used)
        now = dt_util.now() + DAY
        home.freezer.move_to(now.replace(hour=8, minute=59, second=0))
        await pass_time(home.hass, home.freezer, timedelta(0))
        await pass_time(home.hass, home.freezer, MINUTE)


def test_every_example_is_of_a_kind_that_is_tested() -> None:
    """One of another kind needs a test of its own."""
    assert len(BLOCKS) == 1 + len(ACTIONS) + len(AUTOMATIONS) + len(CONFIGURATION)
    assert len(ACTIONS) == 2
    assert len(AUTOMATIONS) == 4
    assert len(CONFIGURATION) == 2


@pytest.mark.parametrize(
    ("clock", "event", "times"),
    [
        ("12:00", "low_credit", 1),
        ("23:00", "low_credit", 0),
        ("23:00", "no_credit", 1),
        ("23:00", "unusual_use", 1),
        ("09:00", "", 1),
    ],
)
async def test_quiet_hours_let_only_what_is_urgent_through(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    clock: str,
    event: str,
    times: int,
) -> None:
    """As conditions of the blueprint."""
    freezer.move_to(f"2026-07-01T{clock}:00-07:00")
    sent = async_mock_service(hass, "notify", "e_mail")
    await run_actions(hass, [{"if": QUIET_HOURS, "then": ACTIONS[1]}], event=event)

    assert len(sent) == times


@pytest.mark.parametrize(("alert", "times"), [("no_credit", 1), ("low_credit", 0)])
async def test_notifier_is_used_for_some_alerts_only(
    hass: HomeAssistant, alert: str, times: int
) -> None:
    """By an action that the blueprint also runs."""
    sent = async_mock_service(hass, "notify", "send_message")
    await run_actions(hass, ACTIONS[0], alert=alert)

    assert [call.data for call in sent] == [
        {"entity_id": ["notify.family"], **VARIABLES}
    ] * times


async def test_service_without_an_entity_is_told(hass: HomeAssistant) -> None:
    """By its action."""
    sent = async_mock_service(hass, "notify", "e_mail")
    await run_actions(hass, ACTIONS[1], alert="low_credit")

    assert [call.data for call in sent] == [{"target": "me@example.com", **VARIABLES}]


async def run_actions(
    hass: HomeAssistant, actions: list[dict[str, Any]], **variables: str
) -> None:
    """Run actions as the blueprint does."""
    script = {"script": {"run": {"sequence": actions}}}
    assert await async_setup_component(hass, "script", script)
    await hass.services.async_call(
        "script", "run", VARIABLES | variables, blocking=True
    )


@pytest.mark.usefixtures("end_automations")
async def test_own_automation_tells_what_the_action_says(
    home: Home, told: list[ServiceCall]
) -> None:
    """Of the alerts that were chosen."""
    assert await home.set_up(daily_limit=MUCH)
    await automate(home, "My own SMS credit alert")
    for balance in (39, 0, 180):
        await home.poll(balance)

    assert [call.data["title"] for call in told] == [
        "The SMS Works: SMS credit is low",
        "The SMS Works: SMS credit has run out",
    ]
    assert told[0].data["message"].startswith("Credit balance: 39,")


@pytest.mark.usefixtures("end_automations")
@pytest.mark.parametrize(
    ("balance", "fault", "times"),
    [(180, None, 0), (39, None, 1), (0, None, 1), (39, "reset", 0)],
)
async def test_credit_is_asked_for_as_a_condition(
    home: Home,
    told: list[ServiceCall],
    balance: float,
    fault: str | None,
    times: int,
) -> None:
    """On the first of the month."""
    home.freezer.move_to("2026-07-30T12:00:00-07:00")
    assert await home.set_up(daily_limit=MUCH)
    await automate(home, "Top up on the first of the month")
    await home.poll(balance)
    await each_morning(home, 1, used=0)
    assert not told
    await home.poll(fault=fault)
    await each_morning(home, 1, used=0)
    await each_morning(home, 1, used=0)

    assert len(told) == times


@pytest.mark.usefixtures("end_automations")
@pytest.mark.parametrize(("balance", "times"), [(120, 1), (260, 0)])
async def test_weekend_is_told_on_friday(
    home: Home, told: list[ServiceCall], balance: float, times: int
) -> None:
    """If the credit will not last until Monday."""
    home.account.credits = balance
    assert await home.set_up(daily_limit=MUCH)
    await automate(home, "SMS credit will not last the weekend")
    await each_morning(home, 10, used=10)

    assert home.state(DAYS_LEFT).isdecimal()
    assert len(told) == times


@pytest.mark.usefixtures("end_automations")
async def test_balance_is_read_every_hour(home: Home) -> None:
    """For those who turned off polling."""
    home.hass.config_entries.async_update_entry(home.entry, pref_disable_polling=True)
    assert await home.set_up()
    await automate(home, "Read the SMS credit every hour")
    home.simulator.requests.clear()

    for hour in range(1, 4):
        await pass_time(home.hass, home.freezer, timedelta(hours=1))
        assert len(home.simulator.requests) == hour


# The meter's own timer for the end of the month.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_credits_are_counted_per_month(home: Home) -> None:
    """By Home Assistant's own meter."""
    assert await home.set_up()
    [meter] = [block for block in CONFIGURATION if "utility_meter" in block]
    assert await async_setup_component(home.hass, "utility_meter", meter)
    await home.hass.async_start()
    for used in (12, 3):
        home.account.drain(used)
        await home.poll()

    assert float(home.state("sensor.sms_credits_this_month")) == 15


@pytest.fixture
async def guarded_text(hass: HomeAssistant, home: Home) -> GuardedText:
    """Return a function that runs the script at once so many times."""
    [guard] = [block for block in CONFIGURATION if "script" in block]
    assert await home.set_up(*[5] * 7)
    for domain in ("input_text", "script"):
        assert await async_setup_component(hass, domain, guard)

    async def run(times: int = 1) -> None:
        call = hass.services.async_call
        text = {"message": "Alarm"}
        await gather(
            *(call("script", "guarded_text", text, blocking=True) for _ in range(times))
        )

    return run


@pytest.mark.parametrize(
    ("balance", "fault"), [(150, None), (0, "reset")], ids=["ok", "unknown"]
)
async def test_text_is_sent_unless_something_is_wrong(
    home: Home,
    told: list[ServiceCall],
    sent: list[ServiceCall],
    guarded_text: GuardedText,
    balance: float,
    fault: str | None,
) -> None:
    """A balance that is not known keeps no alarm back."""
    await home.poll(balance, fault=fault)
    await guarded_text()

    assert [call.data for call in sent] == [{"message": "Alarm"}]
    assert not told


@pytest.mark.parametrize(
    ("balance", "reason"),
    [
        (60, "unusual use of SMS credit"),
        (0, "SMS credit has run out"),
        (-5, "SMS credit has run out"),
    ],
)
async def test_text_that_is_not_sent_is_told(
    home: Home,
    told: list[ServiceCall],
    sent: list[ServiceCall],
    guarded_text: GuardedText,
    balance: float,
    reason: str,
) -> None:
    """With the reason."""
    await home.poll(balance)
    await guarded_text()

    assert not sent
    assert [call.data["message"] for call in told] == [
        f"The SMS Works: {reason}. The text was: Alarm"
    ]


async def test_low_credit_still_sends(
    home: Home, sent: list[ServiceCall], guarded_text: GuardedText
) -> None:
    """As texts do not stop before there is none."""
    await home.reload(daily_limit=MUCH)
    await home.poll(1)
    await guarded_text()

    assert len(sent) == 1


@pytest.mark.parametrize("fault", [None, "reset"])
async def test_loop_sends_no_more_than_the_limit_a_day(
    home: Home,
    told: list[ServiceCall],
    sent: list[ServiceCall],
    guarded_text: GuardedText,
    fault: str | None,
) -> None:
    """However fast it is, also while the balance is not known, and on each day anew."""
    await home.poll(fault=fault)
    await guarded_text(49)
    assert (len(sent), len(told)) == (49, 0)
    await guarded_text(11)
    assert (len(sent), len(told)) == (50, 10)
    assert told[0].data["message"] == "Texts sent today: 50. The text was: Alarm"

    home.freezer.tick(DAY)
    await guarded_text()
    assert len(sent) == 51
