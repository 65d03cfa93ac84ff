"""W-05, I-17: legs settle by expiry, on one price of one time; what lives longer is kept."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from chalicelib.domain.trading.commands import WantedLeg
from chalicelib.services.errors import TransitionRefused
from tests.services.live import LIVE_ACCOUNT, cash_live, go_live, held_live
from tests.services.stage import Stage, eastern
from tests.services.structures import (
    CALL,
    LONG,
    PUT,
    SHORT,
    TODAY,
    close_at,
    close_of_now,
    contract_of,
    events,
    expire,
    fills,
    legs_of,
    strike,
    structure,
)


@pytest.mark.parametrize(("factor", "inside"), [(0.97, 2), (0.9965, None), (1.02, 0)])
def test_a_spread_settles_on_one_price_and_within_its_width(
    stage: Stage, factor: float, inside: int | None
) -> None:
    """I-17: both legs at one price of one time; it never pays more than its width."""
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4))
    width = strike(legs[0]) - strike(legs[1])
    trade = stage.place(structure(legs, "-0.01", qty=3))
    assert trade["status"] == "OPEN"
    stage.jump("SPY", factor)
    expire(stage)

    ended, close = stage.trade(trade), close_at(stage)
    values = [max(strike(leg) - close, Decimal(0)) for leg in legs]
    settled = fills(stage, trade)
    assert [(one.leg_no, one.is_buy, one.quantity) for one in settled] == [(1, True, 3), (2, False, 3)]
    assert [one.price for one in settled] == values
    assert {one.filled_at for one in settled} == {eastern(TODAY, 16)}
    assert 0 <= values[0] - values[1] <= width
    if inside is not None:
        assert sum(value > 0 for value in values) == inside
    assert (ended["status"], ended["open_qty"]) == ("EXPIRED", 0)
    assert ended["close_reason"] == ("EXPIRED_ITM" if values[0] else "EXPIRED_OTM")
    assert [leg["quantity"] for leg in ended["legs"]] == [0, 0]
    assert events(stage, trade) == ["EXPIRED", "EXPIRED"]
    paid = Decimal(str(trade["entry_price"]))
    gross = (values[1] - values[0] - paid) * 3 * 100
    assert Decimal(str(ended["realized_pnl"])) == gross - Decimal(str(ended["fees"]))


def test_the_far_leg_of_a_calendar_lives_on(stage: Stage) -> None:
    """W-05: the near leg is settled at its expiry, the trade keeps the far one and is closed with it."""
    listed = stage.env.market_data.for_user("alice").expirations("SPY")
    near = legs_of(stage, (SHORT, CALL, 0))
    far = WantedLeg(side=LONG, option_type=CALL, strike=strike(near[0]), expiry=listed[3])
    dear = stage.quote(contract_of(far))[1] - stage.quote(contract_of(near[0]))[0]
    trade = stage.place(structure((*near, far), str(dear + Decimal("0.05")), qty=2))
    assert (trade["status"], trade["structure"]) == ("OPEN", "CALENDAR")
    expire(stage)

    kept = stage.trade(trade)
    assert (kept["status"], kept["open_qty"]) == ("OPEN", 2)
    assert [leg["quantity"] for leg in kept["legs"]] == [0, 2]
    assert events(stage, trade) == ["EXPIRED"]
    assert [one.leg_no for one in fills(stage, trade)] == [1]

    stage.run("expire")
    assert len(fills(stage, trade)) == 1

    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 10))
    stage.run("sync")
    stage.sync(after=60)
    stage.sync(after=60)
    assert stage.query("select 1 from alerts where kind in ('position_missing', 'more_held')") == []
    closed = stage.close_trade(stage.trade(trade)).trade
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")
    (leave,) = [order for order in closed["orders"] if order["role"] == "EXIT"]
    assert leave["side"] == "sell_to_close"


def test_a_far_leg_is_closed_while_its_owner_is_asked_about_the_near_one(stage: Stage) -> None:
    """W-05, I-28, seed 940201: what has expired waits for an answer; what lives on does not wait with it."""
    listed = stage.env.market_data.for_user("alice").expirations("SPY")
    near = legs_of(stage, (SHORT, CALL, 0))
    far = WantedLeg(side=LONG, option_type=CALL, strike=strike(near[0]), expiry=listed[3])
    dear = stage.quote(contract_of(far))[1] - stage.quote(contract_of(near[0]))[0]
    trade = stage.place(structure((*near, far), str(dear + Decimal("0.05")), qty=2))
    stage.world.sandbox.hands.take_away(stage.account(), contract_of(near[0]).to_occ(), -1)
    for _ in range(5):
        stage.sync()
    (asked,) = stage.query("select id from alerts where kind = 'position_missing' and resolved_at is null")
    expire(stage)
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 10))
    stage.run("sync")
    assert [leg["quantity"] for leg in stage.trade(trade)["legs"]] == [2, 2]

    closed = stage.close_trade(stage.trade(trade)).trade
    (leave,) = [order for order in closed["orders"] if order["role"] == "EXIT"]
    assert (leave["status"], leave["filled_quantity"]) == ("FILLED", 2)
    assert [leg["quantity"] for leg in closed["legs"]] == [2, 0]
    assert (closed["status"], closed["close_requested_at"]) == ("OPEN", None)
    assert stage.query("select 1 from alerts where kind = 'close_failed'") == []
    stage.sync()
    stage.answer(asked.id, accept=True, price=Decimal(0))
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 16, 31))
    stage.run("expire")
    ended = stage.trade(trade)
    assert (ended["open_qty"], [leg["quantity"] for leg in ended["legs"]]) == (0, [0, 0])


def test_a_close_of_what_has_expired_waits_for_no_session(stage: Stage) -> None:
    """W-05, I-28, seed 961186: its owner is asked about a leg; what was asked is dropped, then refused."""
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4))
    trade = stage.place(structure(legs, "-0.01", qty=2))
    stage.world.sandbox.hands.take_away(stage.account(), contract_of(legs[0]).to_occ(), -1)
    for _ in range(5):
        stage.sync()
    assert stage.query("select id from alerts where kind = 'position_missing' and resolved_at is null")
    expire(stage)
    assert stage.close_trade(stage.trade(trade)).status == 202
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 10))
    stage.sync()

    held = stage.trade(trade)
    assert (held["status"], held["open_qty"], held["close_requested_at"]) == ("OPEN", 2, None)
    with pytest.raises(TransitionRefused, match="settled by its price"):
        stage.close_trade(held)
    with pytest.raises(TransitionRefused, match="nothing left"):
        stage.adjust(held, new_tp=Decimal("-0.01"))
    assert [order for order in held["orders"] if order["role"] == "EXIT"] == []


def test_a_spread_expires_on_a_half_day(stage: Stage) -> None:
    """W-05: an expiration that ends at 13:00 settles at 13:30, at that close."""
    half_day = date(2026, 11, 27)
    stage.go_to(eastern(half_day, 9, 45))
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4), expiry=half_day)
    trade = stage.place(structure(legs, "-0.01"))
    expire(stage, half_day, hour=13)

    ended = stage.trade(trade)
    assert ended["status"] == "EXPIRED"
    assert {one.filled_at for one in fills(stage, trade)} == {eastern(half_day, 13)}


def test_one_leg_in_the_money_delivers_its_shares(stage: Stage) -> None:
    """W-05: live, a short put is assigned: shares at the strike in the same trade, alerted, then sold."""
    go_live(stage, allow_market=True)
    stage.set(close_before_expiry=False, heat_limit_pct=Decimal(100))
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -8))
    trade = stage.place(structure(legs, "-0.01"))
    assert trade["status"] == "OPEN"
    stage.jump("SPY", float((strike(legs[0]) + strike(legs[1])) / 2 / close_of_now(stage)))
    expire(stage)

    held = stage.trade(trade)
    close = close_at(stage)
    assert strike(legs[1]) < close < strike(legs[0])
    assert (held["status"], held["open_qty"]) == ("OPEN", 1)
    assert [leg["quantity"] for leg in held["legs"]] == [0, 0, 100]
    shares = held["legs"][2]
    assert (shares["instrument"], shares["symbol"], shares["side"]) == ("EQUITY", "SPY", "LONG")
    assert Decimal(str(shares["entry_price"])) == strike(legs[0])
    assert events(stage, trade) == ["ASSIGNED", "EXPIRED"]
    (alert,) = stage.query("select severity, text from alerts where kind = 'assigned'")
    assert alert.severity == "critical"
    assert "long 100 shares of SPY" in alert.text

    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 40))
    stage.run("sync")
    assert held_live(stage, "SPY") == 100
    closed = stage.close_trade(stage.trade(trade)).trade
    assert (closed["status"], closed["open_qty"]) == ("CLOSED", 0)
    assert held_live(stage, "SPY") == 0
    leave = closed["orders"][-1]
    assert (leave["side"], leave["quantity"]) == ("sell_to_close", 100)
    sold = Decimal(str(leave["avg_fill_price"]))
    paid = Decimal(str(trade["entry_price"])) * 100
    gross = (sold - strike(legs[0])) * 100 - paid
    assert Decimal(str(closed["realized_pnl"])) == gross - Decimal(str(closed["fees"]))


def test_a_spread_is_closed_before_its_expiry_if_wanted(stage: Stage) -> None:
    """A-06: `close_before_expiry` closes a structure too, by one order over all its legs."""
    go_live(stage, allow_market=True)
    stage.set(close_before_expiry=True)
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4))
    trade = stage.place(structure(legs, "-0.01", qty=2))
    stage.go_to(eastern(TODAY, 15, 0))
    stage.run("unwind")
    assert len(stage.query("select 1 from alerts where kind = 'expires_today'")) == 1
    stage.go_to(eastern(TODAY, 15, 45))
    stage.run("unwind")

    closed = stage.trade(trade)
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "STRATEGY_EXIT")
    (leave,) = [order for order in closed["orders"] if order["role"] == "EXIT"]
    assert [leg["side"] for leg in leave["legs"]] == ["buy_to_close", "sell_to_close"]
    assert stage.world.live.truth_positions(LIVE_ACCOUNT) == []


def test_a_spread_with_both_legs_in_the_money_leaves_no_shares(stage: Stage) -> None:
    """W-05: assigned and exercised at once; the account and our books say the same the next morning."""
    go_live(stage, allow_market=True)
    stage.set(close_before_expiry=False)
    before = cash_live(stage)
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4))
    trade = stage.place(structure(legs, "-0.01", qty=2))
    stage.jump("SPY", 0.97)
    expire(stage)

    ended = stage.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("EXPIRED", "EXPIRED_ITM")
    assert events(stage, trade) == ["ASSIGNED", "EXERCISED"]
    assert [leg["instrument"] for leg in ended["legs"]] == ["OPTION", "OPTION"]
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 40))
    stage.run("sync")
    assert stage.world.live.truth_positions(LIVE_ACCOUNT) == []
    assert Decimal(str(ended["realized_pnl"])) == cash_live(stage) - before


def test_an_adjusted_contract_is_never_settled_by_guess(stage: Stage) -> None:
    """W-05: its deliverable is not ours to know; it waits, and its owner is told."""
    trade = stage.place(stage.command(stage.contract("SPY", expiry_index=0)))
    with stage.container.jobs_environment().database.transaction("alice") as connection:
        connection.execute(
            text("update trade_legs set symbol = replace(symbol, 'SPY', 'SPY1') where trade_id = :id"),
            {"id": trade["id"]},
        )
    stage.go_to(eastern(TODAY, 16, 31))
    keeper_sees = stage.run("expire")

    assert keeper_sees["settled"] == 0
    assert stage.trade(trade)["status"] == "OPEN"
    assert fills(stage, trade) == []
