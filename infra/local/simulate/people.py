"""Users and their devices: what they ask of the API, at random, and what they must never be told.

Each device acts on what it last saw, so that stale versions come by themselves.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from infra.local.day.gateway import Answer
from infra.local.day.trader import tick_down, tick_up
from infra.local.invariants.findings import Findings
from infra.local.simulate import agents, habits
from infra.local.simulate.live_switch import LiveOff
from infra.local.simulate.stage import Stage
from infra.local.simulate.tickets import ticket

#: A call that died is tried again after its key is free (machine time, 30 s).
TRY_AGAIN_AFTER: Final = timedelta(seconds=33)
UNEXPECTED_WORDS: Final = "could not be carried out"
#: What the API may answer to a well-formed call; anything else is a finding.
EXPECTED: Final = frozenset({200, 201, 202, 204, 304, 401, 403, 404, 409, 422, 429, 503})
Trade = Mapping[str, Any]  # Any: JSON of the API


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits that a person set; of several, the loosest."""

    account_balance: float
    max_positions: int
    daily_loss_limit: float
    heat_limit_pct: float


WIDE: Final = Limits(account_balance=100_000, max_positions=50, daily_loss_limit=20_000, heat_limit_pct=60)
NARROW: Final = Limits(account_balance=100_000, max_positions=3, daily_loss_limit=400, heat_limit_pct=60)


@dataclass(slots=True)
class Sent:
    """A placing that was asked for: its body, and the first answer it got."""

    body: dict[str, object]
    first: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a person does now and then, by choices of its own: so others' days stay the same without it."""

    choices: random.Random
    chance: float
    does: Callable[["Person", str], None]


