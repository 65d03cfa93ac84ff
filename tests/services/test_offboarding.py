"""What becomes of the orders and positions of a person who is ended (I-27): at the emulated broker."""

from datetime import timedelta
from decimal import Decimal

import pytest

from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.errors import Forbidden
from chalicelib.services.sign_in import offboarding
from chalicelib.services.sign_in.offboarding import Operator
from infra.local.aws.memory_accounts import MemoryAccounts
from tests.services.stage import MORNING, Stage


@pytest.fixture
def olga(stage: Stage) -> Operator:
    """An operator, and accounts of everybody."""
    accounts = MemoryAccounts()
    for name in ("alice", "bob"):
        accounts.add(name, sub=f"sub-{name}")
    return Operator(username="olga", accounts=accounts)


def resting(stage: Stage) -> dict[str, object]:
    """Place an entry far under the market, which stays working."""
    contract = stage.contract()
    bid, _ = stage.quote(contract)
    limit = (bid / 2).quantize(Decimal("0.05"))
    return stage.place(stage.command(contract, order_type=OrderType.LIMIT, limit_price=limit))


def remove(stage: Stage, olga: Operator, *, keep: bool = True) -> None:
    offboarding.remove(stage.env, olga, "alice", keep_positions=keep, machine_now=MORNING)


def working(stage: Stage) -> list[str]:
    """Return the sides of the legs that work at the broker."""
    found = [leg for order in stage.truth() for leg in order.get("leg") or [order]]
    return [leg["side"] for leg in found if leg["status"] in {"open", "partially_filled", "pending"}]


def test_entries_are_withdrawn_and_exits_stay(stage: Stage, olga: Operator) -> None:
    """I-27: no working order without an owner; what is held stays protected."""
    position = stage.place_bracketed(qty=2)
    entry = resting(stage)
    assert sorted(working(stage)) == ["buy_to_open", "sell_to_close", "sell_to_close"]
    remove(stage, olga)

    assert working(stage) == ["sell_to_close", "sell_to_close"]
    stage.sync()
    assert stage.trade(entry)["status"] == "CANCELED"
    assert stage.trade(position)["status"] == "OPEN"
    assert "alice" not in olga.accounts.known  # type: ignore[attr-defined]  # the accounts in memory


def test_a_broker_that_is_away_is_asked_again_by_sync(stage: Stage, olga: Operator) -> None:
    """I-27: what is to be cancelled is stored before the broker is called."""
    entry = resting(stage)
    stage.fault("status", method="DELETE", path="/orders/", times=9, code=500)
    remove(stage, olga)
    stage.world.faults.clear()
    stage.sync()

    assert working(stage) == []
    assert stage.trade(entry)["status"] == "CANCELED"


def test_jobs_keep_what_is_held(stage: Stage, olga: Operator) -> None:
    """I-27: a bracket that goes missing is restored, marks are taken, and a stop's fill is booked."""
    position = stage.place_bracketed(qty=2)
    remove(stage, olga)
    bracket = next(order for order in stage.truth() if order.get("leg"))
    stage.cancel_by_hand(bracket["id"])
    stage.sync()
    stage.sync()
    assert working(stage) == ["sell_to_close", "sell_to_close"]

    stage.jump("AAPL", 0.9)
    stage.advance(10)
    stage.sync()
    assert stage.trade(position)["close_reason"] == "SL_HIT"


def test_the_broker_token_goes_with_the_last_position(stage: Stage, olga: Operator) -> None:
    """A-10: as long as something is held it guards it; asked again when nothing is, it goes."""
    sealed = "select sealed from connections where username = 'alice'"
    position = stage.place_bracketed(qty=2)
    remove(stage, olga)
    assert stage.query(sealed)[0].sealed is not None
    stage.close_trade(stage.trade(position))
    stage.sync()
    assert stage.trade(position)["status"] == "CLOSED"
    remove(stage, olga, keep=False)

    assert stage.query(sealed)[0].sealed is None


def test_nothing_is_placed_for_who_is_ended(stage: Stage, olga: Operator) -> None:
    """I-37: a placement that was let in before waits for the same turn, and is refused."""
    offboarding.disable(stage.env, olga, "alice", machine_now=MORNING)

    with pytest.raises(Forbidden):
        stage.place()
    assert stage.truth() == []


def test_an_entry_that_waits_for_the_session_is_never_sent(stage: Stage, olga: Operator) -> None:
    """I-27: an intent is withdrawn before anybody could send it."""
    command = stage.command(order_type=OrderType.LIMIT, limit_price=Decimal("1.00"))
    stage.go_to(MORNING.replace(hour=23))
    waiting = stage.place(command)
    assert waiting["orders"][0]["status"] == "INTENT"
    offboarding.disable(stage.env, olga, "alice", machine_now=MORNING)
    stage.go_to(MORNING + timedelta(days=1))
    stage.sync()

    assert stage.truth() == []
    assert stage.trade(waiting)["close_reason"] == "CANCELED"
