"""Trades on a real database, each as little as a rule needs of it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert, update

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.orders import ENDED, Duration, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.position import Position
from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.services.market.judge_snapshot import snapshot_of
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import SnapshotKind, write_snapshots_and_marks
from chalicelib.store.schema import orders, paper_trades, trade_legs
from tests.domain.support import NOON, SYMBOL


def hold(
    connection: Connection,
    *,
    side: LegSide = LegSide.LONG,
    instrument: Instrument = Instrument.OPTION,
    multiplier: Decimal = Decimal(100),
    entry: Decimal = Decimal(5),
    symbol: str = SYMBOL,
    **columns: object,
) -> UUID:
    """Store a trade that holds ten of one contract, or of shares."""
    trade_id = uuid4()
    connection.execute(
        insert(paper_trades).values(
            {
                "id": trade_id,
                "username": "alice",
                "status": TradeStatus.OPEN,
                "ticker": "SPY",
                "qty": 10,
                "filled_qty": 10,
                "open_qty": 10,
                "order_type": OrderType.MARKET,
                "entry_price": entry,
                "entry_date": NOON,
                "fees": Decimal("0.35"),
                "broker_mode": BrokerMode.PAPER,
                "account_id": "alice",
                **columns,
            }
        )
    )
    _hold_leg(connection, trade_id, side, instrument, multiplier, symbol)
    return trade_id


def _hold_leg(
    connection: Connection,
    trade_id: UUID,
    side: LegSide,
    instrument: Instrument,
    multiplier: Decimal,
    symbol: str,
) -> None:
    contract = {"option_type": OptionType.CALL, "strike": 600, "expiry": date(2026, 3, 20)}
    connection.execute(
        insert(trade_legs).values(
            {
                "id": uuid4(),
                "username": "alice",
                "trade_id": trade_id,
                "leg_no": 1,
                "instrument": instrument,
                "symbol": symbol,
                "multiplier": multiplier,
                "side": side,
                "quantity": 10,
                **(contract if instrument is Instrument.OPTION else {}),
            }
        )
    )


def mark(connection: Connection, trade_id: UUID, minute: int, price: Decimal) -> None:
    """Write one mark by the cycle's statement."""
    at = NOON + timedelta(minutes=minute)
    leg = OpenLeg(
        username="alice",
        trade_id=str(trade_id),
        ticker="SPY",
        leg_no=1,
        symbol=SYMBOL,
        expiry=None,
        on_paper=True,
    )
    snapshot = snapshot_of(
        leg, None, kind=SnapshotKind.INTRADAY, timestamp=at, now=at, underlying=None
    )._replace(mark_price=price)
    write_snapshots_and_marks(connection, [[snapshot]], lambda _: [], at)


def book(connection: Connection, trade_id: UUID, position: Position) -> None:
    """Store what a partial exit made of the trade."""
    values = {
        "open_qty": position.held,
        "realized_pnl": position.realized_so_far,
        "fees": position.fees,
    }
    connection.execute(update(paper_trades).where(paper_trades.c.id == trade_id).values(values))


def send_target(
    connection: Connection, trade_id: UUID, status: OrderStatus, filled: int, *, at: datetime
) -> None:
    """Store an order at a trade's target, ended or not."""
    connection.execute(
        insert(orders).values(
            id=uuid4(),
            username="alice",
            trade_id=trade_id,
            role=OrderRole.TAKE_PROFIT,
            tag=str(uuid4()),
            status=status,
            type=OrderType.LIMIT,
            side=OrderSide.SELL_TO_CLOSE,
            symbol=SYMBOL,
            quantity=10,
            filled_quantity=filled,
            duration=Duration.GTC,
            created_at=at,
            ended_at=at if status in ENDED else None,
        )
    )
