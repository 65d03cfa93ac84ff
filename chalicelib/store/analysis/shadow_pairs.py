"""Live trades with their shadows, as they compare (B-11)."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from chalicelib.domain.analysis.metrics.shadows import Pair, Side
from chalicelib.store.analysis.result_sql import captured_number

#: Of one of both, its columns named for it.
_SIDE: Final = """
    {of}.id as {name}_id, {of}.entry_date as {name}_filled_at, {of}.entry_price as {name}_entry_price,
    {of}.close_price as {name}_close_price, {of}.realized_pnl as {name}_pnl, {of}.is_locked as {name}_over,
    (select min(o.submitted_at) from orders o where o.trade_id = {of}.id and o.role = 'ENTRY')
        as {name}_sent_at
"""
#: Newest first, by the index over shadows.
_PAIRS: Final = text(
    f"""
    select t.strategy, x.sign, (x.bid + x.ask) / 2 as mid,
           {_SIDE.format(of="t", name="live")}, {_SIDE.format(of="s", name="shadow")}
    from paper_trades s join paper_trades t on t.id = s.shadow_of and t.username = s.username
    cross join lateral (
        select {captured_number("order_book_state", "bid", kind="numeric")} as bid,
               {captured_number("order_book_state", "ask", kind="numeric")} as ask,
               (select case when count(*) = 1 and min(l.side) = 'SHORT' then -1 else 1 end
                from trade_legs l where l.trade_id = t.id and l.origin is null) as sign
    ) x
    where s.shadow_of is not null and s.username = :username and s.created_at >= :since
    order by s.created_at desc, s.id desc limit :row_limit
    """  # noqa: S608 - words of our own
)


def read_pairs(connection: Connection, username: str, since: datetime, limit: int) -> list[Pair]:
    """Read a user's pairs whose shadow was entered since then, the newest first."""
    rows = connection.execute(_PAIRS, {"username": username, "since": since, "row_limit": limit})
    return [
        Pair(
            strategy=row.strategy,
            sign=row.sign,
            mid=row.mid,
            live=_side(row, "live"),
            shadow=_side(row, "shadow"),
        )
        for row in rows
    ]


def _side(row: Row[Any], name: str) -> Side:  # Any: a text's columns have no types
    told = {
        key.removeprefix(f"{name}_"): value for key, value in row._mapping.items() if key.startswith(name)
    }
    return Side(
        trade_id=told["id"],
        sent_at=told["sent_at"],
        filled_at=told["filled_at"],
        entry_price=told["entry_price"],
        close_price=told["close_price"],
        pnl=told["pnl"],
        is_over=told["over"],
    )
