"""What a model is told of one symbol: the market, what is held, what is left to it; pure (C-02).

Text that came from outside stands under `outside_text` and nowhere else, as data: no limit is in it, and none
of what it says changes one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final

from chalicelib.domain.ai.context.frames import Frame
from chalicelib.domain.ai.context.tokens import PROMPT_TOKENS_MAX, tokens_of
from chalicelib.domain.json_value import JsonValue, plain_json

#: Candles of each length, from the most that are told to the fewest.
_ROWS: Final = (30, 24, 18, 12, 8, 5)
_OUTSIDE_CHARS: Final = (2000, 1000, 400, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldWords:
    """A position in a model's words; money in USDT, `pnl_pct` in per cent of its cost.

    `targets` are those not filled, with the ids by which a change names them; `entry_reason` is why it was
    entered, `last_changes` what was changed of it, newest first.
    """

    side: str
    quantity: Decimal
    entry_price: Decimal
    pnl_usd: Decimal | None
    pnl_pct: Decimal | None
    minutes_held: int
    stop: Decimal | None
    targets: Sequence[Mapping[str, JsonValue]]
    entry_reason: str | None
    last_changes: Sequence[Mapping[str, JsonValue]] = ()
    best_pnl_usd: Decimal | None = None
    worst_pnl_usd: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitWords:
    """What is left to a trader; a model is told it, and rules keep to it whatever the model makes of it."""

    free_slots: int
    largest_usd: Decimal | None
    max_risk_pct: Decimal
    min_confidence: Decimal
    fee_pct_a_side: Decimal
    shorts_allowed: bool
    may_move_stop: bool
    may_move_targets: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that one question tells. `results` is the trader's last ten in one line."""

    symbol: str
    now: datetime
    price: Decimal | None
    setup_score: Decimal | None
    frames: tuple[Frame, ...]
    held: HeldWords | None
    limits: LimitWords
    results: str
    watched_since: str | None = None
    outside: Mapping[str, JsonValue] = field(default_factory=dict)

    def told(self, prompt: str, spent: int = 0) -> "Told":
        """Return what is sent: as many candles as the tokens allow, `spent` of them taken already."""
        indicators: JsonValue = {one.timeframe.value: one.indicators() for one in self.frames}
        for rows in _ROWS:
            for outside_chars in _OUTSIDE_CHARS if self.outside else _OUTSIDE_CHARS[:1]:
                document = {**self._document(rows, outside_chars), "indicators": indicators}
                told = Told(prompt=prompt, document=document)
                if told.tokens + spent <= PROMPT_TOKENS_MAX:
                    return told
        raise TooLong(f"the prompt with its fewest candles is {told.tokens + spent} tokens")

    def _document(self, rows: int, outside_chars: int) -> dict[str, JsonValue]:
        """Return it as JSON, with so many candles of each length and of outside text so much."""
        words = None if self.held is None else _plain(self.held)
        return {
            "symbol": self.symbol,
            "now": f"{self.now:%Y-%m-%dT%H:%M:%SZ}",
            "price": plain_json(self.price),
            "setup_score": plain_json(self.setup_score),
            "position": words,
            "limits": _plain(self.limits),
            "last_ten_results": self.results,
            "watched_since": self.watched_since,
            "candles": {one.timeframe.value: one.rows(rows) for one in self.frames},
            "outside_text": _cut(self.outside, outside_chars),
        }


class TooLong(ValueError):
    """A prompt that does not fit: nothing is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A question's two messages: what the model is to do, and the situation as one JSON object."""

    prompt: str
    document: Mapping[str, JsonValue]

    @property
    def situation(self) -> str:
        """Return the second message."""
        return json.dumps(self.document, separators=(",", ":"), ensure_ascii=False)

    @property
    def tokens(self) -> int:
        """Return how many tokens both are at most."""
        return tokens_of(self.prompt, self.situation)

    @property
    def hash(self) -> str:
        """Return the fingerprint of all that was told."""
        return sha256(f"{self.prompt}\0{self.situation}".encode()).hexdigest()


def _plain(words: HeldWords | LimitWords) -> dict[str, JsonValue]:
    return {name: plain_json(getattr(words, name)) for name in words.__dataclass_fields__}


def _cut(outside: Mapping[str, JsonValue], chars: int) -> JsonValue:
    """Return outside text shortened, its control signs taken out."""
    if not outside:
        return None
    return {
        name: "".join(sign if sign.isprintable() else " " for sign in one)[:chars]
        if isinstance(one, str)
        else one
        for name, one in outside.items()
    }
