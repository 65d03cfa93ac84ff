"""W-01 to W-04: structures opened, marked and left by one order at the emulated Tradier."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Invalid, RiskLimitReached
from chalicelib.services.users.account import read_account
from chalicelib.services.users.positions import read_positions
from tests.services.stage import Stage

CALL, PUT = OptionType.CALL, OptionType.PUT
LONG, SHORT = LegSide.LONG, LegSide.SHORT


def legs_of(
    stage: Stage, *wanted: tuple[LegSide, OptionType, int], ticker: str = "SPY"
) -> tuple[WantedLeg, ...]:
    """Return legs at so many listed strikes from the money, of one expiry."""
    middle = stage.contract(ticker)
    chain = stage.env.market_data.for_user("alice").chain(ticker, [middle.expiry])
    strikes = sorted({contract_strike(symbol) for symbol in chain.quotes})
    at = strikes.index(middle.strike)
    return tuple(
        WantedLeg(side=side, option_type=right, strike=strikes[at + steps], expiry=middle.expiry)
        for side, right, steps in wanted
    )


def contract_strike(symbol: str) -> Decimal:
    """Return the strike that an OCC symbol names."""
    return Decimal(symbol[-8:]) / 1000


def vertical(stage: Stage, **changes: Any) -> PlaceTrade:  # Any: fields of mixed types
    """Return a bull put spread, sold at a price that is taken at once."""
    legs = legs_of(stage, (SHORT, PUT, -1), (LONG, PUT, -4))
    values: dict[str, Any] = {  # Any: as above
        "ticker": "SPY",
        "legs": legs,
        "order_type": OrderType.LIMIT,
        "limit_price": Decimal("-0.01"),
    }
    return PlaceTrade(**(values | changes))


@pytest.mark.parametrize("mode", [BrokerMode.TRADIER_SANDBOX, BrokerMode.PAPER])
def test_a_credit_spread_is_entered_as_one_order_marked_and_left(stage: Stage, mode: BrokerMode) -> None:
    """W-01, W-02: signed prices, fills by leg, P&L from the legs; closed by one combined order."""
    stage.set(broker_mode=mode.value)
    trade = stage.place(vertical(stage, qty=2))

    assert (trade["status"], trade["broker_mode"]) == ("OPEN", mode.value)
    assert trade["structure"] == "VERTICAL"
    assert (trade["option_type"], trade["strike"], trade["expiry"]) == (None, None, None)
    assert trade["entry_price"] < 0
    assert trade["entry_credit"] == -trade["entry_price"]
    (entry,) = trade["orders"]
    assert [leg["side"] for leg in entry["legs"]] == ["sell_to_open", "buy_to_open"]
    assert [leg["filled_quantity"] for leg in entry["legs"]] == [2, 2]
    assert [leg["quantity"] for leg in trade["legs"]] == [2, 2]
    sold, bought = (leg["entry_price"] for leg in trade["legs"])
    assert trade["entry_price"] == pytest.approx(float(bought - sold))

    closed = stage.close_trade(trade).trade

    assert closed["status"] == "CLOSED"
    assert closed["close_reason"] == "MANUAL_CLOSE"
    leave = closed["orders"][-1]
    assert leave["type"] == "limit"
    assert [leg["side"] for leg in leave["legs"]] == ["buy_to_close", "sell_to_close"]
    gross = (closed["close_price"] - closed["entry_price"]) * 2 * 100
    assert closed["realized_pnl"] == pytest.approx(gross - closed["fees"])


def test_a_market_order_over_several_legs_is_refused(stage: Stage) -> None:
    """W-03: nothing is sent, the field is named."""
    with pytest.raises(Invalid) as refused:
        stage.place(vertical(stage, order_type=OrderType.MARKET, limit_price=None))
    assert [error.field for error in refused.value.errors] == ["order_type"]


def test_a_structures_stop_is_watched_with_each_snapshot(stage: Stage) -> None:
    """W-04: no order rests; the snapshot whose mark reaches the stop has the account worked on at once."""
    trade = stage.place(vertical(stage))
    stop = Decimal(str(trade["entry_price"])) - Decimal("0.30")
    adjusted = stage.adjust(trade, new_sl=stop)
    assert adjusted.status == 200
    assert [order["role"] for order in adjusted.trade["orders"]] == ["ENTRY"]
    assert adjusted.trade["trigger_precision"] == "SNAPSHOT"

    stage.jump("SPY", 0.985)
    stage.advance(40)
    stage.run("snapshot")
    job, payload, _ = stage.bus.sent[-1]
    assert job == "sync"
    stage.run(job, **payload)

    closed = stage.trade(trade)
    assert closed["status"] == "CLOSED"
    assert closed["close_reason"] == "SL_HIT"
    assert closed["close_price"] < trade["entry_price"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"limit_price": Decimal("1.00")}, "limit_price"),
        ({"limit_price": Decimal("-3.50")}, "limit_price"),
        ({"limit_price": Decimal("-1.005")}, "limit_price"),
        ({"sl_price": Decimal("-0.005")}, "sl_price"),
        ({"tp_price": Decimal("-2")}, "tp_price"),
    ],
)
def test_prices_of_a_credit_that_make_no_sense_are_refused(
    stage: Stage, changes: dict[str, Decimal], field: str
) -> None:
    """W-02: the wrong side of zero, a credit wider than its wing, off the cent, a stop above the entry."""
    with pytest.raises(Invalid) as refused:
        stage.place(vertical(stage, **changes))
    assert [error.field for error in refused.value.errors] == [field]


def test_what_can_lose_without_end_is_refused(stage: Stage) -> None:
    """W-01: a naked short call beside a long put, and a call sold twice as often as bought."""
    for wanted in (
        [(SHORT, CALL, 2), (LONG, PUT, -2)],
        [(SHORT, CALL, 2)],
    ):
        legs = legs_of(stage, *wanted)
        limit = Decimal("0.05") if len(legs) == 1 else Decimal("-0.05")
        with pytest.raises(Invalid) as refused:
            stage.place(vertical(stage, legs=legs, names_legs=True, limit_price=limit))
        assert [error.field for error in refused.value.errors] == ["legs"]


def test_a_short_put_needs_its_cash(stage: Stage) -> None:
    """W-01: strike × multiplier × quantity; beyond what is free it is refused with the figures."""
    stage.set(heat_limit_pct=Decimal(100))
    legs = legs_of(stage, (SHORT, PUT, -2))
    strike = legs[0].strike
    assert strike is not None
    command = vertical(stage, legs=legs, names_legs=True, limit_price=Decimal("0.05"))
    held = stage.place(command)
    assert held["structure"] == "SHORT_PUT"
    assert held["entry_price"] > 0
    assert held["entry_credit"] == held["entry_price"]

    with pytest.raises(RiskLimitReached) as refused:
        stage.place(replace(command, qty=Decimal(1000)))
    assert refused.value.limit == "collateral"
    assert refused.value.value == strike * 100 * 1000


def test_an_iron_condor_is_marked_from_all_four_legs(stage: Stage) -> None:
    """W-02: own rows beside the legs' rows; P&L of the bulk statement is that of the legs."""
    legs = legs_of(stage, (LONG, PUT, -6), (SHORT, PUT, -3), (SHORT, CALL, 3), (LONG, CALL, 6))
    trade = stage.place(vertical(stage, legs=legs, names_legs=True))
    assert trade["structure"] == "IRON_CONDOR"
    stage.advance(40)
    stage.run("snapshot")

    rows = stage.query(
        "select mark_price from price_snapshots where trade_id = :id and kind = 'INTRADAY' order by leg_no",
        id=trade["id"],
    )
    own, *of_legs = [row.mark_price for row in rows]
    assert len(of_legs) == 4
    assert own == of_legs[0] - of_legs[1] - of_legs[2] + of_legs[3]
    marked = stage.trade(trade)
    assert marked["current_price"] == float(own)
    entry = Decimal(str(trade["entry_price"]))
    assert marked["unrealized_pnl"] == pytest.approx(float((own - entry) * 100))


