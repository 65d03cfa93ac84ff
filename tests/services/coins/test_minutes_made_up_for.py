"""What ticks make up for once they were missed, be it that the one that did so died (C-05, C-13)."""

from datetime import datetime, timedelta

from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.marketdata.coin_feeds import MinuteMarket
from chalicelib.services.coins.minutes_read import read_minutes
from tests.services.coins.coin_stage import SATURDAY, CoinStage
from tests.services.coins.exchange import BTC, MINUTE

NOON = SATURDAY.replace(second=0)


def meet_and_die(stage: CoinStage) -> None:
    """Let alice's orders meet what a tick would have them meet now, and end before the core hears of it."""
    env = stage.container.jobs_environment()
    read = read_minutes(env, Timeframe.M1.closed_at(stage.clock.now()))
    feed = MinuteMarket(env.coin_market, read.minutes, read.until)
    env.paper_floor.coins("alice", feed=feed).meet(read.since(None))


def test_an_entry_that_filled_in_a_gap_is_protected_from_its_minute_on(stage: CoinStage) -> None:
    """C-05: whoever made up for its minutes, and wherever that worker died."""
    trade = stage.buy("0.01", limit_price="95000", sl_price="94000")
    stage.exchange.wick(BTC, NOON + 10 * MINUTE, low=94_900, high=96_000)
    stage.exchange.wick(BTC, NOON + 20 * MINUTE, low=93_500, high=96_000)
    stage.go_to(NOON + 40 * MINUTE + timedelta(seconds=1))
    meet_and_die(stage)

    stage.tick()

    done = stage.trade(trade)
    assert (done["status"], done["close_reason"], done["close_price"]) == ("CLOSED", "SL_HIT", 94000)
    assert [one.filled_at for one in stage.paper_fills()] == [NOON + 11 * MINUTE, NOON + 21 * MINUTE]


def test_so_is_one_that_filled_the_day_before(stage: CoinStage) -> None:
    """C-05: books and lists go back to where the gap began, whatever day it is in New York meanwhile."""
    stage.go_to(datetime(2026, 2, 22, 4, 30, 30, tzinfo=SATURDAY.tzinfo))
    began = stage.clock.now().replace(second=0)
    trade = stage.buy("0.01", limit_price="95000", sl_price="94000")
    stage.exchange.wick(BTC, began + 10 * MINUTE, low=94_900, high=96_000)
    stage.exchange.wick(BTC, began + 40 * MINUTE, low=93_500, high=96_000)
    stage.go_to(began + 60 * MINUTE + timedelta(seconds=1))  # half past midnight in New York
    meet_and_die(stage)

    stage.tick()

    done = stage.trade(trade)
    assert (done["status"], done["close_reason"], done["close_price"]) == ("CLOSED", "SL_HIT", 94000)
