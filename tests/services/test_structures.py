"""W-01 to W-04: structures opened, marked and left by one order at the emulated Tradier."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Invalid
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


def test_a_credit_spread_is_entered_as_one_order_marked_and_left(stage: Stage) -> None:
    """W-01, W-02: signed prices, fills by leg, P&L from the legs; closed by one combined order."""
    trade = stage.place(vertical(stage, qty=2))

    assert trade["status"] == "OPEN"
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
