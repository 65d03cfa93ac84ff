"""Past trades as rows: each with its leg, its orders and fills, and the one transition that it has."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.importing.near import Known
from chalicelib.domain.importing.past_trade import PastFill, PastTrade
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.money import ZERO, percent, to_price
from chalicelib.domain.structures.shapes import recognise
from chalicelib.domain.trading.orders import Duration, FillKind, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.quota import Stored, weigh
from chalicelib.domain.trading.trades import Actor, CloseReason, TradeStatus
from chalicelib.store.schema import (
    fills,
    orders,
    paper_trades,
    state_transitions,
    trade_imports,
    trade_legs,
)
from chalicelib.store.trades.portfolio import touch_portfolio

NewId: TypeAlias = Callable[[], UUID]

_KEY_PREFIX: Final = "import:"
_EXPIRED: Final = frozenset({CloseReason.EXPIRED_OTM, CloseReason.EXPIRED_ITM, CloseReason.EXERCISED})
_KNOWN: Final = text(
    """
    select t.id, t.idempotency_key, l.symbol, t.filled_qty as qty, t.entry_date, t.close_date
    from paper_trades t join trade_legs l on l.trade_id = t.id
    where t.username = :username and l.symbol = any(:symbols) and t.filled_qty > 0
    """
)


def known_trades(connection: Connection, username: str, trades: Iterable[PastTrade]) -> list[Known]:
    """Return what this user holds or held of the contracts of these trades, whoever opened it."""
    symbols = sorted({trade.symbol for trade in trades})
    found = connection.execute(_KNOWN, {"username": username, "symbols": symbols})
    return [
        Known(
            trade_id=row.id,
            fingerprint=(row.idempotency_key or "").removeprefix(_KEY_PREFIX) or None,
            symbol=row.symbol,
            qty=row.qty,
            entry_at=row.entry_date,
            closed_at=row.close_date,
        )
        for row in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeImport:
    """One file that was taken over: the trades it brought, their P&L in dollars, when it was undone."""

    id: UUID
    at: datetime
    trades: int
    total_pnl: Decimal
    undone_at: datetime | None


def list_imports(connection: Connection, username: str) -> list[TradeImport]:
    """Return a user's imports, newest first."""
    c = trade_imports.c
    found = connection.execute(
        select(c.id, c.at, c.trades, c.total_pnl, c.undone_at)
        .where(c.username == username)
        .order_by(c.id.desc())
    )
    return [TradeImport(**row) for row in found.mappings()]


def undo_import(connection: Connection, username: str, import_id: UUID, at: datetime) -> int:
    """Delete the trades of an import with all that hangs on them; return how many there were."""
    gone = connection.execute(
        delete(paper_trades).where(paper_trades.c.username == username, paper_trades.c.import_id == import_id)
    ).rowcount
    c = trade_imports.c
    weight = connection.execute(
        update(trade_imports)
        .where(c.username == username, c.id == import_id)
        .values(undone_at=at)
        .returning(c.bytes)
    ).scalar_one()
    touch_portfolio(connection, username, -Stored(trades=gone, bytes=weight))
    return gone


def insert_past_trades(
    connection: Connection, username: str, import_id: UUID, trades: Sequence[PastTrade], new_id: NewId
) -> list[UUID]:
    """Write an import and its trades, which this user does not have yet; return the trades' ids.

    Where another transaction has just written one of them, this one loses the race (40001 at REPEATABLE READ)
    and is to be run again from its start.
    """
    if not trades:
        return []
    total = sum((trade.net_pnl for trade in trades), ZERO)
    connection.execute(
        insert(trade_imports).values(
            id=import_id,
            username=username,
            trades=len(trades),
            total_pnl=total,
            bytes=weight_of(trades).bytes,
        )
    )
    rows = [
        _Rows(username=username, import_id=import_id, trade=trade, trade_id=new_id(), new_id=new_id)
        for trade in trades
    ]
    c = paper_trades.c
    ours = insert_unless_there(paper_trades).on_conflict_do_nothing(
        index_elements=[c.username, c.idempotency_key]
    )
    executed = [pair for row in rows for pair in row.order_and_fill_rows()]
    connection.execute(ours, [row.trade_row() for row in rows])
    connection.execute(insert(trade_legs), [row.leg_row() for row in rows])
    connection.execute(insert(orders), [order for order, _ in executed])
    connection.execute(insert(fills), [fill for _, of_order in executed for fill in of_order])
    connection.execute(insert(state_transitions), [row.transition_row() for row in rows])
    touch_portfolio(connection, username, weight_of(trades))
    return [row.trade_id for row in rows]


