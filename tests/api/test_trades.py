"""Reading and annotating trades over HTTP: shapes, entity tags, cursors, whose they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from chalicelib.store.trades.portfolio import touch_portfolio
from tests.api.support import Api, User

_TRADE = text(
    """
    insert into paper_trades (id, username, ticker, option_type, strike, expiry, qty, order_type, limit_price,
        sl_price, broker_mode, account_id, strategy)
    values (:id, :username, :ticker, 'CALL', 580, '2026-03-20', 2, 'limit', 2.15,
        1.5, 'PAPER', :username, 'scan')
    """
)
_LEG = text(
    """
    insert into trade_legs (id, username, trade_id, leg_no, instrument, symbol, multiplier, side, quantity,
        option_type, strike, expiry)
    values (gen_random_uuid(), :username, :id, 1, 'OPTION', 'SPY260320C00580000', 100, 'LONG', 2, 'CALL', 580,
        '2026-03-20')
    """
)


class Books:
    """Writes trades as the services would have left them."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def pending(self, username: str = "alice", *, ticker: str = "SPY") -> str:
        trade_id = self.api.environment.randomness.uuid7(self.api.clock.now())
        self.api.clock.at += timedelta(seconds=1)
        with self._writing(username) as connection:
            row = {"id": trade_id, "username": username, "ticker": ticker}
            connection.execute(_TRADE, row)
            connection.execute(_LEG, row)
        return str(trade_id)

    def change(self, trade_id: str, assignment: str, username: str = "alice") -> None:
        with self._writing(username) as connection:
            statement = f"update paper_trades set {assignment} where id = :id"  # noqa: S608 a test's own text
            connection.execute(text(statement), {"id": UUID(trade_id)})

    def close(self, trade_id: str, realized_pnl: int) -> None:
        self.change(trade_id, "status = 'OPEN', filled_qty = 2, open_qty = 2")
        at = self.api.clock.now().isoformat()
        self.change(
            trade_id,
            "status = 'CLOSED', open_qty = 0, close_reason = 'MANUAL_CLOSE', "
            f"realized_pnl = {realized_pnl}, close_date = '{at}'",
        )

    @contextmanager
    def _writing(self, username: str) -> Iterator[Connection]:
        """Move the portfolio's revision with each write, as every service does."""
        with self.api.environment.database.transaction(username) as connection:
            yield connection
            touch_portfolio(connection, username)


@pytest.fixture
def books(api: Api) -> Books:
    """The trades of this test's users."""
    for name in ("alice", "bob"):
        api.user(name).get("/api/me")
    return Books(api)


def listed(user: User, query: str = "") -> list[str]:
    return [item["id"] for item in user.get(f"/api/trades{query}").json["items"]]


def test_the_list_is_newest_first_and_chosen_by_its_values(books: Books, alice: User) -> None:
    """api.md: `status=OPEN` alone means all that has not ended; without it all but CANCELED."""
    pending, closed, canceled = books.pending(), books.pending(ticker="QQQ"), books.pending()
    books.close(closed, 50)
    books.change(canceled, "status = 'CANCELED', close_reason = 'CANCELED'")

    assert listed(alice) == [closed, pending]
    assert listed(alice, "?status=OPEN") == [pending]
    assert listed(alice, "?status=CLOSED") == [closed]
    assert listed(alice, "?status=OPEN,CLOSED") == [closed]
    assert listed(alice, "?status=CANCELED,PENDING") == [canceled, pending]
    assert listed(alice, "?ticker=QQQ") == [closed]
    assert listed(alice, "?strategy=none&originator=PERSON") == []


