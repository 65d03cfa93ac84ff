"""How the checks read rows: by plain SQL, each kind from its table, its columns named by its fields."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar
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
    SettingsRow,
    SnapshotRow,
    TargetRow,
    TradeRow,
    TransitionRow,
)

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
    PaperAccountRow: ("paper_accounts", "username"),
    PaperEventRow: ("paper_events", "happened_at, key"),
    PaperOrderRow: ("paper_orders", "created_at, id"),
    PaperPositionRow: ("paper_positions", "username, symbol"),
    SettingsRow: ("user_settings", "username"),
    EvaluationRow: ("strategy_evaluations", "at, id"),
    SwitchRow: ("kill_switch_rows", "set_at, id"),
}
#: Columns that another table of the join supplies.
_JOINED: Mapping[type[object], Mapping[str, str]] = {
    PaperFillRow: {"tag": "o", "type": "o", "limit_price": "o", "stop_price": "o", "legs": "o"},
}


class Asked(Generic[R]):
    """Rows of one kind that were asked for; inside a pipeline the question costs no round trip of its own."""

    def __init__(self, connection: psycopg.Connection[Any], kind: type[R]) -> None:
        self._kind = kind
        self._names = _names(kind)
        self._cursor = connection.cursor()
        self._cursor.execute(_query(kind))

    def rows(self) -> list[R]:
        """Return all of them, oldest first."""
        try:
            # The query's columns are the fields in their order: asking each answer for its names costs more.
            return [self._kind(**dict(zip(self._names, row, strict=True))) for row in self._cursor]
        finally:
            self._cursor.close()


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
    return f"select {columns} from {source} order by {ordered}".encode()  # noqa: S608  # names of this module
