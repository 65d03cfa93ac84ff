"""A person trades a coin on paper by the one core (W-01, W-06, C-05)."""

from decimal import Decimal

from tests.services.coins.coin_stage import CoinStage
from tests.services.coins.exchange import BTC

D = Decimal


def test_a_coin_is_bought_protected_and_sold_at_its_target(stage: CoinStage) -> None:
    """C-05: at the last price slipped by 0.1 %, fees of 0.1 % a side, P&L to the cent; on a Saturday."""
    trade = stage.buy("0.01", sl_price="95000", tp_price="97000")

    assert (trade["status"], trade["structure"]) == ("OPEN", "CRYPTO")
    assert trade["entry_price"] == 96096
    assert {order["role"]: order["status"] for order in trade["orders"]} == {
        "ENTRY": "FILLED",
        "STOP_LOSS": "OPEN",
        "TAKE_PROFIT": "OPEN",
    }
    paid = D("960.96") + D("0.96096")
    assert stage.usdt() == 10_000 - paid

    stage.exchange.move(BTC, 97_100)
    stage.tick()
    stage.tick()
    done = stage.trade(trade)

    assert (done["status"], done["close_reason"], done["close_price"]) == ("CLOSED", "TP_HIT", 97000)
    assert done["fees"] == 1.93096
    assert done["realized_pnl"] == 7.11  # 9.04 of price, less both fees
    assert stage.usdt() == 10_000 - paid + D("970") - D("0.97")


def test_a_target_without_an_order_shows_what_it_would_sell(stage: CoinStage) -> None:
    """W-04: in the coin's own steps, where a whole number would be 0."""
    trade = stage.buy("0.00123", limit_price="95000", targets=[("97000", "0.5"), ("98000", "0.5")])

    assert [one["quantity"] for one in trade["targets"]] == [0.00061, 0.00061]
    assert [one["order_id"] for one in trade["targets"]] == [None, None]
