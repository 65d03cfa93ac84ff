"""Ended trades with their legs, orders and fills, written as the services would have left them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.store.trades.portfolio import touch_portfolio
from tests.api.support import Api

#: A Monday, eleven o'clock in New York.
MONDAY = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
MULTIPLIER = 100
#: What nobody said of a trade unless a test does.
_ABSENT = (
    *("card_score", "ai_verdict", "delta", "order_book_state", "trade_context", "initial_sl", "risk_basis"),
    *("originator_id", "entry_credit_usd", "shadow_of"),
)
_TRADE = text(
    """
    insert into paper_trades (id, username, status, ticker, option_type, strike, expiry, qty, filled_qty,
        open_qty, order_type, entry_price, entry_date, close_price, close_date, close_reason, realized_pnl,
        realized_pnl_pct, fees, hold_duration_h, broker_mode, account_id, strategy, card_score, ai_verdict,
        delta_at_entry, max_gain, max_drawdown, order_book_state, trade_context, initial_sl, risk_basis,
        originator, originator_id, entry_credit_usd, shadow_of, structure)
    values (:id, :username, :status, :ticker, :option_type, 580, '2026-03-20', :qty, :filled_qty,
        0, 'market', :entry_price, :entry_date, :close_price, :close_date, :close_reason, :realized_pnl,
        :realized_pnl_pct, :fees, 1, :broker_mode, :username, :strategy, :card_score, :ai_verdict,
        :delta, :max_gain, :max_drawdown, :order_book_state, :trade_context, :initial_sl, :risk_basis,
        :originator, :originator_id, :entry_credit_usd, cast(:shadow_of as uuid),
        cast(:side as text) || '_' || cast(:option_type as text))
    """
)
_LEG = text(
    """
    insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
        option_type, strike, expiry)
    values (gen_random_uuid(), :username, :id, 1, 'OPTION', 'SPY260320C00580000', 100, :side, :qty,
        :option_type, 580, '2026-03-20')
    """
)
_ORDER = text(
    """
    insert into orders (id, username, trade_id, role, tag, status, type, side, symbol, quantity,
        filled_quantity, avg_fill_price, duration)
    values (:order_id, :username, :trade_id, :role, :tag, 'FILLED', 'market', :side, 'SPY260320C00580000',
        :quantity, :quantity, :price, 'day')
    """
)
_FILL = text(
    """
    insert into fills (id, username, trade_id, order_id, is_buy, quantity, price, fees, fill_rule, filled_at,
        order_filled_quantity)
    values (gen_random_uuid(), :username, :trade_id, :order_id, :is_buy, :quantity, :price, :fees, 'touch',
        :filled_at, :quantity)
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One fill of a trade, some minutes after its entry."""

    is_buy: bool
    quantity: int
    price: str
    fees: str = "0.35"
    minutes: int = 0


class EndedTrades:
    """Writes ended trades of one user; the figures follow from prices and quantity."""

    def __init__(self, api: Api, username: str = "alice") -> None:
        self.api = api
        self.username = username
        api.user(username).get("/api/me")

    def add(
        self,
        *,
        gain: str = "0.50",
        entered_at: datetime = MONDAY - timedelta(hours=1),
        executions: Sequence[Execution] | None = None,
        with_leg: bool = True,
        **facts: object,
    ) -> str:
        """Write a trade that gained so much a share (of one contract, 2.00 at entry) within an hour."""
        trade_id = self.api.environment.randomness.uuid7(entered_at)
        close_price = Decimal(2) + Decimal(gain)
        qty = int(str(facts.get("qty", 1)))
        pnl = Decimal(gain) * MULTIPLIER * qty - Decimal("0.70")
        values: dict[str, object] = {
            "id": trade_id,
            "username": self.username,
            "status": "CLOSED",
            "ticker": "SPY",
            "option_type": "CALL",
            "side": "LONG",
            "qty": qty,
            "filled_qty": qty,
            "entry_price": Decimal(2),
            "entry_date": entered_at,
            "close_price": close_price,
            "close_date": entered_at + timedelta(hours=1),
            "close_reason": "TP_HIT" if pnl > 0 else "SL_HIT",
            "realized_pnl": pnl,
            "realized_pnl_pct": pnl / 2 / qty,
            "fees": Decimal("0.70"),
            "broker_mode": "PAPER",
            "strategy": "scan",
            "max_gain": max(pnl, Decimal(0)),
            "max_drawdown": min(pnl, Decimal(0)),
            "originator": "PERSON",
            **dict.fromkeys(_ABSENT),
            **facts,
        }
        values |= {name: _as_json(values[name]) for name in ("order_book_state", "trade_context")}
        fills = _in_and_out(qty, close_price) if executions is None else executions
        self._write(trade_id, values, fills, entered_at, with_leg=with_leg)
        return str(trade_id)

    def _write(
        self,
        trade_id: UUID,
        values: dict[str, object],
        fills: Sequence[Execution],
        entered_at: datetime,
        *,
        with_leg: bool,
    ) -> None:
        with self.api.environment.database.transaction(self.username) as connection:
            connection.execute(_TRADE, values)
            if with_leg:
                connection.execute(_LEG, values)
            for number, one in enumerate(fills):
                self._fill(connection, trade_id, number, one, entered_at)
            touch_portfolio(connection, self.username)

    def _fill(
        self, connection: Connection, trade_id: UUID, number: int, one: Execution, entered_at: datetime
    ) -> None:
        at = entered_at + timedelta(minutes=one.minutes)
        values: dict[str, object] = {
            "order_id": self.api.environment.randomness.uuid7(at),
            "username": self.username,
            "trade_id": trade_id,
            "role": "ENTRY" if one.is_buy else "EXIT",
            "tag": f"{trade_id}-{number}",
            "side": "buy_to_open" if one.is_buy else "sell_to_close",
            "is_buy": one.is_buy,
            "quantity": one.quantity,
            "price": Decimal(one.price),
            "fees": Decimal(one.fees),
            "filled_at": at,
        }
        connection.execute(_ORDER, values)
        connection.execute(_FILL, values)


def _as_json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _in_and_out(quantity: int, close_price: Decimal) -> tuple[Execution, Execution]:
    """Return one fill at entry and one an hour later."""
    return (
        Execution(is_buy=True, quantity=quantity, price="2.00"),
        Execution(is_buy=False, quantity=quantity, price=str(close_price), minutes=60),
    )
