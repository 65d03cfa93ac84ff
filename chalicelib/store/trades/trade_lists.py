"""Which trades a list or the history shows, and in what order: by indexes of `paper_trades` alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.store.trades.trade_json import TradeText, Wanted, read_listed

_RESULTS: Final = {
    "wins": "t.realized_pnl > 0",
    "losses": "t.realized_pnl < 0",
    "expired": "t.status = 'EXPIRED'",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConditions:
    """Which trades a list shows; an empty `statuses` means all but CANCELED."""

    statuses: tuple[TradeStatus, ...] = ()
    ticker: str | None = None
    strategy: str | None = None
    originator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryConditions:
    """Which ended trades the history shows; `from_at` and `to_at` bound their end, both inclusive.

    `results` are of wins, losses and expired, any of which will do; none means all.
    """

    results: frozenset[str] = field(default_factory=frozenset)
    from_at: datetime | None = None
    to_at: datetime | None = None
    ticker: str | None = None
    strategy: str | None = None


def read_list(
    connection: Connection, username: str, wanted: ListConditions, *, after: UUID | None, limit: int
) -> list[TradeText]:
    """Read trades, newest first; those that come `after` this one alone when it is told."""
    conditions, values = ["t.username = :username"], _equal(wanted, ("ticker", "strategy", "originator"))
    if wanted.statuses:
        conditions.append("t.status = any(:statuses)")
        values["statuses"] = [status.value for status in wanted.statuses]
    else:
        conditions.append("t.status <> 'CANCELED'")
    conditions += [f"t.{name} = :{name}" for name in values if name != "statuses"]
    if after is not None:
        conditions.append("t.id < :after")
        values["after"] = after
    query = Wanted(conditions=tuple(conditions), order_by="t.id desc")
    return read_listed(connection, query, {**values, "username": username}, limit)


def read_history(
    connection: Connection,
    username: str,
    wanted: HistoryConditions,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[TradeText]:
    """Read ended trades, last ended first; those `after` this end and id alone when they are told."""
    values = _equal(wanted, ("ticker", "strategy"))
    conditions = ["t.username = :username", "t.is_locked", "t.status in ('CLOSED', 'EXPIRED')"]
    conditions += [f"t.{name} = :{name}" for name in values]
    if wanted.results:
        conditions.append(f"({' or '.join(_RESULTS[result] for result in sorted(wanted.results))})")
    if wanted.from_at is not None:
        conditions.append("t.close_date >= :from_at")
        values["from_at"] = wanted.from_at
    if wanted.to_at is not None:
        conditions.append("t.close_date <= :to_at")
        values["to_at"] = wanted.to_at
    if after is not None:
        conditions.append("(t.close_date, t.id) < (:closed_at, :after)")
        values["closed_at"], values["after"] = after
    query = Wanted(conditions=tuple(conditions), order_by="t.close_date desc, t.id desc")
    return read_listed(connection, query, {**values, "username": username}, limit)


def _equal(wanted: ListConditions | HistoryConditions, names: Sequence[str]) -> dict[str, object]:
    """Return the filters that ask for one value."""
    return {name: value for name in names if (value := getattr(wanted, name)) is not None}
