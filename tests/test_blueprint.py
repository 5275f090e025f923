"""The alert that users make from the blueprint."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
import re
import shutil
import sys
from typing import Any
from unittest.mock import Mock

from aiohttp import web
from aiohttp.test_utils import TestServer
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
from dev.simulator import FAULTS, make_token
from homeassistant.components import persistent_notification
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .common import BALANCE, Home, set_up
from .disk import hass_storage  # noqa: F401

BLUEPRINT = "thesmsworks/low_credit_alert.yaml"
ALERT = "event.the_sms_works_alert"
LOW, EMPTY, RECOVERED, UNUSUAL, UNKNOWN = (
    "SMS credit of The SMS Works is low",
    "SMS credit of The SMS Works has run out",
    "SMS credit of The SMS Works is no longer low",
    "Unusual use of SMS credit of The SMS Works",
    "SMS credit of The SMS Works is not known",
)
PHONES = ["Tablet", "Zoë's phone"]
FIGURES = ("alert", "account", "balance", "threshold", "days_left", "used_today")
VARIABLES = {name: f"{{{{ {name} }}}}" for name in (*FIGURES, "title", "account_url")}
RUN = [{"action": "test.run", "data": VARIABLES}]

type Phones = dict[str, list[dict[str, Any]]]


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
def shown(hass: HomeAssistant) -> dict[str, str]:
    """Return the notifications that Home Assistant shows."""
    titles: dict[str, str] = {}

    def changed(change: str, notifications: dict[str, Any]) -> None:
        for key, notification in notifications.items():
            titles[key] = notification["title"]
            if change == "removed":
                del titles[key]

    persistent_notification.async_register_callback(hass, changed)
    return titles


@pytest.fixture
def ran(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the calls of the action that also runs."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "run")
    return calls


@pytest.fixture
async def phones(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,
) -> AsyncIterator[Phones]:
    """Return what two phones get by their IDs, which register as the app does.

    What the app could show or hear besides would have to be compiled.
    """
    pushed: Phones = {name: [] for name in PHONES}

    async def push(request: web.Request) -> web.Response:
        message = await request.json()
        pushed[message["push_token"]].append(message)
        return web.json_response({}, status=201)

    app = web.Application()
    app.router.add_post("/", push)
    server = TestServer(app)
    await server.start_server(access_log=None)
    unused = Mock()
    unused.async_active_subscription.return_value = False
    unused.async_is_logged_in.return_value = False
    unused.async_listen_cloudhook_change.return_value = lambda: None
    unused.async_listen_connection_change.return_value = lambda: None
    for name in ("camera", "cloud", "conversation"):
        monkeypatch.setitem(sys.modules, f"homeassistant.components.{name}", unused)
    for name in ("notify", "mobile_app"):
        assert await async_setup_component(hass, name, {})
    client = await hass_client()
    words = "app_id app_name app_version manufacturer model os_name os_version"
    for name in PHONES:
        phone = dict.fromkeys(words.split(), "any") | {
            "device_id": name,
            "device_name": name,
            "supports_encryption": False,
            "app_data": {"push_token": name, "push_url": str(server.make_url("/"))},
        }
        answer = await client.post("/api/mobile_app/registrations", json=phone)
        assert answer.status == 201
    await hass.async_block_till_done()
    phones: Phones = {}
    for entry in hass.config_entries.async_entries("mobile_app"):
        [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        phones[device.id] = pushed[entry.data["device_name"]]
    yield phones
    await server.close()


async def automate(home: Home, *automations: dict[str, Any]) -> None:
    """Set up the account, and automations from the blueprint."""
    if home.entry.state is ConfigEntryState.NOT_LOADED:
        assert await home.set_up()
    config = [
        {
            "alias": f"Alert {number}",
            "use_blueprint": {"path": BLUEPRINT, "input": {"account": ALERT} | inputs},
        }
        for number, inputs in enumerate(automations or [{}])
    ]
    for domain in ("persistent_notification", "automation"):
        assert await async_setup_component(home.hass, domain, {"automation": config})
    await home.hass.async_block_till_done()


async def until_nine(home: Home) -> None:
    """Let time pass until it is nine o'clock, with a poll before."""
    now = dt_util.now()
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    nine = nine if nine > now else nine + timedelta(days=1)
    for moment in (nine - timedelta(minutes=1), nine):
        home.freezer.move_to(moment)
        async_fire_time_changed(home.hass, moment + timedelta(seconds=1))
        await home.hass.async_block_till_done(wait_background_tasks=True)


