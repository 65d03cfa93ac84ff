"""Rows of `trade_changes` that a model proposed: they wait for a veto's end or their owner's word (C-04)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select, text, update

from chalicelib.domain.ai.decisions.stored_changes import AskedChanges, asked_from
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import ChangeState, Trade, Trigger
from chalicelib.store.schema import trade_changes
from chalicelib.store.trades.trade_changes import protection_from, protection_json, trailing_from

_C: Final = trade_changes.c
_WAITING: Final = (_C.state == ChangeState.PENDING.value) & _C.waits
#: What is stored is texts; a price that was written as 95 is the one written as 95.0.
_HISTORY: Final = text(
    """
    select
        (select max(settled_at) from trade_changes
         where trade_id = :trade_id and state = 'APPLIED' and triggered_by = 'AI_ANALYSIS'
        ) as last_ai_change_at,
        (select triggered_by = 'USER_MANUAL' from trade_changes
         where trade_id = :trade_id and state = 'APPLIED'
           and (before ->> 'sl_price')::numeric is distinct from (after ->> 'sl_price')::numeric
         order by settled_at desc, id desc limit 1) as is_stop_by_hand
    """
)
#: The id under which each target is shown (`trade_json`).
_TARGET_IDS: Final = text(
    """
    select no, id::text as id from trade_targets where trade_id = :trade_id and replaced_at is null
    union all
    select 1, coalesce((
        select id from orders where trade_id = :trade_id and role = 'TAKE_PROFIT' and target_no = 1
        order by created_at desc, id desc limit 1), cast(:trade_id as uuid))::text
    where not exists (select from trade_targets where trade_id = :trade_id and replaced_at is null)
    """
)
_DUE: Final = text(
    """
    select id, username, trade_id from trade_changes
    where state = 'PENDING' and waits and coalesce(apply_at, expires_at) <= :now order by apply_at, id
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that a model proposed. `apply_at` ends the veto's time; where its owner is asked instead,
    `expires_at` ends the question and `price_then` is what the price is held against.
    """

    id: UUID
    trade_id: UUID
    at: datetime
    state: ChangeState
    waits: bool
    before: Protection
    after: Protection
    trailing_pct: Decimal | None
    asked: AskedChanges
    validation: Mapping[str, JsonValue]
    decision_id: UUID | None
    apply_at: datetime | None = None
    expires_at: datetime | None = None
    price_then: Decimal | None = None
    error: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Say whether nobody has claimed or ended it."""
        return self.state is ChangeState.PENDING and self.waits

    def is_before(self, now: datetime) -> bool:
        """Say whether its time, or its owner's to answer, is still to come."""
        until = self.apply_at or self.expires_at
        return until is not None and now < until


class DueProposal(NamedTuple):
    """A change whose time has come, and whose it is."""

    id: UUID
    username: str
    trade_id: UUID


class ChangeHistory(NamedTuple):
    """When the model last changed a trade, and whether its stop is where a person set it."""

    last_ai_change_at: datetime | None
    is_stop_by_hand: bool


def add(connection: Connection, trade: Trade, proposal: Proposal) -> None:
    """Store what a model proposed, or what was blocked of it."""
    values = {name: getattr(proposal, name) for name in ("id", "trade_id", "at", "waits", "decision_id")}
    values |= {name: getattr(proposal, name) for name in ("apply_at", "expires_at", "price_then", "error")}
    stored = insert(trade_changes).values(
        **values,
        **_levels(proposal),
        username=trade.username,
        triggered_by=Trigger.AI_ANALYSIS.value,
        kind=proposal.asked.kind,
        reason=proposal.asked.reason,
        asked=proposal.asked.as_json(),
        state=proposal.state.value,
        settled_at=None if proposal.waits else proposal.at,
    )
    connection.execute(stored)


def read(connection: Connection, trade_id: UUID, change_id: UUID) -> Proposal | None:
    """Read a change that a model proposed for a trade, however it stands."""
    mine = (_C.trade_id == trade_id, _C.id == change_id, _C.asked.is_not(None))
    row = connection.execute(select(trade_changes).where(*mine)).first()
    return None if row is None else _from_row(row)


def read_of_decision(connection: Connection, username: str, decision_id: UUID) -> Proposal | None:
    """Read the change that a decision proposed, however it stands."""
    mine = (_C.username == username, _C.decision_id == decision_id, _C.asked.is_not(None))
    row = connection.execute(select(trade_changes).where(*mine)).first()
    return None if row is None else _from_row(row)


def read_waiting(connection: Connection, trade_id: UUID) -> Proposal | None:
    """Read the change that waits for a trade; the database allows one."""
    row = connection.execute(select(trade_changes).where(_C.trade_id == trade_id, _WAITING)).first()
    return None if row is None else _from_row(row)


def claim(connection: Connection, proposal: Proposal) -> None:
    """Hand a change to the core as it was judged just now: from here on it is carried out, once."""
    mine = update(trade_changes).where(_C.id == proposal.id, _WAITING)
    connection.execute(mine.values(waits=False, **_levels(proposal)))


def settle(
    connection: Connection,
    change_id: UUID,
    state: ChangeState,
    *,
    error: str | None,
    now: datetime,
    validation: Mapping[str, JsonValue] | None = None,
) -> None:
    """Record how a change that waited ended, and what it was last judged by where it was judged anew."""
    values: dict[str, Any] = {"state": state.value, "error": error, "settled_at": now}  # Any: a row's values
    if validation is not None:
        values["validation"] = validation
    connection.execute(update(trade_changes).where(_C.id == change_id, _WAITING).values(values))


def read_history(connection: Connection, trade_id: UUID) -> ChangeHistory:
    """Read what the rules of changes ask of a trade's past."""
    row = connection.execute(_HISTORY, {"trade_id": trade_id}).one()
    return ChangeHistory(row.last_ai_change_at, bool(row.is_stop_by_hand))


def read_target_ids(connection: Connection, trade_id: UUID) -> dict[int, str]:
    """Read the ids under which a trade's targets are shown, by their numbers."""
    return {row.no: row.id for row in connection.execute(_TARGET_IDS, {"trade_id": trade_id})}


def read_due(connection: Connection, now: datetime) -> list[DueProposal]:
    """Read the changes of all users whose time has come; for jobs, that act for nobody."""
    return [DueProposal(*row) for row in connection.execute(_DUE, {"now": now})]


def _levels(proposal: Proposal) -> dict[str, Any]:  # Any: JSON
    return {
        "before": protection_json(proposal.before),
        "after": protection_json(proposal.after, proposal.trailing_pct),
        "validation": dict(proposal.validation),
    }


def _from_row(row: Row[Any]) -> Proposal:  # Any: SQLAlchemy's rows are typed by the query alone
    same = ("id", "trade_id", "at", "waits", "validation", "decision_id", "apply_at", "expires_at")
    return Proposal(
        **{name: getattr(row, name) for name in same},
        price_then=row.price_then,
        error=row.error,
        state=ChangeState(row.state),
        before=protection_from(row.before),
        after=protection_from(row.after),
        trailing_pct=trailing_from(row.after),
        asked=asked_from(row.asked),
    )
