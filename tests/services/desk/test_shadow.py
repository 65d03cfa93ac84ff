"""B-11: a live signal on paper beside it, entry and exit; the shadow counts against nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.services.analysis.performance import read_performance
from chalicelib.services.analysis.shadow_report import read_shadow_report
from chalicelib.services.desk.strategies.manage_strategies import change_strategy, list_strategies
from chalicelib.store.analysis.outcomes import OutcomeFilter
from chalicelib.store.desk.book import read_books
from chalicelib.store.desk.positions import read_positions
from chalicelib.store.trades.exposure import exposure
from infra.local.database.postgres import DatabaseUrls
from tests.services.desk.desk_stage import (
    TEN,
    TradierStage,
    add_strategy,
    desk_trades,
    scan,
    switch_on,
    told_by_the_operator,
)
from tests.services.desk.desk_trades import alerts
from tests.services.live import go_live
from tests.services.stage import Stage

CAPS: dict[str, Any] = {  # Any: a setting's value
    "portfolio_max_abs_delta_shares": 1000,
    "portfolio_max_abs_gamma": 1000,
    "portfolio_max_abs_vega": 10_000,
}


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Ten o'clock; alice's condors go to her live account, and to paper beside it."""
    stage = TradierStage(database_urls)
    stage.clock.move(TEN)
    told_by_the_operator(stage)
    go_live(stage)
    switch_on(stage, **CAPS)
    add_strategy(
        stage, StrategyType.IRON_CONDOR, mode="shadow", max_positions=1, exit={"time_stop_at": "11:00"}
    )
    yield stage
    stage.close()


def both(stage: Stage) -> tuple[Any, Any]:  # Any: rows
    """Return the live trade and its shadow."""
    live, shadow = desk_trades(stage)
    assert (live.broker_mode, shadow.broker_mode) == ("TRADIER_LIVE", "PAPER")
    assert (live.shadow_of, shadow.shadow_of) == (None, live.id)
    return live, shadow


def entered(stage: Stage) -> tuple[Any, Any]:  # Any: rows
    """Scan, and let both orders walk until both are filled."""
    scan(stage)
    for _ in range(13):
        stage.sync(after=10)
        if {one.status for one in desk_trades(stage)} == {"OPEN"}:
            break
    return both(stage)


def test_a_live_signal_is_entered_on_paper_beside_it(desk: Stage) -> None:
    """B-11: the same legs, quantity and walk, stored with the live order, linked to its trade."""
    scan(desk)
    live, shadow = both(desk)

    for name in ("ticker", "structure", "qty", "limit_price", "walk_worst", "originator_id", "strategy"):
        assert getattr(live, name) == getattr(shadow, name), name
    legs = desk.query("select trade_id, symbol, side, ratio from trade_legs order by leg_no")
    assert [one[1:] for one in legs if one.trade_id == live.id] == [
        one[1:] for one in legs if one.trade_id == shadow.id
    ]
    assert len(desk.query("select from strategy_evaluations where trade_id is not null")) == 1


