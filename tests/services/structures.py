"""Structures for tests: legs near the money of a listed expiry, and what became of a trade of them."""

from datetime import date
from decimal import Decimal
from typing import Any

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from tests.services.stage import MORNING, Stage, eastern

CALL, PUT = OptionType.CALL, OptionType.PUT
LONG, SHORT = LegSide.LONG, LegSide.SHORT
TODAY = MORNING.date()

Wanted = tuple[LegSide, OptionType, int]


def strikes_of(stage: Stage, ticker: str, expiry: date) -> list[Decimal]:
    """Return what strikes are listed of an expiry, lowest first."""
    chain = stage.env.market_data.for_user("alice").chain(ticker, [expiry])
    return sorted({Decimal(symbol[-8:]) / 1000 for symbol in chain.quotes})


def legs_of(
    stage: Stage, *wanted: Wanted, expiry: date = TODAY, ticker: str = "SPY"
) -> tuple[WantedLeg, ...]:
    """Return legs at so many listed strikes from the money."""
    strikes = strikes_of(stage, ticker, expiry)
    at = strikes.index(stage.contract(ticker, expiry_index=0).strike)
    return tuple(
        WantedLeg(side=side, option_type=right, strike=strikes[at + steps], expiry=expiry)
        for side, right, steps in wanted
    )


def strike(leg: WantedLeg) -> Decimal:
    """Return an option leg's strike."""
    assert leg.strike is not None
    return leg.strike


def contract_of(leg: WantedLeg) -> OptionContract:
    """Return what a leg of SPY is of."""
    assert leg.expiry is not None
    assert leg.option_type is not None
    return OptionContract(root="SPY", expiry=leg.expiry, option_type=leg.option_type, strike=strike(leg))


def structure(legs: tuple[WantedLeg, ...], limit: str, **changes: Any) -> PlaceTrade:  # Any: mixed types
    """Return a command for a structure at a limit that is taken at once."""
    values: dict[str, Any] = {  # Any: as above
        "ticker": "SPY",
        "legs": legs,
        "order_type": OrderType.LIMIT,
        "limit_price": Decimal(limit),
    }
    return PlaceTrade(**(values | changes))


def close_at(stage: Stage, ticker: str = "SPY", day: date = TODAY) -> Decimal:
    """Return the official close."""
    close = stage.env.market_data.for_user("alice").official_close(ticker, day)
    assert close is not None
    return close


def expire(stage: Stage, day: date = TODAY, *, hour: int = 16) -> None:
    """Let a day end and what expired be settled."""
    stage.go_to(eastern(day, hour, 31))
    stage.run("expire")


def events(stage: Stage, trade: dict[str, Any]) -> list[str]:  # Any: JSON
    """Return the reasons of the rows of its history that moved no state."""
    rows = stage.query(
        "select reason from state_transitions where trade_id = :id and from_status = to_status"
        " order by at, id",
        id=trade["id"],
    )
    return [row.reason for row in rows]


def fills(stage: Stage, trade: dict[str, Any]) -> list[Any]:  # Any: rows
    """Return the fills that settled it."""
    return stage.query(
        "select leg_no, is_buy, quantity, price, filled_at from fills "
        "where trade_id = :id and kind = 'SETTLEMENT' order by leg_no, filled_at, id",
        id=trade["id"],
    )


def close_of_now(stage: Stage) -> Decimal:
    """Return the underlying's last price."""
    (quote,) = stage.env.market_data.for_user("alice").underlying_quotes(["SPY"])
    assert quote.last is not None
    return quote.last
