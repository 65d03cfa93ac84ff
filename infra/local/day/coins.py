"""Coins of a day, traded by hand on paper: a target, a stop, one short, one that rests, one left in parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final

from infra.local.day.rig import Rig
from infra.local.day.script import Script
from infra.local.day.trader import Trader

BTC, ETH, SOL = "BTCUSDT", "ETHUSDT", "SOLUSDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinWish:
    """A coin as its owner thinks of it; prices are parts of the last one."""

    label: str
    symbol: str
    qty: float
    side: str = "LONG"
    limit: float | None = None
    stop: float | None = None
    target: float | None = None


TO_TARGET: Final = CoinWish(label="coin-target", symbol=BTC, qty=0.01, stop=0.97, target=1.02)
TO_STOP: Final = CoinWish(label="coin-stop", symbol=ETH, qty=0.2, stop=0.99)
SHORT: Final = CoinWish(label="coin-short", symbol=SOL, qty=2, side="SHORT", stop=1.02, target=0.97)
RESTING: Final = CoinWish(label="coin-resting", symbol=ETH, qty=0.3, limit=0.992, stop=0.97)
IN_PARTS: Final = CoinWish(label="coin-parts", symbol=SOL, qty=1.5, stop=0.8)


@dataclass(slots=True, kw_only=True)
class CoinPart:
    """Writes what people do with coins into a day's script; `traders` are those of the day by name."""

    rig: Rig
    script: Script
    traders: Mapping[str, Trader]
    day: date

    def write(self) -> None:
        """Write it down."""
        alice, bob, carol = (self.traders[name] for name in ("alice", "bob", "carol"))
        for clock, trader, wish in (
            ("09:20", alice, TO_TARGET),
            ("09:21", bob, TO_STOP),
            ("09:22:30", carol, SHORT),
            ("09:24", alice, RESTING),
            ("10:30", bob, IN_PARTS),
        ):
            self._at(clock, partial(self._place, trader, wish))
        self._at("09:40", partial(self._drive, BTC, 1.03, 900))
        self._at("09:50", partial(self._drive, ETH, 0.985, 900))
        self._at("10:00", partial(self._drive, SOL, 0.96, 900))
        self._at("10:45", partial(self._close_part, bob, IN_PARTS.label, 0.6))
        self._at("11:02", partial(alice.close, RESTING.label, {200}))
        self._at("11:04", partial(bob.close, IN_PARTS.label, {200}))

    def _at(self, clock: str, action: Any) -> None:  # Any: a call without arguments, whatever it answers
        self.script.at(self.day, clock, lambda: action() and None)

    def _place(self, trader: Trader, wish: CoinWish) -> None:
        body: dict[str, object] = {
            "ticker": wish.symbol,
            "legs": [{"instrument": "CRYPTO", "side": wish.side}],
            "qty": wish.qty,
            "order_type": "market" if wish.limit is None else "limit",
            "broker_mode": "PAPER",
            "trade_context": {"label": wish.label},
        }
        parts = {"limit_price": wish.limit, "sl_price": wish.stop, "tp_price": wish.target}
        last = self._price(wish.symbol)
        body |= {name: round(last * part, 2) for name, part in parts.items() if part is not None}
        answer = trader.call("POST", "/api/trades", {201}, body)
        if answer.status == 201:
            trader.trades[wish.label] = answer.body["id"]

    def _close_part(self, trader: Trader, label: str, qty: float) -> None:
        trade = trader.look(label)
        body = {"version": trade["version"], "qty": qty}
        trader.call("POST", f"/api/trades/{trade['id']}/close", {200}, body)

    def _drive(self, symbol: str, factor: float, seconds: int) -> None:
        self.rig.world.simulated.path(symbol, [(seconds, round(self._price(symbol) * factor, 2))])

    def _price(self, symbol: str) -> float:
        return self.rig.world.binance.coins.price(symbol, self.rig.clock.now())
