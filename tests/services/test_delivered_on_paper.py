"""W-05: PAPER delivers shares for a person's short put and covered call, in trade and books alike."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.spelling import in_dollars
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from tests.services.stage import Stage, eastern
from tests.services.structures import (
    CALL,
    LONG,
    PUT,
    SHORT,
    TODAY,
    close_of_now,
    contract_of,
    events,
    expire,
    legs_of,
    strike,
    structure,
)

Json = dict[str, Any]  # Any: JSON


@pytest.fixture
def paper(stage: Stage) -> Stage:
    """Trade on paper, with money enough for its strikes."""
    stage.set(broker_mode=BrokerMode.PAPER, account_balance=Decimal(1_000_000), heat_limit_pct=Decimal(100))
    return stage


def sell(stage: Stage, leg: WantedLeg, **changes: Any) -> Json:  # Any: mixed types
    """Sell one contract at market."""
    values: Json = {"ticker": "SPY", "legs": (leg,), "order_type": OrderType.MARKET, "qty": 1}
    trade = stage.place(PlaceTrade(**(values | changes)))
    assert trade["status"] == "OPEN", trade
    return trade


def books(stage: Stage) -> dict[str, Decimal]:
    """Return what the paper broker holds."""
    return {row.symbol: row.quantity for row in stage.query("select symbol, quantity from paper_positions")}


def cash(stage: Stage) -> Decimal:
    """Return the paper account's cash."""
    (row,) = stage.query("select cash from paper_accounts")
    return Decimal(row.cash)


def test_a_short_put_in_the_money_becomes_shares_that_are_sold(paper: Stage) -> None:
    """Assigned at expiry: 100 shares at the strike, kept in the same trade, marked, sold as shares."""
    (put,) = legs_of(paper, (SHORT, PUT, 0))
    trade = sell(paper, put)
    before = cash(paper) - (Decimal(str(trade["entry_price"])) * 100 - Decimal(str(trade["fees"])))
    paper.jump("SPY", 0.985)
    expire(paper)

    held = paper.trade(trade)
    assert (held["status"], held["open_qty"]) == ("OPEN", 1)
    assert [(leg["instrument"], leg["side"], leg["quantity"]) for leg in held["legs"]] == [
        ("OPTION", "SHORT", 0),
        ("EQUITY", "LONG", 100),
    ]
    assert Decimal(str(held["legs"][1]["entry_price"])) == strike(put)
    assert held["entry_price"] == trade["entry_price"]
    assert events(paper, trade) == ["ASSIGNED"]
    (alert,) = paper.query("select text, severity from alerts where kind = 'assigned'")
    assert alert.severity == "critical"
    assert "long 100 shares of SPY" in alert.text
    at_most = strike(put) * 100 - Decimal(str(trade["entry_price"])) * 100
    assert f"at most {in_dollars(at_most)}" in alert.text

    paper.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 45))
    paper.run("snapshot")
    marked = paper.trade(trade)
    price = close_of_now(paper)
    assert abs(Decimal(str(marked["unrealized_pnl"])) - (price - strike(put)) * 100) < 100

    closed = paper.close_trade(marked).trade
    assert (closed["status"], closed["open_qty"]) == ("CLOSED", 0)
    assert closed["orders"][-1]["side"] == "sell_to_close"
    assert books(paper) == {}
    assert Decimal(str(closed["realized_pnl"])) == cash(paper) - before


def test_a_short_put_out_of_the_money_expires(paper: Stage) -> None:
    """Nothing is delivered: the premium is kept."""
    (put,) = legs_of(paper, (SHORT, PUT, -3))
    trade = sell(paper, put)
    paper.jump("SPY", 1.01)
    expire(paper)

    ended = paper.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("EXPIRED", "EXPIRED_OTM")
    premium = Decimal(str(trade["entry_price"])) * 100
    assert Decimal(str(ended["realized_pnl"])) == premium - Decimal(str(ended["fees"]))


def test_a_covered_call_in_the_money_gives_its_own_shares(paper: Stage) -> None:
    """Bought and sold as one: the shares go at the strike, the trade is over."""
    (call,) = legs_of(paper, (SHORT, CALL, 1))
    shares = WantedLeg(instrument=Instrument.EQUITY, side=LONG, ratio=100)
    limit = close_of_now(paper) - paper.quote(contract_of(call))[0] + Decimal("0.10")
    trade = paper.place(structure((shares, call), f"{limit:.2f}"))
    assert (trade["status"], trade["structure"]) == ("OPEN", "COVERED_CALL")
    paper.jump("SPY", 1.02)
    expire(paper)

    ended = paper.trade(trade)
    assert (ended["status"], ended["close_reason"]) == ("EXPIRED", "EXPIRED_ITM")
    assert events(paper, trade) == ["ASSIGNED"]
    gross = (strike(call) - Decimal(str(trade["entry_price"]))) * 100
    assert Decimal(str(ended["realized_pnl"])) == gross - Decimal(str(ended["fees"]))
    paper.run("sync")
    assert books(paper) == {}


def test_the_shares_of_a_wheel_are_called_away(paper: Stage) -> None:
    """A call sold against shares of another trade: both end, the shares at the strike of the call."""
    (put,) = legs_of(paper, (SHORT, PUT, 0))
    wheel = sell(paper, put)
    paper.jump("SPY", 0.985)
    expire(paper)
    friday = TODAY.replace(day=TODAY.day + 1)
    paper.go_to(eastern(friday, 9, 45))
    (call,) = legs_of(paper, (SHORT, CALL, 1), expiry=friday)
    covered = sell(paper, call)
    paper.jump("SPY", 1.02)
    expire(paper, friday)

    ended, stock = paper.trade(covered), paper.trade(wheel)
    assert (ended["status"], ended["close_reason"]) == ("EXPIRED", "EXPIRED_ITM")
    assert events(paper, covered) == ["ASSIGNED"]
    assert (stock["status"], stock["close_reason"]) == ("CLOSED", "EXERCISED")
    premium = Decimal(str(wheel["entry_price"]))
    gross = (strike(call) - strike(put) + premium) * 100
    assert Decimal(str(stock["realized_pnl"])) == gross - Decimal(str(stock["fees"]))
    paper.run("sync")
    assert books(paper) == {}


def test_a_deep_short_put_is_assigned_days_before_its_expiry(paper: Stage) -> None:
    """W-05: worth more exercised than its bid says; booked once, its trade goes on with the shares."""
    friday = TODAY.replace(day=TODAY.day + 1)
    put, far = legs_of(paper, (SHORT, PUT, 0), (LONG, PUT, -30), expiry=friday)
    trade = paper.place(structure((put, far), "-0.01", qty=2))
    out = sell(paper, legs_of(paper, (SHORT, PUT, -12), expiry=friday)[0])
    paper.jump("SPY", 0.94)
    paper.go_to(eastern(TODAY, 16, 31))
    told = paper.run("expire")
    again = paper.run("expire")

    assert told["assigned"] == 2
    assert "assigned" not in again
    held = paper.trade(trade)
    assert [(leg["side"], leg["quantity"]) for leg in held["legs"]] == [
        ("SHORT", 0),
        ("LONG", 2),
        ("LONG", 200),
    ]
    assert events(paper, trade) == ["ASSIGNED"]
    assert events(paper, out) == []
    assert books(paper)["SPY"] == 200

    paper.go_to(eastern(friday, 9, 45))
    closed = paper.close_trade(held).trade
    paper.sync()
    closed = paper.trade(closed)
    assert (closed["status"], closed["open_qty"]) == ("CLOSED", 0)
    assert "SPY" not in books(paper)