def test_no_limit_counts_a_shadow(desk: Stage) -> None:
    """B-11: not positions, heat, day, books, risk, or the strategy's own room; its fills tell nobody."""
    live, shadow = entered(desk)
    assert (live.status, shadow.status) == ("OPEN", "OPEN")
    env = desk.env

    with env.database.transaction("alice") as connection:
        on_paper = exposure(connection, "alice", BrokerMode.PAPER, desk.clock.now())
        positions = read_positions(connection, ["alice"])["alice"]
        books = read_books(connection, ["alice"], TEN)
    assert on_paper.open_positions == on_paper.heat == 0
    assert len(positions) == 1
    assert {whose.mode for whose in books} == {BrokerMode.TRADIER_LIVE}
    desk.advance(40)
    desk.run("snapshot")
    desk.run("risk_book")
    risks = desk.query("select broker_mode from risk_snapshots where (figures ->> 'legs')::int > 0")
    assert {row.broker_mode for row in risks} == {"TRADIER_LIVE"}
    assert len(alerts(desk, "trade_opened")) == 1


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_shadow_leaves_when_its_trade_does(desk: Stage, by_hand: bool) -> None:
    """B-11: exit as entry, whoever decided it; then both are compared, and only the live one is a result."""
    live, _ = entered(desk)
    if by_hand:
        desk.advance(60)
        desk.close_trade(desk.trade({"id": str(live.id)}))
    else:
        desk.go_to(TEN + timedelta(hours=1))
    for _ in range(20):
        desk.run("desk_exits")
        desk.sync(after=10)
        if {one.status for one in desk_trades(desk)} == {"CLOSED"}:
            break
    live, shadow = both(desk)

    assert (live.status, shadow.status) == ("CLOSED", "CLOSED")
    assert (live.close_reason, shadow.close_reason) == (
        "MANUAL_CLOSE" if by_hand else "STRATEGY_EXIT",
        "STRATEGY_EXIT",
    )
    assert len(alerts(desk, "trade_closed")) == 1
    found = read_shadow_report(desk.env, "alice", 30)
    (pair,) = found.pairs
    assert (pair.live.trade_id, pair.shadow.trade_id) == (live.id, shadow.id)
    assert pair.entry_error == live.entry_price - shadow.entry_price
    assert pair.exit_error == shadow.close_price - live.close_price
    assert found.comparison.pnl.mean == shadow.realized_pnl - live.realized_pnl
    assert (found.comparison.live.filled, found.comparison.paper.filled) == (1, 1)
    assert pair.live.seconds_to_fill is not None
    assert pair.mid is not None
    assert read_shadow_report(desk.env, "bob", 30).pairs == []
    assert read_performance(desk.env, "alice", OutcomeFilter()).summary.trades == 1


def test_what_paper_filled_and_live_did_not_is_given_back(desk: Stage) -> None:
    """B-11: a missed fill is told of live; the shadow leaves, and there is no result to compare."""
    scan(desk)
    live, shadow = both(desk)
    desk.cancel(desk.trade({"id": str(live.id)}))
    for _ in range(30):
        desk.sync(after=10)
        desk.run("desk_exits")
        if both(desk)[1].status == "CLOSED":
            break
    live, shadow = both(desk)

    assert (live.status, live.entry_price, shadow.status) == ("CANCELED", None, "CLOSED")
    compared = read_shadow_report(desk.env, "alice", 30).comparison
    assert (compared.live.missed, compared.paper.missed, compared.paper.filled) == (1, 0, 1)
    assert (compared.pnl.count, compared.live.pnl_per_trade) == (0, None)


def test_a_strategy_moves_to_another_broker_and_open_trades_stay(desk: Stage) -> None:
    """B-11: one setting moves it, the same moves it back; what is open is left where it was entered."""
    live, _ = entered(desk)
    (row,) = list_strategies(desk.env, "alice", before=None, limit=9).items
    moved = {**row.body, "mode": "live", "preferred_broker": "paper", "max_positions": 2}
    change_strategy(desk.env, "alice", row.id, moved, row.version)
    desk.advance(60)
    desk.run("risk_book")
    scan(desk)

    entered_there = desk_trades(desk)[2]
    assert (entered_there.broker_mode, entered_there.shadow_of) == ("PAPER", None)
    assert desk.trade({"id": str(live.id)})["broker_mode"] == "TRADIER_LIVE"

    back = change_strategy(desk.env, "alice", row.id, {**moved, "preferred_broker": "tradier"}, 2)
    assert (back.mode, back.preferred_broker) == ("live", "tradier")
    desk.go_to(TEN + timedelta(hours=1))
    for _ in range(20):
        desk.run("desk_exits")
        desk.sync(after=10)
        if desk_trades(desk)[0].status == "CLOSED":
            break
    left = desk_trades(desk)[0]
    assert (left.id, left.status, left.broker_mode) == (live.id, "CLOSED", "TRADIER_LIVE")