def test_history_has_ended_trades_by_result_and_day(books: Books, alice: User) -> None:
    """api.md: result=wins,losses,expired, from and to."""
    win, loss, pending = books.pending(), books.pending(), books.pending()
    books.close(win, 50)
    books.close(loss, -50)

    def found(query: str) -> list[str]:
        return sorted(item["id"] for item in alice.get(f"/api/trades/history{query}").json["items"])

    assert pending not in found("")
    assert found("") == found("?result=wins,losses") == sorted([win, loss])
    assert (found("?result=wins"), found("?result=losses"), found("?result=expired")) == ([win], [loss], [])
    assert found("?from=2026-03-02&to=2026-03-02") == sorted([win, loss])
    assert found("?from=2026-03-02T15:00:00Z&to=2026-03-02T16:00:00Z") == sorted([win, loss])
    assert found("?from=2026-03-03") == found("?to=2026-03-01") == found("?to=2026-03-02T14:00:00Z") == []


def test_a_list_is_paged_by_cursor(books: Books, alice: User) -> None:
    """api.md, Lists: next_cursor is null at the end."""
    ids = [books.pending() for _ in range(3)][::-1]
    first = alice.get("/api/trades?limit=2").json
    second = alice.get(f"/api/trades?limit=2&cursor={first['next_cursor']}").json

    assert [item["id"] for item in first["items"] + second["items"]] == ids
    assert second["next_cursor"] is None


@pytest.mark.parametrize("path", ["/api/trades", "/api/trades/history", "/api/trades/{id}"])
def test_an_unchanged_read_is_304_and_a_changed_one_is_not(
    api: Api, books: Books, alice: User, path: str
) -> None:
    """api.md: an ETag that does not cover `as_of`, and If-None-Match in all its forms."""
    trade_id = books.pending()
    path = path.format(id=trade_id)
    tag = alice.get(path).headers["etag"]
    api.clock.at += timedelta(minutes=1)
    forms = [tag, f"W/{tag}", f'"other", {tag}', f'"a,b",W/{tag}', "*"]
    unchanged = [alice.get(path, If_None_Match=form) for form in forms]
    other_question = alice.get("/api/trades?limit=7", If_None_Match=tag).status
    books.change(trade_id, "current_price = 2.5, last_updated = papertape_now()")
    changed = alice.get(path, If_None_Match=tag)

    assert [(answer.status, answer.text, answer.headers["etag"]) for answer in unchanged] == [
        (304, "", tag)
    ] * len(forms)
    assert (other_question, changed.status) == (200, 200)
    assert changed.headers["etag"] != tag
    assert alice.get(path, If_None_Match='"other"').status == 200


def test_a_tag_is_its_users_own(books: Books, alice: User, bob: User) -> None:
    """I-21: one user's tag says nothing of another's list."""
    books.pending()
    books.pending("bob")
    tag = alice.get("/api/trades").headers["etag"]

    assert bob.get("/api/trades", If_None_Match=tag).status == 200


def test_a_trades_audit_trail_is_listed(books: Books, alice: User) -> None:
    """Snapshots, transitions and changes are lists of their shapes."""
    trade_id = books.pending()
    answers = [
        alice.get(f"/api/trades/{trade_id}/{part}") for part in ("snapshots", "transitions", "changes")
    ]

    assert [(answer.status, answer.json["items"]) for answer in answers] == [(200, [])] * 3
    assert alice.get(f"/api/trades/{trade_id}/snapshots?points=9").fields == {"points"}
    assert alice.get(f"/api/trades/{trade_id}/snapshots?from=2026-03-02&to=9999-12-31").fields == {"to"}
    assert alice.get(f"/api/trades/{trade_id}/snapshots?from=0001-01-01").fields == {"from"}


def test_notes_are_replaced_also_when_locked(books: Books, alice: User) -> None:
    """api.md: PATCH replaces notes and tags; the version rises; a stale one is 409 with the trade."""
    trade_id = books.pending()
    books.close(trade_id, 50)
    path = f"/api/trades/{trade_id}"
    first = alice.patch(path, {"version": 1, "trade_context": {"notes": "é", "n": 1.25, "big": 10**30}})
    stale = alice.patch(path, {"version": 1, "trade_context": {}})
    second = alice.patch(path, {"version": 2, "trade_context": {"tags": ["a"]}})

    assert (first.status, first.json["version"]) == (200, 2)
    assert alice.get(path).json["trade_context"] == {"tags": ["a"]}
    assert (stale.status, stale.kind, stale.json["current"]["version"]) == (409, "stale-version", 2)
    assert (second.status, second.json["version"]) == (200, 3)