async def test_nothing_but_the_account_is_needed(
    home: Home, shown: dict[str, str]
) -> None:
    """One notification, which says what is so now."""
    await automate(home)
    assert not shown
    for balance, title in ((39, LOW), (0, EMPTY), (150, RECOVERED), (20, LOW)):
        await home.poll(balance)
        assert [*shown.values()] == [title]


async def test_phones_get_one_message_that_changes(home: Home, phones: Phones) -> None:
    """With a button, and as an alarm where credit has run out."""
    await automate(home, {"phones": [*phones]})
    for balance in (39.5, 0, 150):
        await home.poll(balance)

    for pushed in phones.values():
        assert [(push["title"], push["message"]) for push in pushed] == [
            (LOW, "Credits left: 39.5. Top up before texts stop."),
            (EMPTY, "Credits left: 0. Texts are not sent until you top up."),
            (RECOVERED, "Credits left: 150."),
        ]
        assert len({push["data"]["tag"] for push in pushed}) == 1
        assert ["push" in push["data"] for push in pushed] == [False, True, False]
        for push in pushed:
            [button] = push["data"]["actions"]
            assert (button["action"], button["uri"]) == ("URI", ACCOUNT_URL)


async def test_no_word_of_recovery_takes_the_message_back(
    home: Home, phones: Phones, shown: dict[str, str]
) -> None:
    """Which is no longer so."""
    phone, pushed = next(iter(phones.items()))
    await automate(home, {"phones": [phone], "alerts": ["low_credit"]})
    await home.poll(39)
    await home.poll(0)
    await until_nine(home)
    assert [*shown.values()] == [LOW]
    await home.poll(150)

    assert [push["title"] for push in pushed[:2]] == [LOW, LOW]
    assert [push["message"] for push in pushed[2:]] == ["clear_notification"]
    assert len({push["data"]["tag"] for push in pushed}) == 1
    assert not shown


@pytest.mark.parametrize(
    "between", ["outage", "reload", "restart", "rename", "another day"]
)
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [(39, 38, [LOW]), (180, 9, [LOW]), (9, 90, [LOW, RECOVERED])],
)
async def test_each_change_is_told_once(
    home: Home,
    ran: list[ServiceCall],
    between: str,
    before: float,
    after: float,
    told: list[str],
) -> None:
    """Whatever comes between, which hides none."""
    await automate(home, {"actions": RUN, "reminder": False})
    await home.poll(before)
    match between:
        case "outage":
            await home.poll(after, fault="reset")
        case "reload":
            home.account.credits = after
            await home.reload()
        case "restart":
            home.account.credits = after
            await home.restart()
            await home.hass.async_start()
        case "rename":
            er.async_get(home.hass).async_update_entity(ALERT, name="Another name")
        case _:
            await until_nine(home)
    await home.poll(after)

    assert [call.data["title"] for call in ran] == told


async def test_accounts_do_not_mix(home: Home, shown: dict[str, str]) -> None:
    """Each alert names its account, and stays until its own has recovered."""
    token = make_token("bob")
    bobs = home.simulator.add_account(token)
    entry = MockConfigEntry(domain=DOMAIN, title="Bob's", data={CONF_TOKEN: token})
    entry.add_to_hass(home.hass)
    assert await set_up(home.hass, entry)
    await automate(home, {}, {"account": "event.bob_s_alert"})
    bobs.credits = 0
    await home.poll(39)
    bobs_title = "SMS credit of Bob's has run out"
    assert {*shown.values()} == {LOW, bobs_title}
    await until_nine(home)
    assert {*shown.values()} == {LOW, bobs_title}

    await home.poll(180)
    assert {*shown.values()} == {RECOVERED, bobs_title}


async def test_automations_of_one_account_do_not_disturb_each_other(
    home: Home, shown: dict[str, str]
) -> None:
    """What one of them is not to tell, the other one tells."""
    alerts = ["low_credit", "recovered"], ["no_credit"]
    await automate(home, *({"alerts": chosen} for chosen in alerts))
    await home.poll(39)
    await home.poll(0)
    assert [*shown.values()] == [LOW, EMPTY]
    await home.poll(180)
    assert [*shown.values()] == [RECOVERED]


