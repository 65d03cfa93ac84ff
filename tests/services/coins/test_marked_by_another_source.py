"""Coins while their exchange does not answer: marked by another source, marked so, never traded on (C-06)."""

from decimal import Decimal
from typing import Any

import pytest

from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from tests.services.coins.coin_stage import CoinStage
from tests.services.coins.exchange import BTC


@pytest.fixture
def held(stage: CoinStage) -> dict[str, Any]:  # Any: JSON
    """A coin with a stop, marked by its exchange; then the exchange goes away."""
    trade = stage.buy("0.01", sl_price="94000")
    stage.tick()
    assert (stage.trade(trade)["current_price"], stage.trade(trade)["delayed"]) == (96000, False)
    stage.exchange.is_down = True
    return trade


def elsewhere(stage: CoinStage, price: str) -> None:
    """Let the world's own market, which the second source speaks of, be at a price."""
    stage.world.simulated.jump(BTC, float(price))


def ridden(stage: CoinStage) -> list[tuple[Decimal, Decimal]]:
    """Return what a trailing stop rides on, and what a fall is counted from."""
    return [tuple(row) for row in stage.query("select best_price, drawdown_from_peak from paper_trades")]


def sources(stage: CoinStage) -> list[str | None]:
    rows = stage.query("select source from price_snapshots order by timestamp")
    return [row.source for row in rows]


def test_it_is_marked_by_the_other_source_and_marked_so(stage: CoinStage, held: dict[str, Any]) -> None:
    """C-06: price, time and P&L go on; the snapshot names who said so, the list that it comes late."""
    elsewhere(stage, "97000")
    stage.tick()
    stage.tick()
    told = stage.trade(held)

    assert sources(stage)[-1] == "coingecko"
    assert told["delayed"] is True
    assert told["current_price"] == pytest.approx(97000, rel=0.01)
    assert told["unrealized_pnl"] == pytest.approx(
        (told["current_price"] - told["entry_price"]) / 100, abs=0.01
    )


def test_nothing_is_sold_at_it_and_no_best_price_moves(stage: CoinStage, held: dict[str, Any]) -> None:
    """C-06: a stop that it passes rests, and what a trailing stop rides on is the exchange's alone."""
    before, on_before = stage.trade(held), ridden(stage)
    elsewhere(stage, "120000")
    stage.tick()
    stage.tick()
    elsewhere(stage, "80000")
    for _ in range(3):
        stage.tick()
    after = stage.trade(held)

    assert after["status"] == "OPEN"
    assert after["current_price"] < 94000
    assert len(stage.paper_fills()) == 1, "the entry's"
    for figure in ("max_gain", "max_drawdown"):
        assert after[figure] == before[figure], figure
    assert ridden(stage) == on_before


def test_the_exchanges_word_counts_again_once_it_answers(stage: CoinStage, held: dict[str, Any]) -> None:
    """C-06: what it traded at meanwhile is met then, by its own minutes."""
    elsewhere(stage, "97000")
    stage.tick()
    stage.exchange.is_down = False
    stage.tick(20)
    told = stage.trade(held)

    assert (told["delayed"], told["current_price"]) == (False, 96000)
    assert sources(stage)[-1] == "binance"


def test_where_neither_answers_the_last_mark_stays(stage: CoinStage, held: dict[str, Any]) -> None:
    """A-02: the snapshot says why; nothing is made up."""
    stage.world.faults.arm(Fault(vendor=Vendor.COINGECKO, kind=FaultKind.STATUS, code=500, times=100))
    stage.tick()
    told = stage.trade(held)

    assert told["current_price"] == 96000
    assert sources(stage)[-1] is None
