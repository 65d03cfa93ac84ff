"""Past trades taken over from a spreadsheet: ended, of mode IMPORTED, outside all broker checks.

All or nothing: one row that cannot be read keeps the whole file out. The same row again, in this file's next
version or another file, is found by its fingerprint and left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, insert, select

from chalicelib.domain.money import ZERO, percent, to_cents, to_price
from chalicelib.domain.orders import FillKind, OrderRole, OrderSide, OrderStatus, OrderType
from chalicelib.domain.past_trades import PastTrade, ReadFile, RowFault, read_past_trades
from chalicelib.domain.trades import Actor, BrokerMode, CloseReason, Instrument, LegSide, TradeStatus
from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.schema import fills, orders, paper_trades, state_transitions, trade_legs
from chalicelib.store.trades import touch_portfolio

_MULTIPLIER = Decimal(100)
_SECONDS_PER_HOUR = 3600
_KEY_PREFIX = "import:"
FAULTS_SHOWN_MAX = 100
_IDS_A_TRADE = 7
_EXPIRED = frozenset({CloseReason.EXPIRED_OTM, CloseReason.EXPIRED_ITM, CloseReason.EXERCISED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What a file holds and what became of it; `imported` is 0 for a dry run."""

    rows: int
    imported: int
    duplicates: int
    total_pnl: Decimal
    faults: tuple[RowFault, ...]
    trade_ids: tuple[UUID, ...]


def import_trades(env: Environment, username: str, text: str, *, dry_run: bool) -> ImportReport:
    """Take a file's trades over, or say what would be taken over. Raises Invalid for a file with faults."""
    read = read_past_trades(text, now=env.clock.now())
    if read.faults and not dry_run:
        raise Invalid([_field_error(fault) for fault in read.faults[:FAULTS_SHOWN_MAX]])
    return env.database.run(
        lambda connection: _import(env, connection, username, read, dry_run=dry_run), username=username
    )


def _field_error(fault: RowFault) -> FieldError:
    place = f"row {fault.row}" + (f", {fault.column}" if fault.column else "")
    return FieldError(field=place, message=fault.message)


def _import(
    env: Environment, connection: Connection, username: str, read: ReadFile, *, dry_run: bool
) -> ImportReport:
    known = _known(connection, username, read.trades)
    new = [trade for trade in read.trades if _KEY_PREFIX + trade.fingerprint not in known]
    ids = [] if dry_run else _store(env, connection, username, new)
    return ImportReport(
        rows=len(read.trades) + len({fault.row for fault in read.faults}),
        imported=len(ids),
        duplicates=len(read.trades) - len(new),
        total_pnl=sum((_net(trade) for trade in new), ZERO),
        faults=read.faults[:FAULTS_SHOWN_MAX],
        trade_ids=tuple(ids),
    )


def _known(connection: Connection, username: str, trades: Sequence[PastTrade]) -> set[str]:
    keys = [_KEY_PREFIX + trade.fingerprint for trade in trades]
    found = connection.execute(
        select(paper_trades.c.idempotency_key).where(
            paper_trades.c.username == username, paper_trades.c.idempotency_key.in_(keys)
        )
    )
    return {str(key) for key in found.scalars()}


def _store(
    env: Environment, connection: Connection, username: str, trades: Sequence[PastTrade]
) -> list[UUID]:
    """Write trades with their legs, orders, fills and the one transition that they have."""
    if not trades:
        return []
    now = env.clock.now()
    rows = [
        _Rows(username=username, trade=trade, ids=[env.randomness.uuid7(now) for _ in range(_IDS_A_TRADE)])
        for trade in trades
    ]
    connection.execute(insert(paper_trades), [row.trade_row() for row in rows])
    connection.execute(insert(trade_legs), [row.leg_row() for row in rows])
    connection.execute(insert(orders), [order for row in rows for order in row.order_rows()])
    connection.execute(insert(fills), [fill for row in rows for fill in row.fill_rows()])
    connection.execute(insert(state_transitions), [row.transition_row() for row in rows])
    touch_portfolio(connection, username)
    return [row.trade_id for row in rows]


def _gross(trade: PastTrade) -> Decimal:
    return to_cents((trade.close_price - trade.entry_price) * trade.qty * _MULTIPLIER)


