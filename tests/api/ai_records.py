"""What traders did, written as services would have left it: ended trades, decisions, costs."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, insert

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.store.schema import ai_costs, decisions, fills, trade_changes
from tests.api.ai_support import Body
from tests.api.support import Api
from tests.store.held_trades import hold

#: A Sunday: coins trade on all days.
SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Records:
    """Writes what one trader of alice's did."""

    def __init__(self, api: Api, trader: Body) -> None:
        self.api = api
        self.trader = trader

    def trade(
        self,
        pnl: str,
        *,
        closed_at: datetime = SUNDAY,
        side: LegSide = LegSide.LONG,
        confidence: str | None = "0.8",
        left_by_model: bool = False,
        **columns: Any,  # Any: a column each
    ) -> UUID:
        """Write a trade of ten coins that was held for an hour, and what its entry was said with."""
        quantity, entry, fees = Decimal(10), Decimal(100), Decimal(2)
        gross = (Decimal(pnl) + fees) / quantity * side.sign
        close = entry + gross
        ended = {
            "username": "alice",
            "originator": "AI",
            "originator_id": self.trader["id"],
            "ticker": "BTCUSDT",
            "account_id": "USDT",
            "status": TradeStatus.CLOSED,
            "open_qty": 0,
            "fees": fees,
            "entry_date": closed_at - HOUR,
            "close_date": closed_at,
            "close_price": close,
            "close_reason": "STRATEGY_EXIT" if left_by_model else "TP_HIT",
            "realized_pnl": Decimal(pnl),
            "realized_pnl_pct": Decimal(pnl) / 10,
            "hold_duration_h": 1,
            **columns,
        }
        with self.api.environment.database.transaction("alice") as connection:
            coins: dict[str, Any] = {"instrument": Instrument.CRYPTO, "multiplier": Decimal(1)}
            trade_id = hold(connection, side=side, entry=entry, symbol="BTCUSDT", **coins, **ended)
            self._fill(connection, trade_id, entry, is_buy=side is LegSide.LONG, at=closed_at - HOUR)
            self._fill(connection, trade_id, close, is_buy=side is LegSide.SHORT, at=closed_at)
        if confidence is not None:
            word = "LONG" if side is LegSide.LONG else "SHORT"
            self.decision(word, confidence=confidence, trade_id=trade_id, at=closed_at - HOUR)
        if left_by_model:
            self.decision("CLOSE", trade_id=trade_id, at=closed_at)
        return trade_id

    def _fill(
        self, connection: Connection, trade_id: UUID, price: Decimal, *, is_buy: bool, at: datetime
    ) -> None:
        values = {
            "id": uuid4(),
            "username": "alice",
            "trade_id": trade_id,
            "is_buy": is_buy,
            "quantity": Decimal(10),
            "price": price,
            "fees": Decimal(1),
            "fill_rule": "candles",
            "filled_at": at,
        }
        connection.execute(insert(fills).values(values))

    def decision(self, word: str, *, at: datetime = SUNDAY, **columns: Any) -> UUID:  # Any: a column each
        """Write a decision, executed unless a column says otherwise."""
        values = {
            "id": self.api.environment.randomness.uuid7(at),
            "username": "alice",
            "trader_id": UUID(self.trader["id"]),
            "trader_version": 1,
            "symbol": "BTCUSDT",
            "candle": at,
            "at": at,
            "source": "MODEL",
            "decision": word,
            "confidence": Decimal("0.8"),
            "reasoning": "a test's",
            "outcome": "EXECUTED",
            "cost_usd": Decimal("0.002"),
            **columns,
        }
        with self.api.environment.database.transaction("alice") as connection:
            connection.execute(insert(decisions).values(values))
        made: UUID = values["id"]
        return made

    def cost(self, day: datetime, usd: str, calls: int) -> None:
        """Write what a day's calls cost."""
        with self.api.environment.database.transaction("alice") as connection:
            connection.execute(
                insert(ai_costs).values(
                    username="alice",
                    trader_id=UUID(self.trader["id"]),
                    day=day.date(),
                    spent_usd=Decimal(usd),
                    calls=calls,
                )
            )

    def stop_moved(
        self, trade_id: UUID, before: str, after: str, *, by: str = "AI_ANALYSIS", state: str = "APPLIED"
    ) -> None:
        """Write that a stop was moved."""
        with self.api.environment.database.transaction("alice") as connection:
            connection.execute(
                insert(trade_changes).values(
                    id=uuid4(),
                    username="alice",
                    trade_id=trade_id,
                    at=SUNDAY - HOUR / 2,
                    triggered_by=by,
                    kind="MOVE_SL",
                    before={"sl_price": before},
                    after={"sl_price": after},
                    state=state,
                )
            )
