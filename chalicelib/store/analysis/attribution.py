"""Rows that a trade's P&L is split by (A-09), fills and usable marks of each leg, and the split as kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, text

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.orders import FillKind
from chalicelib.store.analysis.outcomes import OutcomeFilter, narrowed
from chalicelib.store.analysis.result_sql import IS_RESULT

if TYPE_CHECKING:
    from chalicelib.domain.analysis.attribution import Attribution, Gap, Split

_LEGS: Final = text(
    "select leg_no, symbol, instrument, multiplier from trade_legs where trade_id = :id order by leg_no"
)
_FILLS: Final = text(
    """
    select leg_no, extract(epoch from filled_at) as at,
           case when is_buy then quantity else -quantity end as qty, price, fees, kind
    from fills where trade_id = :id order by leg_no, filled_at, id
    """
)
#: Of one instant the cycle's row and an end's: either shows the market, the end's stands last.
_MARKS: Final = text(
    """
    select leg_no, extract(epoch from "timestamp") as at,
           mark_price, underlying, iv, delta, gamma, theta, vega
    from price_snapshots
    where trade_id = :id and leg_no > 0 and mark_price is not null and not stale
      and "timestamp" between cast(:first as timestamptz) - interval '5 minutes'
                          and cast(:last as timestamptz) + interval '5 minutes'
    order by leg_no, "timestamp", kind
    """
)
#: A split by more marks stays: thinning takes them away once a trade was analysed.
_KEEP: Final = text(
    """
    update paper_trades set pnl_attribution = cast(:told as jsonb)
    where id = :id and is_locked and coalesce((pnl_attribution ->> 'marks')::integer, -1) <= :marks
    """
)
#: The parts of a split, in the order in which they are told.
PARTS: Final = ("delta", "gamma", "theta", "vega", "residual", "fees", "slippage")
_SUMS: Final = """
    select t.strategy as key, count(*) as trades, {parts}
    from paper_trades t
    where t.username = :username and {is_result} and t.close_date is not null
      and t.pnl_attribution is not null {conditions}
    group by t.strategy order by t.strategy nulls last
"""
MARK_COLUMNS: Final = ("at", "mark_price", "underlying", "iv", "delta", "gamma", "theta", "vega")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFill:
    """Seconds since 1970, shares (bought above 0), dollars a share, dollars of fees."""

    at: float
    shares: Decimal
    price: Decimal
    fees: Decimal
    is_trade: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLeg:
    """A leg with its fills and its marks, MARK_COLUMNS each, both by time."""

    leg_no: int
    symbol: str
    is_option: bool
    fills: Sequence[StoredFill]
    marks: Sequence[Sequence[Decimal | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitSum:
    """What the splits of some trades add up to, in dollars; `key` None: trades without a strategy."""

    key: str | None
    trades: int
    parts: Mapping[str, Decimal]


def read_split_rows(
    connection: Connection, trade_id: UUID, first: datetime, last: datetime
) -> list[StoredLeg]:
    """Read a trade's legs as far as they were filled, with their marks between its ends."""
    legs = connection.execute(_LEGS, {"id": trade_id}).all()
    multiplier = {leg.leg_no: leg.multiplier for leg in legs}
    fills: dict[int, list[StoredFill]] = {}
    for row in connection.execute(_FILLS, {"id": trade_id}):
        fills.setdefault(row.leg_no, []).append(_fill(row, multiplier[row.leg_no]))
    marks: dict[int, list[Sequence[Decimal | None]]] = {}
    for leg_no, *shown in connection.execute(_MARKS, {"id": trade_id, "first": first, "last": last}):
        marks.setdefault(leg_no, []).append(shown)
    return [
        StoredLeg(
            leg_no=leg.leg_no,
            symbol=leg.symbol,
            is_option=leg.instrument == Instrument.OPTION,
            fills=fills[leg.leg_no],
            marks=marks.get(leg.leg_no, ()),
        )
        for leg in legs
        if leg.leg_no in fills
    ]


def _fill(row: Row[Any], multiplier: Decimal) -> StoredFill:  # Any: a text's columns have no types
    return StoredFill(
        at=float(row.at),
        shares=row.qty * multiplier,
        price=row.price,
        fees=row.fees,
        is_trade=row.kind == FillKind.FILL,
    )


def keep_split(connection: Connection, trade_id: UUID, found: "Attribution", marks: int) -> None:
    """Keep a split by so many marks, unless one by more is kept."""
    connection.execute(_KEEP, {"id": trade_id, "told": json.dumps(_told(found, marks)), "marks": marks})


def _told(found: "Attribution", marks: int) -> dict[str, JsonValue]:
    """Write a split as it is kept and shown: dollars in all and by leg, and what no Greeks explain."""
    legs: list[JsonValue] = [
        {"leg_no": one.leg_no, "symbol": one.symbol, **_parts(one.split)} for one in found.legs
    ]
    items: list[JsonValue] = [_gap(one) for one in found.gaps]
    return {
        **_parts(found.whole),
        "legs": legs,
        "marks": marks,
        "unexplained": {"intervals": found.gap_count, "items": items},
    }


def _parts(split: "Split") -> Mapping[str, JsonValue]:
    return {name: float(getattr(split, name)) for name in PARTS}


def _gap(gap: "Gap") -> dict[str, JsonValue]:
    begins, ends = (datetime.fromtimestamp(at, UTC).isoformat() for at in (gap.begins, gap.ends))
    pnl = float(gap.pnl)
    return {"leg_no": gap.leg_no, "from": begins, "to": ends, "pnl": pnl, "reason": gap.why.value}


def read_split_sums(connection: Connection, username: str, wanted: OutcomeFilter) -> list[SplitSum]:
    """Add up the splits of a user's ended trades by strategy, by name; trades without one last."""
    conditions, values = narrowed(wanted)
    parts = ", ".join(f"sum((t.pnl_attribution ->> '{name}')::numeric) as {name}" for name in PARTS)
    statement = _SUMS.format(parts=parts, is_result=IS_RESULT, conditions=conditions)
    rows = connection.execute(text(statement), {"username": username, **values})
    return [
        SplitSum(key=row.key, trades=row.trades, parts={name: getattr(row, name) for name in PARTS})
        for row in rows
    ]
