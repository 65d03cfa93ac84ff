"""B-01: the wheel sells puts until it is assigned, then calls on the shares, once they are recorded."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.pipeline.facts import AccountFacts
from chalicelib.domain.desk.strategies.strategy import DeskBroker, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType, sold_now
from chalicelib.services.desk.scanning.account_facts import read_accounts
from chalicelib.services.desk.scanning.scanned_desks import read_desks
from tests.services.desk.desk_trades import add_strategy, alerts, open_for_desk
from tests.services.stage import Stage, eastern
from tests.services.structures import CALL, PUT, SHORT, TODAY, legs_of, structure

Json = dict[str, Any]  # Any: JSON
TOMORROW = TODAY + timedelta(days=1)


def facts_of(stage: Stage, strategy: Strategy) -> AccountFacts:
    """Return what a scan of now would be told of the strategy's account."""
    with stage.env.database.transaction("alice") as connection:
        connection.exec_driver_sql(
            "insert into desk_settings (username, max_positions, max_condors_per_expiry, max_daily_loss,"
            " max_bid_ask_spread_percent, fill_price_buffer_pct, zero_dte_close_buffer_minutes, bot_on)"
            " values ('alice', 10, 3, 1000, 10, 5, 30, true) on conflict do nothing"
        )
    jobs = stage.container.jobs_environment()
    (desk,) = read_desks(jobs, stage.clock.now(), MarketCalendar(), ["alice"])
    accounts = read_accounts(jobs, [desk], desk.accounts(), MarketCalendar())
    return accounts.facts_of(desk, strategy)


def sold_put(stage: Stage, strategy: Strategy, *, qty: int = 1) -> Json:
    """Sell a put for the wheel."""
    stage.set(heat_limit_pct=Decimal(500))
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[5]
    return open_for_desk(
        stage, strategy, structure(legs_of(stage, (SHORT, PUT, -2), expiry=expiry), "0.05", qty=qty)
    )


def assign(stage: Stage, trade: Json, quantity: int = 1) -> None:
    """Have the holders exercise over night, and go to the morning."""
    stage.world.sandbox.hands.assign(stage.account(), trade["legs"][0]["symbol"], quantity)
    stage.go_to(eastern(TOMORROW, 9, 15))


def recorded(stage: Stage) -> list[tuple[str, int, float]]:
    """Return what is recorded: symbol, shares, dollars per share."""
    rows = stage.query("select symbol, shares, cost from desk_assignments order by recorded_at")
    return [(row.symbol, int(row.shares), float(row.cost)) for row in rows]


def test_no_call_is_written_before_the_shares_are_there(stage: Stage) -> None:
    """B-01, complaint: a wheel that writes calls before the shares are there; they are recorded first."""
    wheel = add_strategy(stage, StrategyType.WHEEL)
    trade = sold_put(stage, wheel)
    assert sold_now(wheel.type, facts_of(stage, wheel).free_shares) is StrategyType.CASH_SECURED_PUT
    assign(stage, trade)
    stage.run("premarket")
    assert recorded(stage) == []
    stage.fault("status", method="GET", path="/positions", code=500, body="", times=50)
    stage.go_to(eastern(TOMORROW, 9, 31))
    stage.run("desk_reconcile")
    assert facts_of(stage, wheel).free_shares == 0

    stage.world.faults.clear()
    for _ in range(4):
        stage.sync()
    assert stage.trade(trade)["legs"][1]["origin"] == "ASSIGNED"
    facts = facts_of(stage, wheel)
    assert (facts.free_shares, facts.open_of_strategy) == (0, 0), "booked, and not recorded yet"
    stage.run("desk_reconcile")

    strike = stage.trade(trade)["legs"][0]["strike"]
    assert recorded(stage) == [("SPY", 100, strike)]
    assert sold_now(wheel.type, facts_of(stage, wheel).free_shares) is StrategyType.COVERED_CALL
    (told,) = alerts(stage, "assignment_recorded")
    assert wheel.name in told.text


