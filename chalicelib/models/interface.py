"""A model's answer in papertape's own words: what was made of it, or why there is none (C-02)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from chalicelib.domain.json_value import JsonValue
from chalicelib.vendors.deadline import Deadline

#: C-02: what a model may say at most.
ANSWER_TOKENS_MAX: Final = 1000
TRIES_MAX: Final = 3
_MILLION: Final = Decimal(1_000_000)
T = TypeVar("T")


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"


class TryFailure(StrEnum):
    """Why a try has no answer that can be used."""

    NOT_CONFIGURED = "NOT_CONFIGURED"
    BUDGET_SPENT = "BUDGET_SPENT"
    UNREACHABLE = "UNREACHABLE"
    NO_ANSWER = "NO_ANSWER"
    RATE_LIMITED = "RATE_LIMITED"
    PROVIDER_DOWN = "PROVIDER_DOWN"
    OUT_OF_CREDIT = "OUT_OF_CREDIT"
    KEY_REFUSED = "KEY_REFUSED"
    REFUSED = "REFUSED"
    UNREADABLE = "UNREADABLE"
    EMPTY = "EMPTY"
    CUT_OFF = "CUT_OFF"
    OTHER_MODEL = "OTHER_MODEL"
    OUTSIDE_SCHEMA = "OUTSIDE_SCHEMA"

    @property
    def is_final(self) -> bool:
        """Say whether asking again would be answered the same (wire/openrouter.md, 6)."""
        return self in _FINAL


_FINAL: Final = frozenset(
    {
        TryFailure.NOT_CONFIGURED,
        TryFailure.OUT_OF_CREDIT,
        TryFailure.KEY_REFUSED,
        TryFailure.REFUSED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One part of a conversation; what it says is never printed."""

    role: Role
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask of which model: its exact name, and the strict JSON schema of the answer.

    `asker` names for whom, in the provider's records: a trader's id, never a person.
    """

    model: str
    messages: tuple[Message, ...]
    schema_name: str
    schema: JsonValue = field(repr=False)
    answer_tokens_max: int = ANSWER_TOKENS_MAX
    asker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The most that is paid, in dollars per million tokens: providers are told, estimates rest on it."""

    prompt: Decimal
    answer: Decimal

    def cost(self, prompt_tokens: int, answer_tokens: int) -> Decimal:
        """Return dollars."""
        return (prompt_tokens * self.prompt + answer_tokens * self.answer) / _MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a try took; None is not told. `cost_usd` None may have cost anything up to the worst."""

    prompt_tokens: int | None = None
    answer_tokens: int | None = None
    cost_usd: Decimal | None = None


NOTHING_USED: Final = Usage(prompt_tokens=0, answer_tokens=0, cost_usd=Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One call: when it began, how long it took in real time, and what it came to.

    `reason` may be shown to the owner: it holds neither the key nor a word of the answer. `model` is the one
    that says it answered.
    """

    at: datetime
    latency_ms: int
    usage: Usage
    failure: TryFailure | None = None
    reason: str = ""
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk(Generic[T]):
    """All tries of a question. `value` is what the reader made of `answer`; both None where all failed."""

    value: T | None = field(repr=False)
    answer: str | None = field(repr=False)
    tries: tuple[Try, ...]

    @property
    def failure(self) -> TryFailure | None:
        """Return why there is no answer, by the last try."""
        return self.tries[-1].failure

    @property
    def reason(self) -> str:
        """Return the last try's reason."""
        return self.tries[-1].reason

    @property
    def latency_ms(self) -> int:
        """Return what the calls took together, waits between them not counted."""
        return sum(one.latency_ms for one in self.tries)

    @property
    def tokens(self) -> tuple[int, int]:
        """Return the tokens of prompts and answers over all tries, as far as they were told."""
        return (
            sum(one.usage.prompt_tokens or 0 for one in self.tries),
            sum(one.usage.answer_tokens or 0 for one in self.tries),
        )

    def cost_usd(self, worst_a_try: Decimal) -> Decimal:
        """Return what all tries cost; one whose cost was not told is taken to have cost the worst."""
        costs = (one.usage.cost_usd for one in self.tries)
        return sum((worst_a_try if cost is None else cost for cost in costs), Decimal(0))


#: Makes a value of an answer's text; raises OutsideSchema for what is none, which is a failed try.
Read: TypeAlias = Callable[[str | None], T]


class Model(Protocol):
    """A model that can be asked."""

    def ask(self, question: Question, read: Read[T]) -> Talk[T]:
        """Ask until there is an answer that can be read, three times at most; raises no VendorError."""
        ...


class ModelDirectory(Protocol):
    """Chooses whom to ask."""

    @property
    def usual_model(self) -> str:
        """Name the model of traders that name none."""
        ...

    @property
    def prices(self) -> Prices:
        """Return the most that is paid."""
        ...

    def for_user(self, username: str, *, deadline: Deadline | None = None) -> Model:
        """Return the model for this user's decisions; its calls end before `deadline`, and are budgeted."""
        ...


def worst_cost(prices: Prices, prompt_tokens: int, answer_tokens_max: int = ANSWER_TOKENS_MAX) -> Decimal:
    """Return the most that a question can cost, all tries together: what is put aside before it (C-13)."""
    return TRIES_MAX * prices.cost(prompt_tokens, answer_tokens_max)
