"""One account holds a coin one way at a time; what would cross is refused, never netted (C-05)."""

from decimal import Decimal

import pytest

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.services.errors import BrokerRefused
from tests.services.coins.coin_stage import SATURDAY, CoinStage
from tests.services.coins.exchange import BTC

NOON = SATURDAY.replace(second=0)


def test_an_entry_is_refused_while_one_of_the_other_way_rests(stage: CoinStage) -> None:
    """C-05: the one that rests would be netted against it as it fills."""
    resting = stage.buy("0.01", limit_price="95000")

    with pytest.raises(BrokerRefused, match="opens this coin the other way round"):
        stage.buy("0.01", side=LegSide.SHORT, sl_price="99000")

    stage.exchange.wick(BTC, NOON, low=94_900, high=96_000)
    stage.tick()
    stage.tick()
    assert stage.trade(resting)["status"] == "PENDING"  # its own minute had begun before it
    stage.exchange.move(BTC, 94_900)
    stage.tick(2)
    assert stage.trade(resting)["status"] == "OPEN"
    assert stage.holding() == Decimal("0.01")


def test_one_that_rested_beside_a_holding_of_the_other_way_ends_instead_of_netting(stage: CoinStage) -> None:
    """C-05: books from before such entries were refused may have both."""
    resting = stage.buy("0.01", limit_price="95000")
    stage.execute("update paper_orders set status = 'FILLED' where status = 'OPEN'")
    short = stage.buy("0.02", side=LegSide.SHORT, sl_price="99000")
    stage.execute("update paper_orders set status = 'OPEN' where filled_quantity = 0 and status = 'FILLED'")
    stage.exchange.move(BTC, 94_900)

    stage.tick(2)

    assert (stage.trade(resting)["status"], stage.trade(short)["status"]) == ("CANCELED", "OPEN")
    assert stage.holding() == Decimal("-0.02")
