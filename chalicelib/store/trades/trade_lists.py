"""Which trades a list or the history shows, and in what order: by indexes of `paper_trades` alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, text

from chalicelib.domain.trading.trades import TradeStatus
from chalicelib.store.trades.trade_json import TradeText, Wanted, read_listed

_RESULTS: Final = {
    "wins": "t.realized_pnl > 0",
    "losses": "t.realized_pnl < 0",
    "expired": "t.status = 'EXPIRED'",
}


class HistoryOrder(StrEnum):
    """In what order ended trades are listed; those of one value by their ids."""

    NEWEST = "newest"
    OLDEST = "oldest"
    BEST = "best"
    WORST = "worst"
    LONGEST = "longest"
    SHORTEST = "shortest"


#: By what each order goes, and whether downwards. What ended unfilled has no result: it counts as none.
_ORDERS: Final = {
    HistoryOrder.NEWEST: ("t.close_date", True),
    HistoryOrder.OLDEST: ("t.close_date", False),
    HistoryOrder.BEST: ("coalesce(t.realized_pnl, 0)", True),
    HistoryOrder.WORST: ("coalesce(t.realized_pnl, 0)", False),
    HistoryOrder.LONGEST: ("coalesce(t.hold_duration_h, 0)", True),
    HistoryOrder.SHORTEST: ("coalesce(t.hold_duration_h, 0)", False),
}
#: Orders by time, whose places in the list are instants.
BY_TIME: Final = frozenset({HistoryOrder.NEWEST, HistoryOrder.OLDEST})
#: One of the trade's tags whole, by the index over `trade_context`.
HAS_TAG: Final = "t.trade_context @> jsonb_build_object('tags', jsonb_build_array(cast(:tag as text)))"
_HISTORY_CONDITIONS: Final = {
    "ticker": "t.ticker = :ticker",
    "strategy": "t.strategy = :strategy",
    "mode": "t.broker_mode = :mode",
    "option_type": "t.option_type = :option_type",
    "originator": "t.originator = :originator",
    "tag": HAS_TAG,
    "words": """position(lower(:words) in lower(concat_ws(' ', t.ticker, t.strategy,
        t.trade_context ->> 'notes', t.trade_context ->> 'tags'))) > 0""",
    "from_at": "t.close_date >= :from_at",
    "to_at": "t.close_date <= :to_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConditions:
    """Which trades a list shows; an empty `statuses` means all but CANCELED."""

    statuses: tuple[TradeStatus, ...] = ()
    ticker: str | None = None
    strategy: str | None = None
    originator: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryConditions:
    """Which ended trades the history shows; `from_at` and `to_at` bound their end, both inclusive.

    `results` are of wins, losses and expired, any of which will do; none means all. `tag` is one of the
    trade's whole; `words` stand anywhere in ticker, strategy, notes or tags, in either case.
    """

    results: frozenset[str] = field(default_factory=frozenset)
    from_at: datetime | None = None
    to_at: datetime | None = None
    ticker: str | None = None
    strategy: str | None = None
    mode: str | None = None
    option_type: str | None = None
    originator: str | None = None
    tag: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTotals:
    """What ended trades amount to together: dollars, net of fees."""

    trades: int
    wins: int
    losses: int
    realized_pnl: Decimal


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
    if wanted.tag is not None:
        conditions.append(HAS_TAG)
        values["tag"] = wanted.tag
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
    order: HistoryOrder = HistoryOrder.NEWEST,
    after: tuple[datetime | Decimal, UUID] | None,
    limit: int,
) -> list[TradeText]:
    """Read ended trades in an order; those `after` this place of it and id alone when they are told."""
    conditions, values = history_conditions(username, wanted)
    by, is_downwards = _ORDERS[order]
    way = " desc" if is_downwards else ""
    if after is not None:
        conditions.append(f"({by}, t.id) {'<' if is_downwards else '>'} (:place, :after)")
        values["place"], values["after"] = after
    query = Wanted(conditions=tuple(conditions), order_by=f"{by}{way}, t.id{way}")
    return read_listed(connection, query, values, limit)


def read_totals(connection: Connection, username: str, wanted: HistoryConditions) -> HistoryTotals:
    """Sum up the ended trades that a history shows, all its pages."""
    conditions, values = history_conditions(username, wanted)
    row = connection.execute(
        text(
            f"""
            select count(*) as trades, count(*) filter (where t.realized_pnl > 0) as wins,
                   count(*) filter (where t.realized_pnl < 0) as losses,
                   coalesce(sum(t.realized_pnl), 0) as realized_pnl
            from paper_trades t where {" and ".join(conditions)}
            """  # noqa: S608 - conditions of our own; values are bound
        ),
        values,
    ).one()
    return HistoryTotals(trades=row.trades, wins=row.wins, losses=row.losses, realized_pnl=row.realized_pnl)


def history_conditions(username: str, wanted: HistoryConditions) -> tuple[list[str], dict[str, object]]:
    """Return the conditions over ended trades `t`, and their values."""
    values: dict[str, object] = {"username": username, **_equal(wanted, tuple(_HISTORY_CONDITIONS))}
    conditions = ["t.username = :username", "t.is_locked", "t.status in ('CLOSED', 'EXPIRED')"]
    conditions.append("t.shadow_of is null")  # B-11: those are told beside what they shadowed
    conditions += [_HISTORY_CONDITIONS[name] for name in values if name != "username"]
    if wanted.results:
        conditions.append(f"({' or '.join(_RESULTS[result] for result in sorted(wanted.results))})")
    return conditions, values


def _equal(wanted: ListConditions | HistoryConditions, names: Sequence[str]) -> dict[str, object]:
    """Return the filters that ask for one value."""
    return {name: value for name in names if (value := getattr(wanted, name)) is not None}