def test_the_accounts_figures_know_a_structures_legs(stage: Stage) -> None:
    """api.md, account: open and day P&L of a spread are those of its legs, and its stop's risk is its own."""
    trade = stage.place(vertical(stage, qty=2))
    stop = Decimal(str(trade["entry_price"])) - Decimal("0.50")
    stage.adjust(trade, new_sl=stop)
    stage.advance(40)
    stage.run("snapshot")
    marked = stage.trade(trade)

    account = read_account(stage.env, "alice")

    assert account.held.open_pnl == Decimal(str(marked["unrealized_pnl"]))
    assert account.held.unpriced == 0
    fall = (Decimal(str(marked["current_price"])) - stop) * 2 * 100
    assert account.held.risk_to_stops == fall

    held = read_positions(stage.env, "alice")
    (position,) = held.book.positions
    assert (position.open_pnl, position.cost) == (
        account.held.open_pnl,
        Decimal(str(trade["entry_price"])) * 200,
    )
    assert position.exit_pnl is not None
    assert position.exit_pnl < account.held.open_pnl  # at the natural price, not at the middle
    assert position.greeks.delta is not None
    assert position.greeks.delta > 0  # a bull put spread gains as the market rises
    assert position.day_pnl == account.day_pnl == held.book.totals.day_pnl
    assert [ticker for ticker, _ in held.book.by_ticker] == ["SPY"]


def test_shares_count_what_they_can_lose(stage: Stage) -> None:
    """B-16: heat of shares that were bought is their cost less the stop, as of anything else."""
    before = read_account(stage.env, "alice").exposure.heat
    shares = WantedLeg(instrument=Instrument.EQUITY)
    trade = stage.place(
        PlaceTrade(ticker="SPY", legs=(shares,), order_type=OrderType.MARKET, qty=Decimal(10))
    )

    assert trade["structure"] == "SHARES"
    cost = Decimal(str(trade["entry_price"])) * 10
    assert read_account(stage.env, "alice").exposure.heat - before == cost
