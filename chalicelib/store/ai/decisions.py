"""Rows of `decisions` (C-02): what was decided, by what it was judged, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from chalicelib.domain.ai.decisions.decision import DecisionOutcome, DecisionSource, DecisionWord
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.schema import decisions

_C: Final = decisions.c
#: A version that so many decisions have followed is not the one before any more.
_LOOKED_BACK: Final = 1000
_WAITING: Final = text(
    """
    select d.id, d.username, d.trader_id, d.symbol, d.outcome, d.expires_at, d.price_then, d.facts,
           d.confidence * coalesce(s.setup_score, 1) as priority
    from decisions d left join signals s on s.id = d.signal_id and s.username = d.username
    where d.outcome in ('AWAITING_APPROVAL', 'QUEUED') and d.decision <> 'MODIFY'
    order by priority desc, d.at, d.id
    """
)
#: A change that its owner is asked about has a life of its own; its decision says how that ended.
_ANSWERED: Final = text(
    """
    update decisions d set settled_at = c.settled_at, version = d.version + 1,
        outcome = case c.state
            when 'APPLIED' then 'EXECUTED' when 'VETOED' then 'USER_REJECTED' else 'EXPIRED' end
    from trade_changes c
    where d.outcome = 'AWAITING_APPROVAL' and d.decision = 'MODIFY'
      and c.decision_id = d.id and c.username = d.username and c.state <> 'PENDING'
    """
)
#: An entry's limit lapses with its candle; a decision keeps until when.
_LAPSED_ENTRIES: Final = text(
    """
    select d.username, t.id as trade_id from decisions d
    join paper_trades t on t.id = d.trade_id and t.username = d.username
    where t.status in ('PENDING', 'PARTIALLY_FILLED') and t.cancel_requested_at is null
      and t.originator = 'AI' and d.expires_at <= :now and d.decision in ('LONG', 'SHORT')
    order by d.username, t.id
    """
)
_MIX: Final = text(
    """
    select decision, count(*) as times from (
        select decision from decisions
        where username = :username and trader_id = :trader_id and prompt_version = :prompt_version
          and source = 'MODEL'
        order by at desc, id desc limit :most
    ) newest group by decision
    """
)
_VERSION_BEFORE: Final = text(
    """
    select prompt_version from (
        select prompt_version, at, id from decisions
        where username = :username and trader_id = :trader_id and source = 'MODEL'
        order by at desc, id desc limit :most
    ) newest where prompt_version <> :prompt_version order by at desc, id desc limit 1
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A decision as stored. `facts` are what its rules were held against; `raw_answer` the model's text.

    `fields` are those of the answer beside word, confidence and reasoning; `price_then` the price when it was
    judged; `expires_at` when it lapses, whatever it waits for.
    """

    id: UUID
    username: str
    trader_id: UUID
    trader_version: int
    signal_id: UUID | None
    trade_id: UUID | None
    symbol: str
    candle: datetime
    at: datetime
    source: DecisionSource
    model: str | None
    prompt_version: str | None
    latency_ms: int | None
    tokens: Mapping[str, int] | None
    cost_usd: Decimal | None
    context_hash: str | None
    context: Mapping[str, JsonValue] | None
    raw_answer: str | None
    decision: DecisionWord
    confidence: Decimal
    reasoning: str
    fields: Mapping[str, JsonValue]
    outcome: DecisionOutcome
    validation: Mapping[str, JsonValue] | None
    facts: Mapping[str, JsonValue] | None
    expires_at: datetime | None
    price_then: Decimal | None
    settled_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """A decision that waits for its owner or for a slot; a queued one's priority is above 0."""

    id: UUID
    username: str
    trader_id: UUID
    symbol: str
    outcome: DecisionOutcome
    expires_at: datetime
    price_then: Decimal | None
    facts: Mapping[str, JsonValue] | None
    priority: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFilter:
    """Which decisions: of a trader, about a trade, of an outcome or some, within instants, below a place.

    Both instants are inclusive.
    """

    trader_id: UUID | None = None
    trade_id: UUID | None = None
    outcome: DecisionOutcome | None = None
    among: frozenset[DecisionOutcome] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    below: tuple[datetime, UUID] | None = None


def add(connection: Connection, row: DecisionRow) -> bool:
    """Store a decision; False where its signal, or its trade at this candle, was decided before."""
    stored = insert(decisions).values(**_columns(row)).on_conflict_do_nothing().returning(_C.id)
    return connection.execute(stored).first() is not None


def decide_anew(connection: Connection, row: DecisionRow) -> bool:
    """Put a queued decision's new answer in its place; False where it is not queued any more."""
    mine = (_C.username == row.username, _C.id == row.id, _C.version == row.version)
    values = {**_columns(row), "version": row.version + 1}
    changed = update(decisions).where(*mine, _C.outcome == DecisionOutcome.QUEUED.value).values(**values)
    return connection.execute(changed).rowcount == 1


def settle(
    connection: Connection,
    username: str,
    decision_id: UUID,
    *,
    before: DecisionOutcome,
    outcome: DecisionOutcome,
    more: Mapping[str, Any] | None = None,  # Any: column values
) -> bool:
    """End a decision's wait, with what else changes; False where it did not wait for this any more."""
    mine = (_C.username == username, _C.id == decision_id, _C.outcome == before.value)
    values = {"outcome": outcome.value, "settled_at": func.papertape_now(), "version": _C.version + 1}
    return connection.execute(update(decisions).where(*mine).values(**values, **(more or {}))).rowcount == 1


