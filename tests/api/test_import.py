"""POST /api/trades/import over the real database: all or nothing, once, and only one's own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from chalicelib.services.import_trades import import_trades
from chalicelib.store.database import Database, open_engine
from infra.restore.laws import broken_laws
from tests.api.support import Answer, Api, SystemRandomness, User

HEADER = "symbol,qty,entry_date,entry_price,close_date,close_price,fees,strategy\n"
WIN = "SPY260220C00600000,2,2026-02-02 10:00,4.20,2026-02-03 15:30,5.00,1.40,breakout\n"
LOSS = "SPY260220P00590000,1,2026-02-03 10:00,3.00,2026-02-05 11:00,2.00,0.70,fade\n"


def send(user: User, text: str, path: str = "/api/trades/import", **headers: str) -> Answer:
    sent = {"content-type": "text/csv", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return user.api.send("POST", path, token=user.token, raw=text.encode(), headers=sent)


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

    assert (report.imported, report.duplicates) == (0, 2)
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