@dataclass(slots=True, kw_only=True)
class Person:
    """One user with some devices."""

    name: str
    account_id: str
    on_paper: bool
    limits: Limits
    stage: Stage
    choices: random.Random
    beside: list["Beside"] = field(default_factory=list)
    findings: Findings
    token: str = ""
    seen: dict[str, list[Trade]] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    notes: int = 0
    tokens_made: int = 0
    token_is_told: bool = True
    is_away: bool = False
    is_leaving: bool = False
    is_gone: bool = False
    others: list["Person"] = field(default_factory=list)
    is_live: bool = False
    live_off: list[LiveOff] = field(default_factory=list)

    @property
    def broker_token(self) -> str:
        """Return the token of this person's account at the emulator."""
        return f"sandbox-token-of-{self.name}" + f"-{self.tokens_made}" * (self.tokens_made > 0)

    def settle_in(self) -> None:
        """Store settings as a new user does."""
        self.stage.open_account(self.account_id, self.broker_token, self.name)
        self.sign_in()
        limits = self.limits
        answer = self.call(
            "home",
            "PUT",
            "/api/settings",
            {
                "account_balance": limits.account_balance,
                "max_positions": limits.max_positions,
                "daily_loss_limit": limits.daily_loss_limit,
                "heat_limit_pct": limits.heat_limit_pct,
                "tradier_sandbox_token": self.broker_token,
                "tradier_sandbox_account_id": self.account_id,
                "broker_mode": "PAPER" if self.on_paper else "TRADIER_SANDBOX",
            },
        )
        if answer.status != 200:
            self.stage.unexpected(f"settings of {self.name} answered {answer.status}: {answer.body}")
        if self.is_live:
            habits.go_live(self)

    def change_limits(self, device: str, max_positions: int, daily_loss_limit: float) -> None:
        """Set two limits; until that is known to have happened, the looser ones may be in force."""
        self.limits = replace(
            self.limits,
            max_positions=max(max_positions, self.limits.max_positions),
            daily_loss_limit=max(daily_loss_limit, self.limits.daily_loss_limit),
        )
        body = {"max_positions": max_positions, "daily_loss_limit": daily_loss_limit}
        self.call(device, "PUT", "/api/settings", body)

    def sign_in(self) -> None:
        """Take a fresh access token."""
        self.token = self.stage.sign_in.access_token(self.name)

    def call(
        self,
        device: str,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call and write its answer down."""
        was_gone = self.is_gone
        answer = self.stage.call(method, path, token=self.token, body=body, headers=headers)
        engine = self.stage.engine
        words = _words(answer)
        engine.trace.note(
            engine.now(), f"{self.name}/{device}", "api", f"{method} {path} → {answer.status} {words}"
        )
        if was_gone:
            served = f"{self.name} was removed, and {method} {path} got {answer.status}"
            self.findings.check(37, answer.status in {401, 503}, served)
        if answer.status not in EXPECTED or UNEXPECTED_WORDS in words:
            self.stage.unexpected(f"{method} {path} of {self.name} answered {answer.status}: {words}")
        return answer

    # What is done.

    def act(self, device: str) -> None:
        """Do one thing, chosen by what there is to do; now and then something else first."""
        for one in self.beside:
            if one.choices.random() < one.chance:
                one.does(self, device)
        live = [trade for trade in self.seen.get(device, ()) if trade["status"] not in _ENDED]
        does: list[tuple[float, Callable[[], None]]] = [
            (8, lambda: self.place(device)),
            (3, lambda: self.look(device)),
            (0.4, lambda: habits.change_limits(self, device, self.choices)),
            (0.3, lambda: habits.renew_token(self, device)),
            (0.2 * self.is_live, lambda: habits.switch_live(self, device)),
        ]
        if not self.stage.with_orats:
            does.append((0.2, lambda: habits.hammer(self, device)))
        if live:
            trade = self.choices.choice(live)
            does += [
                (4, lambda: self.close(device, trade)),
                (4, lambda: self.adjust(device, trade)),
                (3, lambda: self.cancel(device, trade)),
                (2, lambda: self.stale(device, trade)),
                (1, lambda: self.refresh(device)),
                (1, lambda: self.annotate(device, trade)),
            ]
        if self.sent:
            does.append((2, lambda: self.again(device)))
        if self.others:
            does.append((2, lambda: self.pry(device)))
        weights = [weight for weight, _ in does]
        (_, chosen) = self.choices.choices(does, weights)[0]
        chosen()

    def look(self, device: str) -> None:
        """Read the list as the page does; nobody else's trades are in it (I-21)."""
        answer = self.call(device, "GET", "/api/trades?status=OPEN&limit=100")
        if answer.status != 200:
            return
        self.seen[device] = list(answer.body["items"])
        for trade in self.seen[device]:
            label = str((trade.get("trade_context") or {}).get("label", f"{self.name}-"))
            self.findings.check(21, label.startswith(f"{self.name}-"), f"{self.name} was shown {label}")

    def place(self, device: str) -> None:
        """Choose a contract and place, with a key of its own."""
        body = ticket(self.stage, self.choices)
        if body is None:
            return
        key = f"{self.name}-{len(self.sent) + 1}"
        body["trade_context"] = {"label": key}
        self.sent[key] = Sent(body=body)
        self.send(device, key)
        if self.choices.random() < 0.7:
            self.look(device)

    def send(self, device: str, key: str) -> None:
        sent = self.sent[key]
        answer = self.call(device, "POST", "/api/trades", sent.body, {"idempotency-key": key})
        if answer.status in {401, 409, 429, 503}:  # says nothing of the placing: one may be disabled just now
            return
        if answer.status < 300:
            self.labels[str(answer.body["id"])] = key
        if sent.first is None:
            sent.first = answer
            return
        if sent.first.status < 300 or sent.first.kind == "broker-refused":
            same = answer.body == sent.first.body or sent.first.status == answer.status
            same_trade = sent.first.status >= 300 or (
                answer.status < 300 and answer.body["id"] == sent.first.body["id"]
            )
            text = f"{key} answered {sent.first.status} first and {answer.status} then"
            self.findings.check(2, same_trade and (same or answer.status < 300), text)

    def again(self, device: str) -> None:
        """Send an earlier key again, or with another body (I-02)."""
        key = self.choices.choice(sorted(self.sent))
        sent = self.sent[key]
        done = sent.first is not None and (sent.first.status < 300 or sent.first.kind == "broker-refused")
        if done and self.choices.random() < 0.4:
            body = {**sent.body, "qty": 9}
            answer = self.call(device, "POST", "/api/trades", body, {"idempotency-key": key})
            refused = answer.kind == "idempotency-mismatch" or answer.status in {401, 409, 503}
            self.findings.check(2, refused, f"another body under the used key {key} got {answer.status}")
            return
        self.send(device, key)

    def close(self, device: str, trade: Trade) -> None:
        """Close what this device saw."""
        self._change(device, trade, "close", {})

    def cancel(self, device: str, trade: Trade) -> None:
        """Cancel what this device saw."""
        self._change(device, trade, "cancel", {})

    def adjust(self, device: str, trade: Trade) -> None:
        """Move the stop or the target of what this device saw."""
        stop, target = trade.get("sl_price"), trade.get("tp_price")
        wanted: dict[str, float | None] = {}
        if stop and self.choices.random() < 0.6:
            wanted["new_sl"] = max(tick_down(stop * self.choices.choice((0.6, 0.9, 1.1))), 0.05)
        elif target:
            wanted["new_tp"] = tick_up(target * self.choices.choice((0.85, 1.2)))
        else:
            price = float(trade.get("entry_price") or 1.0)
            wanted["new_sl"] = max(tick_down(price * 0.5), 0.05)
        if self.choices.random() < 0.1 and target:
            wanted = {"new_tp": None}
        self._change(device, trade, "adjust", wanted)

    def _change(self, device: str, trade: Trade, verb: str, fields: Mapping[str, float | None]) -> None:
        body = {"version": trade["version"], **fields}
        answer = self.call(device, "POST", f"/api/trades/{trade['id']}/{verb}", body)
        agents.check_exit_is_let_in(self, verb, answer)
        if answer.status == 409 or self.choices.random() < 0.5:
            self.look(device)

    def stale(self, device: str, trade: Trade) -> None:
        """Send a version that is certainly old: it must be refused (I-22)."""
        if trade["version"] < 2:
            return
        body = {"version": trade["version"] - 1}
        answer = self.call(device, "POST", f"/api/trades/{trade['id']}/close", body)
        self.findings.check(22, answer.status >= 400, f"a write with an old version got {answer.status}")

    def annotate(self, device: str, trade: Trade) -> None:
        """Note something on a trade."""
        label = self.labels.get(str(trade["id"]))
        if label is None:
            return
        self.notes += 1
        context = {"label": label, "note": self.notes}
        body = {"version": trade["version"], "trade_context": context}
        self.call(device, "PATCH", f"/api/trades/{trade['id']}", body)

    def refresh(self, device: str) -> None:
        """Ask for fresh marks."""
        self.call(device, "POST", "/api/refresh", {})

    def pry(self, device: str) -> None:
        """Reach for another's trade: it is not there (I-21)."""
        other = self.choices.choice(self.others)
        known = [trade for trades in other.seen.values() for trade in trades]
        if not known:
            return
        trade = self.choices.choice(known)
        looked = self.call(device, "GET", f"/api/trades/{trade['id']}")
        closed = self.call(device, "POST", f"/api/trades/{trade['id']}/close", {"version": trade["version"]})
        for answer in (looked, closed):
            hidden = answer.status in {401, 404, 503}
            self.findings.check(21, hidden, f"{self.name} got {answer.status} for a trade of {other.name}")


_ENDED: Final = frozenset({"CLOSED", "EXPIRED", "CANCELED"})


def _words(answer: Answer) -> str:
    body = answer.body
    if not isinstance(body, dict):
        return ""
    parts = (body.get("status"), body.get("close_reason"), body.get("detail"), body.get("errors"))
    return " ".join(str(part) for part in parts if part and not isinstance(part, int))[:160]
