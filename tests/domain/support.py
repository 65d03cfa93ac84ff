"""What the tests of the pure rules share: a trade, its orders and its fills, small and with sane defaults."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Fill, FillKind, Order, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.trades import Originator, Trade, TradeStatus

SHARED_FIXTURES: Final = Path(__file__).parents[2] / "../shared/fixtures"
SYMBOL: Final = "SPY260320C00600000"
NOON: Final = datetime(2026, 2, 18, 17, 0, tzinfo=UTC)
TRADE_ID: Final = UUID(int=1)
HUNDRED: Final = Decimal(100)

_LEG: Final = Leg(
    id=UUID(int=2),
    leg_no=1,
    instrument=Instrument.OPTION,
    symbol=SYMBOL,
    multiplier=HUNDRED,
    side=LegSide.LONG,
    ratio=1,
    quantity=Decimal(2),
    option_type=OptionType.CALL,
    strike=Decimal(600),
    expiry=date(2026, 3, 20),
)

#: The legs of a trade of one long call.
LONG_CALL: Final = (_LEG,)

#: Two contracts held whole, stop at 4, target at 8.
OPEN_TRADE: Final = Trade(
    id=TRADE_ID,
    username="alice",
    version=3,
    status=TradeStatus.OPEN,
    originator=Originator.PERSON,
    ticker="SPY",
    legs=(_LEG,),
    qty=Decimal(2),
    filled_qty=Decimal(2),
    open_qty=Decimal(2),
    excess_qty=Decimal(0),
    order_type=OrderType.LIMIT,
    limit_price=Decimal(5),
    entry_price=Decimal(5),
    entry_date=NOON,
    sl_price=Decimal(4),
    tp_price=Decimal(8),
    override_count=0,
    broker_mode=BrokerMode.PAPER,
    account_id="PAPER-1",
    created_at=NOON,
    last_updated=NOON,
)

#: The same, asked for and not yet filled.
PENDING_TRADE: Final = replace(
    OPEN_TRADE,
    status=TradeStatus.PENDING,
    filled_qty=Decimal(0),
    open_qty=Decimal(0),
    entry_price=None,
    entry_date=None,
)


def an_order(
    role: OrderRole,
    status: OrderStatus,
    *,
    quantity: int | Decimal = 2,
    filled: int | Decimal = 0,
    number: int = 10,
    side: OrderSide | None = None,
) -> Order:
    """Return an order of the trade, priced as its role asks; one that was sent has a broker's id."""
    usual = OrderSide.BUY_TO_OPEN if role is OrderRole.ENTRY else OrderSide.SELL_TO_CLOSE
    return Order(
        id=UUID(int=number),
        username="alice",
        trade_id=TRADE_ID,
        role=role,
        tag=f"tag-{number}",
        status=status,
        type={OrderRole.STOP_LOSS: OrderType.STOP, OrderRole.EXIT: OrderType.MARKET}.get(
            role, OrderType.LIMIT
        ),
        side=side or usual,
        symbol=SYMBOL,
        quantity=Decimal(quantity),
        filled_quantity=Decimal(filled),
        limit_price={OrderRole.ENTRY: Decimal(5), OrderRole.TAKE_PROFIT: Decimal(8)}.get(role),
        stop_price=Decimal(4) if role is OrderRole.STOP_LOSS else None,
        broker_order_id=None if status is OrderStatus.INTENT else f"b-{number}",
        submitted_at=None if status is OrderStatus.INTENT else NOON,
    )


def a_fill(
    order: Order,
    quantity: int | Decimal,
    price: str | Decimal,
    *,
    minute: int = 0,
    fees: str | Decimal = "0",
    number: int = 100,
) -> Fill:
    """Return an execution of `order`, `minute` minutes after noon."""
    return Fill(
        id=UUID(int=number),
        username="alice",
        trade_id=TRADE_ID,
        order_id=order.id,
        kind=FillKind.FILL,
        is_buy=order.side.is_buy,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fees=Decimal(fees),
        fill_rule="test",
        filled_at=NOON + timedelta(minutes=minute),
    )
