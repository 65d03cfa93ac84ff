"""The risk book on the real database: worked out each minute, read by its owner, and what it stops (B-09)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.services.desk.risk.picture_risk import picture_risk
from chalicelib.services.desk.risk.read_risk import last_risk, risk_history
from infra.local.database.postgres import DatabaseUrls
from tests.services.desk.desk_stage import (
    TEN,
    TradierStage,
    add_strategy,
    scan,
    switch_on,
    told_by_the_operator,
)
from tests.services.desk.desk_trades import alerts, condor, open_for_desk
from tests.services.stage import Stage

Figures = dict[str, Any]  # Any: JSON


@pytest.fixture
def desk(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Ten o'clock on a quiet day, with a condor of the desk open and marked."""
    stage = TradierStage(database_urls)
    stage.clock.move(TEN)
    told_by_the_operator(stage)
    yield stage
    stage.close()


def opened(stage: Stage, *, qty: int = 1) -> dict[str, Any]:  # Any: JSON
    """Open a condor for a strategy, and mark it."""
    strategy = add_strategy(stage, StrategyType.IRON_CONDOR)
    switch_on(stage)
    trade = open_for_desk(stage, strategy, condor(stage, qty=qty))
    stage.advance(40)
    stage.run("snapshot")
    return trade


def book(stage: Stage) -> Figures:
    """Work the books out and read alice's."""
    stage.run("risk_book")
    row = last_risk(stage.env, "alice", None)
    assert row is not None
    return dict(row.figures)


def test_a_condors_book_is_the_sum_of_its_legs(desk: Stage) -> None:
    """B-09: net Greeks from the last marks, scenarios and VaR of a condor."""
    opened(desk, qty=2)
    rows = desk.query(
        """select l.side, s.delta, s.vega from price_snapshots s
           join trade_legs l on l.trade_id = s.trade_id and l.leg_no = s.leg_no
           where s."timestamp" = (select max("timestamp") from price_snapshots where kind = 'INTRADAY')"""
    )
    signed = [(200 if row.side == "LONG" else -200, row) for row in rows]

    found = book(desk)
    assert found["legs"] == 4
    assert found["net_delta_shares"] == pytest.approx(sum(units * float(row.delta) for units, row in signed))
    assert found["net_vega_usd_per_1vol"] == pytest.approx(
        sum(units * float(row.vega) for units, row in signed)
    )
    assert found["net_theta_usd_per_day"] > 0 > found["net_gamma_shares_per_dollar"]
    assert found["beta_weighted_delta"] == pytest.approx(found["net_delta_shares"])
    assert found["guessed_betas"] == []
    assert found["pnl_5pct_down"] < found["pnl_1pct_down"] < 10
    most = float(desk.query("select risk_basis from paper_trades")[0].risk_basis)
    assert 0 < found["var_95_1d"] <= found["var_99_1d"] < most
    assert found["max_single_position_pct"] == found["max_single_underlying_pct"] > 0
    assert (found["delta_utilization_pct"], found["breaches"]) == (None, [])


def test_a_minute_is_stored_once_and_the_end_of_all_positions_is_a_book_of_nothing(desk: Stage) -> None:
    """B-09: kept; what was held lately and is gone is zero, and told no more after that."""
    trade = opened(desk)
    assert desk.run("risk_book") == {"books": 1, "unknown": 0, "written": 1}
    assert desk.run("risk_book")["written"] == 0
    desk.close_trade(trade)
    desk.advance(60)

    found = book(desk)
    assert (found["legs"], found["net_delta_shares"], found["var_99_1d"]) == (0, 0, 0)
    desk.advance(60)
    assert "skipped" in desk.run("risk_book")
    kept = risk_history(desk.env, "alice", None, None, None, 100)
    assert [row.figures["legs"] for row in kept.items] == [4, 0]
    assert last_risk(desk.env, "alice", BrokerMode.TRADIER_LIVE) is None
    assert last_risk(desk.env, "bob", None) is None


def test_a_leg_without_a_mark_makes_the_book_unknown_and_stops_entries(desk: Stage) -> None:
    """B-09: neither way can be computed: safe_mode with its reason, exits go on."""
    opened(desk)
    _forget(desk, "mark_price = null, stale = true")

    found = book(desk)
    assert found["unknown"] == "not every leg of SPY has Greeks and a price"
    assert "net_delta_shares" not in found
    scan(desk)
    causes = {row.cause: row.detail for row in desk.query("select cause, detail from kill_switch_rows")}
    assert causes["var_breach"] == "value at risk cannot be worked out"


def test_a_book_that_nobody_works_out_any_more_stops_entries_and_is_told(desk: Stage) -> None:
    """B-08, B-09: while positions are held, two scans without a book of the last minutes trip the switch."""
    opened(desk)
    book(desk)
    desk.advance(240)
    desk.run("snapshot")
    for causes in ([], [], ["missing_data"]):
        scan(desk)
        found = desk.query("select cause, detail from kill_switch_rows where ended_at is null")
        assert [row.cause for row in found] == causes
        desk.advance(60)

    assert found[0].detail == "risk book cannot be read"
    assert any("risk book" in one.text for one in alerts(desk, "kill_switch"))


