"""What `dev.py simulate` found: each case by the seed that showed it first, told as a law."""

from datetime import date, timedelta
from decimal import Decimal

from tests.services.stage import Stage, eastern

THURSDAY = date(2026, 2, 19)
FRIDAY = date(2026, 2, 20)


def test_an_adjustment_that_waits_for_the_session_ends_with_its_trade(stage: Stage) -> None:
    """I-28: the stop fills at the open, before the waiting change could be carried out."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(THURSDAY, 17))
    stop = Decimal(str(trade["sl_price"])) / 2
    waiting = stage.adjust(trade, new_sl=stop.quantize(Decimal("0.01")))
    assert waiting.status == 202
    stage.jump("AAPL", 0.95)
    stage.go_to(eastern(FRIDAY, 9, 30) + timedelta(seconds=5))
    stage.run("sync")

    assert stage.trade(trade)["close_reason"] == "SL_HIT"
    ((state, error),) = stage.query("select state, error from trade_changes")
    assert state == "SUPERSEDED"
    assert error == "the trade ended before it could be carried out"


def test_a_list_that_leaves_out_an_order_we_know_counts_against_none(stage: Stage) -> None:
    """I-05, I-06: two empty lists do not make a lost order one that was never placed."""
    stage.place_bracketed()
    stage.fault("timeout_after")
    lost = stage.place()
    stage.fault("empty_lists", method="GET", times=2)
    stage.sync(after=70)
    stage.sync()
    assert stage.trade(lost)["status"] == "PENDING"
    stage.sync()

    assert stage.trade(lost)["status"] == "OPEN"
    assert len(stage.truth()) == 3


def test_a_close_that_the_bell_cut_short_says_that_it_goes_on(stage: Stage) -> None:
    """I-28: after the session no bracket can be put back; the owner is told what will happen instead."""
    trade = stage.place_bracketed()
    stage.go_to(eastern(THURSDAY, 15, 59, 30))
    stage.fault("timeout_before")
    assert stage.close_trade(stage.trade(trade)).trade["status"] == "CLOSING"
    for _ in range(3):
        stage.sync(after=70)

    now = stage.trade(trade)
    ((text,),) = stage.query("select text from alerts where kind = 'close_failed'")
    assert (now["status"], now["close_requested_at"] is not None) == ("OPEN", True)
    assert text.endswith("It goes on at the next open.")
    stage.go_to(eastern(FRIDAY, 9, 31))
    stage.run("sync")
    assert stage.trade(trade)["status"] == "CLOSED"
