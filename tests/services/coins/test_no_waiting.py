"""An order at a broker of our own is read back at once; an outside one may reject it yet (A-07, C-10)."""

import pytest

from chalicelib.domain.accounts import BrokerMode
from tests.services.coins.coin_stage import CoinStage
from tests.services.stage import MORNING


def test_only_an_outside_broker_is_waited_for(stage: CoinStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-10: a coin or an option on paper is filled and protected when its call answers, without a wait."""
    stage.go_to(MORNING.replace(day=23))
    slept: list[float] = []
    monkeypatch.setattr(stage.clock, "sleep", slept.append)

    at_the_sandbox = stage.place()
    assert (at_the_sandbox["status"], slept) == ("OPEN", [1.0])
    slept.clear()

    coin = stage.buy("0.01", sl_price="95000", tp_price="97000")
    closed = stage.close_trade(coin).trade
    option = stage.place()

    assert (coin["status"], closed["status"], option["status"]) == ("OPEN", "CLOSED", "OPEN")
    assert option["broker_mode"] == BrokerMode.PAPER
    assert slept == []