async def test_reminder_comes_every_day_while_credit_is_low(
    home: Home, ran: list[ServiceCall]
) -> None:
    """With what is so then, also where one was told of it before the automation."""
    assert await home.set_up()
    await home.poll(39)
    await automate(home, {"actions": RUN})
    told = []
    for balance in (38, 0, 41, 180):
        await home.poll(balance)
        ran.clear()
        await until_nine(home)
        told.append([(call.data["alert"], call.data["balance"]) for call in ran])

    assert told == [[("low_credit", 38)], [("no_credit", 0)], [("low_credit", 41)], []]


async def test_unknown_balance_is_told_every_day(
    home: Home, phones: Phones, shown: dict[str, str]
) -> None:
    """From a day on, also after a restart, and taken back when it is known again."""
    phone, pushed = next(iter(phones.items()))
    await automate(home, {"phones": [phone]})
    await home.poll(fault="reset")
    await until_nine(home)
    assert not shown

    await until_nine(home)
    assert [*shown.values()] == [UNKNOWN]
    shown.clear()
    await home.restart()
    await home.hass.async_start()
    await until_nine(home)
    assert [*shown.values()] == [UNKNOWN]
    await until_nine(home)
    assert [push["title"] for push in pushed] == [UNKNOWN] * 3
    assert "\n" not in pushed[0]["message"]

    # As after another restart, which is all that the state tells.
    was = home.hass.states.get(BALANCE)
    assert was
    home.hass.states.async_remove(BALANCE)
    home.hass.states.async_set(BALANCE, "unavailable", was.attributes)
    await home.poll()
    assert not shown
    assert pushed[-1]["message"] == "clear_notification"
    await until_nine(home)
    assert len(pushed) == 4


async def test_refused_account_is_told_of_too(
    home: Home, shown: dict[str, str]
) -> None:
    """Of which nothing is read any more, until somebody enters a new token."""
    await automate(home)
    home.simulator.fault = FAULTS["401"]
    await home.reload()
    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    await until_nine(home)
    assert not shown
    await until_nine(home)

    assert [*shown.values()] == [UNKNOWN]


ALL_ALERTS = ["low_credit", "no_credit", "unusual_use", "recovered", "unknown_credit"]


@pytest.mark.parametrize("alert", [*ALL_ALERTS, None])
async def test_only_what_is_chosen_is_told(
    home: Home, ran: list[ServiceCall], alert: str | None
) -> None:
    """And all of it can be."""
    assert await home.set_up(daily_limit=150)
    await automate(home, {"actions": RUN} | ({"alerts": [alert]} if alert else {}))
    for balance in (39, 0, 180):
        await home.poll(balance)
    await home.poll(fault="reset")
    await until_nine(home)
    await until_nine(home)

    assert [call.data["alert"] for call in ran] == ([alert] if alert else ALL_ALERTS)


@pytest.mark.parametrize("is_disabled", [False, True])
async def test_actions_know_what_is_told(
    home: Home, ran: list[ServiceCall], is_disabled: bool
) -> None:
    """Which they may put in words of their own, in a reminder as far as it is shown."""
    assert await home.set_up(daily_limit=99)
    await automate(home, {"actions": RUN})
    await home.poll(0)
    if is_disabled:
        for shown in home.hass.states.async_all(("sensor", "binary_sensor")):
            er.async_get(home.hass).async_update_entity(
                shown.entity_id, disabled_by=er.RegistryEntryDisabler.USER
            )
    await until_nine(home)

    now = ["unknown"] * 4 if is_disabled else [0, 40, 0, 0]
    assert [[*call.data.values()] for call in ran] == [
        [alert, "The SMS Works", *figures, title, ACCOUNT_URL]
        for alert, figures, title in (
            ("no_credit", [0, 40, 0, 180], EMPTY),
            ("unusual_use", [0, 40, 0, 180], UNUSUAL),
            ("no_credit", now, EMPTY),
        )
    ]


async def test_phone_that_is_gone_keeps_nothing_back(
    home: Home, phones: Phones, ran: list[ServiceCall]
) -> None:
    """The other phone and the actions hear of it."""
    await automate(home, {"phones": [*phones], "actions": RUN})
    dr.async_get(home.hass).async_remove_device(next(iter(phones)))
    await home.poll(39)

    assert [len(pushed) for pushed in phones.values()] == [0, 1]
    assert len(ran) == 1


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
