"""Fixtures for the tests of The SMS Works integration."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
import ssl
from unittest.mock import patch

from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.thesmsworks.const import DOMAIN
from dev.simulator import Account, Simulator, make_token
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant

from .common import Home


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for a long soak."""
    parser.addoption("--polls", type=int, default=400, help="polls of the soak")
    parser.addoption("--days", type=int, default=300, help="days of the soak")


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Have a configuration folder of the test's own, since ledgers are real files."""
    return hass_tmp_config_dir


@pytest.fixture
def token() -> str:
    """Return the token of the account that the tests use."""
    return make_token("alice")


@pytest.fixture
async def simulator(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Serve the simulated API in place of the real one."""
    simulator = Simulator()
    server = TestServer(simulator.app())
    await server.start_server(access_log=None)
    with patch("custom_components.thesmsworks.api.API_URL", server.make_url("/v1")):
        yield simulator
    await server.close()


@pytest.fixture
def account(simulator: Simulator, token: str) -> Account:
    """Return the account of the token, with 180 credits."""
    return simulator.add_account(token)


@pytest.fixture
def config_entry(
    hass: HomeAssistant, enable_custom_integrations: None, token: str, account: Account
) -> MockConfigEntry:
    """Return the entry of the account, not set up."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id="01JTHESMSWORKS000000000000",
        title="The SMS Works",
        unique_id=account.customer_id,
        data={CONF_TOKEN: token},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    config_entry: MockConfigEntry,
    simulator: Simulator,
    account: Account,
) -> Home:
    """Return Home Assistant with the account, not set up, at noon."""
    freezer.move_to("2026-07-01T12:00:00-07:00")
    return Home(hass, freezer, config_entry, simulator, account)


@pytest.fixture
async def end_automations(hass: HomeAssistant) -> AsyncIterator[None]:
    """Turn the automations off in the end, whose timers would go on."""
    yield
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "all"}, blocking=True
    )


@pytest.fixture
async def impostor(simulator: Simulator, tmp_path: Path) -> AsyncIterator[TestServer]:
    """Serve the simulated API under a certificate that nobody trusts."""
    server = TestServer(simulator.app(), scheme="https")
    await server.start_server(
        access_log=None, ssl=_self_signed(tmp_path / "certificate.pem")
    )
    yield server
    await server.close()


def _self_signed(path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context