def weight_of(trades: Sequence[PastTrade]) -> Stored:
    """Return what these trades add to what their owner keeps."""
    return weigh(*(trade.context for trade in trades), trades=len(trades))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows of one past trade."""

    username: str
    import_id: UUID
    trade: PastTrade
    trade_id: UUID
    new_id: NewId

    @property
    def status(self) -> TradeStatus:
        return TradeStatus.EXPIRED if self.trade.close_reason in _EXPIRED else TradeStatus.CLOSED

    def trade_row(self) -> dict[str, object]:
        past = self.trade
        return {
            "id": self.trade_id,
            "username": self.username,
            "import_id": self.import_id,
            "status": self.status,
            "idempotency_key": _KEY_PREFIX + past.fingerprint,
            "ticker": past.ticker,
            **self._contract(),
            "qty": past.qty,
            "filled_qty": past.qty,
            "order_type": OrderType.MARKET,
            "entry_price": past.entry_price,
            "entry_date": past.entry_at,
            "sl_price": past.sl_price,
            "tp_price": past.tp_price,
            "close_price": past.close_price,
            "close_date": past.closed_at,
            "close_reason": past.close_reason,
            "realized_pnl": past.net_pnl,
            "realized_pnl_pct": percent(past.net_pnl, past.risk_basis),
            "risk_basis": past.risk_basis,
            "structure": recognise([past.terms]),
            "fees": past.fees,
            "hold_duration_h": past.held_hours,
            "broker_mode": BrokerMode.IMPORTED,
            "account_id": "imported",
            "strategy": past.strategy,
            "ai_verdict": past.ai_verdict,
            "card_score": past.card_score,
            "trade_context": past.context,
            **{name: past.told.get(name) for name in _TOLD},
            **self._excursions(),
        }

    def _excursions(self) -> dict[str, object]:
        """Return best and worst where marks were seen: a file's two prices say nothing of the way (I-14)."""
        gain, drawdown = self.trade.told.get("max_gain"), self.trade.told.get("max_drawdown")
        return {
            "max_gain": max(gain, ZERO) if isinstance(gain, Decimal) else None,
            "max_drawdown": min(drawdown, ZERO) if isinstance(drawdown, Decimal) else None,
        }

    def _contract(self) -> dict[str, object]:
        contract = self.trade.contract
        return {
            "option_type": None if contract is None else contract.option_type,
            "strike": None if contract is None else contract.strike,
            "expiry": None if contract is None else contract.expiry,
        }

    def leg_row(self) -> dict[str, object]:
        past = self.trade
        return {
            "id": self.new_id(),
            "username": self.username,
            "trade_id": self.trade_id,
            "leg_no": 1,
            "instrument": Instrument.EQUITY if past.contract is None else Instrument.OPTION,
            "symbol": past.symbol,
            "multiplier": past.multiplier,
            "side": past.side,
            "quantity": past.qty,
            **self._contract(),
            "entry_price": past.entry_price,
            "close_price": past.close_price,
        }

    def order_and_fill_rows(self) -> list[tuple[dict[str, object], list[dict[str, object]]]]:
        """Return an order for what opened it and for each way in which it was closed, with its fills."""
        by_order = sorted(self.trade.fills, key=_order_of)
        return [self._order(list(of_order)) for _, of_order in groupby(by_order, key=_order_of)]

    def _order(self, executed: list[PastFill]) -> tuple[dict[str, object], list[dict[str, object]]]:
        order_id, first = self.new_id(), executed[0]
        quantity = sum((fill.quantity for fill in executed), ZERO)
        worth = sum((fill.quantity * fill.price for fill in executed), ZERO)
        order: dict[str, object] = {
            "id": order_id,
            "username": self.username,
            "trade_id": self.trade_id,
            "role": first.role,
            "tag": f"import-{order_id}",
            "status": OrderStatus.FILLED,
            "type": OrderType.MARKET,
            "side": _SIDE_WORDS[first.is_buy, first.is_buy is (self.trade.side is LegSide.LONG)],
            "symbol": self.trade.symbol,
            "quantity": quantity,
            "filled_quantity": quantity,
            "avg_fill_price": to_price(worth / quantity),
            "duration": Duration.DAY,
            "submitted_at": min(fill.at for fill in executed),
            "ended_at": max(fill.at for fill in executed),
            "handled": True,
        }
        return order, self._fills(order_id, executed)

    def _fills(self, order_id: UUID, executed: list[PastFill]) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        filled = ZERO
        for fill in executed:
            filled += fill.quantity
            rows.append(
                {
                    "id": self.new_id(),
                    "username": self.username,
                    "trade_id": self.trade_id,
                    "order_id": order_id,
                    "kind": FillKind.FILL,
                    "is_buy": fill.is_buy,
                    "quantity": fill.quantity,
                    "price": fill.price,
                    "fees": fill.fees,
                    "fill_rule": "imported",
                    "filled_at": fill.at,
                    "order_filled_quantity": filled,
                }
            )
        return rows

    def transition_row(self) -> dict[str, object]:
        return {
            "id": self.new_id(),
            "username": self.username,
            "trade_id": self.trade_id,
            "from_status": None,
            "to_status": self.status,
            "actor": Actor.USER,
            "reason": "imported",
        }


#: An order's side by whether it buys, and whether it goes its trade's own way.
_SIDE_WORDS: Final = {
    (True, True): OrderSide.BUY_TO_OPEN,
    (False, False): OrderSide.SELL_TO_CLOSE,
    (False, True): OrderSide.SELL_TO_OPEN,
    (True, False): OrderSide.BUY_TO_CLOSE,
}
#: Columns that only our own export tells.
_TOLD: Final = (
    *("ai_score", "gate_verdict", "technical_score", "sentiment_score", "delta_at_entry", "iv_at_entry"),
    *("target_pnl_15m", "target_pnl_1h", "target_mfe_pct", "target_mae_pct"),
)


def _order_of(fill: PastFill) -> tuple[bool, bool]:
    return fill.role is not OrderRole.ENTRY, fill.is_buy
