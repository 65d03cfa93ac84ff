"""The kill switch holds for coins as for all else: no entry gets in, exits go on (B-08, C-03 KILL_SWITCH)."""

import pytest

from chalicelib.domain.desk.kill_switch.rows import SwitchMode
from chalicelib.services.desk.switch import kill_switch
from chalicelib.services.desk.switch.kill_switch import Switching
from chalicelib.services.errors import EntriesStopped
from tests.services.coins.coin_stage import CoinStage


@pytest.mark.parametrize("mode", [SwitchMode.SAFE_MODE, SwitchMode.HARD_STOP])
def test_no_coin_is_entered_while_the_switch_is_set(stage: CoinStage, mode: SwitchMode) -> None:
    """B-08: on a Saturday too; what rests is withdrawn, a hard stop sells what is held."""
    held = stage.buy("0.01", sl_price="95000")
    resting = stage.buy("0.01", limit_price="90000")
    asked = Switching(username="alice", reason="enough", everywhere=False)
    kill_switch.set_switch(stage.env, asked, mode)

    with pytest.raises(EntriesStopped, match=f"The kill switch is set to {mode}"):
        stage.buy("0.01")

    stage.run("kill_switch")
    stage.tick()
    is_hard = mode is SwitchMode.HARD_STOP
    assert stage.trade(resting)["status"] == "CANCELED"
    left = stage.trade(held)
    assert (left["status"], left["close_price"]) == (("CLOSED", 95904) if is_hard else ("OPEN", None))


def test_a_hard_stop_sells_a_coin_at_market(stage: CoinStage) -> None:
    """B-08: what lies a little under a bid is on no step of the exchange's, which refuses such a limit."""
    held = stage.buy("0.01")
    asked = Switching(username="alice", reason="enough", everywhere=False)
    kill_switch.set_switch(stage.env, asked, SwitchMode.HARD_STOP)
    stage.run("kill_switch")
    stage.tick()

    left = stage.trade(held)
    (sale,) = [order for order in left["orders"] if order["role"] == "EXIT"]
    assert (left["close_reason"], sale["type"], sale["limit_price"]) == ("KILL_SWITCH", "market", None)
