"""Leaving for good: what is held is closed, nothing is served, all is erased in time (C-09, I-27, I-37)."""

from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg import sql

from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Invalid
from chalicelib.services.sign_in.leaving import leave
from infra.local.aws.memory_accounts import MemoryAccounts
from tests.services.stage import MORNING, Stage

#: A table each in which a user has rows; partitions are their parent's.
OWN_ROWS = """
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'username'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by 1
"""


@pytest.fixture
def accounts() -> MemoryAccounts:
    """Sign-in accounts of everybody."""
    made = MemoryAccounts()
    for name in ("alice", "bob"):
        made.add(name, sub=f"sub-{name}")
    return made


def go(stage: Stage, accounts: MemoryAccounts) -> None:
    leave(stage.env, accounts, "alice", "Alice", machine_now=MORNING)


def left_of(stage: Stage, username: str = "alice") -> set[str]:
    """Return the tables that still have rows of a user."""
    with psycopg.connect(stage.urls.backup) as connection:
        tables = [str(name) for (name,) in connection.execute(OWN_ROWS)]
    found = {}
    with psycopg.connect(stage.urls.backup) as connection:
        for name in tables:
            wanted = sql.SQL("select count(*) from {} where username = %s").format(sql.Identifier(name))
            found[name] = connection.execute(wanted, [username]).fetchone()
    return {name for name, row in found.items() if row is not None and row[0]}


def _turn_live(stage: Stage) -> None:
    """Have the trade be one of real money, with a note of its owner's, as the owner of the tables can."""
    with psycopg.connect(stage.urls.owner) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        connection.execute("alter table paper_trades disable trigger check_trade_change")
        connection.execute(
            "update paper_trades set broker_mode = 'TRADIER_LIVE', trade_context = '{\"note\": \"mine\"}'"
        )
        connection.execute("alter table paper_trades enable trigger check_trade_change")


def test_positions_are_closed_and_nothing_works_any_more(stage: Stage, accounts: MemoryAccounts) -> None:
    """C-09: positions are closed, every working order stops at once; the sign-in goes."""
    held = stage.place_bracketed(qty=2)
    resting = stage.place(stage.command(order_type=OrderType.LIMIT, limit_price=Decimal("0.05")))
    go(stage, accounts)
    stage.sync()

    assert (stage.trade(held)["status"], stage.trade(held)["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")
    assert stage.trade(resting)["status"] == "CANCELED"
    working = {"open", "partially_filled", "pending"}
    assert [one["status"] for one in stage.truth() if one["status"] in working] == []
    assert "alice" not in accounts.known
    assert stage.query("select state from user_settings where username = 'alice'")[0].state == "REMOVED"


def test_what_cannot_be_sold_now_is_sold_at_the_next_session(stage: Stage, accounts: MemoryAccounts) -> None:
    """I-28: the close waits, protected, and nobody has to ask again."""
    held = stage.place_bracketed(qty=1)
    stage.go_to(MORNING.replace(hour=23))
    go(stage, accounts)
    assert stage.trade(held)["status"] == "OPEN"
    stage.go_to(MORNING + timedelta(days=1))
    stage.sync()
    stage.sync()

    assert stage.trade(held)["status"] == "CLOSED"


def test_everything_is_erased_after_ninety_days(stage: Stage, accounts: MemoryAccounts) -> None:
    """C-09: not a day before, nothing is left in any table, and nobody else loses anything."""
    stage.place_bracketed(qty=1)
    of_bob = left_of(stage, "bob")
    go(stage, accounts)
    stage.sync()
    stage.go_to(MORNING + timedelta(days=89))
    stage.run("thin")
    assert {"paper_trades", "user_settings", "fills"} <= left_of(stage)
    stage.go_to(MORNING + timedelta(days=91))
    stage.run("thin")

    assert left_of(stage) == set()
    assert left_of(stage, "bob") == of_bob


def test_who_still_holds_something_is_not_erased(stage: Stage, accounts: MemoryAccounts) -> None:
    """I-25: gone is said only once nothing is held; what could not be sold is asked for again each night."""
    held = stage.place_bracketed(qty=1)
    stage.go_to(MORNING.replace(hour=23))
    go(stage, accounts)
    stage.go_to((MORNING + timedelta(days=91)).replace(hour=23))
    stage.run("thin")

    assert stage.trade(held)["status"] == "OPEN"
    assert "paper_trades" in left_of(stage)


def test_live_records_stay_as_long_as_the_owner_says(stage: Stage, accounts: MemoryAccounts) -> None:
    """C-09: reduced to facts, orders, fills and changes; after seven years they go too."""
    stage.place_bracketed(qty=1)
    go(stage, accounts)
    stage.sync()
    _turn_live(stage)
    stage.go_to(MORNING + timedelta(days=91))
    stage.run("thin")
    kept = {"fills", "orders", "paper_trades", "state_transitions", "trade_legs", "user_settings"}

    assert left_of(stage) <= kept | {"trade_changes", "trade_targets"}
    assert kept <= left_of(stage)
    assert stage.query("select trade_context from paper_trades")[0].trade_context is None
    stage.go_to(MORNING + timedelta(days=366 * 7 + 30))
    stage.run("thin")
    assert left_of(stage) == set()


def test_the_name_has_to_be_said(stage: Stage, accounts: MemoryAccounts) -> None:
    """C-13: `confirm` is the username."""
    with pytest.raises(Invalid):
        leave(stage.env, accounts, "alice", "bob", machine_now=MORNING)
    assert "alice" in accounts.known
