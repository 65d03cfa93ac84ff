"""Users and their devices: who they are, what they hold in mind, and how they call the API."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from infra.local.day.gateway import Answer
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.invariants.findings import Findings
from infra.local.simulate import habits
from infra.local.simulate.live_switch import LiveOff
from infra.local.simulate.places import Account
from infra.local.simulate.stage import Stage

#: A call that died is tried again after its key is free (machine time, 30 s).
TRY_AGAIN_AFTER: Final = timedelta(seconds=33)
UNEXPECTED_WORDS: Final = "could not be carried out"
#: What the API may answer to a well-formed call; anything else is a finding.
EXPECTED: Final = frozenset({200, 201, 202, 204, 304, 401, 403, 404, 409, 422, 429, 503})
#: What it may answer as well where the database went away in the midst of a call.
_CUT_SHORT: Final = 504
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
    """A placing that was asked for: its body, the first answer that was kept, and one that could not be."""

    body: dict[str, object]
    first: Answer | None = None
    unkept: Answer | None = None


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
    elsewhere: random.Random | None = None
    #: The brokers that `elsewhere` chooses from when it names one.
    named: Sequence[str] = ("PAPER", "PAPER", "TRADIER_SANDBOX", "TRADIER_LIVE")
    accounts: list[Account] = field(default_factory=list)
    #: Those of them whose credentials their brokers take no longer.
    logged_out: list[Account] = field(default_factory=list)
    connects: Callable[["Person"], None] | None = None
    #: Is told of each call and how many seconds it took.
    waits: Callable[[str, str, object, float], None] | None = None
    findings: Findings
    token: str = ""
    groups: tuple[str, ...] = ()
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

    @property
    def held_at(self) -> list[tuple[BrokerageEmulator, str]]:
        """Return where others than the product may act: the account at the sandbox, and those elsewhere."""
        elsewhere = [(one.place.emulator(self.stage.world), one.account_id) for one in self.accounts]
        return [(self.stage.world.sandbox, self.account_id), *elsewhere]

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
        if self.connects is not None:
            self.connects(self)

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
        self.token = self.stage.sign_in.access_token(self.name, groups=self.groups)

    def call(
        self,
        device: str,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call and write its answer down."""
        was_gone, engine = self.is_gone, self.stage.engine
        began = engine.monotonic()
        answer = self.stage.call(method, path, token=self.token, body=body, headers=headers)
        if self.waits is not None:
            self.waits(method, path, body, engine.monotonic() - began)
        words = _words(answer)
        engine.trace.note(
            engine.now(), f"{self.name}/{device}", "api", f"{method} {path} → {answer.status} {words}"
        )
        if was_gone:
            served = f"{self.name} was removed, and {method} {path} got {answer.status}"
            self.findings.check(37, answer.status in {401, 503}, served)
        cut_short = answer.status == _CUT_SHORT and self.stage.answer_is_lost
        if not (cut_short or answer.status in EXPECTED) or UNEXPECTED_WORDS in words:
            self.stage.unexpected(f"{method} {path} of {self.name} answered {answer.status}: {words}")
        return answer


def _words(answer: Answer) -> str:
    body = answer.body
    if not isinstance(body, dict):
        return ""
    parts = (body.get("status"), body.get("close_reason"), body.get("detail"), body.get("errors"))
    return " ".join(str(part) for part in parts if part and not isinstance(part, int))[:160]
