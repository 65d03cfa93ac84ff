"""Trades as JSON texts, shaped by the database itself: the list is polled every few seconds (api.md, trade).

One statement builds all of it, legs and orders included; Python passes the texts on without reading them.
Each part is looked up by its trade: an `exists` would be hashed over all orders that the user ever had.
Instants end in `Z`, numbers lose their trailing zeros, what is not known is null.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, DateTime, Numeric, Table, TextClause, text

from chalicelib.domain.ai.decisions.decision import WITH_POSITION
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.quantities import quantity_step
from chalicelib.domain.trading.orders import UNSETTLED
from chalicelib.domain.trading.trade_fields import Shown, names
from chalicelib.store.ahead import read_ahead
from chalicelib.store.literals import in_words
from chalicelib.store.schema import orders, paper_trades, price_snapshots, trade_legs
from chalicelib.store.trades.initial_risk import INITIAL_RISK

_LISTED: Final = names(Shown.LISTED)
_DETAILED: Final = names(Shown.DETAILED)
LEG_FIELDS: Final = (
    "instrument",
    "symbol",
    "root",
    "multiplier",
    "side",
    "ratio",
    "quantity",
    "option_type",
    "strike",
    "expiry",
    "entry_price",
    "close_price",
    "origin",
)
#: Per share, as a leg's newest snapshot shows them beside its price: with the trade alone, while it goes on.
LEG_GREEKS: Final = ("delta", "gamma", "theta", "vega")
ORDER_FIELDS: Final = (
    "id",
    "role",
    "status",
    "broker_order_id",
    "type",
    "side",
    "quantity",
    "filled_quantity",
    "limit_price",
    "stop_price",
    "avg_fill_price",
    "duration",
    "submitted_at",
    "legs",
)
#: What is shown in another form than it is stored in: a leg of several holds its share of the structures that
#: are held, unless it holds something apart; an order's legs keep exact numbers as texts. A root is what
#: stands before date, right and strike of an option's symbol.
_SHOWN_AS: Final = {
    (trade_legs.name, "root"): "case {alias}.instrument when 'OPTION' then left({alias}.symbol, -15) end",
    (trade_legs.name, "quantity"): """trim_scale(coalesce({alias}.apart_qty,
        case when t.open_qty > 0 and count(*) over () > 1 then t.open_qty * {alias}.ratio end,
        {alias}.quantity))""",
    (orders.name, "legs"): """case {alias}.legs when '[]' then {alias}.legs else (
        select jsonb_agg(jsonb_build_object(
            'symbol', leg ->> 'symbol', 'side', leg ->> 'side', 'ratio', (leg ->> 'ratio')::int,
            'filled_quantity', (leg ->> 'filled_quantity')::numeric,
            'avg_fill_price', (leg ->> 'avg_fill_price')::numeric) order by (leg ->> 'leg_no')::int)
        from jsonb_array_elements({alias}.legs) as leg) end""",
}
#: A-04: however often an order was refused, a list stays small; the trade's own page shows them all.
LISTED_ORDERS: Final = 10
_UNSETTLED: Final = in_words(UNSETTLED)
#: What a trade's quantity can be cut into.
_STEP: Final = f"""
    select coalesce(quantity_step,
        case instrument when '{Instrument.CRYPTO}' then {quantity_step(Instrument.CRYPTO):f} else 1 end)
    from trade_legs where trade_id = t.id order by leg_no limit 1"""  # noqa: S608 - words of our own
#: A lone `tp_price` is one target over everything; the newest order of each tells how it stands. One whose
#: order was cancelled while its trade goes on waits: for another order, or for the market (C-06).
_TARGETS: Final = f"""
    coalesce((
        select json_agg(json_build_object(
            'id', coalesce(g.id, o.id, t.id), 'price', trim_scale(g.price), 'share', trim_scale(g.share),
            'quantity', trim_scale(
                coalesce(o.quantity, (
                    select trunc(g.share * coalesce(nullif(t.open_qty, 0), t.qty) / step) * step
                    from (select coalesce(({_STEP}), 1) as step) s))),
            'order_id', o.id, 'state', case
                when o.status is null or (o.status = 'CANCELED' and not t.is_locked) then 'WAITING'
                else o.status end,
            'filled_at', case when o.filled_quantity > 0 then {{ended_at}} end) order by g.no)
        from (
            select id, no, price, share from trade_targets where trade_id = t.id and replaced_at is null
            union all
            select null, 1, t.tp_price, 1 where t.tp_price is not null and not exists (
                select from trade_targets where trade_id = t.id and replaced_at is null)
        ) g left join lateral (
            select * from orders o where o.trade_id = t.id and o.role = 'TAKE_PROFIT' and o.target_no = g.no
            order by o.created_at desc, o.id desc limit 1) o on true
    ), '[]')"""  # noqa: S608 - as above


#: A-15, C-04: R is what was at risk at the entry; what a stop's distance makes of the plan needs a stop.
_HELD_WORDS: Final = in_words(WITH_POSITION)
_OF_TRADERS: Final = f"""
    trim_scale(round(
        (t.planned_exit - t.entry_price) / nullif(t.entry_price - t.initial_sl, 0), 4)) as r_planned,
    trim_scale(round(
        coalesce(t.realized_pnl + coalesce(t.unrealized_pnl, 0), t.unrealized_pnl)
        / {INITIAL_RISK}, 4)) as r_achieved,
    case when t.originator = 'AI' then (
        select count(*) from trade_changes c
        where c.username = t.username and c.trade_id = t.id and c.state = 'APPLIED') end as changes_count,
    case when t.originator = 'AI' then (
        select count(*) from decisions d
        where d.username = t.username and d.trade_id = t.id and d.source = 'MODEL'
          and d.decision in ({_HELD_WORDS})) end as analyses_count"""  # noqa: S608 - words of our own


class TradeText(NamedTuple):
    """One trade as JSON, with what a cursor is made of; `close_date` is None while it goes on."""

    id: UUID
    close_date: datetime | None
    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which trades: conditions over `t` with named parameters, and their order."""

    conditions: tuple[str, ...]
    order_by: str


