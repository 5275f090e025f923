"""What the demo has before anybody plays with it, and keeps."""

from datetime import datetime, timedelta
import json
from pathlib import Path

from freezegun import freeze_time
import pytest

from dev.demo.__main__ import keep
from dev.demo.history import LONDON, past
from dev.simulator import Simulator


@pytest.mark.parametrize("hour", [0, 8, 13, 23])
def test_statistics_of_the_past_end_where_home_assistant_starts_to_count(
    hour: int,
) -> None:
    """Which is at 0. Else the first hour of the demo would be a fall of hundreds."""
    with freeze_time(datetime(2026, 6, 3, hour, 59, tzinfo=LONDON)):
        ledger, statistics = past(100)
    total = statistics["credits_used_in_total"][-1]
    assert total["sum"] == total["state"] - ledger["credits_used"]
    assert -3 < total["sum"] <= 0


def test_past_ends_with_the_balance_and_today() -> None:
    """Whatever the time."""
    now = datetime(2026, 6, 3, 13, tzinfo=LONDON)
    with freeze_time(now):
        ledger, _ = past(100)
    assert ledger["balance"] == 100
    assert max(ledger["used_by_day"]) == now.date().isoformat()
    assert min(ledger["used_by_day"]) < (now - timedelta(88)).date().isoformat()


def test_balances_are_replaced_and_not_rewritten(tmp_path: Path) -> None:
    """So that a reader, or a power cut, finds all of them."""
    kept = tmp_path / "balances.json"
    simulator = Simulator()
    account = simulator.add_account("token", 180)
    keep(simulator, kept)
    before = tmp_path / "before.json"
    before.hardlink_to(kept)
    account.send(20)
    keep(simulator, kept)
    assert json.loads(before.read_text()) == {"token": 180}
    assert json.loads(kept.read_text()) == {"token": 160}
