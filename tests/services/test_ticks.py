"""Prices on the tick of their class (A-07, 1.): what is asked for, what we make, what brokers take."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.interface import OrderRequest
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick, is_on_tick
from chalicelib.domain.trading.orders import Duration, OrderType
from chalicelib.services.commands.preview_trade import preview
from chalicelib.services.errors import Invalid
from chalicelib.services.market.kept_answers import KeptAnswers
from tests.services.live import go_live
from tests.services.stage import Stage

#: No multiple of a nickel: quotable under 3 dollars alone.
ODD = Decimal("0.02")


@pytest.mark.parametrize("field", ["limit_price", "sl_price", "tp_price"])
def test_a_price_between_ticks_is_refused_by_field(stage: Stage, field: str) -> None:
    """A-07: 4.01 and 3.32 are no prices of AAPL's options, at placing and at the preview alike."""
    contract = stage.contract()
    _, ask = stage.quote(contract)
    prices = {"limit_price": ask, "sl_price": Decimal("3.30"), "tp_price": ceil_to_tick("AAPL", ask * 2)}
    command = stage.command(contract, order_type=OrderType.LIMIT, **(prices | {field: prices[field] + ODD}))

    assert ask > 4
    for refuse in (
        lambda: stage.place(command),
        lambda: preview(stage.env, KeptAnswers(stage.env.clock), "alice", command),
    ):
        with pytest.raises(Invalid) as refused:
            refuse()
        assert [error.field for error in refused.value.errors] == [field]
        assert "0.05" in refused.value.errors[0].message


def test_an_adjustment_between_ticks_is_refused_by_field(stage: Stage) -> None:
    """A-07: adjusting is held to the same tick."""
    trade = stage.place_bracketed()
    with pytest.raises(Invalid) as refused:
        stage.adjust(trade, new_sl=Decimal("3.32"))

    assert [error.field for error in refused.value.errors] == ["new_sl"]
    assert stage.adjust(trade, new_sl=Decimal("3.35")).trade["sl_price"] == 3.35


def test_a_live_close_is_on_the_tick(stage: Stage) -> None:
    """A-12, A-07: ten per cent under a bid of 9.05 is 8.145, which goes out as 8.10, not as 8.14."""
    go_live(stage)
    contract = stage.contract()
    _, ask = stage.quote(contract)
    trade = stage.place(stage.command(contract, order_type=OrderType.LIMIT, limit_price=ask))
    bid, _ = stage.quote(contract)
    closed = stage.close_trade(trade).trade
    sent = Decimal(str(stage.order(closed, "EXIT")["limit_price"]))

    assert is_on_tick("AAPL", sent)
    assert sent == floor_to_tick("AAPL", bid * Decimal("0.9")) <= bid * Decimal("0.9")
    assert closed["status"] == "CLOSED"


def test_a_bracket_of_before_the_rule_is_rounded_towards_its_fill(stage: Stage) -> None:
    """A-07: a stop stored as 3.32 goes out as 3.35, a target of 60.07 as 60.05, and they stand."""
    trade = stage.place()
    with stage.env.database.transaction("alice") as connection:
        connection.execute(text("update paper_trades set sl_price = 3.32, tp_price = 60.07"))
    for _ in range(3):
        stage.sync()
    orders = [order for order in stage.trade(trade)["orders"] if order["role"] != "ENTRY"]

    assert [(order["role"], order["status"]) for order in orders] == [
        ("STOP_LOSS", "OPEN"),
        ("TAKE_PROFIT", "OPEN"),
    ]
    assert (orders[0]["stop_price"], orders[1]["limit_price"]) == (3.35, 60.05)


@pytest.mark.parametrize("mode", [BrokerMode.PAPER, BrokerMode.TRADIER_SANDBOX])
def test_a_broker_takes_no_price_between_ticks(stage: Stage, mode: BrokerMode) -> None:
    """A-07: neither on paper nor at the emulated exchange, so that a slip of ours shows."""
    contract = stage.contract()
    account = stage.account() if mode is BrokerMode.TRADIER_SANDBOX else "alice"
    broker = stage.env.brokers.broker_for(AccountRef(username="alice", mode=mode, account_id=account))
    request = OrderRequest(
        tag="pt-test",
        underlying="AAPL",
        symbol=contract.to_occ(),
        side=OrderSide.BUY_TO_OPEN,
        quantity=Decimal(1),
        type=OrderType.LIMIT,
        duration=Duration.DAY,
        limit_price=Decimal("4.01"),
    )
    with pytest.raises(Refused) as refused:
        broker.place(request)

    assert "0.05" in refused.value.reason
