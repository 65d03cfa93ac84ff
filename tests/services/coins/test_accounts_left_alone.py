"""A minute asks nothing of an account that it does not reach and that stands as it should (C-10)."""

from datetime import timedelta

import pytest

from chalicelib.services.coins.due_accounts import LOOKED_AT_EVERY
from tests.services.coins.coin_stage import CoinStage
from tests.services.coins.exchange import BTC, MINUTE

#: Alice's turn comes at one of these minutes whatever happens.
A_ROUND = LOOKED_AT_EVERY // timedelta(minutes=1)


def looked(stage: CoinStage) -> int:
    """Tick, and return how many accounts were lived through."""
    return int(str(stage.tick()["accounts"]))


@pytest.fixture
def quiet(stage: CoinStage) -> CoinStage:
    """Alice holds a coin with a stop and two targets, an entry rests; her turn has just been."""
    stage.buy("0.01", sl_price="95000", targets=[("97000", "0.5"), ("98000", "0.3")])
    stage.buy("0.01", limit_price="90000", sl_price="89000")
    stage.tick()
    while not looked(stage):
        pass
    return stage


def test_an_account_that_stands_is_looked_at_once_a_round_and_worth_the_last_price(quiet: CoinStage) -> None:
    quiet.exchange.move(BTC, 96_500)

    assert [looked(quiet) for _ in range(A_ROUND)] == [0] * (A_ROUND - 1) + [1]
    (held,) = quiet.query("select mark_price from paper_positions")
    assert held.mark_price == 96_500


@pytest.mark.parametrize(("low", "high"), [(90_000, 96_000), (95_000, 96_000), (96_000, 97_000)])
def test_one_that_a_minute_reaches_is_lived_through(quiet: CoinStage, low: int, high: int) -> None:
    """C-05: an entry, the stop, the next target; to the cent."""
    assert looked(quiet) == 0
    quiet.exchange.wick(BTC, quiet.clock.now().replace(second=0), low=low, high=high)

    assert looked(quiet) == 1


@pytest.mark.parametrize(
    "left",
    [
        "update orders set missed_at = papertape_now() where role = 'STOP_LOSS'",
        "update paper_orders set status = 'CANCELED' where status = 'OPEN' and side = 'sell_to_close'",
        "update paper_trades set close_requested_at = papertape_now(), closing_reason = 'MANUAL_CLOSE'"
        " where status = 'OPEN'",
        "update paper_trades set cancel_requested_at = papertape_now() where status = 'PENDING'",
        "update paper_trades set sl_price = 94000 where status = 'OPEN'",
        "update orders set status = 'CANCELED' where status = 'OPEN' and role = 'STOP_LOSS'",
        "update paper_accounts set behind_since = papertape_now()",
    ],
)
def test_whatever_a_worker_left_undone_is_taken_up_by_the_next_minute(quiet: CoinStage, left: str) -> None:
    """I-34: a call that died left its rows so; nobody waits for the account's turn."""
    quiet.execute(left)

    assert looked(quiet) == 1


def test_the_end_of_an_entry_is_met_with_the_minute_after_it(stage: CoinStage) -> None:
    """W-06: a day order ends with the day in UTC."""
    trade = stage.buy("0.01", limit_price="90000")
    midnight = stage.clock.now().replace(hour=0, minute=0, second=0) + timedelta(days=1)
    stage.go_to(midnight - MINUTE)
    stage.tick()
    stage.tick()

    assert stage.trade(trade)["status"] == "CANCELED"
