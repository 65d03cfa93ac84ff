"""Rows that are hard to carry: every table has some, with what a text format could lose."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import LiteralString
from uuid import UUID

import psycopg

#: A tab, a newline, a backslash, quotes, the end mark of COPY's text, a character of four bytes.
HARD = "a\tb\nc\\d\"e'f\\.\n\\.\\N\x7f😀é"
SNAPSHOTS_AT = (
    datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 2, 1, tzinfo=UTC),
    datetime(2026, 2, 19, 15, 0, 40, tzinfo=UTC),
)

_TRADE: LiteralString = """
    insert into paper_trades (id, username, ticker, qty, filled_qty, open_qty, order_type, entry_price, fees,
                              broker_mode, account_id, status, strategy, trade_context, close_reason,
                              realized_pnl, close_date)
    values (gen_random_uuid(), %(user)s, 'SPY', 1, %(filled)s, %(open)s, 'market', 1.23456789, %(fees)s,
            'PAPER', 'x', %(status)s, %(text)s, jsonb_build_object('note', %(text)s::text), %(reason)s,
            %(pnl)s, case when %(pnl)s::numeric is not null then timestamptz '2026-02-20T21:00:00.123456Z'
                 end)
    returning id
"""
_LEG: LiteralString = """
    insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
                            option_type, strike, expiry)
    values (gen_random_uuid(), %(user)s, %(trade)s, 1, 'OPTION', 'SPY260320C00600000', 100, 'LONG', 1,
            'CALL', 600, '2026-03-20')
"""
_ORDER: LiteralString = """
    insert into orders (id, username, trade_id, role, tag, type, side, symbol, quantity, filled_quantity,
                        duration, status)
    values (gen_random_uuid(), %(user)s, %(trade)s, %(role)s, gen_random_uuid()::text, 'market', %(side)s,
            'SPY260320C00600000', 1, 1, 'day', 'FILLED') returning id
"""
_FILL: LiteralString = """
    insert into fills (id, username, trade_id, order_id, is_buy, quantity, price, fees, fill_rule, filled_at,
                       order_filled_quantity)
    values (gen_random_uuid(), %(user)s, %(trade)s, %(order)s, %(buy)s, 1, %(price)s, 0.35, 'BROKER',
            '2026-02-19T15:00:00Z', 1)
"""
_TRANSITION: LiteralString = """
    insert into state_transitions (id, username, trade_id, from_status, to_status, actor)
    values (%(id)s, %(user)s, %(trade)s, %(before)s, %(after)s, 'broker')
"""
_SNAPSHOT: LiteralString = """
    insert into price_snapshots (username, trade_id, "timestamp", kind, mark_price, iv)
    values (%(user)s, %(trade)s, %(at)s, 'INTRADAY', 0.1, 0.455)
"""
_OWN: tuple[LiteralString, ...] = (
    """insert into user_settings (username, sub, tradier_sandbox_token_sealed)
       values (%(user)s, %(text)s, 'k1:c2VhbGVk')""",
    """insert into access_tokens (id, username, name, scope, token_hash, last4)
       values (gen_random_uuid(), %(user)s, %(text)s, 'read', decode(md5(%(user)s), 'hex') || '\\x00ff',
               'abcd')""",
    """insert into alerts (id, username, severity, kind, text)
       values (gen_random_uuid(), %(user)s, 'info', 'k', %(text)s)""",
    """insert into paper_accounts (username, account_id, starting_cash, cash)
       values (%(user)s, 'x', 5000, 4321.12345678)""",
)
#: A leg whose id is below its OCO's is copied before it: the key to the same table is checked at the end.
_OCO: LiteralString = """
    insert into paper_orders (id, username, account_id, parent_id, tag, underlying, symbol, side, type,
                              duration, quantity, status, fill_rule, created_at, updated_at, expires_at)
    values (%(id)s, %(user)s, 'x', %(parent)s, 'tag', 'SPY', 'SPY260320C00600000', 'sell_to_close',
            %(type)s, 'gtc', %(quantity)s, 'OPEN', 'touch', now(), now(), now())