def _net(trade: PastTrade) -> Decimal:
    return _gross(trade) - to_cents(trade.fees)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows of one imported trade; `ids` are for the trade, its leg, two orders, two fills, a move."""

    username: str
    trade: PastTrade
    ids: Sequence[UUID]

    @property
    def trade_id(self) -> UUID:
        return self.ids[0]

    def trade_row(self) -> dict[str, object]:
        past, contract = self.trade, self.trade.contract
        held = Decimal((past.closed_at - past.entry_at).total_seconds()) / _SECONDS_PER_HOUR
        cost = past.entry_price * past.qty * _MULTIPLIER
        return {
            "id": self.trade_id,
            "username": self.username,
            "status": TradeStatus.EXPIRED if past.close_reason in _EXPIRED else TradeStatus.CLOSED,
            "idempotency_key": _KEY_PREFIX + past.fingerprint,
            "ticker": past.ticker,
            "option_type": contract.option_type,
            "strike": contract.strike,
            "expiry": contract.expiry,
            "qty": past.qty,
            "filled_qty": past.qty,
            "order_type": OrderType.MARKET,
            "entry_price": past.entry_price,
            "entry_date": past.entry_at,
            "sl_price": past.sl_price,
            "tp_price": past.tp_price,
            "max_gain": max(_gross(past), ZERO),
            "max_drawdown": min(_gross(past), ZERO),
            "close_price": past.close_price,
            "close_date": past.closed_at,
            "close_reason": past.close_reason,
            "realized_pnl": _net(past),
            "realized_pnl_pct": percent(_net(past), cost),
            "fees": to_cents(past.fees),
            "hold_duration_h": to_price(held),
            "broker_mode": BrokerMode.IMPORTED,
            "account_id": "imported",
            "strategy": past.strategy,
            "ai_verdict": past.ai_verdict,
            "card_score": past.card_score,
            "trade_context": None if past.notes is None else {"notes": past.notes},
        }

    def leg_row(self) -> dict[str, object]:
        past, contract = self.trade, self.trade.contract
        return {
            "id": self.ids[1],
            "username": self.username,
            "trade_id": self.trade_id,
            "leg_no": 1,
            "instrument": Instrument.OPTION,
            "symbol": contract.to_occ(),
            "multiplier": _MULTIPLIER,
            "side": LegSide.LONG,
            "quantity": past.qty,
            "option_type": contract.option_type,
            "strike": contract.strike,
            "expiry": contract.expiry,
            "entry_price": past.entry_price,
            "close_price": past.close_price,
        }

    def order_rows(self) -> list[dict[str, object]]:
        past = self.trade
        both = (
            (self.ids[2], OrderRole.ENTRY, OrderSide.BUY_TO_OPEN, past.entry_price, past.entry_at),
            (self.ids[3], OrderRole.EXIT, OrderSide.SELL_TO_CLOSE, past.close_price, past.closed_at),
        )
        return [
            {
                "id": order_id,
                "username": self.username,
                "trade_id": self.trade_id,
                "role": role,
                "tag": f"import-{order_id}",
                "status": OrderStatus.FILLED,
                "type": OrderType.MARKET,
                "side": side,
                "symbol": past.contract.to_occ(),
                "quantity": past.qty,
                "filled_quantity": past.qty,
                "avg_fill_price": price,
                "duration": "day",
                "submitted_at": at,
                "ended_at": at,
                "handled": True,
            }
            for order_id, role, side, price, at in both
        ]

    def fill_rows(self) -> list[dict[str, object]]:
        """Return the two executions; the file's fees are booked with the second."""
        past = self.trade
        both = (
            (self.ids[4], self.ids[2], True, past.entry_price, ZERO, past.entry_at),
            (self.ids[5], self.ids[3], False, past.close_price, to_cents(past.fees), past.closed_at),
        )
        return [
            {
                "id": fill_id,
                "username": self.username,
                "trade_id": self.trade_id,
                "order_id": order_id,
                "kind": FillKind.FILL,
                "is_buy": is_buy,
                "quantity": past.qty,
                "price": price,
                "fees": fees,
                "fill_rule": "imported",
                "filled_at": at,
                "order_filled_quantity": past.qty,
            }
            for fill_id, order_id, is_buy, price, fees, at in both
        ]

    def transition_row(self) -> dict[str, object]:
        row = self.trade_row()
        return {
            "id": self.ids[6],
            "username": self.username,
            "trade_id": self.trade_id,
            "from_status": None,
            "to_status": row["status"],
            "actor": Actor.USER,
            "reason": "imported",
        }
