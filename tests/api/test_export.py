"""GET /api/trades/export: a file while it is small, a link when it is large, safe to open (A-16)."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from chalicelib.services.reading.export_csv import COLUMNS, FORMULA_STARTS
from chalicelib.services.reading.export_trades import json_pieces
from chalicelib.store.files.objects import ObjectsUnavailable
from chalicelib.store.trades.exports import ExportFilter
from infra.local.aws.objects import MemoryObjects
from tests.api.ended_trades import MONDAY, EndedTrades, Execution
from tests.api.support import Answer, Api, User

PATH = "/api/trades/export"
DAY = timedelta(days=1)


class LostBucket(MemoryObjects):
    """A bucket that cannot be reached to write."""

    def put_stream(self, key: str, chunks: Iterable[bytes], *, content_type: str) -> int:
        raise ObjectsUnavailable("the bucket could not be reached")


@pytest.fixture
def trades(api: Api) -> EndedTrades:
    """Alice's ended trades; the clock stands a week after the first."""
    api.clock.at = MONDAY + 7 * DAY
    return EndedTrades(api)


def table(answer: Answer) -> list[dict[str, str]]:
    """Read a CSV answer by its columns."""
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_a_small_export_is_the_file_itself_with_its_name(trades: EndedTrades, alice: User) -> None:
    """api.md: up to 5 MB the file itself with its name; CSV when nothing else is said."""
    trades.add()
    answer = alice.get(PATH)
    as_json = alice.get(f"{PATH}?format=json")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="papertape-trades-2026-03-09.csv"'
    assert answer.text.startswith(",".join(COLUMNS[:3]))
    assert as_json.headers["content-type"] == "application/json"
    assert as_json.headers["content-disposition"].endswith('.json"')


def test_json_items_are_trades_with_their_detail(trades: EndedTrades, alice: User) -> None:
    """The same as reading each of them, newest first."""
    ids = [trades.add(trade_context={"notes": 'é " ✓'}), trades.add(entered_at=MONDAY + DAY)]
    exported = alice.get(f"{PATH}?format=json").json

    assert exported["items"] == [alice.get(f"/api/trades/{trade_id}").json for trade_id in reversed(ids)]
    assert exported["next_cursor"] is None


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_an_export_of_nothing_is_a_whole_file(trades: EndedTrades, alice: User, kind: str) -> None:
    """A header without rows; a list without items."""
    answer = alice.get(f"{PATH}?format={kind}")

    assert table(answer) == [] if kind == "csv" else answer.json["items"] == []


def test_changes_of_stop_and_target_are_exported(api: Api, trades: EndedTrades, alice: User) -> None:
    """They are part of a trade's detail."""
    trade_id = trades.add()
    with api.environment.database.transaction("alice") as connection:
        connection.execute(
            text(
                """
                insert into trade_changes (id, username, trade_id, triggered_by, kind, before, after, state)
                values (gen_random_uuid(), 'alice', :id, 'USER_MANUAL', 'adjust',
                    '{"sl_price": "1.50", "tp_price": null}', '{"sl_price": "1.75", "tp_price": "3"}',
                    'APPLIED')
                """
            ),
            {"id": trade_id},
        )
    (item,) = alice.get(f"{PATH}?format=json").json["items"]

    assert item["changes"][0]["after"] == {"sl_price": 1.75, "tp_price": 3}
    assert item["changes"] == alice.get(f"/api/trades/{trade_id}").json["changes"]


def test_a_trade_sold_in_parts_has_a_row_for_each_lot(trades: EndedTrades, alice: User) -> None:
    """Tax-ready: each sale matched first in, first out; the gains add up to what was realised."""
    trade_id = trades.add(
        qty=3,
        realized_pnl=Decimal("148.95"),
        executions=[
            Execution(is_buy=True, quantity=2, price="1.90"),
            Execution(is_buy=True, quantity=1, price="2.20", minutes=1),
            Execution(is_buy=False, quantity=1, price="2.50", minutes=30),
            Execution(is_buy=False, quantity=2, price="2.50", minutes=40),
        ],
    )
    rows = table(alice.get(PATH))

    assert [(row["id"], row["lot"], row["quantity"]) for row in rows] == [
        (trade_id, "1", "1"),
        (trade_id, "2", "1"),
        (trade_id, "3", "1"),
    ]
    assert [row["entry_price"] for row in rows] == ["1.9", "1.9", "2.2"]
    assert sum(Decimal(row["gain"]) for row in rows) == Decimal("148.60")
    assert all(Decimal(row["proceeds"]) - Decimal(row["cost_basis"]) == Decimal(row["gain"]) for row in rows)
    assert (rows[0]["date_acquired"], rows[0]["date_sold"], rows[0]["term"]) == (
        "2026-03-02",
        "2026-03-02",
        "SHORT",
    )
    assert rows[0]["description"] == "1 SPY 03/20/2026 CALL 580"