def read(
    connection: Connection, username: str, decision_id: UUID, *, lock: bool = False
) -> DecisionRow | None:
    """Read a decision; `lock` holds it until the transaction ends."""
    found = select(decisions).where(_C.username == username, _C.id == decision_id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return None if row is None else _from_row(row)


def read_queued(connection: Connection, username: str, decision_id: UUID) -> DecisionRow | None:
    """Read a decision that waits for a slot."""
    row = read(connection, username, decision_id)
    return row if row is not None and row.outcome is DecisionOutcome.QUEUED else None


def is_decided(
    connection: Connection, username: str, *, signal_id: UUID | None, trade_id: UUID | None, candle: datetime
) -> bool:
    """Say whether a signal, or without one a trade at a candle's close, was decided before."""
    if signal_id is not None:
        mine = _C.signal_id == signal_id
    else:
        mine = and_(_C.trade_id == trade_id, _C.candle == candle, _C.signal_id.is_(None))
    found = select(_C.id).where(_C.username == username, mine).limit(1)
    return connection.execute(found).first() is not None


def page(connection: Connection, username: str, wanted: DecisionFilter, *, limit: int) -> list[DecisionRow]:
    """Read a user's decisions, newest first."""
    found = select(decisions).where(_C.username == username)
    if wanted.trader_id is not None:
        found = found.where(_C.trader_id == wanted.trader_id)
    if wanted.trade_id is not None:
        found = found.where(_C.trade_id == wanted.trade_id)
    if wanted.outcome is not None:
        found = found.where(_C.outcome == wanted.outcome.value)
    if wanted.among:
        found = found.where(_C.outcome.in_([outcome.value for outcome in wanted.among]))
    if wanted.since is not None:
        found = found.where(_C.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(_C.at <= wanted.until)
    if wanted.below is not None:
        found = found.where(tuple_(_C.at, _C.id) < wanted.below)
    rows = connection.execute(found.order_by(_C.at.desc(), _C.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


def read_waiting(connection: Connection) -> list[WaitingRow]:
    """Read the entries that wait, of whoever this transaction sees, the best first; jobs act for nobody."""
    return [
        WaitingRow(**{**row._mapping, "outcome": DecisionOutcome(row.outcome)})
        for row in connection.execute(_WAITING)
    ]


def end_answered(connection: Connection) -> int:
    """End the decisions whose changes are over, of whoever this transaction sees; returns how many."""
    return connection.execute(_ANSWERED).rowcount


def read_lapsed_entries(connection: Connection, now: datetime) -> list[tuple[str, UUID]]:
    """Read the trades, with their owners, whose limit lapsed before it filled; for jobs."""
    return [(row.username, row.trade_id) for row in connection.execute(_LAPSED_ENTRIES, {"now": now})]


def read_entry(connection: Connection, username: str, trade_id: UUID) -> DecisionRow | None:
    """Read the decision by which a trade was entered."""
    entered = (DecisionWord.LONG.value, DecisionWord.SHORT.value)
    mine = (_C.username == username, _C.trade_id == trade_id, _C.decision.in_(entered))
    found = select(decisions).where(*mine, _C.outcome == DecisionOutcome.EXECUTED.value).limit(1)
    row = connection.execute(found).first()
    return None if row is None else _from_row(row)


def watched_since(
    connection: Connection, username: str, trader_id: UUID, symbol: str, now: datetime
) -> datetime | None:
    """Read since when a trader watches a symbol: its newest decision there, where that was WATCH."""
    mine = (_C.username == username, _C.trader_id == trader_id, _C.symbol == symbol)
    found = select(_C.at, _C.decision, _C.expires_at).where(*mine).order_by(_C.at.desc(), _C.id.desc())
    row = connection.execute(found.limit(1)).first()
    is_watched = row is not None and row.decision == DecisionWord.WATCH.value and row.expires_at > now
    return row.at if row is not None and is_watched else None


def read_mix(
    connection: Connection, username: str, trader_id: UUID, prompt_version: str, most: int
) -> dict[str, int]:
    """Count the words of a trader's newest decisions by a version of the prompts."""
    asked = {
        "username": username,
        "trader_id": trader_id,
        "prompt_version": prompt_version,
        "most": most,
    }
    return {row.decision: row.times for row in connection.execute(_MIX, asked)}


def version_before(connection: Connection, username: str, trader_id: UUID, prompt_version: str) -> str | None:
    """Read which version of the prompts a trader was decided by before this one."""
    whose = {"username": username, "trader_id": trader_id}
    asked = {**whose, "prompt_version": prompt_version, "most": _LOOKED_BACK}
    found: str | None = connection.execute(_VERSION_BEFORE, asked).scalar()
    return found


def _columns(row: DecisionRow) -> dict[str, Any]:  # Any: column values
    values = {name: getattr(row, name) for name in DecisionRow.__dataclass_fields__}
    return {
        **values,
        "source": row.source.value,
        "decision": row.decision.value,
        "outcome": row.outcome.value,
    }


def _from_row(row: Row[Any]) -> DecisionRow:  # Any: SQLAlchemy's rows are typed by the query alone
    values = {name: getattr(row, name) for name in DecisionRow.__dataclass_fields__}
    return DecisionRow(
        **{
            **values,
            "source": DecisionSource(row.source),
            "decision": DecisionWord(row.decision),
            "outcome": DecisionOutcome(row.outcome),
        }
    )
