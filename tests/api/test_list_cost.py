"""What the polled list costs in statements, and how values look that the database itself writes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.api.support import Api, User
from tests.api.test_trades import Books

#: Who is asking, and when: every transaction begins so, and it reads no table.
CONTEXT = "select set_config("


@pytest.fixture
def books(api: Api, alice: User) -> Books:
    """Alice's trades."""
    alice.get("/api/me")
    return Books(api)


@contextmanager
def statements(api: Api) -> Iterator[list[str]]:
    """Keep what the API's database is asked."""
    kept: list[str] = []

    def note(*seen: object) -> None:
        kept.append(" ".join(str(seen[2]).split()))

    event.listen(api.engine, "before_cursor_execute", note)
    yield kept
    event.remove(api.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/api/trades?status=OPEN", "/api/trades/history"])
def test_an_unchanged_list_costs_one_indexed_row(api: Api, books: Books, alice: User, path: str) -> None:
    """A-02: the page polls every 15 s; an unchanged portfolio answers 304 at the cost of one indexed row."""
    books.close(books.pending(), 50)
    tag = alice.get(path).headers["etag"]
    with statements(api) as asked:
        answer = alice.get(path, If_None_Match=tag)

    assert answer.status == 304
    (read,) = [one for one in asked if not one.startswith(CONTEXT)]
    assert read.startswith("SELECT portfolio_revisions.revision FROM portfolio_revisions WHERE")


def test_a_changed_list_costs_two_statements_however_long_it_is(api: Api, books: Books, alice: User) -> None:
    """performance.md: trades, legs and orders come in one statement, in the transaction of their revision."""
    for _ in range(5):
        books.pending()
    alice.get("/api/trades")
    with statements(api) as asked:
        items = alice.get("/api/trades").json["items"]

    assert len(items) == 5
    assert len([one for one in asked if not one.startswith(CONTEXT)]) == 2


def test_the_list_and_the_trade_itself_show_the_same_values(books: Books, alice: User) -> None:
    """api.md, Values: numbers without trailing zeros, instants in UTC with Z, null for what is not known."""
    trade_id = books.pending()
    books.change(trade_id, "current_price = 2.50000000, mark_at = '2026-03-02 10:00:00.25-05'")
    (listed,) = alice.get("/api/trades").json["items"]
    text = alice.get("/api/trades").text
    whole = alice.get(f"/api/trades/{trade_id}").json

    assert {name: whole[name] for name in listed} == listed
    assert listed["current_price"] == 2.5
    assert re.search(r'"current_price":2\.5[,}]', text)
    assert re.fullmatch(r"2026-03-02T15:00:00\.250*Z", listed["mark_at"])
    assert listed["close_price"] is None
    assert set(whole) - set(listed) >= {"signals_snapshot", "trade_context", "changes"}
