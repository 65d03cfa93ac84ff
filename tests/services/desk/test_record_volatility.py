"""After the close: the day's IV of what strategies trade, and VIX's close (B-02, B-03, B-15)."""

from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.desk.pipeline.facts import DailyClose
from chalicelib.store.desk.index_closes import read_last_close
from chalicelib.store.desk.iv_history import read_ivs
from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from tests.services.desk.desk_trades import add_strategy
from tests.services.stage import Stage

TODAY, TOMORROW = date(2026, 2, 19), date(2026, 2, 20)
EVENING = datetime(2026, 2, 19, 21, 45, tzinfo=UTC)


def stored(stage: Stage, symbol: str) -> list[tuple[date, float]]:
    with stage.container.jobs_environment().database.transaction(None) as connection:
        return read_ivs(connection, symbol)


def vix_close(stage: Stage) -> DailyClose | None:
    with stage.container.jobs_environment().database.transaction(None) as connection:
        return read_last_close(connection, "VIX", TOMORROW)


def test_a_day_is_recorded_once_it_is_over(stage: Stage) -> None:
    """B-03: 30-day ATM IV of each underlying of an enabled strategy, a fraction; VIX is recorded daily."""
    for underlying, enabled in (("SPY", True), ("QQQ", True), ("IWM", False)):
        add_strategy(stage, underlying=underlying, enabled=enabled)
    early = stage.run("iv_history")
    stage.go_to(EVENING)
    first = stage.run("iv_history")
    again = stage.run("iv_history")

    assert early == {"skipped": "the session is not over"}
    assert first == {"recorded": ["QQQ", "SPY", "VIX"], "missing": {}}
    assert again == {"skipped": "nothing is missing of today"}
    (kept,) = stored(stage, "SPY")
    assert kept[0] == TODAY
    assert kept[1] == pytest.approx(0.16, abs=0.02)
    assert stored(stage, "IWM") == []
    close = vix_close(stage)
    assert close is not None
    assert close.day == TODAY


def test_what_could_not_be_read_is_recorded_by_the_next_run(stage: Stage) -> None:
    """One underlying's trouble is its own, and named."""
    add_strategy(stage)
    stage.go_to(EVENING)
    stage.world.faults.arm(Fault(vendor=Vendor.ORATS, kind=FaultKind.STATUS, path="/strikes", times=20))
    first = stage.run("iv_history")
    stage.world.faults.clear()
    stage.advance(3_600)

    assert first["recorded"] == ["VIX"]
    assert list(first["missing"]) == ["SPY"]  # type: ignore[arg-type]  # a mapping
    assert stage.run("iv_history") == {"recorded": ["SPY"], "missing": {}}


def test_nothing_is_asked_for_where_nobody_has_a_strategy(stage: Stage) -> None:
    before = stage.world.orats.calls()
    stage.go_to(EVENING)

    assert stage.run("iv_history") == {"skipped": "nothing is missing of today"}
    assert stage.world.orats.calls() == before


def test_yesterdays_quotes_are_none_of_today(stage: Stage) -> None:
    """A vendor that shows an older market has no value of the day."""
    add_strategy(stage)
    stage.go_to(EVENING)
    stale = Fault(vendor=Vendor.TRADIER, kind=FaultKind.STALE_QUOTE, path="/quotes", times=20, seconds=86_400)
    stage.world.faults.arm(stale)

    assert stage.run("iv_history")["missing"] == {
        "SPY": "the price is not of today",
        "VIX": "no close yet",
    }
    assert stored(stage, "SPY") == []
