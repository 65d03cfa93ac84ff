"""What goes wrong at the exchange of coins: single calls, and times of trouble that begin and end (C-06)."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from infra.local.simulate.exchange_accounts import Account
from infra.local.simulate.stage import Stage

#: How many of the troubles of a window last for a time.
_LASTING: Final = 0.3
#: No window has so many calls.
_ALL: Final = 100_000


def _said(code: int, message: str) -> str:
    return json.dumps({"code": code, "msg": message})


_TIMEOUT: Final = _said(-1007, "Timeout waiting for response from backend server. Send status unknown.")
_NO_BALANCE: Final = _said(-2010, "Account has insufficient balance for requested action.")
_FILTER: Final = _said(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE")
_PRICES: Final = _said(-2010, "The relationship of the prices for the orders is not correct.")
_TRIGGERS: Final = _said(-2010, "Order would trigger immediately.")
_BANNED: Final = _said(-1003, "Way too much request weight used; IP banned.")
_NOT_HERE: Final = _said(0, "Service unavailable from a restricted location.")
_KEY_REFUSED: Final = _said(-2015, "Invalid API-key, IP, or permissions for action.")
_CLOCK: Final = _said(-1021, "Timestamp for this request is outside of the recvWindow.")

#: What strikes which calls, by the words of the control contract. `/order` is in the paths of single orders
#: and of lists, `Orders` in that of what an account shows.
_STRIKES: Final[Sequence[Mapping[str, object]]] = (
    *[{"kind": FaultKind.TIMEOUT_AFTER, "method": "POST", "path": "/order"}] * 3,
    {"kind": FaultKind.TIMEOUT_BEFORE, "method": "POST", "path": "/order"},
    {"kind": FaultKind.DROP_CONNECTION, "method": "POST", "path": "/order"},
    {"kind": FaultKind.MALFORMED, "method": "POST", "path": "/order"},
    {"kind": FaultKind.SLOW, "method": "POST", "path": "/order", "seconds": 25.0},
    *[{"kind": FaultKind.STATUS_AFTER, "method": "POST", "path": "/order", "code": 504, "body": _TIMEOUT}]
    * 2,
    {"kind": FaultKind.STATUS_AFTER, "method": "POST", "path": "/order", "code": 500},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 503, "body": _TIMEOUT},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 400, "body": _TIMEOUT},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 400, "body": _FILTER},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 400, "body": _FILTER, "times": 8},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/orderList", "code": 400, "body": _PRICES},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 400, "body": _TRIGGERS},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 400, "body": _NO_BALANCE},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/order", "code": 400, "body": _CLOCK},
    *[{"kind": FaultKind.PARTIAL_FILL}] * 3,
    *[{"kind": FaultKind.CANCEL_LOSES}] * 2,
    {"kind": FaultKind.TIMEOUT_AFTER, "method": "DELETE", "path": "/order"},
    {"kind": FaultKind.TIMEOUT_BEFORE, "method": "DELETE", "path": "/order"},
    {"kind": FaultKind.STATUS_AFTER, "method": "DELETE", "path": "/order", "code": 502},
    {"kind": FaultKind.STATUS, "method": "DELETE", "path": "/order", "code": 503, "times": 3},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/allOrders", "code": 502, "times": 4},
    {"kind": FaultKind.MALFORMED, "method": "GET", "path": "/allOrders"},
    {"kind": FaultKind.TIMEOUT_BEFORE, "method": "GET", "path": "/allOrders"},
    {"kind": FaultKind.SLOW, "method": "GET", "path": "Orders", "seconds": 12.0},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/order", "code": 503, "times": 4},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/myTrades", "code": 500, "times": 4},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/account", "code": 500, "times": 4},
    {"kind": FaultKind.MALFORMED, "method": "GET", "path": "/account"},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/exchangeInfo", "code": 500, "times": 4},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/ticker/price", "code": 502, "times": 4},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/klines", "code": 502, "times": 8},
    # Candles have times; a last price has none, and that it is old nobody could see.
    {"kind": FaultKind.STALE_QUOTE, "path": "/klines", "seconds": 600.0, "times": 3},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/time", "code": 500, "times": 4},
    {"kind": FaultKind.RATE_LIMITED, "path": "/order", "seconds": 5.0},
    {"kind": FaultKind.RATE_LIMITED, "path": "/allOrders"},
    {"kind": FaultKind.STATUS, "path": "rders", "code": 451, "body": _NOT_HERE, "times": 3},
    {"kind": FaultKind.STATUS, "path": "/order", "code": 401, "body": _KEY_REFUSED},
    {"kind": FaultKind.STATUS, "path": "/account", "code": 403, "body": "<html>Forbidden</html>"},
)
_BANS: Final = (45, 80)


@dataclass(slots=True, kw_only=True)
class ExchangeTroubles:
    """Begins and ends what goes wrong, by seeded choice; `kinds` limits the faults of single calls."""

    stage: Stage
    choices: random.Random
    accounts: Sequence[Account]
    kinds: frozenset[str] | None
    armed: Counter[str] = field(default_factory=Counter)
    _endings: list[Callable[[], None]] = field(default_factory=list)

    def begin_one(self) -> str:
        """Begin one trouble and describe it."""
        lasting = (self._outage, self._outage, self._refuses_keys, self._drifts, self._is_crowded, self._bans)
        if self.kinds is None and self.choices.random() < _LASTING:
            return self.choices.choice(lasting)()
        wishes = [one for one in _STRIKES if self.kinds is None or str(one["kind"]) in self.kinds]
        if not wishes:
            return "nothing of these kinds"
        wish = dict(self.choices.choice(wishes))
        if wish["kind"] is FaultKind.PARTIAL_FILL:
            wish["fraction"] = self.choices.choice((0.03, 0.3, 0.5, 0.8))
        self._arm(wish)
        return f"{wish['kind']} {wish.get('method', '')} {wish.get('path', '')} {wish.get('code', '')}"

    def end_all(self) -> None:
        """End what lasts: faults of single calls are the book's to clear."""
        for end in self._endings:
            end()
        self._endings.clear()

    def _outage(self) -> str:
        """Have the exchange be away for minutes: to everybody, or to whoever asks for an account."""
        everything = self.choices.random() < 0.4
        paths = ("",) if everything else ("rder", "/account", "/myTrades")
        kind = self.choices.choice((FaultKind.STATUS, FaultKind.TIMEOUT_BEFORE, FaultKind.DROP_CONNECTION))
        faults = [self._arm({"kind": kind, "path": path, "code": 503, "times": _ALL}) for path in paths]

        def end() -> None:
            for fault in faults:
                fault.times = 0

        seconds = self._lasts(end, (20, 60, 150, 280))
        return f"{kind} for {seconds} s{' everywhere' if everything else ''}"

    def _refuses_keys(self) -> str:
        """Have an account's key be refused for a while."""
        account = self.choices.choice(self.accounts)
        self.armed["exchange keys"] += 1
        account.exchange.desk.revoke_all(account.account_id)
        seconds = self._lasts(account.give_key, (30, 100, 200))
        return f"the key of {account.account_id} is refused for {seconds} s"

    def _drifts(self) -> str:
        """Have the exchange's clock be off from now on; this stays."""
        exchange = self.choices.choice(self.accounts).exchange
        exchange.clock_ahead = timedelta(seconds=self.choices.choice((-40, -3, -1.5, 0.4, 2, 25)))
        self.armed["exchange clock"] += 1
        return f"its clock is ahead by {exchange.clock_ahead.total_seconds()} s"

    def _is_crowded(self) -> str:
        """Have others use up most of the address's weight of this minute, or all."""
        weight = self.choices.choice((5_300, 5_700, 6_000))
        self.choices.choice(self.accounts).exchange.others_use(weight)
        self.armed["exchange weight"] += 1
        return f"others used {weight} of its weight"

    def _bans(self) -> str:
        """Have it ask us to stay away, by header, by text, or without saying how long."""
        seconds = self.choices.choice(_BANS)
        until = self.stage.engine.now() + timedelta(seconds=seconds)
        by_text = _said(-1003, f"IP banned until {int(until.timestamp() * 1000)}.")
        wish = self.choices.choice(
            (
                {"code": 418, "body": _BANNED, "headers": {"Retry-After": str(seconds)}},
                {"code": 429, "body": _BANNED, "headers": {"Retry-After": "7"}},
                {"code": 418, "body": by_text},
                {"code": 418, "body": _BANNED},
            )
        )
        self._arm({"kind": FaultKind.STATUS, "path": "rder", **wish})
        return f"bans with {wish['code']} for {seconds} s"

    def _lasts(self, end: Callable[[], None], choice: Sequence[int]) -> int:
        seconds = self.choices.choice(choice)
        self._endings.append(end)
        self.stage.engine.at(self.stage.engine.now() + timedelta(seconds=seconds), end)
        return seconds

    def _arm(self, wish: Mapping[str, object]) -> Fault:
        fault = Fault(**({"vendor": Vendor.BINANCE} | dict(wish)))  # type: ignore[arg-type]  # a table's words
        self.stage.world.faults.arm(fault)
        self.armed[f"exchange {wish['kind']}"] += 1
        return fault
