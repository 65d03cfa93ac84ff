"""A user of the day: does everything over the API, and knows what each call should have answered."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from infra.local.day.gateway import Answer
from infra.local.day.rig import Rig
from infra.local.emulators.market.sessions import NEW_YORK

WIDE_LIMITS: Final[Mapping[str, float]] = {
    "account_balance": 100_000,
    "max_positions": 50,
    "daily_loss_limit": 20_000,
    "heat_limit_pct": 50,
}
Trade = Mapping[str, Any]  # Any: JSON of the API


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A trade as its owner thinks of it.

    `moneyness` is strike over spot; `days` the least calendar days to expiry. `stop` and `target` are
    fractions of bid and ask; `limit` a fraction of the ask, None for a market order. `expiry` and `strike`
    name an exact contract instead.
    """

    label: str
    ticker: str
    right: str
    moneyness: float = 1.0
    days: int = 7
    qty: int = 1
    stop: float | None = None
    target: float | None = None
    limit: float | None = None
    expiry: date | None = None
    strike: float | None = None


def tick_down(price: float) -> float:
    """Round down to a price that every class of options trades at."""
    step = 0.05 if price < 3 else 0.10
    return round(math.floor(round(price / step, 6)) * step, 2)


def tick_up(price: float) -> float:
    """Round up to a price that every class of options trades at."""
    step = 0.05 if price < 3 else 0.10
    return round(math.ceil(round(price / step, 6)) * step, 2)


@dataclass(slots=True)
class Trader:
    """One user. What is not as it should be goes to `surprises`."""

    rig: Rig
    name: str
    surprises: list[str]
    account_id: str
    on_paper: bool = False
    groups: tuple[str, ...] = ()
    trades: dict[str, str] = field(default_factory=dict)
    token: str = field(init=False)
    _list_tag: str | None = None

    def __post_init__(self) -> None:
        self.token = self.rig.sign_in.access_token(self.name, groups=self.groups)

    def settle_in(self) -> None:
        """Store settings as a new user does: the broker's token and account, wide limits."""
        broker_token = f"sandbox-token-of-{self.name}"
        self.rig.open_account(self.account_id, broker_token, self.name)
        wanted: dict[str, object] = {
            **WIDE_LIMITS,
            "tradier_sandbox_token": broker_token,
            "tradier_sandbox_account_id": self.account_id,
            "broker_mode": "PAPER" if self.on_paper else "TRADIER_SANDBOX",
        }
        self.call("PUT", "/api/settings", {200}, wanted)

    def call(
        self,
        method: str,
        path: str,
        expected: set[int],
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call; a status that is not expected is a surprise."""
        answer = self.rig.gateway.call(method, path, token=self.token, body=body, headers=headers)
        if answer.status not in expected:
            self.surprise(f"{method} {path} answered {answer.status}: {_words(answer)}")
        return answer

    def surprise(self, text: str) -> None:
        """Note something that the script did not count on."""
        at = self.rig.clock.now().astimezone(NEW_YORK)
        self.surprises.append(f"{at:%m-%d %H:%M:%S} {self.name}: {text}")

    def poll(self) -> None:
        """Look at the list as the page does, twice: the second look costs nothing (304)."""
        for expected in ({200, 304}, {304}):
            headers = {} if self._list_tag is None else {"if-none-match": self._list_tag}
            answer = self.call("GET", "/api/trades?status=OPEN", expected, headers=headers)
            self._list_tag = answer.headers.get("etag", self._list_tag)

    def look(self, label: str) -> Trade:
        """Read one trade."""
        trade: Trade = self.call("GET", f"/api/trades/{self.trades[label]}", {200}).body
        return trade

    def place(self, wish: Wish, expected: set[int] | None = None) -> Answer | None:
        """Choose a contract from the chain, as the ticket does, and place."""
        body = self.ticket(wish)
        if body is None:
            self.surprise(f"no contract for {wish.label}")
            return None
        key = f"{self.name}-{wish.label}"
        answer = self.call("POST", "/api/trades", expected or {201}, body, {"idempotency-key": key})
        if answer.status == 201:
            self.trades[wish.label] = answer.body["id"]
        return answer

    def ticket(self, wish: Wish) -> dict[str, object] | None:
        """Fill in the ticket: contract, prices, stop and target."""
        chosen = self._contract(wish)
        if chosen is None:
            return None
        expiry, option = chosen
        body: dict[str, object] = {
            "ticker": wish.ticker,
            "option_type": wish.right,
            "strike": option["strike"],
            "expiry": expiry,
            "qty": wish.qty,
            "order_type": "market" if wish.limit is None else "limit",
            "strategy": wish.label.partition("-")[0][:20],
            "trade_context": {"label": wish.label},
        }
        if wish.limit is not None:
            body["limit_price"] = max(tick_up(option["ask"] * wish.limit), 0.05)
        if wish.stop is not None:
            body["sl_price"] = max(tick_down(option["bid"] * wish.stop), 0.05)
        if wish.target is not None:
            body["tp_price"] = tick_up(option["ask"] * wish.target)
        return body

    def _contract(self, wish: Wish) -> tuple[str, Trade] | None:
        expiry = (
            wish.expiry.isoformat() if wish.expiry is not None else self.expiry_in(wish.ticker, wish.days)
        )
        if expiry is None:
            return None
        chain = self.call("GET", f"/api/market/chain?symbol={wish.ticker}&expiry={expiry}", {200}).body
        options = [
            item
            for item in chain["items"]
            if item["option_type"] == wish.right and item["bid"] and item["ask"]
        ]
        strike = wish.strike or (chain["underlying_price"] or 0) * wish.moneyness
        chosen = min(options, key=lambda item: abs(item["strike"] - strike), default=None)
        return None if chosen is None else (expiry, chosen)

    def expiry_in(self, ticker: str, days: int) -> str | None:
        """Return the first listed expiry that is at least so many calendar days away."""
        listed = self.call("GET", f"/api/market/expirations?symbol={ticker}", {200}).body["items"]
        today = self.rig.clock.now().date()
        return next((day for day in listed if (date.fromisoformat(day) - today).days >= days), None)

    def close(self, label: str, expected: set[int]) -> Answer | None:
        """Ask for a close with the version just seen."""
        return self._on(label, "close", {}, expected)

    def cancel(self, label: str, expected: set[int]) -> Answer | None:
        """Withdraw what waits or works."""
        return self._on(label, "cancel", {}, expected)

    def adjust(
        self, label: str, expected: set[int], wanted: Callable[[Trade], Mapping[str, float | None]]
    ) -> Answer | None:
        """Move stop or target; `wanted` makes the new prices from the trade."""
        if label not in self.trades:
            return None
        return self._on(label, "adjust", wanted(self.look(label)), expected)

    def _on(
        self, label: str, verb: str, fields: Mapping[str, float | None], expected: set[int]
    ) -> Answer | None:
        if label not in self.trades:
            self.surprise(f"{verb} of {label}, which was never placed")
            return None
        version = self.look(label)["version"]
        path = f"/api/trades/{self.trades[label]}/{verb}"
        return self.call("POST", path, expected, {"version": version, **fields})


def _words(answer: Answer) -> str:
    """Shorten an answer for the report."""
    if not isinstance(answer.body, dict):
        return ""
    parts: Sequence[object] = (
        answer.body.get("detail"),
        answer.body.get("errors"),
        answer.body.get("status"),
        answer.body.get("close_reason"),
    )
    return " ".join(str(part) for part in parts if part)[:300]
