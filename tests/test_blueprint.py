"""The alert that users make from the blueprint."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from operator import attrgetter
from pathlib import Path
import re
import shutil
import sys
from typing import Any
from unittest.mock import Mock

from aiohttp import web
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
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
from dev.simulator import FAULTS, Account, Simulator, make_token
from homeassistant.components import persistent_notification
from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_TOKEN
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .common import pass_time, set_up

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

type Automate = Callable[..., Awaitable[None]]


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Return a folder into which the blueprint was imported."""
    target = Path(hass_tmp_config_dir, "blueprints", "automation", BLUEPRINT)
    target.parent.mkdir(parents=True)
    shutil.copy(ROOT / "blueprints" / "automation" / BLUEPRINT, target)
    return hass_tmp_config_dir


@pytest.fixture
def shown(hass: HomeAssistant) -> dict[str, str]:
    """Return the notifications that Home Assistant shows."""
    titles: dict[str, str] = {}

    def changed(
        change: persistent_notification.UpdateType,
        notifications: dict[str, persistent_notification.Notification],
    ) -> None:
        for key, notification in notifications.items():
            titles[key] = notification["title"] or ""
            if change is persistent_notification.UpdateType.REMOVED:
                del titles[key]

    persistent_notification.async_register_callback(hass, changed)
    return titles


@pytest.fixture
def ran(hass: HomeAssistant) -> list[ServiceCall]:
    """Return the calls of the action that also runs."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "run")
    return calls


@pytest.fixture
async def pushes(socket_enabled: None) -> AsyncIterator[dict[str, list[Any]]]:
    """Serve the push service, and return what each phone got."""
    pushed: dict[str, list[Any]] = {}

    async def push(request: web.Request) -> web.Response:
        message = await request.json()
        pushed.setdefault(message["push_token"], []).append(message)
        return web.json_response({}, status=201)

    app = web.Application()
    app.router.add_post("/", push)
    server = TestServer(app)
    await server.start_server(access_log=None)
    pushed["url"] = [str(server.make_url("/"))]
    yield pushed
    await server.close()


@pytest.fixture
async def phones(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    pushes: dict[str, list[Any]],
) -> list[str]:
    """Return two phones, which register as the app does.

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
    client = await hass_client()
    for name in PHONES:
        phone = {
            "device_id": name,
            "app_id": "app",
            "app_name": "App",
            "app_version": "1",
            "device_name": name,
            "manufacturer": "Maker",
            "model": "Model",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
            "app_data": {"push_token": name, "push_url": pushes["url"][0]},
        }
        answer = await client.post("/api/mobile_app/registrations", json=phone)
        assert answer.status == 201
    del pushes["url"]
    await hass.async_block_till_done()
    registry = dr.async_get(hass)
    devices = [
        device
        for entry in hass.config_entries.async_entries("mobile_app")
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
    ]
    return [device.id for device in sorted(devices, key=attrgetter("name"))]


@pytest.fixture
def automate(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    end_automations: None,
) -> Automate:
    """Return a function that sets up the account at noon, and automations."""
    freezer.move_to("2026-07-01 12:00:00+00:00")
    hass.config.time_zone = "UTC"
    dt_util.set_default_time_zone(dt_util.UTC)

    async def automate(*automations: dict[str, Any]) -> None:
        if config_entry.state is ConfigEntryState.NOT_LOADED:
            assert await set_up(hass, config_entry)
        config = [
            {
                "alias": f"Alert {number}",
                "use_blueprint": {
                    "path": BLUEPRINT,
                    "input": {"account": ALERT} | inputs,
                },
            }
            for number, inputs in enumerate(automations or [{}])
        ]
        for domain in ("persistent_notification", "automation"):
            assert await async_setup_component(hass, domain, {"automation": config})
        await hass.async_block_till_done()

    return automate


@pytest.fixture
def fall(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, account: Account
) -> Callable[[float], Awaitable[None]]:
    """Return a function that has a balance read."""

    async def fall(balance: float) -> None:
        account.credits = balance
        await pass_time(hass, freezer)

    return fall


type Fall = Callable[[float], Awaitable[None]]


async def until_nine(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let time pass until it is nine o'clock, with a poll before."""
    now = dt_util.now()
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    nine = nine if nine > now else nine + timedelta(days=1)
    freezer.move_to(nine - timedelta(minutes=1))
    await pass_time(hass, freezer, timedelta())
    freezer.move_to(nine)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=1))
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_nothing_but_the_account_is_needed(
    automate: Automate, fall: Fall, shown: dict[str, str]
) -> None:
    """One notification, which says what is so now."""
    await automate()
    assert not shown
    for balance, title in ((39, LOW), (0, EMPTY), (150, RECOVERED), (20, LOW)):
        await fall(balance)
        assert [*shown.values()] == [title]


