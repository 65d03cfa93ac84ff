"""What ticks make up for once they were missed, be it that the one that did so died (C-05, C-13)."""

from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.brokers.interface import OcoRequest, OrderRequest
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.marketdata.coin_feeds import LiveCoins, MinuteMarket
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


def told(stage: CoinStage, username: str = "alice") -> list[str]:
    """Return what an owner was told of our absence."""
    rows = stage.query("select text from alerts where kind = 'offline' and username = :name", name=username)
    return [row.text for row in rows]


def test_owners_hear_how_long_nobody_looked_and_what_was_made_up_for(stage: CoinStage) -> None:
    """C-05, C-13: each owner once, whatever became of the trades meanwhile."""
    stage.buy("0.01")
    stage.tick()
    stage.exchange.move(BTC, 95_000)
    ended = stage.buy("0.01", limit_price="94000", sl_price="93000")
    stage.tick()
    stage.exchange.wick(BTC, stage.clock.now().replace(second=0) + 2 * MINUTE, low=92_500, high=95_000)
    stage.go_to(stage.clock.now() + timedelta(minutes=9, seconds=33))

    stage.tick()
    stage.tick()

    assert stage.trade(ended)["status"] == "OPEN"
    assert told(stage) == ["offline 10m 0s - positions restored, 1 fills replayed"]
    assert told(stage, "bob") == []


def test_so_does_one_whose_last_trade_ended_in_the_gap(stage: CoinStage) -> None:
    """C-13: nobody else is left at work then; and a worker that died on the way told nobody."""
    trade = stage.buy("0.01", sl_price="95000")
    stage.tick()
    stage.exchange.wick(BTC, NOON + 5 * MINUTE, low=94_000, high=96_000)
    stage.go_to(NOON + 10 * MINUTE + timedelta(seconds=1))
    meet_and_die(stage)

    stage.tick()
    stage.tick()

    assert stage.trade(trade)["close_reason"] == "SL_HIT"
    assert told(stage) == ["offline 10m 0s - positions restored, 1 fills replayed"]


def test_hours_without_coins_are_no_absence(stage: CoinStage) -> None:
    """C-13: the clock went on; a trade that was closed before is nobody's loss of sight."""
    trade = stage.buy("0.01")
    stage.tick()
    stage.close_trade(stage.trade(trade))
    for _ in range(3):
        stage.tick(2)
    stage.buy("0.01")
    stage.tick()

    assert told(stage) == []


def test_protection_rests_no_earlier_than_what_it_protects(stage: CoinStage) -> None:
    """C-05: what was bought in minute 38 has no stop in minute 11, though that is met after."""
    exchange = stage.env.paper_floor.coins("alice", feed=LiveCoins(stage.env.coin_market))
    stage.go_to(NOON + 38 * MINUTE)
    exchange.place(
        OrderRequest(
            tag="t",
            underlying=BTC,
            symbol=BTC,
            side=OrderSide.BUY_TO_OPEN,
            quantity=Decimal("0.01"),
            type=OrderType.MARKET,
            duration=Duration.DAY,
            instrument=Instrument.CRYPTO,
        )
    )
    behind = stage.env.paper_floor.coins(
        "alice", feed=LiveCoins(stage.env.coin_market), protects_from=NOON + 11 * MINUTE
    )
    behind.place_oco(
        OcoRequest(
            tag="p",
            underlying=BTC,
            symbol=BTC,
            side=OrderSide.SELL_TO_CLOSE,
            quantity=Decimal("0.01"),
            stop_price=Decimal(94_000),
            target_price=Decimal(99_000),
            held_since=NOON + 38 * MINUTE,
        )
    )

    rests = stage.query("select distinct rests_from from paper_orders where tag = 'p'")
    assert [row.rests_from for row in rests] == [NOON + 38 * MINUTE]
