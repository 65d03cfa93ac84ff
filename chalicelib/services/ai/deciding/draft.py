"""A decision on its way to its row: what was said, by whom, of what; what becomes of it is still open."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import AiDecision, DecisionOutcome, DecisionSource
from chalicelib.domain.ai.decisions.words import other_fields
from chalicelib.domain.ai.validation.constraint import Validation
from chalicelib.domain.desk.stored import to_json
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.ai.deciding.asking import Asked
from chalicelib.services.ai.deciding.door import Judgement
from chalicelib.services.ai.deciding.matter import Matter
from chalicelib.store.ai import decisions
from chalicelib.store.ai.decisions import DecisionRow

#: What goes on after it was stored.
WAITS: Final = frozenset({DecisionOutcome.AWAITING_APPROVAL, DecisionOutcome.QUEUED})
#: C-02, C-07: what is watched, and what waits for a slot, do so for three candles more.
CANDLES_WAITED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known before its outcome; `asked` is None where no model was."""

    id: UUID
    at: datetime
    matter: Matter
    decision: AiDecision
    source: DecisionSource
    asked: Asked | None = None

    @property
    def waits_until(self) -> datetime:
        """Return when its candle's third successor closes."""
        matter = self.matter
        if matter.queued is not None and matter.queued.expires_at is not None:
            return matter.queued.expires_at
        return matter.candle + CANDLES_WAITED * matter.trader.timeframe.length

    def row(
        self,
        outcome: DecisionOutcome,
        *,
        validation: Validation | None = None,
        judgement: Judgement | None = None,
        trade_id: UUID | None = None,
        expires_at: datetime | None = None,
        price_then: Decimal | None = None,
    ) -> DecisionRow:
        """Return the row of an outcome."""
        matter, asked, told = self.matter, self.asked, None if self.asked is None else self.asked.told
        tokens = None if asked is None or asked.tokens is None else asked.tokens
        return DecisionRow(
            id=self.id,
            username=matter.username,
            trader_id=matter.trader.id,
            trader_version=matter.trader.version,
            signal_id=None if matter.signal is None else matter.signal.id,
            trade_id=trade_id or matter.trade_id,
            symbol=matter.symbol,
            candle=matter.candle,
            at=self.at,
            source=self.source,
            model=None if asked is None else asked.model,
            prompt_version=None if asked is None else asked.prompt_version,
            latency_ms=None if asked is None else asked.latency_ms,
            tokens=None if tokens is None else {"prompt": tokens[0], "answer": tokens[1]},
            cost_usd=None if asked is None else asked.cost_usd,
            context_hash=None if told is None else told.hash,
            context=None if told is None else told.document,
            raw_answer=None if asked is None else asked.raw_answer,
            decision=self.decision.decision,
            confidence=self.decision.confidence,
            reasoning=self.decision.reasoning,
            fields=other_fields(self.decision),
            outcome=outcome,
            validation=None if validation is None else validation.as_json(),
            facts=None if judgement is None else stored_facts(judgement),
            expires_at=expires_at,
            price_then=price_then,
            settled_at=None if outcome in WAITS else self.at,
            version=1 if matter.queued is None else matter.queued.version,
        )

    def put(self, connection: Connection, row: DecisionRow) -> bool:
        """Store it, in a queued one's place where it is decided anew; False where somebody else has."""
        if self.matter.queued is None:
            return decisions.add(connection, row)
        return decisions.decide_anew(connection, row)


def stored_facts(judgement: Judgement) -> dict[str, JsonValue]:
    """Return by what an entry was judged, as it is stored."""
    return {"case": to_json(judgement.case), "wish": to_json(judgement.plan.wish)}
