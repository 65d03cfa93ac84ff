"""What one user may keep: refused with the figure, never an exit (a full database takes no close)."""

import pytest
from sqlalchemy import text

from chalicelib.domain.trading.quota import (
    BYTES_A_TRADE,
    STORED_BYTES_MAX,
    STORED_TRADES_MAX,
    Stored,
    quota_breaches,
    weigh,
)
from tests.api.support import Api, User
from tests.api.test_import import HEADER, LOSS, WIN, send, undo


def kept(api: Api) -> tuple[int, int]:
    with api.environment.database.transaction("alice") as connection:
        row = connection.execute(
            text("select stored_trades, stored_bytes from portfolio_revisions where username = 'alice'")
        ).one()
    return row.stored_trades, row.stored_bytes


def fill_up(api: Api, *, trades: int = 0, size: int = 0) -> None:
    with api.environment.database.transaction("alice") as connection:
        connection.execute(
            text("update portfolio_revisions set stored_trades = :trades, stored_bytes = :size"),
            {"trades": trades, "size": size},
        )


def test_an_import_counts_until_it_is_taken_back(api: Api, alice: User) -> None:
    noted = HEADER.replace("strategy", "notes") + WIN.replace("breakout", "n" * 500)
    import_id = send(alice, noted).json["import_id"]
    trades, size = kept(api)
    undo(alice, import_id)

    assert (trades, size) == (1, BYTES_A_TRADE + len('{"notes": ""}') + 500)
    assert kept(api) == (0, 0)


def test_an_import_beyond_the_quota_is_refused_with_the_figure(api: Api, alice: User) -> None:
    """422 risk-limit, `quota`: nothing of the file is taken over."""
    send(alice, HEADER + WIN)
    fill_up(api, trades=STORED_TRADES_MAX)
    refused = send(alice, HEADER + LOSS)

    assert (refused.status, refused.kind) == (422, "risk-limit")
    assert (refused.json["limit"], refused.json["value"], refused.json["allowed"]) == (
        "quota",
        STORED_TRADES_MAX + 1,
        STORED_TRADES_MAX,
    )
    assert len(alice.get("/api/trades/history").json["items"]) == 1


def test_notes_count_by_what_they_add(api: Api, alice: User) -> None:
    """They may be shortened beyond the quota, not lengthened."""
    send(alice, HEADER + WIN)
    (trade,) = alice.get("/api/trades/history").json["items"]
    path = f"/api/trades/{trade['id']}"
    longer = alice.patch(path, {"version": trade["version"], "trade_context": {"notes": "n" * 1000}})
    fill_up(api, trades=1, size=STORED_BYTES_MAX)
    refused = alice.patch(path, {"version": longer.json["version"], "trade_context": {"notes": "n" * 2000}})
    shorter = alice.patch(path, {"version": longer.json["version"], "trade_context": {"notes": "n"}})

    assert (longer.status, refused.status, refused.json["limit"], shorter.status) == (200, 422, "quota", 200)


@pytest.mark.parametrize(
    ("stored", "added", "passed"),
    [
        (Stored(trades=STORED_TRADES_MAX - 1), Stored(trades=1), []),
        (Stored(trades=STORED_TRADES_MAX), Stored(trades=1), ["quota"]),
        (Stored(trades=STORED_TRADES_MAX + 5), Stored(), []),
        (Stored(bytes=STORED_BYTES_MAX - 10), Stored(bytes=10), []),
        (Stored(bytes=STORED_BYTES_MAX - 10), Stored(bytes=11), ["quota"]),
        (Stored(bytes=STORED_BYTES_MAX + 10), Stored(bytes=-5), []),
    ],
)
def test_a_quota_is_passed_only_by_what_adds_to_it(stored: Stored, added: Stored, passed: list[str]) -> None:
    """Below, at and above each."""
    assert [one.limit for one in quota_breaches(stored, added)] == passed


def test_documents_weigh_what_they_are_written_with() -> None:
    assert weigh({"a": "é"}, None, trades=2) == Stored(trades=2, bytes=2 * BYTES_A_TRADE + 15)
