"""Rows of `signals` (C-01): what starts decisions, each once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, false, insert, or_, select, text, tuple_

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.arrays import array_literal
from chalicelib.store.schema import decisions, signals

_C: Final = signals.c
_LIST: Final = select(signals, decisions.c.id.label("decision_id")).outerjoin(
    decisions, (decisions.c.signal_id == _C.id) & (decisions.c.username == _C.username)
)


class SignalSource(StrEnum):
    """Who raised it."""

    FILTER = "FILTER"
    WEBHOOK = "WEBHOOK"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    """A signal; `candle` is when the candle closed that it belongs to, `told` what a webhook said."""

    id: UUID
    username: str
    trader_id: UUID
    symbol: str
    source: SignalSource
    setup_score: Decimal
    candle: datetime
    told: Mapping[str, JsonValue]
    at: datetime
    decision_id: UUID | None


class FilterSignal(NamedTuple):
    """What a trader's filter found at a candle's close."""

    id: UUID
    username: str
    trader_id: UUID
    symbol: str
    setup_score: Decimal
    candle: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSignal:
    """What a webhook said; `external_id` is the sender's, `signature` the proof that it came with."""

    id: UUID
    trader_id: UUID
    symbol: str
    candle: datetime
    external_id: str | None
    signature: str | None
    told: Mapping[str, JsonValue]


_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("id", "trader_id"), "uuid"),
    **dict.fromkeys(("username", "symbol"), "text"),
    "setup_score": "numeric",
    "candle": "timestamptz",
}
_GIVEN: Final = ", ".join(f"cast(:{name} as {_KINDS[name]}[])" for name in FilterSignal._fields)
#: A trader that was stopped or removed since it was read raises nothing.
_ADD_ALL: Final = text(
    f"""
    insert into signals (id, username, trader_id, symbol, source, setup_score, candle)
    select g.id, g.username, g.trader_id, g.symbol, 'FILTER', g.setup_score, g.candle
    from unnest({_GIVEN}) as g ({", ".join(FilterSignal._fields)})
    join traders t on t.id = g.trader_id and t.username = g.username
    where t.enabled and t.locked_at is null and t.removed_at is null
    on conflict (trader_id, symbol, candle) where source = 'FILTER' do nothing
    returning id
    """  # noqa: S608 - names are this module's own
)
_UNDECIDED: Final = text(
    """
    select s.*, null as decision_id from signals s join traders t on t.id = s.trader_id
    where s.at > :since and s.at <= :until and t.enabled and t.locked_at is null and t.removed_at is null
      and not exists (select from decisions d where d.signal_id = s.id)
    order by s.at, s.id
    """
)


def add_all(connection: Connection, found: Sequence[FilterSignal]) -> frozenset[UUID]:
    """Store what filters found, for all users; return the ids of what was stored.

    What is stored already for its trader, symbol and candle stays as it is. For jobs, that act for nobody.
    """
    if not found:
        return frozenset()
    columns = zip(FilterSignal._fields, zip(*found, strict=True), strict=True)
    given = {name: array_literal(_KINDS[name], values) for name, values in columns}
    return frozenset(connection.execute(_ADD_ALL, given).scalars())


def add_webhook(connection: Connection, username: str, signal: WebhookSignal) -> None:
    """Store what a webhook said; the caller has asked before whether it was said already."""
    values = {name: getattr(signal, name) for name in WebhookSignal.__dataclass_fields__}
    stored = insert(signals).values(
        **values, username=username, source=SignalSource.WEBHOOK.value, setup_score=1
    )
    connection.execute(stored)


def find_said(
    connection: Connection,
    username: str,
    trader_id: UUID,
    *,
    external_id: str | None,
    signature: str | None,
) -> UUID | None:
    """Return the signal that this id, or this very message, raised before; None without one."""
    given = ((_C.external_id, external_id), (_C.signature, signature))
    same = [column == value for column, value in given if value is not None]
    mine = (_C.username == username, _C.trader_id == trader_id, or_(false(), *same))
    found: UUID | None = connection.execute(select(_C.id).where(*mine).order_by(_C.id).limit(1)).scalar()
    return found


def read(connection: Connection, username: str, signal_id: UUID) -> SignalRow | None:
    """Read a signal, with the decision that it led to."""
    row = connection.execute(_LIST.where(_C.username == username, _C.id == signal_id)).first()
    return None if row is None else _from_row(row)


def page(
    connection: Connection,
    username: str,
    *,
    trader_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[SignalRow]:
    """Read a user's signals, of all traders or one, newest first, those below the place `before`."""
    found = _LIST.where(_C.username == username)
    if trader_id is not None:
        found = found.where(_C.trader_id == trader_id)
    if before is not None:
        found = found.where(tuple_(_C.at, _C.id) < before)
    rows = connection.execute(found.order_by(_C.at.desc(), _C.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


def read_undecided(connection: Connection, *, since: datetime, until: datetime) -> list[SignalRow]:
    """Read what was raised in (since, until] and never decided, of all users' traders that are not stopped.

    The message that says so may be lost between two lines; for jobs, that act for nobody.
    """
    rows = connection.execute(_UNDECIDED, {"since": since, "until": until})
    return [_from_row(row) for row in rows]


def _from_row(row: Row[Any]) -> SignalRow:  # Any: SQLAlchemy's rows are typed by the query alone
    values = {name: getattr(row, name) for name in SignalRow.__dataclass_fields__ if name != "source"}
    return SignalRow(**values, source=SignalSource(row.source))