def test_the_lots_of_all_trades_add_up_to_the_performance(trades: EndedTrades, alice: User) -> None:
    """One truth: the file, the history and the figures."""
    for index, gain in enumerate(("0.50", "-0.25", "1.37", "-2.00")):
        trades.add(gain=gain, entered_at=MONDAY + index * DAY)
    rows = table(alice.get(PATH))
    total = sum((Decimal(row["realized_pnl"]) for row in rows), Decimal(0))

    assert float(total) == alice.get("/api/performance").json["total_pnl"]
    assert len(rows) == len(alice.get("/api/trades/history").json["items"])


def test_what_is_held_or_waits_has_a_row_without_a_sale(api: Api, trades: EndedTrades, alice: User) -> None:
    """An open position is a lot that is not sold; a trade without fills has no lot."""
    held = trades.add(
        status="OPEN", close_reason=None, executions=[Execution(is_buy=True, quantity=1, price="2")]
    )
    waiting = trades.add(status="PENDING", close_reason=None, executions=[], filled_qty=0)
    rows = {row["id"]: row for row in table(alice.get(f"{PATH}?status=OPEN"))}

    assert (rows[held]["cost_basis"], rows[held]["date_sold"], rows[held]["gain"]) == ("200.35", "", "")
    assert (rows[waiting]["lot"], rows[waiting]["cost_basis"]) == ("", "")


def test_a_trade_without_executions_is_one_lot_of_its_own_figures(trades: EndedTrades, alice: User) -> None:
    trades.add(executions=[])
    (row,) = table(alice.get(PATH))

    assert (row["gain"], row["date_acquired"]) == ("49.3", "2026-03-02")


def test_a_trade_without_leg_or_quantity_tells_its_own_outcome(trades: EndedTrades, alice: User) -> None:
    """Whatever wrote it: its result is not lost from file or figures."""
    trades.add(executions=[], filled_qty=0)
    trades.add(executions=[], with_leg=False)
    rows = table(alice.get(PATH))

    assert [(row["realized_pnl"], row["close_price"], row["lot"]) for row in rows] == [
        ("49.3", "2.5", "")
    ] * 2
    assert alice.get("/api/performance").json["total_pnl"] == 98.6


@pytest.mark.parametrize("start", FORMULA_STARTS, ids=ascii)
def test_no_cell_is_a_formula(trades: EndedTrades, alice: User, start: str) -> None:
    """A-16: texts that a spreadsheet would run are quoted; numbers stay numbers, negative ones too."""
    trades.add(gain="-0.50", strategy=f"{start}1+1", ai_verdict=f"{start}cmd|'/c'!A0")
    (row,) = table(alice.get(PATH))

    assert (row["strategy"], row["ai_verdict"][:2]) == (f"'{start}1+1", f"'{start}")
    assert Decimal(row["gain"]) < 0
    assert not [value for value in row.values() if value.startswith(start) and start != "-"]


@pytest.mark.parametrize("separator", [";", "\t", "\n", "\r\n"], ids=ascii)
def test_no_cell_begins_with_a_formula_where_another_separator_would_begin_it(
    trades: EndedTrades, alice: User, separator: str
) -> None:
    """A-16, S18: spreadsheets of half of Europe begin a cell at `;`, an import by tabs or lines there."""
    text = f"a{separator}=1+1{separator}-2"
    trades.add(strategy=text, trade_context={"notes": f"x{separator}=HYPERLINK(1)"})
    (row,) = table(alice.get(PATH))

    assert row["strategy"] == f"a{separator}'=1+1{separator}'-2"
    assert f"{separator}=" not in row["trade_context"]
    assert json.loads(row["trade_context"]) == {"notes": f"x{separator}=HYPERLINK(1)"}


