"""How the checks read rows: by plain SQL, each kind from its table, its columns named by its fields.

A run's checks look hundreds of times, each time at all rows, of which hardly any has changed: what has not
is kept as it was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from uuid import UUID

import psycopg

from infra.local.invariants.desk_rows import EvaluationRow, SwitchRow
from infra.local.invariants.paper_rows import (
    PaperAccountRow,
    PaperEventRow,
    PaperFillRow,
    PaperOrderRow,
    PaperPositionRow,
)
from infra.local.invariants.rows import (
    AlertRow,
    ChangeRow,
    FillRow,
    JobRunRow,
    LegRow,
    OrderRow,
    OwnCoinsRow,
    SettingsRow,
    SnapshotRow,
    TargetRow,
    TradeRow,
    TransitionRow,
)
from infra.local.invariants.trader_rows import DecisionRow, TraderRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")

_FROM: Mapping[type[object], tuple[str, str]] = {
    TradeRow: ("paper_trades", "id"),
    LegRow: ("trade_legs", "trade_id, leg_no"),
    TargetRow: ("trade_targets", "trade_id, no"),
    OrderRow: ("orders", "created_at, id"),
    FillRow: ("fills", "filled_at, id"),
    TransitionRow: ("state_transitions", "at, id"),
    ChangeRow: ("trade_changes", "at, id"),
    AlertRow: ("alerts", "at, id"),
    JobRunRow: ("job_runs", "due_at, job"),
    SnapshotRow: ("price_snapshots", "timestamp"),
    PaperFillRow: ("paper_fills join paper_orders o on o.id = paper_fills.order_id", "filled_at, id"),
    PaperAccountRow: ("paper_accounts", "username, account_id"),
    PaperEventRow: ("paper_events", "happened_at, username, account_id, key"),
    PaperOrderRow: ("paper_orders", "created_at, id"),
    PaperPositionRow: ("paper_positions", "username, account_id, symbol"),
    SettingsRow: ("user_settings", "username"),
    EvaluationRow: ("strategy_evaluations", "at, id"),
    SwitchRow: ("kill_switch_rows", "set_at, id"),
    DecisionRow: ("decisions", "at, id"),
    TraderRow: ("traders", "id"),
    OwnCoinsRow: ("broker_accounts", "username, broker_mode, account_id"),
}
#: Columns that another table of the join supplies.
_JOINED: Mapping[type[object], Mapping[str, str]] = {
    PaperFillRow: {"tag": "o", "type": "o", "limit_price": "o", "stop_price": "o", "legs": "o"},
}


#: The number of the oldest transaction that may still change what this one does not see.
_NOW: Final = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Asked(Generic[R]):
    """Rows of one kind that were asked for; inside a pipeline the question costs no round trip of its own.

    `since` is a transaction's number: rows that none from it on has written are left out.
    """

    def __init__(self, connection: psycopg.Connection[Any], kind: type[R], since: int = 0) -> None:
        self._kind = kind
        self._names = _names(kind)
        self._cursor = connection.cursor()
        self._cursor.execute(_query(kind), (since,))

    def rows(self) -> list[R]:
        """Return all of them, oldest first."""
        try:
            # The query's columns are the fields in their order: asking each answer for its names costs more.
            return [self._kind(**dict(zip(self._names, row, strict=True))) for row in self._cursor]
        finally:
            self._cursor.close()


class Table(Generic[R]):
    """All rows of one kind, kept between reads; what has no id is told apart by what it is ordered by."""

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind
        self._order = attrgetter(*(name.strip() for name in _FROM[kind][1].split(",")))
        self._key = attrgetter("id") if "id" in _names(kind) else self._order
        self._by_key: dict[object, R] = {}
        self._rows: list[R] = []
        self._changed: Asked[R] | None = None

    def ask(self, connection: psycopg.Connection[Any], since: int) -> None:
        """Ask for what was written since."""
        self._changed = Asked(connection, self._kind, since)

    def rows(self, connection: psycopg.Connection[Any], count: int) -> list[R]:
        """Return all `count` of them, oldest first; the same list where nothing was written."""
        assert self._changed is not None, "asked for before"
        changed = self._changed.rows()
        self._by_key.update((self._key(row), row) for row in changed)
        if len(self._by_key) != count:  # some are gone
            self._rows = Asked(connection, self._kind).rows()
            self._by_key = {self._key(row): row for row in self._rows}
        elif changed:
            self._rows = sorted(self._by_key.values(), key=self._order)
        return self._rows


class Tables:
    """The tables of some kinds, read together in a transaction that sees one instant."""

    def __init__(self, kinds: Sequence[type[Any]]) -> None:
        self._tables = {kind: Table(kind) for kind in kinds}
        self._counts = ", ".join(f"(select count(*) from {_FROM[kind][0]})" for kind in kinds)  # noqa: S608
        self._since = 0
        self._asked: psycopg.Cursor[Any] | None = None

    def ask(self, connection: psycopg.Connection[Any]) -> None:
        """Ask for how many there are, and for what was written since the last read."""
        self._asked = connection.cursor()
        self._asked.execute(f"{_NOW}, {self._counts}".encode())
        for table in self._tables.values():
            table.ask(connection, self._since)

    def read(self, connection: psycopg.Connection[Any]) -> "Mapping[type[Any], list[Any]]":
        """Return the rows of each kind."""
        assert self._asked is not None, "asked for before"
        found = self._asked.fetchone()
        self._asked.close()
        assert found is not None, "counts always have a row"
        now, *counts = found
        rows = {
            kind: table.rows(connection, count)
            for (kind, table), count in zip(self._tables.items(), counts, strict=True)
        }
        self._since = now
        return rows


def with_legs(
    trades: Iterable[TradeRow], legs: Iterable[LegRow], targets: Iterable[TargetRow] = ()
) -> dict[UUID, TradeRow]:
    """Give each trade its legs and targets, which come by number; one without any leg stays, to be found."""
    of_trade: dict[UUID, list[LegRow]] = {}
    for leg in legs:
        of_trade.setdefault(leg.trade_id, []).append(leg)
    in_force: dict[UUID, list[TargetRow]] = {}
    for target in targets:
        if target.replaced_at is None:
            in_force.setdefault(target.trade_id, []).append(target)
    return {
        trade.id: replace(
            trade, legs=tuple(of_trade.get(trade.id, ())), several=tuple(in_force.get(trade.id, ()))
        )
        for trade in trades
    }


@cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if "of" not in one.metadata)


@cache
def _query(kind: "type[DataclassInstance]") -> bytes:
    source, order = _FROM[kind]
    table = source.split()[0]
    joined = _JOINED.get(kind, {})
    columns = ", ".join(f'{joined.get(name, table)}."{name}"' for name in _names(kind))
    ordered = ", ".join(f"{table}.{name.strip()}" for name in order.split(","))
    written = [f"{one}.xmin::text::bigint" for one in sorted({table, *joined.values()})]
    latest = written[0] if len(written) == 1 else f"greatest({', '.join(written)})"
    query = f"select {columns} from {source} where {latest} >= %s order by {ordered}"  # noqa: S608
    return query.encode()  # names of this module
