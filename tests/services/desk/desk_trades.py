"""Trades of the desk for tests: a stored strategy, and a trade that counts as opened by it."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.strategy import DeskBroker, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.commands.originate import enter
from chalicelib.store.desk import strategies
from tests.services.stage import Stage
from tests.services.structures import CALL, LONG, PUT, SHORT, legs_of, structure


def add_strategy(
    stage: Stage,
    kind: StrategyType = StrategyType.IRON_CONDOR,
    *,
    username: str = "alice",
    underlying: str = "SPY",
    broker: DeskBroker = DeskBroker.TRADIER,
    enabled: bool = True,
    **leaving: object,
) -> Strategy:
    """Store a strategy; `leaving` are its exit conditions, the builder's where none is given."""
    body = proposed_body(kind, underlying)
    if leaving:
        body["exit_conditions"] = leaving
    read = read_strategy(body, uuid4(), 1)
    assert isinstance(read, Strategy), read
    kept = replace(read, preferred_broker=broker, enabled=enabled)
    with stage.env.database.transaction(username) as connection:
        strategies.add(connection, username, kept)
    return kept


def condor(stage: Stage, *, qty: int = 1, expiry_index: int = 8, ticker: str = "SPY") -> PlaceTrade:
    """Return a condor that is sold at a price which is taken at once."""
    expiry = stage.env.market_data.for_user("alice").expirations(ticker)[expiry_index]
    wanted = ((LONG, PUT, -6), (SHORT, PUT, -3), (SHORT, CALL, 3), (LONG, CALL, 6))
    legs = legs_of(stage, *wanted, expiry=expiry, ticker=ticker)
    return structure(legs, "-0.01", ticker=ticker, qty=qty)


def open_for_desk(
    stage: Stage, strategy: Strategy, command: PlaceTrade | None = None, *, username: str = "alice"
) -> dict[str, Any]:  # Any: JSON
    """Enter for a strategy."""
    jobs = stage.container.jobs_environment()
    wanted = command or condor(stage, ticker=strategy.underlying)
    trade_id = enter(jobs, username, Originator.DESK, str(strategy.id), wanted, f"desk-{uuid4()}")
    trade = stage.trade({"id": str(trade_id)}, username=username)
    assert trade["status"] == "OPEN", trade
    return trade


def give_to(stage: Stage, strategy: Strategy, trade: dict[str, Any], *, username: str = "alice") -> None:
    """Let a trade count as opened by a strategy."""
    with stage.env.database.transaction(username) as connection:
        connection.execute(
            text("update paper_trades set originator = 'DESK', originator_id = :strategy where id = :id"),
            {"strategy": str(strategy.id), "id": UUID(trade["id"])},
        )


def alerts(stage: Stage, kind: str) -> list[Any]:  # Any: rows
    """Return a kind's alerts, oldest first."""
    return stage.query("select * from alerts where kind = :kind order by at, id", kind=kind)
