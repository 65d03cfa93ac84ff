"""Coins have no session: forensics reads their minutes and marks at all hours (A-09, W-06)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.services.analysis.examine_trades import examine_ended
from tests.services.coins.coin_stage import SATURDAY, CoinStage
from tests.services.coins.exchange import BTC, MINUTE

D = Decimal
NOON = SATURDAY.replace(second=0)
FIGURES = ("target_pnl_15m", "target_pnl_1h", "target_mfe_pct", "target_mae_pct")


@pytest.mark.parametrize("has_history", [True, False])
def test_a_coin_is_examined_over_a_weekend(stage: CoinStage, has_history: bool) -> None:
    """W-06: a quarter of an hour after Saturday noon is a quarter past, by minutes as by our own marks."""
    trade = stage.buy("0.01")  # at 96,096
    stage.exchange.move(BTC, 97_000, at=NOON + 10 * MINUTE)
    stage.exchange.wick(BTC, NOON + 20 * MINUTE, low=95_000, high=98_000)
    for _ in range(18):
        stage.tick()
    stage.advance(3600)
    stage.tick()
    stage.close_trade(stage.trade(trade))
    stage.exchange.is_down = not has_history

    report = examine_ended(stage.container.jobs_environment(), may_wait=False)
    found = stage.trade(trade)

    assert (report.by_history, report.by_snapshots) == ((1, 0) if has_history else (0, 1))
    assert found["target_pnl_15m"] == 9.04
    assert found["target_pnl_1h"] == (9.04 if has_history else None)  # no tick ran then
    if has_history:
        assert D(str(found["target_mfe_pct"])) == round(100 * (D(98_000) / D(96_096) - 1), 4)
        assert D(str(found["target_mae_pct"])) == round(100 * (D(95_000) / D(96_096) - 1), 4)
    assert found["entry_date"] < (NOON + timedelta(minutes=1)).isoformat()
