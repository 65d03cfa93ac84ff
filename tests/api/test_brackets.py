"""GET /api/performance/brackets: stored marks under other stops and targets, the chosen point marked."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from tests.api.ended_trades import MONDAY, EndedTrades
from tests.api.support import Api, User

PATH = "/api/performance/brackets"
_MARK = text(
    """
    insert into price_snapshots (username, trade_id, leg_no, "timestamp", kind, mark_price, stale)
    select :username, :trade_id, 1, :at, 'INTRADAY', price, price is null
    from (values (cast(:price as numeric))) as told (price)
    """
)


@pytest.fixture
def trades(api: Api) -> EndedTrades:
    """Alice's ended trades, of 200 $ each; the clock stands a week after the first."""
    api.clock.at = MONDAY + timedelta(days=7)
    return EndedTrades(api)


def marked(trades: EndedTrades, marks: Mapping[int, str | None], **facts: object) -> str:
    """Write an hour's trade with marks so many minutes after its entry."""
    trade_id = trades.add(**facts)  # type: ignore[arg-type]  # a test's own keywords
    begun = MONDAY - timedelta(hours=1)
    rows = [
        {
            "username": trades.username,
            "trade_id": trade_id,
            "at": begun + timedelta(minutes=minute),
            "price": None if price is None else Decimal(price),
        }
        for minute, price in marks.items()
    ]
    with trades.api.environment.database.transaction(trades.username) as connection:
        connection.execute(text("select ensure_snapshot_partition(:at)"), {"at": begun.replace(day=1)})
        connection.execute(_MARK, rows)
    return trade_id


def test_what_a_stop_and_a_target_would_have_made(trades: EndedTrades, alice: User) -> None:
    """At 25 and 50 per cent: one stopped before its rise, one at its target, one as it was; fees as paid."""
    steady = dict.fromkeys(range(2, 60, 4), "2.10")
    marked(trades, {**steady, 10: "1.30", 30: "3.50"}, gain="1.00")
    marked(trades, {**steady, 30: "3.20", 50: "1.00"}, gain="-1.00", strategy="other")
    marked(trades, steady, gain="0.20")
    trades.add(gain="0.10")
    body = alice.get(f"{PATH}?sl=25&tp=50").json

    chosen = body["chosen"]
    assert (body["sl"][chosen["row"]], body["tp"][chosen["column"]]) == (25, 50)
    assert chosen["pnl"] == body["pnl"][chosen["row"]][chosen["column"]]
    assert chosen["pnl"] == pytest.approx(-70 + 100 + 20 + 10 - 4 * 0.7, abs=1e-6)
    assert (chosen["stopped"], chosen["reached"], chosen["ambiguous"], chosen["win_rate"]) == (1, 1, 0, 0.75)
    assert (body["trades"], body["unseen"], body["is_cut"]) == (4, 1, False)
    assert body["pnl"][-1][-1] == body["actual_pnl"] == pytest.approx(27.2, abs=1e-6)
    assert (body["sl"][-1], body["tp"][-1]) == (None, None)
    assert body["best"]["pnl"] == max(cell for row in body["pnl"] for cell in row)
    assert alice.get(f"{PATH}?strategy=other").json["chosen"] is None


def test_what_was_not_looked_at_counts_against_the_user(trades: EndedTrades, alice: User) -> None:
    """Marks that could not be used are a gap; of what is short a higher price is a loss."""
    steady = dict.fromkeys(range(2, 60, 4), "2.10")
    marked(trades, {**steady, 26: None, 30: None, 34: None, 38: "3.20"}, gain="0.20")
    marked(trades, {**steady, 30: "2.70"}, gain="-0.20", side="SHORT")
    body = alice.get(f"{PATH}?sl=25&tp=50").json["chosen"]

    assert (body["stopped"], body["ambiguous"], body["reached"]) == (2, 1, 0)
    assert body["pnl"] == pytest.approx(-50 - 70 - 1.4, abs=1e-6)


def test_a_level_alone_and_no_trades_at_all(alice: User) -> None:
    """The other level is none; without trades there is nothing to be best."""
    body = alice.get(f"{PATH}?sl=12.5").json

    assert (body["chosen"]["sl"], body["chosen"]["tp"], body["chosen"]["win_rate"]) == (12.5, None, None)
    assert (body["trades"], body["best"], body["actual_pnl"]) == (0, None, 0)


@pytest.mark.parametrize("query", ["sl=0", "tp=-5", "sl=many", "tp=1e9", "stop=5"])
def test_what_is_no_level_is_named(alice: User, query: str) -> None:
    """Bad input."""
    answer = alice.get(f"{PATH}?{query}")

    assert answer.status == 422
    assert query.partition("=")[0] in answer.text


def test_one_users_marks_are_not_anothers(trades: EndedTrades, bob: User) -> None:
    """I-21."""
    marked(trades, {10: "1.00"})

    assert bob.get(PATH).json["trades"] == 0