def test_a_leg_of_which_the_vendor_tells_no_iv_is_solved_from_its_mark(desk: Stage) -> None:
    """B-09, B-16: near the end, or deep in the money, vendors tell none: no reason to stop entries."""
    opened(desk)
    told = book(desk)
    _forget(desk, "iv = null, delta = null, gamma = null, theta = null, vega = null")
    desk.advance(1)

    found = book(desk)
    assert "unknown" not in found
    assert found["var_99_1d_full"] == pytest.approx(told["var_99_1d_full"], rel=0.25)
    scan(desk)
    assert desk.query("select from kill_switch_rows") == []


def _forget(stage: Stage, what: str) -> None:
    with stage.container.jobs_environment().database.transaction(None) as connection:
        connection.execute(text(f"update price_snapshots set {what}"))  # noqa: S608 - words of this module


def test_value_at_risk_beyond_the_days_largest_loss_stops_entries_until_it_is_less(desk: Stage) -> None:
    """B-09: the larger of both ways; lifted under 95 % of the limit (B-08)."""
    opened(desk)
    switch_on(desk, max_daily_loss=1)

    found = book(desk)
    assert [one["name"] for one in found["breaches"]] == ["var_99"]
    scan(desk)
    (row,) = desk.query("select cause, ended_at from kill_switch_rows")
    assert (row.cause, row.ended_at) == ("var_breach", None)

    switch_on(desk, max_daily_loss=100_000)
    desk.advance(60)
    desk.run("snapshot")
    assert book(desk)["breaches"] == []
    scan(desk)
    assert desk.query("select from kill_switch_rows where ended_at is null") == []


def test_a_large_position_is_warned_of_once_while_it_lasts(desk: Stage) -> None:
    """B-09, B-13: one position above 30 % of the equity; what has shrunk is told of anew when it grows."""
    opened(desk)
    book(desk)
    for equity, warned in ((200, 1), (200, 1), (1_000_000, 1), (200, 2)):
        desk.advance(60)
        with desk.container.jobs_environment().database.transaction(None) as connection:
            stated = text("update account_readings set equity = :equity, read_at = papertape_now()")
            connection.execute(stated, {"equity": equity})
        share = book(desk)["max_single_position_pct"]
        assert (share > 30) == (equity == 200)
        told = alerts(desk, "risk_warning")
        assert [one.text for one in told] == [
            "Risk: one position may lose more than 30% of the equity."
        ] * warned


def test_the_years_closes_are_asked_for_once_a_day(desk: Stage) -> None:
    """Betas and correlations: the second minute asks for quotes alone."""
    opened(desk)
    book(desk)
    kept = desk.query("select symbol, known from underlying_facts where kind = 'closes' order by symbol")
    assert [row.symbol for row in kept] == ["SPY", "VIX"]
    assert all(row.known for row in kept)
    before = desk.query("select read_at from underlying_facts where kind = 'closes'")
    desk.advance(60)
    book(desk)
    assert desk.query("select read_at from underlying_facts where kind = 'closes'") == before
    assert timedelta(0) < desk.clock.now() - before[0].read_at


def test_the_book_is_pictured_over_price_and_volatility(desk: Stage) -> None:
    """B-14, B-09: nothing moved is nothing made; the present volatility's column is the scenarios."""
    opened(desk, qty=2)
    found = book(desk)
    picture = picture_risk(desk.env, "alice", None, 0)
    later = picture_risk(desk.env, "alice", None, 30)
    assert picture.surface is not None
    assert later.surface is not None
    still = picture.surface.points.index(0.0)
    by_move = {
        move: row[still] for move, row in zip(picture.surface.moves, picture.surface.dollars, strict=True)
    }

    assert by_move[0.0] == 0
    for move, name in ((-0.05, "pnl_5pct_down"), (-0.01, "pnl_1pct_down"), (0.02, "pnl_2pct_up")):
        assert by_move[move] == pytest.approx(found[name], abs=5)
    at_rest = picture.surface.dollars[picture.surface.moves.index(0.0)]
    assert at_rest[-1] < at_rest[still] < at_rest[0]  # it sold volatility
    assert later.surface.dollars[later.surface.moves.index(0.0)][still] > 0  # and time
    assert [one.ticker for one in picture.positions] == ["SPY"] == [one for one, _ in picture.underlyings]
    assert picture.equity is not None
    assert found["max_single_position_pct"] == pytest.approx(
        (picture.positions[0].loss or 0) / picture.equity * 100, rel=0.01
    )
    assert picture_risk(desk.env, "bob", None, 0).positions == []
