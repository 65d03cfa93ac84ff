"""The paper account begins anew, and that is kept (C-05)."""

from decimal import Decimal

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.ai.account_figures import read_account
from chalicelib.services.ai.reset_paper import reset_paper
from chalicelib.services.errors import Invalid, TradesOpen
from tests.services.ai.positions.trader_stage import TraderStage
from tests.services.coins.exchange import BTC

D = Decimal


def test_a_reset_is_confirmed_and_kept_in_the_record(stage: TraderStage) -> None:
    """C-05, C-13: refused while something is open; falls are measured anew from there."""
    trade = stage.entered(stage.trader(breakeven_at_pct=None), "0.05", sl_price="60000")
    stage.exchange.move(BTC, 95_000)
    stage.tick()
    stage.tick()
    with pytest.raises(TradesOpen):
        reset_paper(stage.env, "alice", "RESET")
    stage.close_trade(stage.trade(trade))
    left = stage.usdt()
    with pytest.raises(Invalid):
        reset_paper(stage.env, "alice", "yes")

    reset_paper(stage.env, "alice", "RESET")

    figures = read_account(stage.env, "alice", BrokerMode.PAPER)
    assert figures.equity == figures.start == D(10_000)
    assert [(one.equity, one.start_equity) for one in figures.resets] == [(left, D(10_000))]
    assert figures.drawdown_pct == 0
    assert left < D(9_950)


def test_positions_are_told_of_as_they_open_and_close(stage: TraderStage) -> None:
    """C-07: at once, with the trader's name, and P&L net of fees; a person's own are not."""
    trade = stage.entered(stage.trader())
    stage.close_trade(trade)
    stage.buy()

    assert stage.told("trade_opened") == ["dips, BTCUSDT opened: 0.01 at 96,096.00."]
    assert stage.told("trade_closed") == ["dips, BTCUSDT closed: P&L −3.84 USDT (MANUAL_CLOSE)."]
