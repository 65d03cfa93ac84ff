"""A contract falls until nobody bids for it: what it is worth, and how it is sold (A-02, A-04)."""

from decimal import Decimal
from typing import Any

from tests.services.stage import Stage


def fall(stage: Stage) -> None:
    """Let the underlying fall so far that its calls are worth nothing, and the delayed quotes with it."""
    stage.jump("AAPL", 0.60)
    stage.advance(16 * 60)


def marks(stage: Stage, trade: dict[str, Any]) -> list[Any]:  # Any: JSON, rows
    """Return the trade's snapshots of the cycle, oldest first."""
    return stage.query(
        "select mark_price, bid, ask, one_sided, stale, reason from price_snapshots "
        "where trade_id = cast(:id as uuid) and kind = 'INTRADAY' order by timestamp",
        id=trade["id"],
    )


def test_a_call_that_nobody_bids_for_is_marked_at_half_its_ask(stage: Stage) -> None:
    """A-02: 0 × 0.01 is 0.005, flagged one-sided; the last mark of better days is not kept."""
    trade = stage.place(stage.command(qty=1))
    stage.advance(40)
    stage.run("snapshot")
    fall(stage)
    stage.run("snapshot")
    last = marks(stage, trade)[-1]
    shown = stage.trade(trade)

    assert (last.bid, last.ask) == (0, Decimal("0.01"))
    assert last.mark_price == Decimal("0.005")
    assert last.one_sided
    assert not last.stale
    assert shown["current_price"] == 0.005
    assert shown["unrealized_pnl"] == round((0.005 - shown["entry_price"]) * 100, 2)
