"""Past trades as rows: each with its leg, its two orders and fills, and the one transition that it has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from chalicelib.domain.money import ZERO, percent, to_cents, to_price
from chalicelib.domain.orders import Duration, FillKind, OrderRole, OrderSide, OrderStatus, OrderType
from chalicelib.domain.past_trades import PastTrade
from chalicelib.domain.symbols import OPTION_MULTIPLIER
from chalicelib.domain.trades import Actor, BrokerMode, CloseReason, Instrument, LegSide, TradeStatus
from chalicelib.store.schema import fills, orders, paper_trades, state_transitions, trade_legs
from chalicelib.store.trades import touch_portfolio

#: Ids that one trade takes: its own, its leg's, two orders', two fills', a transition's.
IDS_A_TRADE: Final = 7
_KEY_PREFIX: Final = "import:"
_SECONDS_PER_HOUR: Final = 3600
_EXPIRED: Final = frozenset({CloseReason.EXPIRED_OTM, CloseReason.EXPIRED_ITM, CloseReason.EXERCISED})


def known_fingerprints(connection: Connection, username: str, trades: Iterable[PastTrade]) -> set[str]:
    """Return the fingerprints of those trades that this user has already."""
    keys = [_KEY_PREFIX + trade.fingerprint for trade in trades]
    found = connection.execute(
        select(paper_trades.c.idempotency_key).where(
            paper_trades.c.username == username, paper_trades.c.idempotency_key.in_(keys)
        )
    )
    return {str(key).removeprefix(_KEY_PREFIX) for key in found.scalars()}


def insert_past_trades(
    connection: Connection, username: str, trades: Sequence[tuple[PastTrade, Sequence[UUID]]]
) -> None:
    """Write trades that this user does not have yet, each with IDS_A_TRADE new ids.

    Where another transaction has just written one of them, this one loses the race (40001 at REPEATABLE READ)
    and is to be run again from its start.
    """
    if not trades:
        return
    rows = [_Rows(username=username, trade=trade, ids=ids) for trade, ids in trades]
    c = paper_trades.c
    ours = insert_unless_there(paper_trades).on_conflict_do_nothing(
        index_elements=[c.username, c.idempotency_key]
    )
    connection.execute(ours, [row.trade_row() for row in rows])
    connection.execute(insert(trade_legs), [row.leg_row() for row in rows])
    connection.execute(insert(orders), [order for row in rows for order in row.order_rows()])
    connection.execute(insert(fills), [fill for row in rows for fill in row.fill_rows()])
    connection.execute(insert(state_transitions), [row.transition_row() for row in rows])
    touch_portfolio(connection, username)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows of one past trade."""

    username: str
    trade: PastTrade
    ids: Sequence[UUID]

    @property
    def trade_id(self) -> UUID:
        return self.ids[0]

    @property
    def status(self) -> TradeStatus:
        return TradeStatus.EXPIRED if self.trade.close_reason in _EXPIRED else TradeStatus.CLOSED

    def trade_row(self) -> dict[str, object]:
        past, contract = self.trade, self.trade.contract
        held = Decimal((past.closed_at - past.entry_at).total_seconds()) / _SECONDS_PER_HOUR
        cost = past.entry_price * past.qty * OPTION_MULTIPLIER
        return {
            "id": self.trade_id,
            "username": self.username,
            "status": self.status,
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
            "max_gain": max(past.gross_pnl, ZERO),
            "max_drawdown": min(past.gross_pnl, ZERO),
            "close_price": past.close_price,
            "close_date": past.closed_at,
            "close_reason": past.close_reason,
            "realized_pnl": past.net_pnl,
            "realized_pnl_pct": percent(past.net_pnl, cost),
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
            "multiplier": OPTION_MULTIPLIER,
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
                "duration": Duration.DAY,
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
        return {
            "id": self.ids[6],
            "username": self.username,
            "trade_id": self.trade_id,
            "from_status": None,
            "to_status": self.status,
            "actor": Actor.USER,
            "reason": "imported",
        }