async def test_phones_get_one_message_that_changes(
    automate: Automate,
    fall: Fall,
    phones: list[str],
    pushes: dict[str, list[Any]],
) -> None:
    """With a button, and as an alarm where credit has run out."""
    await automate({"phones": phones})
    for balance in (39.5, 0, 150):
        await fall(balance)

    assert [*pushes] == PHONES
    for pushed in pushes.values():
        assert [push["title"] for push in pushed] == [LOW, EMPTY, RECOVERED]
        assert [push["message"] for push in pushed] == [
            "Credits left: 39.5. Top up before texts stop.",
            "Credits left: 0. Texts are not sent until you top up.",
            "Credits left: 150.",
        ]
        assert len({push["data"]["tag"] for push in pushed}) == 1
        assert ["push" in push["data"] for push in pushed] == [False, True, False]
        for push in pushed:
            [button] = push["data"]["actions"]
            assert (button["action"], button["uri"]) == ("URI", ACCOUNT_URL)


async def test_no_word_of_recovery_takes_the_message_back(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    automate: Automate,
    fall: Fall,
    phones: list[str],
    pushes: dict[str, list[Any]],
    shown: dict[str, str],
) -> None:
    """Which is no longer so."""
    await automate({"phones": phones[:1], "alerts": ["low_credit"]})
    await fall(39)
    await fall(0)
    await until_nine(hass, freezer)
    assert [*shown.values()] == [LOW]
    await fall(150)

    [pushed] = pushes.values()
    assert [push["title"] for push in pushed[:2]] == [LOW, LOW]
    assert [push["message"] for push in pushed[2:]] == ["clear_notification"]
    assert len({push["data"]["tag"] for push in pushed}) == 1
    assert not shown


@pytest.mark.parametrize(
    "between", ["outage", "reload", "restart", "rename", "refund", "another day"]
)
async def test_alert_is_not_repeated(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    automate: Automate,
    fall: Fall,
    ran: list[ServiceCall],
    between: str,
) -> None:
    """Whatever comes between."""
    await automate({"actions": [{"action": "test.run"}], "reminder": False})
    await fall(39)
    assert len(ran) == 1
    match between:
        case "outage":
            simulator.fault = FAULTS["reset"]
            await pass_time(hass, freezer)
            simulator.fault = None
        case "reload":
            assert await hass.config_entries.async_reload(config_entry.entry_id)
        case "restart":
            assert await hass.config_entries.async_unload(config_entry.entry_id)
            hass.set_state(CoreState.not_running)
            assert await set_up(hass, config_entry)
            await hass.async_start()
        case "rename":
            er.async_get(hass).async_update_entity(ALERT, name="Another name")
        case "refund":
            await fall(41)
        case _:
            await until_nine(hass, freezer)
    await fall(38)

    assert len(ran) == 1


@pytest.mark.parametrize("way", ["outage", "reload", "restart"])
@pytest.mark.parametrize(
    ("before", "after", "title"), [(180, 9, LOW), (9, 90, RECOVERED)]
)
async def test_change_that_was_not_seen_is_told_after(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    automate: Automate,
    fall: Fall,
    shown: dict[str, str],
    way: str,
    before: float,
    after: float,
    title: str,
) -> None:
    """An outage, or Home Assistant being off, hides none."""
    await automate()
    await fall(before)
    simulator.fault = FAULTS["reset"]
    await fall(after)
    assert title not in shown.values()
    if way != "outage":
        assert await hass.config_entries.async_unload(config_entry.entry_id)
        simulator.fault = None
        if way == "restart":
            hass.set_state(CoreState.not_running)
        assert await set_up(hass, config_entry)
        if way == "restart":
            assert title not in shown.values()
            await hass.async_start()
    simulator.fault = None
    await fall(after)

    assert [*shown.values()] == [title]


async def test_accounts_do_not_mix(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    automate: Automate,
    fall: Fall,
    shown: dict[str, str],
) -> None:
    """Each alert names its account, and stays until its own has recovered."""
    token = make_token("bob")
    bobs = simulator.add_account(token)
    entry = MockConfigEntry(
        domain=DOMAIN, title="Bob's", unique_id="bob", data={CONF_TOKEN: token}
    )
    entry.add_to_hass(hass)
    assert await set_up(hass, entry)
    await automate({}, {"account": "event.bob_s_alert"})
    bobs.credits = 0
    await fall(39)
    bobs_title = "SMS credit of Bob's has run out"
    assert {*shown.values()} == {LOW, bobs_title}
    await until_nine(hass, freezer)
    assert {*shown.values()} == {LOW, bobs_title}

    await fall(180)
    assert {*shown.values()} == {RECOVERED, bobs_title}


async def test_automations_of_one_account_do_not_disturb_each_other(
    automate: Automate, fall: Fall, shown: dict[str, str]
) -> None:
    """What one of them is not to tell, the other one tells."""
    await automate({"alerts": ["low_credit", "recovered"]}, {"alerts": ["no_credit"]})
    await fall(39)
    await fall(0)
    assert [*shown.values()] == [LOW, EMPTY]
    await fall(180)
    assert [*shown.values()] == [RECOVERED]


