"""The alerts that users get from the blueprint."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time
from http import HTTPStatus
import json
from pathlib import Path
import re
import shutil
import sys
from typing import Any
from unittest.mock import Mock

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.thesmsworks.const import ACCOUNT_URL, DOMAIN
from dev import ROOT
from dev.simulator import make_token
from homeassistant.components import persistent_notification
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.components.notify import (
    DATA_COMPONENT,
    NotifyEntity,
    NotifyEntityFeature,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict

from .common import (
    ALERT,
    DAY,
    MINUTE,
    USED,
    Home,
    ledger_file,
    let_others_run,
    set_up,
    update_entity,
)

BLUEPRINT = "thesmsworks/low_credit_alert.yaml"
AUTOMATION = "automation.sms_credit_alert"
AUTOMATION_ID = "1700000000000"
LOW = "The SMS Works: SMS credit is low"
OUT = "The SMS Works: SMS credit has run out"
ENOUGH = "The SMS Works: there is enough SMS credit"
UNUSUAL = "The SMS Works: unusual use of SMS credit"
USUAL = "The SMS Works: usual use of SMS credit"
UNKNOWN = "The SMS Works: SMS credit is not known"
KNOWN = "The SMS Works: SMS credit is up to date"
GONE = "This automation no longer finds its account. Choose it again."
CLEAR = "clear_notification"
# A daily limit that is never reached.
MUCH = 9999
BY_DAY = [{"condition": "time", "after": "07:00", "before": "22:00"}]
VARIABLES = {
    "alert": "{{ alert }}",
    "title": "{{ title }}",
    "message": "{{ message }}",
    "account": "{{ credit.account }}",
    "balance": "{{ credit.balance }}",
}
RUN = [{"action": "test.run", "data": VARIABLES}]


class Shown(dict[str, dict[str, Any]]):
    """The notifications that Home Assistant shows."""

    @property
    def titles(self) -> dict[str, str]:
        """Their titles by kind."""
        return {key.rpartition("_")[2]: one["title"] for key, one in self.items()}


@dataclass
class Phone:
    """A phone with the app, and what was pushed to it."""

    name: str
    device_id: str
    pushed: list[dict[str, Any]]
    webhook: str
    client: TestClient[web.Request, web.Application]

    @property
    def told(self) -> list[str]:
        """The titles that it got, and what was cleared."""
        return [
            CLEAR if push["message"] == CLEAR else push["title"] for push in self.pushed
        ]

    def tags(self) -> list[str]:
        """Return the kinds of message that it got."""
        return [push["data"]["tag"].rpartition("_")[2] for push in self.pushed]

    async def turn_push_off(self) -> None:
        """Turn notifications off in the app, which tells Home Assistant."""
        data: dict[str, Any] = {"app_data": {}, "device_name": self.name}
        data |= dict.fromkeys(("app_version", "manufacturer", "model"), "any")
        command = {"type": "update_registration", "data": data}
        answer = await self.client.post(f"/api/webhook/{self.webhook}", json=command)
        assert answer.status == HTTPStatus.OK


@dataclass
class Household:
    """Phones, which register as the app does, and the server of their notifications."""

    hass: HomeAssistant
    client: TestClient[web.Request, web.Application]
    pushed: dict[str, list[dict[str, Any]]]
    push_url: str = ""

    async def push(self, request: web.Request) -> web.Response:
        """Take a notification for a phone, in place of Apple or Google."""
        message = await request.json()
        self.pushed[message["push_token"]].append(message)
        return web.json_response({}, status=HTTPStatus.CREATED)

    async def add(self, name: str, app_data: dict[str, Any] | None = None) -> Phone:
        """Register a phone, by default one that gets notifications."""
        number = str(len(self.pushed))
        self.pushed[number] = []
        if app_data is None:
            app_data = {"push_token": number, "push_url": self.push_url}
        words = "app_id app_name app_version manufacturer model os_name os_version"
        phone = dict.fromkeys(words.split(), "any") | {
            "device_id": f"phone-{number}",
            "device_name": name,
            "supports_encryption": False,
            "app_data": app_data,
        }
        answer = await self.client.post("/api/mobile_app/registrations", json=phone)
        assert answer.status == HTTPStatus.CREATED
        await self.hass.async_block_till_done()
        webhook = (await answer.json())["webhook_id"]
        entry = self.hass.config_entries.async_entries("mobile_app")[-1]
        device = device_of(self.hass, entry)
        return Phone(name, device.id, self.pushed[number], webhook, self.client)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder into which the blueprint was imported."""
    target = Path(hass_tmp_config_dir, "blueprints", "automation", BLUEPRINT)
    target.parent.mkdir(parents=True)
    shutil.copy(ROOT / "blueprints" / "automation" / BLUEPRINT, target)
    return hass_tmp_config_dir


