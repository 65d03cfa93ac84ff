"""From the vendors' wire to ENTER: what the builder proposes passes every gate on the default day (B-16)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.evaluate import Decision, evaluate
from chalicelib.domain.desk.pipeline.facts import AccountFacts, MacroWindow
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import wanted_by
from chalicelib.store.desk.macro_windows import ToldWindow, replace_windows
from infra.local.database.postgres import DatabaseUrls
from tests.domain.desk.desk_support import strategy
from tests.services.stage import Stage

BEGINNING = datetime(2026, 2, 19, 14, 20, tzinfo=UTC)
TEN = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
ACCOUNT = AccountFacts(
    balance=Decimal(100_000), free_cash=Decimal(100_000), book=Book(delta=0.0, gamma=0.0, vega=0.0)
)


@pytest.fixture
def default_day(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Ten in the morning of the default day, with a release in its month."""
    stage = Stage(database_urls, start=BEGINNING, seed=1)
    window = MacroWindow.around("CPI", TEN - timedelta(days=8))
    told = ToldWindow(id=stage.env.randomness.uuid7(TEN), window=window, source="test")
    with stage.env.database.transaction(None) as connection:
        replace_windows(connection, [told])
    stage.go_to(TEN)
    yield stage
    stage.close()


def test_the_builders_strategies_enter_at_ten(default_day: Stage) -> None:
    """B-02, B-16: a SPY condor and a QQQ put spread; SPY's realised volatility is 0.10, its IV 0.16."""
    condor = strategy()
    spread = replace(strategy(StrategyType.CREDIT_PUT_SPREAD), underlying="QQQ")
    market = gather(
        default_day.container.jobs_environment(), wanted_by([("alice", condor), ("alice", spread)])
    )
    snapshots = [(one, market.snapshot_for(one.underlying, ACCOUNT)) for one in (condor, spread)]
    judged = [evaluate(snapshot, one, DeskSettings()) for one, snapshot in snapshots]
    facts = market.facts_for("SPY", ACCOUNT)

    assert [one.reason for one in judged] == ["every stage passed"] * 2
    assert {one.decision for one in judged} == {Decision.ENTER}
    assert facts.technicals.realised_volatility == pytest.approx(0.10, abs=0.001)
    assert facts.implied_volatility == pytest.approx(0.16, abs=0.002)
