"""The rows of shares that were delivered (A-06, W-05): a trade of their own, or a leg of the option's.

Orders and fills are written as any.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, insert

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.trading.legs import Leg, LegOrigin
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import Trade, TriggerPrecision
from chalicelib.store.schema import paper_trades, trade_legs
from chalicelib.store.trades.trades import load_trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What an exercised option became: so many shares, held this way, at a price in dollars per share."""

    trade_id: UUID
    leg_id: UUID
    option: Trade
    side: LegSide
    shares: Decimal
    price: Decimal


def insert_delivery(connection: Connection, delivery: Delivery) -> Trade:
    """Insert the trade, PENDING still, and its one leg."""
    option = delivery.option
    connection.execute(
        insert(paper_trades).values(
            id=delivery.trade_id,
            username=option.username,
            ticker=option.ticker,
            structure=Shape.SHARES,
            qty=delivery.shares,
            order_type=OrderType.MARKET,
            asked_price=delivery.price,
            strategy=option.strategy,
            originator=option.originator,
            broker_mode=option.broker_mode,
            account_id=option.account_id,
            trigger_precision=TriggerPrecision.BROKER_FILL,
            trade_context={"exercised_from": str(option.id)},
        )
    )
    connection.execute(
        insert(trade_legs).values(
            id=delivery.leg_id,
            username=option.username,
            trade_id=delivery.trade_id,
            leg_no=1,
            instrument=Instrument.EQUITY,
            symbol=option.ticker,
            multiplier=1,
            side=delivery.side,
            quantity=delivery.shares,
        )
    )
    trade = load_trade(connection, delivery.trade_id)
    assert trade is not None
    return trade


def insert_shares_leg(
    connection: Connection,
    trade: Trade,
    *,
    leg_id: UUID,
    side: LegSide,
    shares: Decimal,
    ratio: int,
    origin: LegOrigin,
) -> Leg:
    """Insert a further leg of a trade: shares that came of an option, `ratio` of them a structure."""
    leg = Leg(
        id=leg_id,
        leg_no=max(one.leg_no for one in trade.legs) + 1,
        instrument=Instrument.EQUITY,
        symbol=trade.ticker,
        multiplier=Decimal(1),
        side=side,
        ratio=ratio,
        quantity=shares,
        option_type=None,
        strike=None,
        expiry=None,
        origin=origin,
    )
    connection.execute(
        insert(trade_legs).values(
            id=leg.id,
            username=trade.username,
            trade_id=trade.id,
            leg_no=leg.leg_no,
            instrument=leg.instrument,
            symbol=leg.symbol,
            multiplier=leg.multiplier,
            side=leg.side,
            ratio=leg.ratio,
            quantity=leg.quantity,
            origin=leg.origin,
        )
    )
    return leg