def read_listed(
    connection: Connection, wanted: Wanted, values: Mapping[str, object], limit: int
) -> list[TradeText]:
    """Read trades as a list shows them, at most `limit`, in one statement."""
    found = connection.execute(_statement(wanted, is_whole=False), {**values, "row_limit": limit})
    return [TradeText._make(row) for row in found.all()]


def read_whole(connection: Connection, trade_id: UUID) -> str | None:
    """Read one trade with its time capsule; None when this user has no such trade."""
    found = connection.execute(
        _statement(_ONE, is_whole=True), {"id": trade_id, "row_limit": 1}
    ).one_or_none()
    return None if found is None else str(found[2])


def read_whole_many(connection: Connection, trade_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read these trades with their time capsules, in one statement."""
    found = connection.execute(
        _statement(_THESE, is_whole=True), {"ids": list(trade_ids), "row_limit": len(trade_ids)}
    )
    return {row[0]: row[2] for row in found}


def changes_ahead(connection: Connection, trade_ids: Sequence[UUID]) -> None:
    """Read these trades' changes together with what is read next."""
    read_ahead(connection, _CHANGES, {"ids": list(trade_ids)})


def read_changes(connection: Connection, trade_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Read these trades' changes of stop and target, a list each, oldest first; none of a trade without."""
    return {row.trade_id: row.changes for row in connection.execute(_CHANGES, {"ids": list(trade_ids)})}


_ONE: Final = Wanted(conditions=("t.id = :id",), order_by="t.id")
_THESE: Final = Wanted(conditions=("t.id = any(:ids)",), order_by="t.id")


@cache
def _statement(wanted: Wanted, *, is_whole: bool) -> TextClause:
    fields = (*_LISTED, *_DETAILED) if is_whole else _LISTED
    return text(
        f"""
        select t.id, t.close_date, row_to_json(shown)::text
        from (
            select * from paper_trades t where {" and ".join(wanted.conditions)}
            order by {wanted.order_by} limit :row_limit
        ) t cross join lateral (
            select {_shaped(paper_trades, "t", fields)},
                coalesce((
                    select bool_or(o.status in ({_UNSETTLED})) from orders o where o.trade_id = t.id
                ), false) as settling,
                {_children(trade_legs, LEG_FIELDS, "c.leg_no")} as legs,
                {f"{_LEG_MARKS} as leg_marks, {_RECONCILED}," if is_whole else ""}
                {_TARGETS.format(ended_at=_instant("o.ended_at"))} as targets,
                {_OF_TRADERS},
                {_children(orders, ORDER_FIELDS, "c.created_at, c.id", None if is_whole else LISTED_ORDERS)}
                    as orders
        ) shown
        order by {wanted.order_by}
        """  # noqa: S608 - names of our own columns; values are bound
    )


def _children(table: Table, fields: Sequence[str], order_by: str, last: int | None = None) -> str:
    """Return a trade's rows as a JSON list; only the `last` so many of that order when told."""
    newest_first = ", ".join(f"{column} desc" for column in order_by.split(", "))
    kept = f"order by {newest_first} limit {last}" if last is not None else ""
    return f"""(
        select coalesce(json_agg(row_to_json(child)), '[]') from (
            select {_shaped(table, "c", fields)}
            from (select * from {table.name} c where c.trade_id = t.id {kept}) c order by {order_by}
        ) child)"""  # noqa: S608 - as above


def _shaped(table: Table, alias: str, fields: Sequence[str]) -> str:
    return ", ".join(f"{_value(table, alias, name)} as {name}" for name in fields)


def _value(table: Table, alias: str, name: str) -> str:
    if (table.name, name) in _SHOWN_AS:
        return _SHOWN_AS[table.name, name].format(alias=alias)
    column, kind = f"{alias}.{name}", table.c[name].type
    if isinstance(kind, Numeric):
        return f"trim_scale({column})"
    return _instant(column) if isinstance(kind, DateTime) else column


def _instant(column: str) -> str:
    return f"(to_json({column} at time zone 'UTC') #>> '{{}}') || 'Z'"


def _prices(column: str) -> str:
    names = ("sl_price", "tp_price")
    pairs = ", ".join(f"'{name}', trim_scale(({column} ->> '{name}')::numeric)" for name in names)
    # Only where there are several, or one over a share, does a change tell of targets, and of a stop that
    # follows how far behind.
    return f"""(jsonb_build_object({pairs})
        || case when {column} ? 'trailing_pct' then jsonb_build_object(
            'trailing_pct', trim_scale(({column} ->> 'trailing_pct')::numeric)) else '{{}}' end
        || case when {column} ? 'targets' then jsonb_build_object('targets', (
            select jsonb_agg(jsonb_build_object('price', trim_scale((g ->> 'price')::numeric),
                'share', trim_scale((g ->> 'share')::numeric)))
            from jsonb_array_elements({column} -> 'targets') g)) else '{{}}' end)"""  # noqa: S608 - as above


#: A leg's newest snapshot is never older than the trade's own mark: a few rows of one partition.
_LEG_MARKS: Final = f"""(
        select coalesce(json_agg(row_to_json(mark) order by leg_no), '[]') from (
            select c.leg_no, c.symbol, trim_scale(s.mark_price) as current_price,
                {_shaped(price_snapshots, "s", LEG_GREEKS)}
            from trade_legs c left join lateral (
                select * from price_snapshots s
                where s.trade_id = c.trade_id and s.leg_no = c.leg_no and not t.is_locked
                  and s.timestamp >= coalesce(t.mark_at, t.created_at)
                order by s.timestamp desc limit 1
            ) s on true where c.trade_id = t.id
        ) mark)"""  # noqa: S608 - as above

#: B-07: what a result is made of, whether something of it is open, and how far a close has come. A sale that
#: was given up belongs to no close any more.
_RECONCILED: Final = f"""
    case when t.is_locked and t.filled_qty > 0 then 'FILL' else 'MARK' end as pnl_status,
    t.missing_qty > 0 or t.excess_qty > 0 or (t.open_qty > 0 and t.entry_price is null) or exists (
        select from orders o where o.trade_id = t.id and o.status in ({_UNSETTLED})) as needs_reconcile,
    case when t.status in ('CLOSED', 'EXPIRED') then 'CLOSED'
         when t.status <> 'CLOSING' and t.closing_qty is null then coalesce((
             select 'REJECTED' from orders o where o.id = (
                 select id from orders where trade_id = t.id and role = 'EXIT'
                 order by created_at desc, id desc limit 1) and o.status = 'REJECTED'), 'NONE')
         when exists (
             select from orders o where o.trade_id = t.id and o.role = 'EXIT' and not o.handled
               and o.filled_quantity > 0) then 'PARTIAL'
         else 'SUBMITTED' end as close_status"""  # noqa: S608 - as above

_CHANGES: Final = text(
    f"""
    select trade_id, json_agg(json_build_object(
        'id', id, 'at', {_instant("at")}, 'triggered_by', triggered_by, 'kind', kind, 'reason', reason,
        'before', {_prices("before")}, 'after', {_prices("after")}, 'state', state, 'error', error,
        'success', case state when 'PENDING' then null else state = 'APPLIED' end,
        'apply_at', {_instant("apply_at")}, 'expires_at', {_instant("expires_at")},
        'settled_at', {_instant("settled_at")}, 'decision_id', decision_id, 'validation', validation
    ) order by at, id)::text as changes
    from trade_changes where trade_id = any(:ids) group by trade_id
    """  # noqa: S608 - as above
)
