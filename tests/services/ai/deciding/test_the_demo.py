"""What a newcomer finds at work really trades (local.md, `--demo`)."""

from chalicelib.services.ai.manage_traders import create_trader
from infra.local.seed.demo_trader import MODELS_RULE, TRADER
from tests.services.ai.deciding.decision_stage import DecisionStage
from tests.services.coins.exchange import BTC


def test_the_demos_trader_buys_what_rises_and_leaves_with_a_profit(stage: DecisionStage) -> None:
    """A stop under it, two targets above, by the rule of the emulated model; every constraint holds."""
    create_trader(stage.env, "alice", TRADER)
    stage.world.openrouter.set_default(MODELS_RULE)
    stage.close_candle()
    assert stage.trades() == []

    stage.exchange.move(BTC, 96_300)
    stage.close_candle()
    stage.close_candle()
    (trade,) = stage.trades()
    assert (trade.ticker, trade.status) == (BTC, "OPEN")
    assert trade.sl_price < trade.entry_price < trade.tp_price

    stage.exchange.move(BTC, 99_900)
    stage.close_candle()
    stage.close_candle()
    sold, *_ = stage.trades()
    assert sold.status == "CLOSED"
    assert sold.realized_pnl > 0