@pytest.fixture
def home(home: Home, end_automations: None) -> Home:
    """Return Home Assistant, whose automations end with the test."""
    return home


@pytest.fixture
def shown(hass: HomeAssistant) -> Shown:
    """Return the notifications that Home Assistant shows."""
    shown = Shown()

    def changed(change: str, notifications: dict[str, Any]) -> None:
        if change == "removed":
            for key in notifications:
                del shown[key]
        else:
            shown.update(notifications)

    persistent_notification.async_register_callback(hass, changed)
    return shown


@pytest.fixture
def ran(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the calls of the action that also runs."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "run")
    return calls


@pytest.fixture
async def notified(hass: HomeAssistant) -> list[tuple[str | None, str]]:
    """Return what the entity notify.telegram was asked to send."""
    notified = []

    class Telegram(NotifyEntity):
        """Another notifier."""

        _attr_supported_features = NotifyEntityFeature.TITLE
        entity_id = "notify.telegram"

        async def async_send_message(
            self, message: str, title: str | None = None
        ) -> None:
            """Send a message."""
            notified.append((title, message))

    assert await async_setup_component(hass, "notify", {})
    await hass.data[DATA_COMPONENT].async_add_entities([Telegram()])
    return notified


@pytest.fixture
async def household(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,
) -> AsyncIterator[Household]:
    """Return a household without a phone.

    What the app could show or hear besides would have to be compiled.
    """
    unused = Mock()
    unused.async_active_subscription.return_value = False
    unused.async_is_logged_in.return_value = False
    unused.async_listen_cloudhook_change.return_value = lambda: None
    unused.async_listen_connection_change.return_value = lambda: None
    for name in ("camera", "cloud", "conversation"):
        monkeypatch.setitem(sys.modules, f"homeassistant.components.{name}", unused)
    for name in ("notify", "mobile_app"):
        assert await async_setup_component(hass, name, {})
    household = Household(hass, await hass_client(), {})
    app = web.Application()
    app.router.add_post("/", household.push)
    server = TestServer(app)
    await server.start_server(access_log=None)
    household.push_url = str(server.make_url("/"))
    yield household
    await server.close()


@pytest.fixture
async def phone(household: Household) -> Phone:
    """Return a phone that gets notifications."""
    return await household.add("Zoë's phone")


def device_of(hass: HomeAssistant, entry: ConfigEntry) -> dr.DeviceEntry:
    """Return the only device of an entry."""
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device


async def alert(
    home: Home, *phones: Phone, credits: float | None = None, **inputs: Any
) -> None:
    """Make an automation from the blueprint, as the editor does."""
    if home.entry.state is ConfigEntryState.NOT_LOADED:
        assert await home.set_up(daily_limit=MUCH)
    if credits is not None:
        await home.poll(credits)
    inputs = {
        "account": device_of(home.hass, home.entry).id,
        "phones": [phone.device_id for phone in phones],
    } | inputs
    await automate(home, {"id": AUTOMATION_ID, "alias": "SMS credit alert"}, inputs)


async def automate(home: Home, about: dict[str, str], *inputs: dict[str, Any]) -> None:
    """Set up automations from the blueprint."""
    config = [
        about | {"use_blueprint": {"path": BLUEPRINT, "input": chosen}}
        for chosen in inputs
    ]
    for domain in ("persistent_notification", "automation"):
        assert await async_setup_component(home.hass, domain, {"automation": config})
    await home.hass.async_block_till_done()
    assert home.hass.states.async_entity_ids("automation")


async def until(home: Home, clock: str) -> None:
    """Let time pass until the clock says so, with a poll a minute before."""
    now = dt_util.now()
    moment = datetime.combine(now, time.fromisoformat(clock), now.tzinfo)
    if moment <= now:
        moment += DAY
    for step in (moment - MINUTE, moment):
        home.freezer.move_to(step)
        async_fire_time_changed(home.hass, step)
        await home.hass.async_block_till_done(wait_background_tasks=True)


async def unread_day(home: Home) -> None:
    """Have the balance not read for a day."""
    await home.poll(fault="reset")
    await home.poll(fault="reset", after=DAY)


async def loop_before_midnight(home: Home) -> None:
    """Use most of the credit just before midnight, which is read on the next day."""
    await until(home, "23:50")
    home.account.credits = 20
    await until(home, "00:06")


async def restart(home: Home) -> None:
    """Restart Home Assistant, which forgets the notifications that it shows."""
    persistent_notification.async_dismiss_all(home.hass)
    await home.restart()
    await home.hass.async_start()
    await home.hass.async_block_till_done()


async def run(home: Home) -> None:
    """Choose Run in the menu of the automation."""
    await home.hass.services.async_call(
        "automation",
        "trigger",
        {"entity_id": AUTOMATION, "skip_condition": True},
        blocking=True,
    )
    await home.hass.async_block_till_done(wait_background_tasks=True)


async def test_nothing_but_the_account_is_needed(home: Home, shown: Shown) -> None:
    """One notification, which says what is so now."""
    await alert(home)
    assert not shown
    told = []
    for balance in (39, 0, 150, 20):
        await home.poll(balance)
        told.append(shown.titles)

    assert told == [{"credit": each} for each in (LOW, OUT, ENOUGH, LOW)]


async def test_each_text_is_the_one_of_the_action(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """With a way to the account."""
    await alert(home, phone)
    await home.poll(39)

    said = (await home.get_credit())["messages"]["credit"]
    [notification] = shown.values()
    [push] = phone.pushed
    assert notification["title"] == said["title"] == push["title"] == LOW
    assert notification["message"] == (
        f"{said['message']}\n\n[The SMS Works]({ACCOUNT_URL})"
    )
    assert push["message"] == said["message"]
    assert push["data"]["actions"] == [
        {"action": "URI", "title": "The SMS Works", "uri": ACCOUNT_URL}
    ]


async def test_texts_are_in_the_language_of_home_assistant(
    home: Home, shown: Shown
) -> None:
    """All but what only the editor of the automation shows."""
    home.hass.config.language = "de"
    await alert(home)
    await home.poll(39.5)

    said = (await home.get_credit())["messages"]["credit"]
    [notification] = shown.values()
    assert notification["title"] == said["title"] != LOW
    assert "39,5" in notification["message"]


async def test_kinds_of_message_never_disturb_each_other(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """A day without a reading, a loop in it, and an automatic top-up."""
    assert await home.set_up()
    await alert(home, phone, reminder=False)
    await unread_day(home)
    assert shown.titles == {"reading": UNKNOWN}
    await home.poll(20)
    assert shown.titles == {"reading": KNOWN, "credit": LOW, "use": UNUSUAL}
    await home.poll(9000)

    assert shown.titles == {"reading": KNOWN, "credit": ENOUGH, "use": UNUSUAL}
    assert sorted(phone.tags()) == ["credit", "credit", "reading", "reading", "use"]
    assert phone.told[-1] == ENOUGH


async def test_message_on_credit_says_that_use_is_unusual(
    home: Home, phone: Phone
) -> None:
    """A top-up must not hide that a loop goes on."""
    assert await home.set_up(*[5] * 7)
    await alert(home, phone)
    await home.poll(35)
    await home.poll(9000)

    pushed = {push["title"]: push["message"] for push in phone.pushed}
    assert pushed[UNUSUAL] in pushed[LOW]
    assert pushed[UNUSUAL] in pushed[ENOUGH]


async def test_loop_just_before_midnight_is_told_with_its_figures(
    home: Home, ran: list[ServiceCall], shown: Shown
) -> None:
    """The next reading is on the day after."""
    assert await home.set_up()
    await alert(home, actions=RUN)
    await loop_before_midnight(home)

    assert shown.titles["use"] == UNUSUAL
    [use] = [call.data for call in ran if call.data["alert"] == "unusual_use"]
    assert "on 01/07/2026: " in use["message"]


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        ("low_credit", LOW),
        ("no_credit", OUT),
        ("recovered", ENOUGH),
        ("unusual_use", UNUSUAL),
        ("unknown_credit", UNKNOWN),
        ("known_again", KNOWN),
    ],
)
async def test_only_what_is_chosen_is_told(
    home: Home, shown: Shown, phone: Phone, chosen: str, title: str
) -> None:
    """And all of it can be."""
    assert await home.set_up()
    await alert(home, phone, alerts=[chosen])
    kinds = set()
    for balance in (120, 0, 9000):
        await home.poll(balance)
        kinds |= {*shown.titles.values()}
    await home.poll(fault="reset", after=DAY)
    await home.poll(fault="reset", after=DAY)
    kinds |= {*shown.titles.values()}
    await home.poll()
    kinds |= {*shown.titles.values()}

    assert kinds == {title}
    assert {*phone.told} - {CLEAR} == kinds


async def test_phones_get_one_message_that_changes(home: Home, phone: Phone) -> None:
    """With an alarm where credit has run out."""
    await alert(home, phone)
    for balance in (39, 0, 150):
        await home.poll(balance)

    assert phone.told == [LOW, OUT, ENOUGH]
    assert len({push["data"]["tag"] for push in phone.pushed}) == 1
    sounds = [push["data"].get("push") for push in phone.pushed]
    alarm = {"sound": {"name": "default", "critical": 1, "volume": 1.0}}
    assert sounds == [None, alarm, None]
    channels = [push["data"].get("channel") for push in phone.pushed]
    assert channels == [None, "alarm_stream", None]


@pytest.mark.parametrize(
    ("alerts", "balances", "told"),
    [
        (["low_credit"], [39, 0, 150], [LOW, CLEAR]),
        (["low_credit"], [0, 150], [CLEAR]),
        (["low_credit", "no_credit"], [39, 0, 150], [LOW, OUT, CLEAR]),
        (["no_credit"], [39, 0, 150], [OUT, CLEAR]),
        # A little credit ends it, too.
        (["no_credit"], [0, 20, 150], [OUT, CLEAR]),
        (["no_credit", "recovered"], [0, 20, 150], [OUT, CLEAR, ENOUGH]),
        # Nothing was shown.
        (["no_credit"], [39, 150, 39, 150], []),
        (["unusual_use", "unknown_credit"], [39, 0, 20, 150], []),
    ],
)
async def test_warning_that_is_over_goes_without_a_word(
    home: Home,
    shown: Shown,
    phone: Phone,
    ran: list[ServiceCall],
    alerts: list[str],
    balances: list[float],
    told: list[str],
) -> None:
    """Where nobody wants to hear that it is."""
    await alert(home, phone, alerts=alerts, actions=RUN)
    for balance in balances:
        await home.poll(balance)

    assert phone.told == told
    assert [*shown.titles.values()] == [title for title in told[-1:] if title != CLEAR]
    assert [call.data["title"] for call in ran] == [
        title for title in told if title != CLEAR
    ]


async def test_short_outage_is_no_news(home: Home, shown: Shown, phone: Phone) -> None:
    """Nothing is shown, and nothing cleared."""
    await alert(home, phone)
    for hour in range(3):
        await home.poll(fault="reset")
        await home.poll(179 - hour)

    assert not phone.pushed
    assert not shown


async def test_outage_of_a_day_is_told_until_it_ends(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Not at the next reminder, but when the day is over."""
    await alert(home, phone, reminder=False)
    await unread_day(home)
    assert shown.titles == {"reading": UNKNOWN}
    await home.poll()

    assert shown.titles == {"reading": KNOWN}
    assert phone.told == [UNKNOWN, KNOWN]
    assert phone.tags() == ["reading", "reading"]


async def test_outage_of_a_day_is_taken_back_after_a_restart(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Where nobody wants to hear that it is over."""
    await alert(home, phone, alerts=["unknown_credit"], reminder=False)
    await unread_day(home)
    await restart(home)
    assert shown.titles == {"reading": UNKNOWN}
    await home.poll()

    assert phone.told == [UNKNOWN, CLEAR]
    assert not shown


async def test_outage_that_was_not_told_is_not_taken_back(
    home: Home, phone: Phone, ran: list[ServiceCall]
) -> None:
    """As nothing was shown."""
    await alert(home, phone, alerts=["low_credit"], actions=RUN)
    await unread_day(home)
    await home.poll()

    assert not phone.pushed
    assert not ran


async def test_refused_token_is_told_at_once(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """As nothing is read until somebody enters a new one."""
    await alert(home, phone)
    await home.poll(fault="401")
    await home.poll(fault="401", after=2 * MINUTE)

    assert phone.told == [UNKNOWN]
    assert "no longer accepts the token" in phone.pushed[0]["message"]


async def test_restart_shows_again_what_holds(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """In Home Assistant, which has forgotten it. Phones have not."""
    assert await home.set_up()
    await alert(home, phone, reminder=False)
    await home.poll(120)
    before = shown.titles
    phone.pushed.clear()
    await restart(home)

    assert shown.titles == before == {"credit": LOW, "use": UNUSUAL}
    assert not phone.pushed


async def test_restart_shows_nothing_that_is_over_or_not_chosen(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Such as that credit has recovered."""
    assert await home.set_up()
    await alert(home, phone, alerts=["no_credit", "recovered"])
    await home.poll(120)
    await restart(home)
    await home.poll(9000)
    await restart(home)

    assert not shown
    assert phone.told == [ENOUGH]


async def test_what_happened_while_home_assistant_was_down_is_told(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Once."""
    await alert(home, phone)
    home.account.credits = 20
    await restart(home)

    assert shown.titles == {"credit": LOW}
    assert phone.told == [LOW]


async def test_reminder_says_again_what_holds(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """As it is then, also where it began before there was an automation."""
    await alert(home, phone, credits=39)
    assert not shown
    told = []
    for balance in (38, 0, 41, 9000, 9000):
        await home.poll(balance)
        phone.pushed.clear()
        await until(home, "09:00")
        told.append(phone.told)

    assert told == [[LOW], [OUT], [LOW], [], []]


async def test_reminder_speaks_of_each_kind(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Side by side."""
    assert await home.set_up()
    await alert(home, phone, reminder_time="18:00")
    await home.poll(120)
    await until(home, "17:59")
    phone.pushed.clear()
    await until(home, "18:00")

    assert phone.told == [LOW, UNUSUAL]
    assert phone.tags() == ["credit", "use"]


async def test_reminder_says_that_the_balance_is_not_known(
    home: Home, phone: Phone
) -> None:
    """Every day until it is."""
    await alert(home, phone)
    await unread_day(home)
    phone.pushed.clear()
    for _day in range(2):
        await until(home, "09:00")

    assert phone.told == [UNKNOWN, UNKNOWN]


async def test_reminder_leaves_out_what_is_not_chosen(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Though it holds."""
    await alert(home, phone, alerts=["no_credit"], credits=39)
    await until(home, "09:00")

    assert not phone.pushed
    assert not shown


async def test_nothing_is_repeated_unless_it_is_wanted(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Neither credit, use nor reading."""
    assert await home.set_up()
    await alert(home, phone, reminder=False, reminder_time="18:00")
    await home.poll(120)
    await until(home, "18:00")
    assert len(phone.pushed) == 2
    await unread_day(home)
    told = phone.told
    for _day in range(2):
        await until(home, "18:00")

    assert phone.told == told


@pytest.mark.parametrize("reminder", [True, False])
async def test_unusual_use_goes_in_the_morning(
    home: Home, shown: Shown, phone: Phone, reminder: bool
) -> None:
    """Once, and only after its day."""
    await alert(home, phone, alerts=["unusual_use"], reminder=reminder)
    await home.reload(daily_limit=50)
    await home.poll(120)
    assert shown.titles == {"use": UNUSUAL}
    await until(home, "08:59")
    assert shown.titles == {"use": UNUSUAL}
    await until(home, "09:00")
    assert not shown
    await until(home, "09:00")

    assert phone.told == [UNUSUAL, CLEAR]
    assert phone.tags() == ["use", "use"]


async def test_unusual_use_that_was_told_late_goes_once(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Its day had ended when it was told."""
    await alert(home, phone, alerts=["unusual_use"])
    await home.reload(daily_limit=50)
    await loop_before_midnight(home)
    for _day in range(3):
        await until(home, "09:00")

    assert phone.told == [UNUSUAL, CLEAR]


async def test_unusual_use_that_was_not_shown_is_not_cleared(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """In the morning after."""
    await alert(home, phone, alerts=["unknown_credit"])
    await home.reload(daily_limit=50)
    await home.poll(120)
    await until(home, "09:00")

    assert not phone.pushed


async def test_unusual_use_that_goes_on_is_told_each_day(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """A message of yesterday does not take back that of today."""
    await alert(home, phone, alerts=["unusual_use"], reminder=False)
    await home.reload(daily_limit=10)
    await home.poll(120)
    await until(home, "06:00")
    home.account.credits = 100
    await until(home, "08:00")
    await until(home, "09:00")

    assert shown.titles == {"use": UNUSUAL}
    assert phone.told == [UNUSUAL, UNUSUAL]


async def test_run_shows_what_is_so_now(
    home: Home, shown: Shown, phone: Phone, ran: list[ServiceCall]
) -> None:
    """On everything, whatever is chosen, and whatever the conditions."""
    await alert(
        home,
        phone,
        alerts=[],
        reminder=False,
        conditions=[{"condition": "template", "value_template": "{{ false }}"}],
        actions=RUN,
    )
    await run(home)

    assert shown.titles == {"credit": ENOUGH, "use": USUAL, "reading": KNOWN}
    assert phone.told == [ENOUGH, USUAL, KNOWN]
    assert [call.data["title"] for call in ran] == [ENOUGH, USUAL, KNOWN]


async def test_run_clears_nothing(home: Home, shown: Shown, phone: Phone) -> None:
    """Not even yesterday's unusual use."""
    assert await home.set_up()
    await alert(home, phone)
    await home.poll(120)
    await until(home, "08:00")
    await run(home)

    assert CLEAR not in phone.told
    assert shown.titles["use"] == UNUSUAL


async def test_renamed_entity_is_still_heard(home: Home, shown: Shown) -> None:
    """By its ID, or by its name."""
    await alert(home)
    er.async_get(home.hass).async_update_entity(
        ALERT, new_entity_id="event.another", name="Another name"
    )
    await home.hass.async_block_till_done()
    await home.poll(39)

    assert shown.titles == {"credit": LOW}


async def test_entity_that_is_hidden_leaves_the_reminder(
    home: Home, shown: Shown
) -> None:
    """Home Assistant does not listen to a hidden entity of a device."""
    await alert(home)
    er.async_get(home.hass).async_update_entity(
        ALERT, hidden_by=er.RegistryEntryHider.USER
    )
    await home.hass.async_block_till_done()
    await home.poll(39)
    await until(home, "09:00")

    assert shown.titles == {"credit": LOW}


async def test_renamed_automation_replaces_its_messages(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """As they do not hang on its name."""
    await alert(home, phone)
    await home.poll(39)
    er.async_get(home.hass).async_update_entity(
        AUTOMATION, new_entity_id="automation.another", name="Another name"
    )
    await home.hass.async_block_till_done()
    await home.poll(0)

    assert [one["title"] for one in shown.values()] == [OUT]
    assert len({push["data"]["tag"] for push in phone.pushed}) == 1


async def test_renamed_account_is_called_by_its_name(home: Home, shown: Shown) -> None:
    """Which may look like a figure."""
    await alert(home)
    dr.async_get(home.hass).async_update_device(
        device_of(home.hass, home.entry).id, name_by_user="007"
    )
    await home.poll(39)

    assert shown.titles == {"credit": "007: SMS credit is low"}


@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_helpers_on_the_device_disturb_nothing(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Whose entities look like those of the account."""
    await alert(home, phone)
    for domain, options in (
        (
            "utility_meter",
            {
                "cycle": "daily",
                "delta_values": False,
                "net_consumption": False,
                "offset": 0,
                "periodically_resetting": True,
                "source": USED,
                "tariffs": [],
            },
        ),
        (
            "derivative",
            {
                "round": 1.0,
                "source": USED,
                "time_window": {"seconds": 0},
                "unit_time": "h",
            },
        ),
    ):
        helper = MockConfigEntry(
            domain=domain, title=domain, options={"name": domain} | options
        )
        helper.add_to_hass(home.hass)
        assert await home.hass.config_entries.async_setup(helper.entry_id)
    await home.hass.async_block_till_done()
    account = device_of(home.hass, home.entry)
    attached = er.async_entries_for_device(er.async_get(home.hass), account.id)
    assert {"utility_meter", "derivative"} < {entity.platform for entity in attached}
    for balance in (39, 0, 150):
        await home.poll(balance)
    await run(home)

    assert phone.told == [LOW, OUT, ENOUGH, ENOUGH, USUAL, KNOWN]
    await home.hass.config_entries.async_unload(helper.entry_id)


async def test_accounts_do_not_mix(home: Home, shown: Shown) -> None:
    """Each message names its account, and stays until its own has recovered."""
    token = make_token("bob")
    bobs = home.simulator.add_account(token)
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Bob's",
        data={CONF_TOKEN: token},
        options={"daily_limit": MUCH},
    )
    entry.add_to_hass(home.hass)
    assert await home.set_up(daily_limit=MUCH)
    # Those that are written by hand have no ID.
    await automate(
        home,
        {},
        {"account": device_of(home.hass, home.entry).id},
        {"account": device_of(home.hass, entry).id},
    )
    bobs.credits = 40
    await home.poll(39)
    await home.poll(180)

    assert sorted(one["title"] for one in shown.values()) == [
        "Bob's: SMS credit is low",
        ENOUGH,
    ]


async def test_automations_of_one_account_do_not_disturb_each_other(
    home: Home, shown: Shown
) -> None:
    """What one of them is not to tell, the other one tells."""
    assert await home.set_up(daily_limit=MUCH)
    account = device_of(home.hass, home.entry).id
    await automate(
        home,
        {},
        {"account": account, "alerts": ["low_credit", "recovered"]},
        {"account": account, "alerts": ["no_credit"]},
    )
    await home.poll(39)
    await home.poll(0)
    assert [one["title"] for one in shown.values()] == [LOW, OUT]
    await home.poll(180)

    assert [one["title"] for one in shown.values()] == [ENOUGH]


async def test_account_that_is_gone_is_told_of(
    home: Home, shown: Shown, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    """Once, at the time of the reminder, in Home Assistant."""
    await alert(home, phone)
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    for _day in range(2):
        await until(home, "09:00")

    [notification] = shown.values()
    assert notification["title"] == "SMS credit alert"
    assert notification["message"] == GONE
    assert not phone.pushed
    assert "Error" not in caplog.text


async def test_account_that_is_disabled_is_not_told_of(
    home: Home, shown: Shown, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    """Though its credit was low."""
    await alert(home, phone, credits=39)
    await home.disable()
    # As after a restart, if there is no other account.
    home.hass.services.async_remove(DOMAIN, "get_credit")
    for _day in range(2):
        await until(home, "09:00")

    assert not shown
    assert not phone.pushed
    assert "Error" not in caplog.text


async def test_run_says_that_an_account_is_disabled(home: Home, shown: Shown) -> None:
    """As somebody asks."""
    await alert(home, credits=180)
    await home.disable()
    await run(home)

    assert shown.titles["reading"] == "The SMS Works: SMS credit is not watched"


async def test_account_that_cannot_be_set_up_is_told_of(
    home: Home, shown: Shown
) -> None:
    """As its alert entity cannot."""
    await alert(home)
    await home.unload()
    del home.hass.data[DOMAIN]
    ledger_file(home.hass, home.entry).write_text("{")
    await set_up(home.hass, home.entry)
    await until(home, "09:00")

    assert shown.titles == {"reading": "The SMS Works: SMS credit is not watched"}


async def test_phone_that_is_gone_keeps_nobody_else_from_hearing(
    home: Home, shown: Shown, household: Household, caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever it stands in the list."""
    phones = [await household.add(name) for name in ("Old", "Gone", "New")]
    await alert(home, *phones)
    dr.async_get(home.hass).async_remove_device(phones[1].device_id)
    await home.poll(39)

    assert [phone.told for phone in phones] == [[LOW], [], [LOW]]
    assert not [
        record
        for record in caplog.records
        if "automation" in record.name and record.levelname == "ERROR"
    ]


@pytest.mark.parametrize("off", range(3))
async def test_phone_with_push_off_keeps_nobody_else_from_hearing(
    home: Home,
    shown: Shown,
    household: Household,
    notified: list[tuple[str | None, str]],
    ran: list[ServiceCall],
    off: int,
) -> None:
    """Of none of the messages."""
    assert await home.set_up()
    phones = [await household.add(name) for name in ("One", "Two", "Three")]
    await alert(home, *phones, notifiers=["notify.telegram"], actions=RUN)
    await phones[off].turn_push_off()
    await home.poll(120)

    others = [phone for phone in phones if phone is not phones[off]]
    assert [{*phone.told} for phone in others] == [{LOW, UNUSUAL}] * 2
    assert len(notified) == len(ran) == 2
    assert shown.titles == {"credit": LOW, "use": UNUSUAL}

    await run(home)

    assert [len(phone.pushed) for phone in others] == [2 + 3] * 2


async def test_phone_that_never_had_push_keeps_nobody_else_from_hearing(
    home: Home, household: Household
) -> None:
    """It has no entity either."""
    mute = await household.add("Mute", {})
    phone = await household.add("Phone")
    await alert(home, mute, phone)
    await home.poll(39)

    assert phone.told == [LOW]


async def test_phone_out_of_reach_keeps_nobody_else_from_hearing(
    home: Home, household: Household
) -> None:
    """It is not connected, or its server is down."""
    local = await household.add("At home only", {"push_websocket_channel": True})
    lost = await household.add(
        "Lost", {"push_token": "0", "push_url": "http://127.0.0.1:1/"}
    )
    phone = await household.add("Phone")
    await alert(home, local, lost, phone)
    await home.poll(39)

    assert phone.told == [LOW]


@pytest.mark.parametrize("chosen", [1, 2])
async def test_phones_of_one_name_all_get_it(
    home: Home, household: Household, chosen: int
) -> None:
    """And no other phone that nobody has chosen."""
    phones = [await household.add(name) for name in ("iPhone", "Iphone")]
    await alert(home, *phones[:chosen], alerts=["low_credit"])
    await home.poll(39)
    await home.poll(180)

    assert [phone.told for phone in phones] == [[LOW]] * chosen + [[]] * (2 - chosen)


async def test_phone_with_another_name_in_home_assistant_gets_it(
    home: Home, phone: Phone
) -> None:
    """Which is not the one that it has itself."""
    dr.async_get(home.hass).async_update_device(phone.device_id, name_by_user="Zoë")
    await alert(home, phone)
    await home.poll(39)

    assert phone.told == [LOW]


async def test_large_household_hears_it(home: Home, household: Household) -> None:
    """Though some of its phones have to wait for each other."""
    phones = [await household.add(f"Phone {number}") for number in range(20)]
    await alert(home, *phones)
    await home.poll(39)

    assert [phone.told for phone in phones] == [[LOW]] * 20


async def test_other_notifiers_get_each_alert(
    home: Home, notified: list[tuple[str | None, str]]
) -> None:
    """And each reminder."""
    await alert(home, notifiers=["notify.telegram"])
    await home.poll(39)
    await until(home, "09:00")

    said = (await home.get_credit())["messages"]["credit"]
    assert [title for title, _ in notified] == [LOW, LOW]
    assert notified[1] == (said["title"], said["message"])


async def test_notifier_that_is_gone_keeps_nobody_else_from_hearing(
    home: Home, phone: Phone, ran: list[ServiceCall]
) -> None:
    """Or fails."""
    await alert(home, phone, notifiers=["notify.gone"], actions=RUN)
    await home.poll(39)

    assert phone.told == [LOW]
    assert len(ran) == 1


async def test_conditions_leave_phones_and_actions_alone(
    home: Home,
    shown: Shown,
    phone: Phone,
    notified: list[tuple[str | None, str]],
    ran: list[ServiceCall],
) -> None:
    """Such as in quiet hours, until the reminder."""
    await alert(
        home, phone, conditions=BY_DAY, notifiers=["notify.telegram"], actions=RUN
    )
    await until(home, "23:00")
    await home.poll(39)
    assert shown.titles == {"credit": LOW}
    assert not [*phone.pushed, *notified, *ran]
    await until(home, "09:00")

    assert phone.told == [LOW]
    assert len(notified) == len(ran) == 1


async def test_conditions_leave_actions_alone_when_the_balance_is_known_again(
    home: Home, ran: list[ServiceCall]
) -> None:
    """Though they would run by day."""
    await alert(
        home,
        alerts=["unknown_credit"],
        conditions=BY_DAY,
        reminder=False,
        actions=RUN,
    )
    await unread_day(home)
    await until(home, "23:00")
    await home.poll()

    assert [call.data["alert"] for call in ran] == ["unknown_credit"]


async def test_conditions_know_the_alert(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """So that some may come at night."""
    urgent = {"condition": "template", "value_template": "{{ event == 'no_credit' }}"}
    await alert(home, phone, conditions=[urgent])
    for balance in (39, 0):
        await home.poll(balance)

    assert phone.told == [OUT]


async def test_message_that_no_longer_holds_goes_in_quiet_hours_too(
    home: Home, shown: Shown, phone: Phone
) -> None:
    """Without a sound."""
    await alert(home, phone, conditions=BY_DAY)
    await home.poll(39)
    await until(home, "23:00")
    await home.poll(180)

    assert phone.told == [LOW, CLEAR]
    assert shown.titles == {"credit": ENOUGH}


async def test_actions_know_what_is_told(home: Home, ran: list[ServiceCall]) -> None:
    """Which they may put in words of their own."""
    await alert(home, actions=RUN)
    await home.poll(39.5)
    await until(home, "09:00")

    event, reminder = (dict(call.data) for call in ran)
    told = {
        "alert": "low_credit",
        "title": LOW,
        "account": "The SMS Works",
        "balance": 39.5,
    }
    said = (await home.get_credit())["messages"]["credit"]
    assert event == told | {"message": event["message"]}
    assert "01/07/2026" in event["message"]
    assert reminder == told | {"message": said["message"]}


async def test_actions_run_when_the_balance_is_known_again(
    home: Home, ran: list[ServiceCall]
) -> None:
    """Also where the message only goes, so that a lamp can be turned off."""
    await alert(home, actions=RUN, alerts=["unknown_credit"], reminder=False)
    await unread_day(home)
    await home.poll()

    told = [(call.data["alert"], call.data["balance"]) for call in ran]
    assert told == [("unknown_credit", None), ("known_again", 180)]


async def test_action_that_waits_does_not_hold_back_the_next_alert(
    home: Home, phone: Phone
) -> None:
    """Nor the notifications of its own one."""
    began = []

    async def wait(call: ServiceCall) -> None:
        """Wait for the next alert."""
        began.append(call.data["alert"])
        if len(began) == 1:
            home.account.credits = 0
            await update_entity(home.hass)
        while len(began) == 1:
            await let_others_run()

    home.hass.services.async_register("test", "run", wait)
    await alert(home, phone, actions=RUN)
    await home.poll(39)

    assert began == ["low_credit", "no_credit"]
    assert phone.told == [LOW, OUT]


async def test_action_that_fails_keeps_nothing_back(home: Home, phone: Phone) -> None:
    """Neither phones nor the next message."""
    assert await home.set_up()
    failed = async_mock_service(
        home.hass, "test", "run", raise_exception=HomeAssistantError()
    )
    await alert(home, phone, actions=RUN)
    await home.poll(120)
    await run(home)

    assert len(phone.pushed) == len(failed) == 2 + 3


def test_alerts_are_called_as_everywhere() -> None:
    """By the names of the event types, of which none is left out."""
    blueprint = load_yaml_dict(str(ROOT / "blueprints/automation" / BLUEPRINT))
    alerts = blueprint["blueprint"]["input"]["what"]["input"]["alerts"]
    options = alerts["selector"]["select"]["options"]
    texts = json.loads(
        (ROOT / "custom_components" / DOMAIN / "translations/en.json").read_text()
    )
    names = texts["entity"]["event"]["alert"]["state_attributes"]["event_type"]

    assert {one["value"]: one["label"] for one in options} == names["state"]
    assert {*alerts["default"]} == {*names["state"]}


async def test_blueprint_is_imported_by_its_address(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker
) -> None:
    """From the file on GitHub that its own source_url names."""
    text = (ROOT / "blueprints" / "automation" / BLUEPRINT).read_text()
    [source_url] = re.findall(r"source_url: (\S+)", text)
    raw = source_url.replace("github.com", "raw.githubusercontent.com")
    aioclient_mock.get(raw.replace("/blob/", "/"), text=text)

    imported = await fetch_blueprint_from_url(hass, source_url)

    assert imported.blueprint.name == "SMS credit alert"
    assert imported.blueprint.metadata["source_url"] == source_url
    assert imported.blueprint.validate() is None
