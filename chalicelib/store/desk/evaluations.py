"""Rows of `strategy_evaluations` as scans write them (B-02): all strategies of a scan in one statement.

JSON comes as text. Whoever writes for several users names none, as jobs do, and writes at READ COMMITTED.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.clocks.calendar import new_york_date, new_york_midnight
from chalicelib.store.ahead import later
from chalicelib.store.arrays import array_literal


class NewEvaluation(NamedTuple):
    """What a scan decided of one strategy; `ended_by` and `reason` are its `failure_key`, else None and why.

    `id` is used where a row of its own is made. `inputs`, `gates` and `proposed_order` are JSON texts.
    """

    id: UUID
    username: str
    strategy_id: UUID
    config_id: UUID
    decision: str
    reason: str
    ended_by: str | None
    is_missing: bool
    inputs: str
    gates: str
    proposed_order: str | None


class NewBlock(NamedTuple):
    """A strategy that was not scanned, and the cause, which has stood since `since`."""

    id: UUID
    username: str
    strategy_id: UUID
    cause: str
    reason: str
    since: datetime


class NewExit(NamedTuple):
    """What an exit scan decided of one trade (EXIT, WAIT), for which cause, held on so many scans.

    `config_id` names the configuration that was judged by, where it is kept (`keep_configs`).
    """

    id: UUID
    username: str
    strategy_id: UUID
    trade_id: UUID
    decision: str
    cause: str
    reason: str
    scans: int
    inputs: str | None = None
    config_id: UUID | None = None


#: The kinds of the columns that rows of each sort have.
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("id", "strategy_id", "config_id", "trade_id"), "uuid"),
    **dict.fromkeys(("username", "decision", "reason", "ended_by", "cause"), "text"),
    **dict.fromkeys(("inputs", "gates", "proposed_order"), "text"),
    "is_missing": "boolean",
    "scans": "numeric",
    "since": "timestamptz",
}
_GIVEN_ENTRIES: Final = ", ".join(f"cast(:{name} as {_KINDS[name]}[])" for name in NewEvaluation._fields)
_GIVEN_BLOCKS: Final = ", ".join(f"cast(:{name} as {_KINDS[name]}[])" for name in NewBlock._fields)
_GIVEN_EXITS: Final = ", ".join(f"cast(:{name} as {_KINDS[name]}[])" for name in NewExit._fields)

#: Failures that are alike and follow one another on one day of the market are one row with a count.
_WRITE_SCAN: Final = text(
    f"""
    with given as (
        select * from unnest({_GIVEN_ENTRIES}) as g ({", ".join(NewEvaluation._fields)})
    ), before as (
        select g.id as given_id, e.id
        from given g cross join lateral (
            select last.* from strategy_evaluations last
            where last.username = g.username and last.strategy_id = g.strategy_id
              and last.event = 'ENTRY_SCAN'
            order by last.at desc, last.id desc limit 1
        ) e
        where e.decision = 'REJECT' and g.decision = 'REJECT' and e.config_id = g.config_id
          and e.ended_by = g.ended_by and e.reason = g.reason
          and e.first_at >= :day_began_at and e.at <= :at
    ), merged as (
        update strategy_evaluations e
        set count = e.count + 1, at = :at, scan_id = :scan_id,
            inputs = g.inputs::json, gates = g.gates::json
        from before b join given g on g.id = b.given_id
        where e.id = b.id and e.scan_id <> :scan_id
        returning e.strategy_id, e.id
    ), added as (
        insert into strategy_evaluations (
            id, username, strategy_id, config_id, scan_id, event, decision, reason, ended_by, is_missing,
            first_at, at, inputs, gates, proposed_order
        )
        select id, username, strategy_id, config_id, :scan_id, 'ENTRY_SCAN', decision, reason, ended_by,
               is_missing, :at, :at, inputs::json, gates::json, proposed_order::json
        from given where strategy_id not in (select strategy_id from merged)
        on conflict (strategy_id, scan_id) where event = 'ENTRY_SCAN' do nothing
        returning strategy_id, id
    )
    select strategy_id, id from merged union all select strategy_id, id from added
    """  # noqa: S608 - names are this module's own
)
#: A row that was made since the cause stands is that of the cause; the same scan again moves nothing.
_WRITE_BLOCKS: Final = text(
    f"""
    with given as (
        select * from unnest({_GIVEN_BLOCKS}) as g ({", ".join(NewBlock._fields)})
    ), standing as (
        select g.id as given_id, e.id
        from given g cross join lateral (
            select last.id from strategy_evaluations last
            where last.username = g.username and last.strategy_id = g.strategy_id
              and last.event = 'BLOCKED' and last.ended_by = g.cause and last.first_at >= g.since
            order by last.at desc, last.id desc limit 1
        ) e
    ), moved as (
        update strategy_evaluations e
        set count = e.count + 1, at = greatest(e.at, :at), scan_id = :scan_id, reason = g.reason
        from standing s join given g on g.id = s.given_id
        where e.id = s.id and e.scan_id <> :scan_id
    )
    insert into strategy_evaluations (
        id, username, strategy_id, scan_id, event, decision, reason, ended_by, first_at, at
    )
    select id, username, strategy_id, :scan_id, 'BLOCKED', 'BLOCKED', reason, cause, :at, :at
    from given where id not in (select given_id from standing)
    on conflict (strategy_id, scan_id, ended_by) where event = 'BLOCKED' do nothing
    """  # noqa: S608 - as above
)
_WRITE_EXITS: Final = text(
    f"""
    insert into strategy_evaluations as e (
        id, username, strategy_id, trade_id, config_id, scan_id, event, decision, ended_by, reason, scans,
        inputs, first_at, at
    )
    select id, username, strategy_id, trade_id, config_id, :scan_id, 'EXIT', decision, cause, reason, scans,
           inputs::json, :at, :at
    from unnest({_GIVEN_EXITS}) as g ({", ".join(NewExit._fields)})
    on conflict (trade_id, ended_by) where event = 'EXIT' do update
        set count = e.count + 1, at = greatest(e.at, excluded.at), scan_id = excluded.scan_id,
            decision = excluded.decision, reason = excluded.reason, scans = excluded.scans,
            inputs = excluded.inputs, config_id = excluded.config_id
        where e.scan_id <> excluded.scan_id and (e.decision <> 'EXIT' or excluded.decision = 'EXIT')
    """  # noqa: S608 - as above
)
_LINK: Final = text(
    """
    update strategy_evaluations set trade_id = :trade_id
    where username = :username and id = :id and event = 'ENTRY_SCAN' and decision = 'ENTER'
      and trade_id is null
    """
)


def write_scan(
    connection: Connection, scan_id: UUID, at: datetime, evaluations: Sequence[NewEvaluation]
) -> dict[UUID, UUID]:
    """Store what one scan decided, at most one evaluation a strategy, in one round trip.

    Returns by strategy the row that holds its evaluation: a failure like the strategy's last one is counted
    there. A strategy that is not in the answer was stored by an earlier delivery of this scan: only what is
    in it may be acted on.
    """
    if not evaluations:
        return {}
    asked = {**_columns(NewEvaluation._fields, evaluations), "scan_id": scan_id, "at": at}
    began_at = new_york_midnight(new_york_date(at))
    rows = connection.execute(_WRITE_SCAN, {**asked, "day_began_at": began_at})
    return {row.strategy_id: row.id for row in rows}


def write_blocks(connection: Connection, scan_id: UUID, at: datetime, blocks: Sequence[NewBlock]) -> None:
    """Store, with what is said next, which strategies a cause kept from being scanned: a row while it stands.

    At most one a strategy and cause; the row's `count` rises and its `at` moves with each scan.
    """
    if blocks:
        asked = {**_columns(NewBlock._fields, blocks), "scan_id": scan_id, "at": at}
        later(connection, _WRITE_BLOCKS, asked)


def write_exits(connection: Connection, scan_id: UUID, at: datetime, exits: Sequence[NewExit]) -> None:
    """Store, with what is said next, what an exit scan decided: one row a trade and cause.

    WAIT becomes EXIT in the same row, for good; its `scans` are those of the last scan.
    """
    if exits:
        asked = {**_columns(NewExit._fields, exits), "scan_id": scan_id, "at": at}
        later(connection, _WRITE_EXITS, asked)


def link_trade(connection: Connection, username: str, evaluation_id: UUID, trade_id: UUID) -> bool:
    """Note which trade an evaluation made; False where it made one already, or is none that enters."""
    values = {"username": username, "id": evaluation_id, "trade_id": trade_id}
    return connection.execute(_LINK, values).rowcount == 1


def _columns(
    names: Sequence[str], rows: Sequence[NewEvaluation] | Sequence[NewBlock] | Sequence[NewExit]
) -> dict[str, str]:
    """Write each column as an array literal."""
    columns = zip(*rows, strict=True)
    return {
        name: array_literal(_KINDS[name], _storable(values))
        for name, values in zip(names, columns, strict=True)
    }


def _storable(values: Sequence[object]) -> Sequence[object]:
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]
