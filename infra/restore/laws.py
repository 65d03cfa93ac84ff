"""What must hold of restored rows by themselves, without a broker or a market (invariants.md).

Each law is one query for the rows that break it, sharing no code with the product. Foreign keys, unique keys
and checks were held by the database while it loaded. A correction of an order whose trade had ended changes
no fact of it: an amendment says what it would. A fill names its leg; an order that names none moves the one
whose symbol it has. What lies apart over the legs must not even out in their sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, LiteralString

import psycopg

#: A half cent may have been rounded either way.
_LAWS: Final[Mapping[str, LiteralString]] = {
    "I-03 an order's filled quantity is the sum of its fills": """
        select o.id::text from orders o left join fills f on f.order_id = o.id
        where o.legs = '[]'
        group by o.id having o.filled_quantity <> coalesce(sum(f.quantity), 0)
    """,
    "I-03 a combined order filled as many whole structures of each of its legs": """
        select o.id::text from orders o cross join jsonb_array_elements(o.legs) as leg
        left join fills f on f.order_id = o.id and f.leg_no = (leg ->> 'leg_no')::int
        group by o.id, leg
        having o.filled_quantity * (leg ->> 'ratio')::int <> coalesce(sum(f.quantity), 0)
            or (leg ->> 'filled_quantity')::numeric <> coalesce(sum(f.quantity), 0)
    """,
    "I-08 an ended trade has no exit alive": """
        select t.id::text from paper_trades t join orders o on o.trade_id = t.id
        where t.is_locked and o.role <> 'ENTRY'
          and o.status not in ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')
    """,
    "I-13 every trade has a leg": """
        select t.id::text from paper_trades t
        where not exists (select from trade_legs l where l.trade_id = t.id)
    """,
    "I-13 every fill is of one leg of its trade, and of one that its order moves": """
        select f.trade_id::text from fills f left join orders o on o.id = f.order_id
        where not exists (
            select from trade_legs l where l.trade_id = f.trade_id and l.leg_no = f.leg_no
                and (o.id is null or case when o.legs = '[]' then l.symbol = o.symbol
                     else exists (select from jsonb_array_elements(o.legs) as leg
                                  where (leg ->> 'leg_no')::int = l.leg_no) end))
    """,
    "I-38 the legs of a combined order are legs of its trade, on their own sides": """
        select o.id::text from orders o cross join jsonb_array_elements(o.legs) as leg
        where not exists (
            select from trade_legs l where l.trade_id = o.trade_id and l.leg_no = (leg ->> 'leg_no')::int
                and l.symbol = leg ->> 'symbol'
                and leg ->> 'side' like case when o.role <> 'ENTRY' then '%_to_close'
                    when l.side = 'LONG' then 'buy_to_open' else 'sell_to_open' end)
    """,
    "W-02 a structure's price at entry is what its legs cost": """
        select t.id::text from paper_trades t join trade_legs l on l.trade_id = t.id and l.origin is null
        where t.filled_qty > 0
        group by t.id having count(*) > 1 and abs(t.entry_price - sum(
            l.entry_price * l.ratio * l.multiplier * case l.side when 'SHORT' then -1 else 1 end
        ) / coalesce(max(l.multiplier) filter (where l.instrument = 'OPTION'), 1)) > 0.000001
    """,
    "I-13 what is held of each leg is what was bought of it less what was sold": """
        select t.id::text from paper_trades t
        join trade_legs l on l.trade_id = t.id
        left join fills f on f.trade_id = t.id and f.leg_no = l.leg_no
            and (f.kind <> 'CORRECTION' or f.order_id is null)
        group by t.id, l.id
        having coalesce(l.apart_qty, (t.open_qty - t.excess_qty) * l.ratio)
            * case l.side when 'SHORT' then -1 else 1 end <> coalesce(
                sum(case when f.is_buy then f.quantity else -f.quantity end), 0)
    """,
    "I-13 realised profit is the sum of the fills and fees of all legs": """
        select t.id::text from paper_trades t
        join fills f on f.trade_id = t.id and (f.kind <> 'CORRECTION' or f.order_id is null)
        join trade_legs l on l.trade_id = t.id and l.leg_no = f.leg_no
        where t.status in ('CLOSED', 'EXPIRED') and t.realized_pnl is not null
        group by t.id having abs(t.realized_pnl - sum(
            case when f.is_buy then -f.quantity else f.quantity end
            * f.price * l.multiplier - f.fees)) > 0.005
    """,
    "I-13 a trade's fees are the sum of its fills' fees": """
        select t.id::text from paper_trades t
        left join fills f on f.trade_id = t.id and (f.kind <> 'CORRECTION' or f.order_id is null)
        group by t.id having abs(t.fees - coalesce(sum(f.fees), 0)) > 0.005
    """,
    "I-23 the transitions recorded end in the trade's status": """
        select t.id::text from paper_trades t left join lateral (
            select s.to_status from state_transitions s
            where s.trade_id = t.id order by s.id desc limit 1) s on true
        where s.to_status is distinct from t.status
    """,
    "I-23 each transition begins where the last one ended": """
        select id::text from (
            select s.id, s.from_status,
                   lag(s.to_status) over (partition by s.trade_id order by s.id) as before
            from state_transitions s) chain
        where before is not null and from_status is distinct from before
    """,
    "I-21 every table and partition of users forces row security": """
        select c.relname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'username' and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not (c.relrowsecurity and c.relforcerowsecurity)
    """,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A law that does not hold, and some of the rows that break it."""

    law: str
    rows: tuple[str, ...]


def broken_laws(owner_url: str) -> list[Broken]:
    """Check every law over all users' rows; return those that do not hold."""
    found = []
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for law, query in _LAWS.items():
            rows = [str(name) for (name,) in connection.execute(query).fetchmany(5)]
            if rows:
                found.append(Broken(law=law, rows=tuple(rows)))
    return found


def law_count() -> int:
    """Return how many laws there are."""
    return len(_LAWS)
