"""AI traders of a day: signals, decisions by queued answers, vetoes, parts, limits, a model that lies.

Alice's trader acts by itself, bob's has one slot for two coins, carol's falls until its day is over. What the
model says is queued before the candle that it is asked about; unasked it says NO_TRADE, or HOLD.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from infra.local.day.rig import Rig
from infra.local.day.script import Script
from infra.local.day.trader import Trader
from infra.local.emulators.openrouter.saying import decision, move_of_stop, rounded
from infra.local.invariants.view import View

BTC, ETH, SOL, ADA = "BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT"
#: Every closed candle signals: what is done about it is the model's, and the rules'.
ALWAYS: Final = {"required": [{"left": {"indicator": "price"}, "op": ">", "right": 0}]}
REQUIRED: Final = frozenset({"EXECUTED", "NO_TRADE", "NOT_EXECUTED", "VALIDATION_FAILED"})
REQUIRED_OUTCOMES: Final = frozenset({"CLOSED/STRATEGY_EXIT", "CLOSED/MANUAL_CLOSE"})
FALLBACK: Final = "RULE_FALLBACK"


@dataclass(slots=True, kw_only=True)
class TraderPart:
    """Writes the traders' part into a day's script; `traders` are the people of the day by name."""

    rig: Rig
    script: Script
    traders: Mapping[str, Trader]
    day: date
    ids: dict[str, str] = field(default_factory=dict)

    def write(self) -> None:
        """Write it down."""
        self._at("11:06", partial(self._begin, "alice", BTC))
        self._at("11:06:10", partial(self._begin, "bob", ETH, SOL, max_positions=1, require_approval=True))
        self._at("11:06:20", partial(self._begin, "carol", ADA, max_daily_drawdown_pct=0.5))
        self._alices()
        self._bobs()
        self._carols()
        for name in ("alice", "bob", "carol"):
            self._at("12:05", partial(self._close_all, name))
            self._at("12:06", partial(self._delete, name))

    def _alices(self) -> None:
        """A position in parts: its stop follows, one change is vetoed, a target fills, the model leaves."""
        self._say("11:09:50", "alice", BTC, lambda last: _long(last, 0.985, (1.01, 0.5), (1.04, 0.5)))
        self._say("11:14:50", "alice", BTC, lambda last: _moves(last * 0.99))
        self._say("11:24:50", "alice", BTC, lambda last: _moves(last * 0.995))
        self._at("11:25:30", partial(self._veto, "alice"))
        self._at("11:27", partial(self._drive, BTC, 1.012, 240))
        self._say("11:39:50", "alice", BTC, lambda _last: decision("CLOSE", "The move is over."))
        self._at("11:44:50", partial(self._fail, "alice", BTC, 3))
        self._say("11:49:50", "alice", BTC, lambda last: _long(last, 1.02, (1.05, 1.0)))
        self._say("11:54:50", "alice", BTC, lambda last: _long(last, 0.5, (1.05, 1.0), quantity=3))
        self._say("11:59:50", "alice", BTC, lambda last: _long(last, 0.985, (1.03, 1.0)))

    def _bobs(self) -> None:
        """One slot, and approvals: what comes second waits, and is decided anew once the first is closed.

        Of the coin that was closed by hand the model is not asked any more.
        """
        self._say("11:09:50", "bob", ETH, lambda last: _long(last, 0.985, (1.03, 1.0)))
        self._at("11:10:40", partial(self._approve, "bob"))
        self._say("11:14:50", "bob", SOL, lambda last: _long(last, 0.985, (1.03, 1.0)))
        self._say("11:16:50", "bob", SOL, lambda last: _long(last, 0.985, (1.03, 1.0)))
        self._at("11:17", partial(self._close_first, "bob"))
        self._at("11:18:30", partial(self._approve, "bob"))
        self._say("11:29:50", "bob", ETH, lambda last: _long(last, 0.985, (1.03, 1.0)))

    def _carols(self) -> None:
        """A fall of the day's limit: what is asked for after it is refused until the next day of UTC."""
        self._say("11:09:50", "carol", ADA, lambda last: _long(last, 0.985, (1.05, 1.0)))
        self._at("11:21", partial(self._drive, ADA, 0.95, 60))
        self._say("11:34:50", "carol", ADA, lambda last: _long(last, 0.985, (1.05, 1.0)))

    def _at(self, clock: str, action: Any) -> None:  # Any: a call without arguments, whatever it answers
        self.script.at(self.day, clock, lambda: action() and None)

    def _begin(self, name: str, *symbols: str, **trading: object) -> None:
        body = {
            "name": f"{name}'s",
            "symbols": list(symbols),
            "timeframe": "5m",
            "filter": ALWAYS,
            "trading": {"enabled": True, "require_approval": False, **trading},
        }
        answer = self.traders[name].call("POST", "/api/traders", {201}, body)
        if answer.status == 201:
            self.ids[name] = answer.body["id"]

    def _say(self, clock: str, name: str, symbol: str, make: Callable[[float], Mapping[str, object]]) -> None:
        """Queue what the model tells one trader of one coin, made of the coin's last price."""

        def queue() -> None:
            match = {"symbol": symbol, "trader_id": self.ids[name]}
            answer = {"content": dict(make(self._price(symbol))), "match": match}
            self.rig.world.openrouter.queue([answer])

        self._at(clock, queue)

    def _fail(self, name: str, symbol: str, times: int) -> None:
        """Have the provider fail so often."""
        match = {"symbol": symbol, "trader_id": self.ids[name]}
        self.rig.world.openrouter.queue([{"status": 502, "match": match}] * times)

    def _veto(self, name: str) -> None:
        trader = self.traders[name]
        for trade in self._open_of(name):
            listed = trader.call("GET", f"/api/trades/{trade['id']}/changes", {200}).body["items"]
            for change in listed:
                if change["state"] == "PENDING":
                    path = f"/api/trades/{trade['id']}/changes/{change['id']}/veto"
                    trader.call("POST", path, {200}, {})
                    return
        trader.surprise("no change waits for a veto")

    def _approve(self, name: str) -> None:
        trader = self.traders[name]
        waiting = trader.call("GET", "/api/decisions?outcome=AWAITING_APPROVAL", {200}).body["items"]
        if not waiting:
            trader.surprise("no decision waits for a yes")
            return
        trader.call("POST", f"/api/decisions/{waiting[0]['id']}/approve", {200}, {})

    def _close_first(self, name: str) -> None:
        held = self._open_of(name)
        if not held:
            self.traders[name].surprise("the trader holds nothing")
            return
        path = f"/api/trades/{held[0]['id']}/close"
        self.traders[name].call("POST", path, {200}, {"version": held[0]["version"]})

    def _close_all(self, name: str) -> None:
        """C-07: done only once nothing is open or resting."""
        self.traders[name].call("POST", "/api/ai/close-all", {200}, {})
        left = self._open_of(name)
        if left:
            self.traders[name].surprise(f"{[one['ticker'] for one in left]} are open after close-all")

    def _delete(self, name: str) -> None:
        trader, path = self.traders[name], f"/api/traders/{self.ids[name]}"
        version = trader.call("GET", path, {200}).body["version"]
        trader.call("DELETE", f"{path}?version={version}", {204})

    def _open_of(self, name: str) -> list[Mapping[str, Any]]:  # Any: JSON of the API
        path = "/api/trades?status=OPEN&originator=AI&limit=200"
        found: list[Mapping[str, Any]] = self.traders[name].call("GET", path, {200}).body["items"]
        return found

    def _drive(self, symbol: str, factor: float, seconds: int) -> None:
        self.rig.world.simulated.path(symbol, [(seconds, rounded(self._price(symbol) * factor))])

    def _price(self, symbol: str) -> float:
        return self.rig.world.binance.coins.price(symbol, self.rig.clock.now())


