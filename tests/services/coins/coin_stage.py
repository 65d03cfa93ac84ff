"""The stage on a Saturday: the US market rests, coins trade, and each test writes their minutes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from chalicelib.domain.accounts import COINS_ACCOUNT
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg, WantedTarget
from chalicelib.domain.trading.orders import OrderType
from infra.local.database.postgres import DatabaseUrls
from tests.services.coins.exchange import BTC, MINUTE, ScriptedExchange
from tests.services.stage import Stage

#: Half a minute into one.
SATURDAY = datetime(2026, 2, 21, 12, 0, 30, tzinfo=UTC)


class CoinStage(Stage):
    """Alice and Bob trade coins on paper."""

    def __init__(self, urls: DatabaseUrls, *, start: datetime = SATURDAY) -> None:
        self.exchange = ScriptedExchange(self._now)  # asked once the clock is there
        self.beside = {"data-api.binance.vision": self.exchange}
        super().__init__(urls, start=start)

    def _now(self) -> datetime:
        return self.clock.now()

    def wish(self, qty: str = "0.01", **changes: Any) -> PlaceTrade:  # Any: fields of mixed types
        """Return a market order for a coin, with changes; prices as texts, targets as (price, share)."""
        side = changes.pop("side", LegSide.LONG)
        targets = [WantedTarget(price=Decimal(a), share=Decimal(b)) for a, b in changes.pop("targets", ())]
        for name in ("limit_price", "sl_price", "tp_price"):
            if name in changes:
                changes[name] = Decimal(changes[name])
        kind = OrderType.LIMIT if "limit_price" in changes else OrderType.MARKET
        return PlaceTrade(
            **{
                "ticker": BTC,
                "legs": (WantedLeg(instrument=Instrument.CRYPTO, side=side),),
                "names_legs": True,
                "order_type": kind,
                "qty": Decimal(qty),
                "targets": tuple(targets),
                **changes,
            }
        )

    def buy(self, qty: str = "0.01", **changes: Any) -> dict[str, Any]:  # Any: as above, JSON
        """Place an entry for a coin on paper and return its trade."""
        self.set(broker_mode="PAPER")
        return self.place(self.wish(qty, **changes))

    def tick(self, minutes: int = 1) -> dict[str, JsonValue]:
        """Go to just after the minute's end so many minutes on, and run the tick of that one alone."""
        now = self.clock.now()
        ends_at = now.replace(second=0, microsecond=0) + minutes * MINUTE
        self.go_to(ends_at + timedelta(seconds=1))
        return self.run("crypto_tick")

    def usdt(self, username: str = "alice") -> Decimal:
        """Return the cash of the paper account of coins."""
        (row,) = self.query(
            "select cash from paper_accounts where username = :name and account_id = :account",
            name=username,
            account=COINS_ACCOUNT,
        )
        cash: Decimal = row.cash
        return cash

    def fills(self, trade: Mapping[str, Any]) -> list[Any]:  # Any: JSON, rows
        """Return the fills that the core booked, oldest first."""
        return self.query(
            "select * from fills where trade_id = :id order by filled_at, created_at, id", id=trade["id"]
        )

    def execute(self, sql: str) -> None:
        """Change rows as the jobs' role, as nothing in the product would."""
        with self.container.jobs_environment().database.transaction(None) as connection:
            connection.execute(text(sql))

    def paper_fills(self, username: str = "alice") -> list[Any]:  # Any: rows
        """Return what the exchange filled, oldest first."""
        return self.query(
            "select * from paper_fills where username = :name order by filled_at, id", name=username
        )

    def holding(self, symbol: str = BTC, username: str = "alice") -> Decimal:
        """Return what the exchange holds of a coin, below 0 where it is short."""
        held: list[Any] = self.query(  # Any: rows
            "select quantity from paper_positions where username = :name and symbol = :symbol",
            name=username,
            symbol=symbol,
        )
        return sum((row.quantity for row in held), Decimal(0))