async def test_reminder_comes_every_day_while_credit_is_low(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    automate: Automate,
    fall: Fall,
    ran: list[ServiceCall],
) -> None:
    """With what is so then, also where one was told of it before the automation."""
    await fall(39)
    action = {"action": "test.run", "data": {"alert": "{{ alert }}, {{ balance }}"}}
    await automate({"actions": [action]})
    told = []
    for balance in (38, 0, 41, 180):
        await fall(balance)
        ran.clear()
        await until_nine(hass, freezer)
        told.append([call.data["alert"] for call in ran])

    assert told == [["low_credit, 38"], ["no_credit, 0"], ["low_credit, 41"], []]


async def test_unknown_balance_is_told_every_day(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    automate: Automate,
    phones: list[str],
    pushes: dict[str, list[Any]],
    shown: dict[str, str],
) -> None:
    """From a day on, also after a restart, and taken back when it is known again."""
    await automate({"phones": phones[:1]})
    simulator.fault = FAULTS["reset"]
    await pass_time(hass, freezer)
    await until_nine(hass, freezer)
    assert not shown

    await until_nine(hass, freezer)
    assert [*shown.values()] == [UNKNOWN]
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    shown.clear()
    await hass.config_entries.async_setup(config_entry.entry_id)
    await until_nine(hass, freezer)
    assert [*shown.values()] == [UNKNOWN]
    await until_nine(hass, freezer)
    [pushed] = pushes.values()
    assert [push["title"] for push in pushed] == [UNKNOWN] * 3
    assert "\n" not in pushed[0]["message"]

    simulator.fault = None
    await pass_time(hass, freezer)
    assert not shown
    assert pushed[-1]["message"] == "clear_notification"
    await until_nine(hass, freezer)
    assert len(pushed) == 4


async def test_refused_account_is_told_of_too(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    automate: Automate,
    shown: dict[str, str],
) -> None:
    """Of which nothing is read any more, until somebody enters a new token."""
    await automate()
    assert await hass.config_entries.async_unload(config_entry.entry_id)
    simulator.fault = FAULTS["401"]
    assert not await set_up(hass, config_entry)
    await until_nine(hass, freezer)
    assert not shown
    await until_nine(hass, freezer)

    assert [*shown.values()] == [UNKNOWN]


ALL_ALERTS = ["low_credit", "no_credit", "recovered", "unusual_use", "unknown_credit"]


@pytest.mark.parametrize("alert", [*ALL_ALERTS, None])
async def test_only_what_is_chosen_is_told(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    config_entry: MockConfigEntry,
    automate: Automate,
    fall: Fall,
    ran: list[ServiceCall],
    alert: str | None,
) -> None:
    """And all of it can be."""
    hass.config_entries.async_update_entry(config_entry, options={"daily_limit": 150})
    action = {"action": "test.run", "data": {"alert": "{{ alert }}"}}
    inputs: dict[str, Any] = {"actions": [action]}
    await automate(inputs | ({"alerts": [alert]} if alert else {}))
    for balance in (39, 0, 180):
        await fall(balance)
    simulator.fault = FAULTS["reset"]
    await pass_time(hass, freezer)
    await until_nine(hass, freezer)
    await until_nine(hass, freezer)

    told = ["low_credit", "no_credit", "unusual_use", "recovered", "unknown_credit"]
    assert [call.data["alert"] for call in ran] == ([alert] if alert else told)


@pytest.mark.parametrize("disabled", [False, True])
async def test_actions_know_what_is_told(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    automate: Automate,
    fall: Fall,
    ran: list[ServiceCall],
    disabled: bool,
) -> None:
    """Which they may put in words of their own, in a reminder as far as it is shown."""
    hass.config_entries.async_update_entry(config_entry, options={"daily_limit": 99})
    await automate({"actions": [{"action": "test.run", "data": VARIABLES}]})
    await fall(0)
    if disabled:
        for shown in hass.states.async_all(("sensor", "binary_sensor")):
            er.async_get(hass).async_update_entity(
                shown.entity_id, disabled_by=er.RegistryEntryDisabler.USER
            )
    await until_nine(hass, freezer)

    event, unusual, reminder = [[*call.data.values()] for call in ran]
    figures = [0, 40, 0, 180]
    assert event == ["no_credit", "The SMS Works", *figures, EMPTY, ACCOUNT_URL]
    assert unusual == ["unusual_use", "The SMS Works", *figures, UNUSUAL, ACCOUNT_URL]
    now = ["unknown"] * 4 if disabled else [0, 40, 0, 0]
    assert reminder == ["no_credit", "The SMS Works", *now, EMPTY, ACCOUNT_URL]


async def test_phone_that_is_gone_keeps_nothing_back(
    hass: HomeAssistant,
    automate: Automate,
    fall: Fall,
    phones: list[str],
    pushes: dict[str, list[Any]],
    ran: list[ServiceCall],
) -> None:
    """The other phone and the actions hear of it."""
    await automate({"phones": phones, "actions": [{"action": "test.run"}]})
    dr.async_get(hass).async_remove_device(phones[0])
    await fall(39)

    assert [*pushes] == PHONES[1:]
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

    assert imported.blueprint.domain == "automation"
    assert imported.blueprint.name == "SMS credit alert"
    assert imported.blueprint.metadata["source_url"] == source_url
    assert imported.blueprint.validate() is None