def test_shares_of_an_expiry_are_recorded_by_the_morning_check(stage: Stage) -> None:
    """B-01, W-05: assigned by rule in the evening; at 09:15 the broker shows them, at the strike."""
    wheel = add_strategy(stage, StrategyType.WHEEL, broker=DeskBroker.PAPER)
    stage.set(heat_limit_pct=Decimal(500), broker_mode=BrokerMode.PAPER.value)
    legs = legs_of(stage, (SHORT, PUT, 8), expiry=TODAY)
    trade = open_for_desk(stage, wheel, structure(legs, "0.05"))
    stage.go_to(eastern(TODAY, 16, 31))
    stage.run("expire")
    assert stage.trade(trade)["legs"][1]["quantity"] == 100
    stage.go_to(eastern(TOMORROW, 9, 15))

    ran = stage.run("premarket")

    assert ran["recorded"] == 1
    assert recorded(stage) == [("SPY", 100, float(legs[0].strike or 0))]
    stage.run("premarket")
    assert len(recorded(stage)) == 1
    stage.go_to(eastern(TOMORROW, 9, 31))
    assert facts_of(stage, wheel).free_shares == 100


def test_shares_are_not_sold_by_the_stops_of_the_put(stage: Stage) -> None:
    """B-01, B-06: what came of an assignment waits for its calls; a person may sell it."""
    wheel = add_strategy(stage, StrategyType.WHEEL, stop_usd=1)
    trade = sold_put(stage, wheel)
    assign(stage, trade)
    stage.go_to(eastern(TOMORROW, 9, 31))
    for _ in range(4):
        stage.sync()
    stage.jump("SPY", 0.95)
    for _ in range(4):
        stage.advance(60)
        assert stage.run("desk_exits") == {"skipped": "the desk holds nothing"}

    closed = stage.close_trade(stage.trade(trade)).trade
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")


def test_shares_that_a_call_was_promised_are_not_promised_again(stage: Stage) -> None:
    """B-01, W-01, complaint: two strategies taking the same collateral."""
    wheel = add_strategy(stage, StrategyType.WHEEL)
    trade = sold_put(stage, wheel)
    assign(stage, trade)
    stage.go_to(eastern(TOMORROW, 9, 31))
    for _ in range(4):
        stage.sync()
    stage.run("desk_reconcile")
    assert facts_of(stage, wheel).free_shares == 100
    expiry = stage.env.market_data.for_user("alice").expirations("SPY")[5]
    call = legs_of(stage, (SHORT, CALL, 6), expiry=expiry)
    written = open_for_desk(stage, wheel, replace(structure(call, "0.05"), qty=Decimal(1)))

    assert written["structure"] == "SHORT_CALL"
    facts = facts_of(stage, wheel)
    assert (facts.free_shares, facts.open_of_strategy) == (0, 1)
    assert date.fromisoformat(written["legs"][0]["expiry"]) == expiry


def test_more_contracts_that_are_assigned_later_are_recorded_too(stage: Stage) -> None:
    """B-01, W-05: two of five, then the rest; one record grows."""
    wheel = add_strategy(stage, StrategyType.WHEEL)
    trade = sold_put(stage, wheel, qty=3)
    assign(stage, trade, 2)
    stage.go_to(eastern(TOMORROW, 9, 31))
    for _ in range(4):
        stage.sync()
    stage.run("desk_reconcile")
    assert [shares for _, shares, _ in recorded(stage)] == [200]
    stage.world.sandbox.hands.assign(stage.account(), trade["legs"][0]["symbol"], 1)
    stage.go_to(eastern(date(2026, 2, 23), 9, 31))
    for _ in range(4):
        stage.sync()
    stage.run("desk_reconcile")

    assert [shares for _, shares, _ in recorded(stage)] == [300]