"""
_SHARED: tuple[LiteralString, ...] = (
    "insert into leases (resource, holder, until) values ('account:x', 'somebody', 'infinity')",
    "insert into rate_budgets (token_key, called_at) values ('k', array[now(), timestamptz '1999-12-31'])",
    "insert into job_runs (job, due_at, ok, result) values ('sync', now(), true, '{\"a\": [1, null]}')",
    "insert into market_closures (day, closes, reason) values ('2026-07-03', '13:00', 'early')",
)


def fill_tables(owner_url: str) -> None:
    """Put rows of two users into most tables, as the owner may while a migration runs."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        for month in SNAPSHOTS_AT:
            connection.execute("select ensure_snapshot_partition(%s)", (month,))
        for number, user in enumerate(("alice", "Zoë"), start=1):
            for statement in _OWN:
                connection.execute(statement, {"user": user, "text": HARD})
            _oco(connection, user, number)
            closed_trade(connection, user)
            _open_trade(connection, user)
        for statement in _SHARED:
            connection.execute(statement)


def fill_connections(owner_url: str) -> None:
    """Put what the settings' rows hold of brokers into the table of its own, as later revisions have it."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        connection.execute(
            """insert into connections (username, broker_mode, sealed)
               select username, 'TRADIER_SANDBOX', tradier_sandbox_token_sealed from user_settings"""
        )


def closed_trade(connection: psycopg.Connection, user: str) -> None:
    """Add a trade that was bought at 1.5 and sold at 2, its books in order."""
    closed = {"filled": 1, "open": 0, "status": "CLOSED", "reason": "TP_HIT", "pnl": "49.3", "fees": "0.7"}
    trade = _one(connection, _TRADE, {"user": user, "text": HARD, **closed})
    connection.execute(_LEG, {"user": user, "trade": trade})
    for role, side, buy, price in (
        ("ENTRY", "buy_to_open", True, "1.5"),
        ("EXIT", "sell_to_close", False, "2"),
    ):
        order = _one(connection, _ORDER, {"user": user, "trade": trade, "role": role, "side": side})
        fill = {"user": user, "trade": trade, "order": order, "buy": buy, "price": price}
        connection.execute(_FILL, fill)
    states = (None, "PENDING", "OPEN", "CLOSED")
    for number, (before, after) in enumerate(pairwise(states)):
        row = {
            "id": UUID(int=trade.int + number),
            "user": user,
            "trade": trade,
            "before": before,
            "after": after,
        }
        connection.execute(_TRANSITION, row)
    for at in SNAPSHOTS_AT:
        connection.execute(_SNAPSHOT, {"user": user, "trade": trade, "at": at})


def _open_trade(connection: psycopg.Connection, user: str) -> None:
    waiting = {"filled": 0, "open": 0, "status": "PENDING", "reason": None, "pnl": None, "fees": "0"}
    trade = _one(connection, _TRADE, {"user": user, "text": HARD, **waiting})
    connection.execute(_LEG, {"user": user, "trade": trade})
    row = {"id": trade, "user": user, "trade": trade, "before": None, "after": "PENDING"}
    connection.execute(_TRANSITION, row)


def _oco(connection: psycopg.Connection, user: str, number: int) -> None:
    parent = UUID(int=number * 1000 + 500)
    row = {"user": user, "parent": None, "type": None, "quantity": 0}
    connection.execute(_OCO, {**row, "id": parent})
    leg = {"user": user, "parent": parent, "type": "limit", "quantity": 1}
    connection.execute(_OCO, {**leg, "id": UUID(int=number * 1000)})


def _one(connection: psycopg.Connection, statement: LiteralString, values: dict[str, object]) -> UUID:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    found = row[0]
    assert isinstance(found, UUID)
    return found
