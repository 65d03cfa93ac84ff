"""GET /api/account: the broker's last word, moved by our own marks, and the day's change (api.md)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from chalicelib.vendors.errors import VendorUnreachable
from tests.api.doubles import OPEN_HOURS
from tests.api.ended_trades import EndedTrades, Execution
from tests.api.support import Api, User

FRIDAY = datetime(2026, 2, 27, 15, 0, tzinfo=UTC)
FRIDAY_CLOSE = datetime(2026, 2, 27, 20, 59, 20, tzinfo=UTC)
BOUGHT = Execution(is_buy=True, quantity=2, price="2.00")


@pytest.fixture
def trades(api: Api) -> EndedTrades:
    return EndedTrades(api)


def hold(trades: EndedTrades, *, close: str | None, mark: str, mark_at: datetime = OPEN_HOURS) -> str:
    """Write two contracts bought on Friday at 2.00, with Friday's last mark and today's."""
    trade_id = trades.add(
        status="OPEN",
        close_reason=None,
        close_date=None,
        realized_pnl=None,
        qty=2,
        entered_at=FRIDAY,
        executions=[BOUGHT],
    )
    account = account_of(trades.api)
    with trades.api.environment.database.transaction(trades.username) as connection:
        connection.execute(
            text(
                "update paper_trades set open_qty = 2, current_price = :mark, mark_at = :at, "
                "unrealized_pnl = (:mark - 2) * 200, account_id = :account where id = :id"
            ),
            {
                "id": trade_id,
                "mark": Decimal(mark),
                "at": mark_at,
                "account": account,
            },
        )
        if close is not None:
            snapshot(connection, trade_id, FRIDAY_CLOSE, close)
        snapshot(connection, trade_id, mark_at, mark)
    return trade_id


def account_of(api: Api) -> str:
    return str(api.user("alice").get("/api/account").json["account_id"])


def snapshot(connection: Connection, trade_id: str, at: datetime, mark: str) -> None:
    connection.execute(text("select ensure_snapshot_partition(:at)"), {"at": at.replace(day=1)})
    connection.execute(
        text(
            "insert into price_snapshots (username, trade_id, timestamp, kind, mark_price) "
            "values ('alice', :id, :at, 'INTRADAY', :mark)"
        ),
        {"id": trade_id, "at": at, "mark": Decimal(mark)},
    )


def test_the_day_is_the_move_since_the_last_close(api: Api, trades: EndedTrades, alice: User) -> None:
    """Realised and open, from our marks: 3.00 at Friday's close, 2.40 now, two contracts."""
    hold(trades, close="3.00", mark="2.40")
    account = alice.get("/api/account").json

    assert (account["day_pnl"], account["open_pnl"], account["unpriced"]) == (-120, 80, 0)
    assert account["day_pnl_pct"] == pytest.approx(-120 / (10250.5 + 120) * 100, abs=1e-4)
    assert account["unprotected"] == {"count": 1, "value": 480}


def test_equity_moves_with_our_marks_until_the_broker_speaks_again(
    api: Api, trades: EndedTrades, alice: User
) -> None:
    """api.md: the broker's at its last answer, moved by our marks since; its silence does not stop it."""
    trade_id = hold(trades, close="3.00", mark="2.40")
    first = alice.get("/api/account").json["equity"]
    api.brokers.broker.trouble = VendorUnreachable("no connection")
    api.clock.at += timedelta(minutes=3)
    with api.environment.database.transaction("alice") as connection:
        connection.execute(
            text("update paper_trades set current_price = 2.90, mark_at = :at where id = :id"),
            {"id": trade_id, "at": api.clock.at},
        )
        snapshot(connection, trade_id, api.clock.at, "2.90")
    later = alice.get("/api/account").json

    assert first == 10250.5
    assert later["equity"] == 10350.5
    assert later["as_of"] == "2026-03-02T15:00:00Z"


def test_a_mark_that_is_too_old_is_left_out_and_counted(api: Api, trades: EndedTrades, alice: User) -> None:
    """I-15: nobody reads a profit off a price of an hour ago."""
    hold(trades, close="3.00", mark="9.00", mark_at=OPEN_HOURS - timedelta(seconds=121))
    account = alice.get("/api/account").json

    assert (account["day_pnl"], account["open_pnl"], account["unpriced"]) == (0, 0, 1)


def test_a_poll_is_answered_from_our_own_books(api: Api, alice: User) -> None:
    """The broker is asked once a minute, not at each poll of each page."""
    asked = [alice.get("/api/account").json["as_of"] for _ in range(3)]
    calls = api.brokers.broker.balance_calls
    api.clock.at += timedelta(seconds=61)
    alice.get("/api/account")

    assert len(set(asked)) == 1
    assert calls == 1
    assert api.brokers.broker.balance_calls == 2


def test_the_days_result_stands_until_midnight(api: Api, trades: EndedTrades, alice: User) -> None:
    """As what was realised today does: the evening still shows the day."""
    trades.add(gain="0.50", entered_at=OPEN_HOURS - timedelta(minutes=30))
    assert account_of(api) == "alice"
    api.clock.at = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
    evening = alice.get("/api/account").json
    api.clock.at = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    morning = alice.get("/api/account").json

    assert (evening["day_pnl"], evening["realized_today"]) == (49.3, 49.3)
    assert (morning["day_pnl"], morning["realized_today"]) == (0, 0)
