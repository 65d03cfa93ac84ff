"""POST /api/trades/import over the real database: all or nothing, once, and only one's own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from chalicelib.services.reading.import_trades import import_trades
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from infra.restore.laws import broken_laws
from tests.api.doubles import SystemRandomness
from tests.api.ended_trades import EndedTrades
from tests.api.support import Answer, Api, User

HEADER = "symbol,qty,entry_date,entry_price,close_date,close_price,fees,strategy\n"
WIN = "SPY260220C00600000,2,2026-02-02 10:00,4.20,2026-02-03 15:30,5.00,1.40,breakout\n"
LOSS = "SPY260220P00590000,1,2026-02-03 10:00,3.00,2026-02-05 11:00,2.00,0.70,fade\n"


def send(user: User, text: str, path: str = "/api/trades/import", **headers: str) -> Answer:
    sent = {"content-type": "text/csv", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return user.api.send("POST", path, token=user.token, raw=text.encode(), headers=sent)


def undo(user: User, import_id: str) -> Answer:
    return user.api.send("DELETE", f"/api/trades/imports/{import_id}", token=user.token)


@pytest.fixture
def alice(api: Api) -> User:
    return api.user("alice")


def test_a_file_becomes_ended_trades_of_mode_imported(alice: User) -> None:
    """api.md: mode IMPORTED, ended; A-15: they count in performance; I-13: P&L is fills less fees."""
    report = send(alice, HEADER + WIN + LOSS)

    shown = {item["strategy"]: item for item in alice.get("/api/trades/history").json["items"]}
    performance = alice.get("/api/performance?mode=IMPORTED").json
    assert report.status == 201
    assert (report.json["rows"], report.json["imported"], report.json["total_pnl"]) == (2, 2, 57.9)
    assert shown["breakout"]["realized_pnl"] == 158.6
    assert (shown["breakout"]["broker_mode"], shown["breakout"]["is_locked"]) == ("IMPORTED", True)
    assert shown["fade"]["realized_pnl"] == -100.7
    assert (performance["trades"], performance["total_pnl"]) == (2, 57.9)


def test_a_dry_run_changes_nothing(alice: User) -> None:
    report = send(alice, HEADER + WIN, "/api/trades/import?dry_run=true")

    assert report.status == 200
    assert (report.json["rows"], report.json["imported"], report.json["total_pnl"]) == (1, 0, 158.6)
    assert alice.get("/api/trades/history").json["items"] == []


def test_one_bad_row_keeps_the_file_out(alice: User) -> None:
    """A dry run lists the faults; the import refuses with the row and the column."""
    text = HEADER + WIN + LOSS.replace("3.00", "three")
    looked_at = send(alice, text, "/api/trades/import?dry_run=true")
    refused = send(alice, text)

    assert looked_at.json["errors"] == [{"row": 3, "column": "entry_price", "message": "is not a number"}]
    assert (refused.status, refused.kind) == (422, "invalid")
    assert refused.fields == {"row 3, entry_price"}
    assert alice.get("/api/trades/history").json["items"] == []


def test_the_same_file_again_adds_its_new_rows_alone(alice: User) -> None:
    send(alice, HEADER + WIN)
    again = send(alice, HEADER + WIN + LOSS)

    assert again.status == 201
    assert (again.json["imported"], again.json["duplicates"]) == (1, 1)
    assert len(alice.get("/api/trades/history").json["items"]) == 2


class _OvertakenRandomness:
    """Has something else happen just before the first row of an import gets its id."""

    def __init__(self, overtake: Callable[[], object]) -> None:
        self._rest: list[Callable[[], object]] = [overtake]
        self._ids = SystemRandomness()

    def uuid7(self, at: datetime) -> UUID:
        if self._rest:
            self._rest.pop()()
        return self._ids.uuid7(at)

    def token_bytes(self, count: int) -> bytes:
        return self._ids.token_bytes(count)


def test_a_file_given_by_two_devices_at_once_is_taken_over_once(api: Api, alice: User) -> None:
    """The slower one finds that its rows were written meanwhile, looks again and leaves them alone."""
    faster_engine = open_engine(api.urls.app)
    faster = replace(api.environment, database=Database(faster_engine, api.clock))
    slower = replace(
        api.environment,
        randomness=_OvertakenRandomness(
            lambda: import_trades(faster, "alice", HEADER + WIN + LOSS, dry_run=False)
        ),
    )
    report = import_trades(slower, "alice", HEADER + WIN + LOSS, dry_run=False)
    faster_engine.dispose()

    assert (report.imported, report.known) == (0, 2)
    assert len(alice.get("/api/trades/history").json["items"]) == 2


def test_the_same_key_answers_the_same(alice: User) -> None:
    first = send(alice, HEADER + WIN, Idempotency_Key="k1")
    second = send(alice, HEADER + WIN, Idempotency_Key="k1")
    other = send(alice, HEADER + LOSS, Idempotency_Key="k1")

    assert (first.status, second.status) == (201, 200)
    assert second.json == first.json
    assert other.kind == "idempotency-mismatch"


def test_imported_trades_obey_the_laws_of_all_trades(api: Api, alice: User) -> None:
    """I-03, I-13, I-23: fills, holdings, money and transitions agree, as they must in a restored backup."""
    expired = WIN.replace("5.00", "0").replace("breakout", "expired")
    assert send(alice, HEADER + WIN + LOSS + expired).json["imported"] == 3

    assert broken_laws(api.urls.owner) == []


def test_imported_trades_are_their_owners_alone(api: Api, alice: User) -> None:
    """I-21."""
    send(alice, HEADER + WIN)
    bob = api.user("bob")
    send(bob, HEADER + WIN)

    assert len(bob.get("/api/trades/history").json["items"]) == 1
    trade_id = alice.get("/api/trades/history").json["items"][0]["id"]
    assert bob.get(f"/api/trades/{trade_id}").status == 404


def test_losses_of_old_do_not_count_against_today(alice: User) -> None:
    """A-07: the daily loss limit is for trades that papertape placed."""
    today = LOSS.replace("2026-02-05 11:00", "2026-03-02 09:45").replace("2026-02-03", "2026-03-02")
    today = today.replace("10:00", "09:31").replace("260220", "260320")
    assert send(alice, HEADER + today).status == 201

    assert alice.get("/api/account").json["realized_today"] == 0


@pytest.mark.parametrize(
    ("raw", "content_type", "kind"),
    [
        (b"{}", "application/json", "media-type"),
        (HEADER.encode(), "text/csv; charset=latin-1", "media-type"),
        (b"\xff\xfe", "text/csv", "malformed"),
        (b"x" * (256 * 1024 + 1), "text/csv", "too-large"),
        (b"", "text/csv", "invalid"),
    ],
)
def test_what_is_no_csv_is_refused(alice: User, raw: bytes, content_type: str, kind: str) -> None:
    sent = {"content-type": content_type}
    answer = alice.api.send("POST", "/api/trades/import", token=alice.token, raw=raw, headers=sent)

    assert answer.kind == kind


@pytest.mark.parametrize(
    "row",
    [
        "SPY260220C00600000,1,2026-02-02,0.00000001,2026-02-03,1000000,0,x,1\n",
        "SPY260220C00600000,1,2026-02-02,1,2026-02-03,2,0,x,1e400\n",
        "SPY260220C00600000,1,0001-01-01T00:00+14:00,1,2026-02-03,2,0,x,1\n",
    ],
)
def test_what_the_database_could_not_hold_is_a_fault_of_its_row(alice: User, row: str) -> None:
    """A return, a score, an instant beyond what is stored: 422, never a 5xx."""
    refused = send(alice, HEADER.strip() + ",card_score\n" + row)

    assert (refused.status, refused.kind) == (422, "invalid")


def test_a_file_is_taken_back_as_a_whole(api: Api, alice: User) -> None:
    """A-16: one call undoes an import; what another file brought stays; the file may come again."""
    first = send(alice, HEADER + WIN).json["import_id"]
    api.clock.at += timedelta(minutes=1)
    second = send(alice, HEADER + LOSS).json["import_id"]
    listed = alice.get("/api/trades/imports").json["items"]
    gone = undo(alice, second)
    again = undo(alice, second)

    assert [(one["id"], one["trades"]) for one in listed] == [(second, 1), (first, 1)]
    assert [one["total_pnl"] for one in listed] == [-100.7, 158.6]
    assert (gone.status, again.status) == (204, 404)
    assert [one["strategy"] for one in alice.get("/api/trades/history").json["items"]] == ["breakout"]
    assert alice.get("/api/trades/imports").json["items"][0]["undone_at"] is not None
    assert send(alice, HEADER + LOSS).json["imported"] == 1
    assert broken_laws(api.urls.owner) == []


def test_an_import_is_its_owners_to_take_back(api: Api, alice: User) -> None:
    """I-21: a foreign import is not found, and stays."""
    import_id = send(alice, HEADER + WIN).json["import_id"]
    bob = api.user("bob")

    assert bob.get("/api/trades/imports").json["items"] == []
    assert undo(bob, import_id).status == 404
    assert len(alice.get("/api/trades/history").json["items"]) == 1


def test_only_imported_trades_can_be_deleted(api: Api, alice: User) -> None:
    """A-16: the database lets the application delete what a file brought, and no other trade."""
    send(alice, HEADER + WIN)
    EndedTrades(api).add()
    with psycopg.connect(api.urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'alice', true)")
        connection.execute("delete from paper_trades")
        left = connection.execute("select broker_mode from paper_trades").fetchall()

    assert left == [("PAPER",)]


def test_a_dry_run_says_how_the_figures_would_become(alice: User) -> None:
    """api.md: figures as they would become, from the trades that are here and the new ones."""
    send(alice, HEADER + WIN)
    looked_at = send(alice, HEADER + WIN + LOSS, "/api/trades/import?dry_run=true").json
    figures = looked_at["figures"]
    send(alice, HEADER + WIN + LOSS)
    performance = alice.get("/api/performance?mode=IMPORTED").json

    assert (looked_at["import_id"], looked_at["new"], looked_at["known"]) == (None, 1, 1)
    assert figures["trades"] == 2
    assert figures == {name: performance[name] for name in figures}


def test_near_duplicates_are_named_and_left_to_their_owner(alice: User) -> None:
    """A-16: the same trade told by another file an hour off; equal rows are two trades."""
    send(alice, HEADER + WIN)
    trade_id = alice.get("/api/trades/history").json["items"][0]["id"]
    told_otherwise = WIN.replace("10:00", "09:00").replace("4.20", "4.21")
    looked_at = send(alice, HEADER + told_otherwise + LOSS + LOSS, "/api/trades/import?dry_run=true").json

    assert looked_at["near_duplicates"] == [
        {"row": 2, "symbol": "SPY260220C00600000", "trade_id": trade_id, "other_row": None}
    ]
    assert looked_at["new"] == 3


def test_a_file_of_semicolons_is_not_read_a_hundred_times_too_large(alice: User) -> None:
    """A-16: 4,20 is four twenty, 1.234,50 is one thousand two hundred thirty-four and a half."""
    text = (HEADER + WIN).replace(",", ";").replace("4.20", "4,20").replace("5.00", "1.234,50")
    report = send(alice, text.replace("1.40", "-1,40"))

    shown = alice.get("/api/trades/history").json["items"][0]
    assert report.status == 201
    assert (shown["entry_price"], shown["close_price"], shown["fees"]) == (4.2, 1234.5, 1.4)


def test_an_import_tells_no_excursion_that_nobody_saw(alice: User) -> None:
    """A file has two prices and no marks between them: best and worst are not known, never 0."""
    send(alice, HEADER + WIN + LOSS)

    shown = alice.get("/api/trades/history").json["items"]
    points = alice.get("/api/performance?mode=IMPORTED").json["excursions"]
    assert {(one["max_gain"], one["max_drawdown"]) for one in shown} == {(None, None)}
    assert {(one["mfe_pct"], one["mae_pct"]) for one in points} == {(None, None)}