def test_separators_and_quotes_survive(trades: EndedTrades, alice: User) -> None:
    """RFC 4180."""
    trades.add(strategy='a,"b"\n;c', trade_context={"notes": 'x,"y"\r\n=z'})
    (row,) = table(alice.get(PATH))

    assert row["strategy"] == 'a,"b"\n;c'
    assert json.loads(row["trade_context"]) == {"notes": 'x,"y"\r\n=z'}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("status=CLOSED", 2),
        ("status=EXPIRED", 1),
        ("status=OPEN", 1),
        ("status=CANCELED", 0),
        ("from=2026-03-03&to=2026-03-03", 1),
        ("to=2026-03-02", 1),
    ],
)
def test_trades_are_chosen_by_state_and_day(
    api: Api, trades: EndedTrades, alice: User, query: str, count: int
) -> None:
    """api.md: status, from, to; CANCELED ones are left out even when asked for by name."""
    trades.add()
    trades.add(entered_at=MONDAY + DAY, status="EXPIRED", close_reason="EXPIRED_ITM")
    trades.add(status="OPEN", close_reason=None, close_date=None)
    trades.add(status="CANCELED", close_reason="UNFILLED", close_date=None, filled_qty=0, executions=[])
    ids = {row["id"] for row in table(alice.get(f"{PATH}?{query}"))}

    assert len(ids) == count
    assert len(alice.get(f"{PATH}?format=json&{query}").json["items"]) == count


def test_nobody_exports_anothers_trades(trades: EndedTrades, bob: User) -> None:
    """I-21."""
    trades.add()

    assert table(bob.get(PATH)) == []


@pytest.mark.parametrize(
    ("query", "field"), [("format=xml", "format"), ("status=DONE", "status"), ("ticker=SPY", "ticker")]
)
def test_unknown_values_are_refused(alice: User, query: str, field: str) -> None:
    """422 with the field."""
    assert alice.get(f"{PATH}?{query}").fields == {field}


def grow(trades: EndedTrades, count: int, context_bytes: int) -> None:
    """Write so many trades with notes of this size."""
    for _ in range(count):
        trades.add(trade_context={"notes": "n" * context_bytes})


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_large_export_is_a_link_for_five_minutes(
    api: Api, trades: EndedTrades, alice: User, kind: str
) -> None:
    """api.md: larger than 5 MB is 303; the file behind it is whole."""
    grow(trades, 55, 100_000)
    answer = alice.get(f"{PATH}?format={kind}")
    (key,) = api.environment.objects.keys("exports/")
    stored = b"".join(api.environment.objects.read(key)).decode()

    assert (answer.status, answer.text) == (303, "")
    assert "expires=300" in answer.headers["location"]
    assert f"papertape-trades-2026-03-09.{kind}" in answer.headers["location"]
    assert len(stored) > 5 * 1024 * 1024
    found: Sequence[object] = (
        json.loads(stored)["items"] if kind == "json" else list(csv.DictReader(io.StringIO(stored)))
    )
    assert len(found) == 55


def test_a_file_whose_quotes_would_not_fit_an_answer_is_a_link(trades: EndedTrades, alice: User) -> None:
    """A function's answer has 6 MB, in which each quote takes two bytes."""
    for _ in range(26):
        trades.add(trade_context={"notes": '"' * 80_000})

    assert alice.get(f"{PATH}?format=csv").status == 303


def test_a_bucket_that_fails_is_503_and_nothing_is_left(api: Api, trades: EndedTrades, alice: User) -> None:
    """Nothing was done; come again."""
    grow(trades, 55, 100_000)
    bucket = LostBucket()
    api.context = replace(api.context, environment=replace(api.environment, objects=bucket))
    answer = alice.get(PATH)

    assert (answer.status, answer.kind) == (503, "unavailable")
    assert bucket.keys("") == []


def test_memory_stays_flat(trades: EndedTrades, alice: User, api: Api) -> None:
    """A-16: what passes through is never more than a batch."""
    grow(trades, 8, 150_000)
    with api.environment.database.transaction("alice") as connection:
        sizes = [len(piece) for piece in json_pieces(connection, "alice", ExportFilter(), as_of="x")]

    assert len(sizes) == 9
    assert max(sizes) < 200_000