@pytest.mark.parametrize(
    "body", [{}, {"version": 1}, {"version": 0, "trade_context": {}}, {"trade_context": {}}]
)
def test_notes_need_version_and_context(books: Books, alice: User, body: dict[str, object]) -> None:
    """422."""
    assert alice.patch(f"/api/trades/{books.pending()}", body).kind == "invalid"


def test_a_foreign_trade_does_not_exist(books: Books, alice: User, bob: User) -> None:
    """A-10: 404 for every call on it, before version and body."""
    path = f"/api/trades/{books.pending()}"
    reads = [bob.get(path + part).status for part in ("", "/snapshots", "/transitions", "/changes")]
    writes = [bob.post(f"{path}/{verb}", {"version": 99}).status for verb in ("close", "adjust", "cancel")]

    assert reads + writes + [bob.patch(path, {}).status] == [404] * 8
    assert alice.get(path).status == 200


@pytest.mark.parametrize(
    ("verb", "body", "fields"),
    [
        ("close", {}, {"version"}),
        ("close", {"version": "1"}, {"version"}),
        ("close", {"version": 1, "reason": "x"}, {"reason"}),
        ("adjust", {"version": 1}, {"new_sl"}),
        ("adjust", {"version": 1, "new_sl": 0}, {"new_sl"}),
        ("adjust", {"version": 1, "new_tp": "2"}, {"new_tp"}),
        ("cancel", {"version": 1.5}, {"version"}),
    ],
    ids=str,
)
def test_changes_of_a_trade_have_their_fields(
    books: Books, alice: User, verb: str, body: dict[str, object], fields: set[str]
) -> None:
    """422 with the field, before the trade's state matters."""
    answer = alice.post(f"/api/trades/{books.pending()}/{verb}", body)

    assert (answer.status, answer.fields) == (422, fields)


@pytest.mark.parametrize("verb", ["close", "adjust", "cancel"])
def test_a_stale_version_is_409_with_the_trade(books: Books, alice: User, verb: str) -> None:
    """A-11."""
    trade_id = books.pending()
    answer = alice.post(
        f"/api/trades/{trade_id}/{verb}", {"version": 9} | ({"new_sl": 1} if verb == "adjust" else {})
    )

    assert (answer.status, answer.kind) == (409, "stale-version")
    assert answer.json["current"] == alice.get(f"/api/trades/{trade_id}").json


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"qty": 0}, "qty"),
        ({"qty": 0.000000001}, "qty"),
        ({"qty": "1"}, "qty"),
        ({"limit_price": 0}, "limit_price"),
        ({"limit_price": 2_000_000}, "limit_price"),
        ({"part": 1}, "part"),
    ],
)
def test_a_close_names_the_field_that_is_wrong(
    books: Books, alice: User, body: dict[str, object], field: str
) -> None:
    """W-03: `qty` and `limit_price` are read strictly; nothing else is listed."""
    answer = alice.post(f"/api/trades/{books.pending()}/close", {"version": 1, **body})

    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize(
    ("targets", "field"),
    [
        ([{"price": 0, "share": 1}], "targets.0.price"),
        ([{"price": 9, "share": 0}], "targets.0.share"),
        ([{"price": 9, "share": 0.5}, {"price": 9, "share": 1.01}], "targets.1.share"),
        ([{"price": 9}], "targets.0.share"),
        ([{"price": 9, "share": 0.1}] * 6, "targets"),
        ({"price": 9, "share": 1}, "targets"),
    ],
)
def test_targets_name_the_field_that_is_wrong(books: Books, alice: User, targets: object, field: str) -> None:
    """W-03: a price and a share each, at most five."""
    answer = alice.post(f"/api/trades/{books.pending()}/adjust", {"version": 1, "targets": targets})

    assert answer.status == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