def _long(last: float, stop: float, *targets: tuple[float, float], **fields: object) -> dict[str, object]:
    """Return a LONG; stop and targets are parts of the last price, targets with their shares."""
    goals = [{"price": rounded(last * part), "share": share} for part, share in targets]
    return decision("LONG", "It rises.", stop_loss=rounded(last * stop), take_profits=goals, **fields)


def _moves(stop: float) -> dict[str, object]:
    return decision("MODIFY", "The stop follows.", modifications=[move_of_stop(rounded(stop), "It rises.")])


def check_traders(view: View) -> list[str]:
    """Say what traders did."""
    decided = Counter(f"{one.decision} {one.outcome}" for one in view.ai.decisions)
    states = Counter(
        f"{one.triggered_by} {one.state}"
        for changes in view.changes.values()
        for one in changes
        if one.triggered_by != "USER_MANUAL"
    )
    fallbacks = sum(one.source == FALLBACK for one in view.ai.decisions)
    trades = [one for one in view.trades.values() if one.originator == "AI"]
    return [
        f"traders: {len(trades)} trades; decisions: {_counted(decided)}",
        f"traders: changes: {_counted(states)}; {fallbacks} decisions by rules alone",
    ]


def missing(view: View) -> Sequence[str]:
    """Return what a day with traders must have shown and did not."""
    outcomes = {one.outcome for one in view.ai.decisions}
    found = [f"no decision ended as {one}" for one in sorted(REQUIRED - outcomes)]
    states = {one.state for changes in view.changes.values() for one in changes if one.decision_id}
    found += [f"no change of a model was {one}" for one in sorted({"APPLIED", "VETOED"} - states)]
    if not any(one.source == FALLBACK for one in view.ai.decisions):
        found.append("no decision was made by rules alone")
    return found


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
