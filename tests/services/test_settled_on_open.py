"""Index options that settle on the open of their last day (W-05)."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.services.errors import Invalid
from infra.local.control.told_settlements import ToldSettlements
from tests.services.stage import Stage, eastern

#: A third Friday: SPX of this day settles on its open, SPXW of any other on the close.
MONTHLY = date(2026, 2, 20)


def monthly(stage: Stage) -> OptionContract:
    """Return the contract nearest the money that settles on the open of the third Friday."""
    chain = stage.env.market_data.for_user("alice").chain("SPX", [MONTHLY])
    listed = [OptionContract.parse_occ(symbol) for symbol in chain.quotes]
    spot = chain.underlying_price
    assert spot is not None
    return min(
        (one for one in listed if one.root == "SPX" and one.option_type is OptionType.CALL),
        key=lambda one: abs(one.strike - spot),
    )


@pytest.mark.parametrize("mode", [BrokerMode.PAPER, BrokerMode.TRADIER_SANDBOX])
def test_it_waits_for_its_opening_value_and_never_takes_the_close(stage: Stage, mode: BrokerMode) -> None:
    """W-05: pending and told of, in our books and in the paper broker's alike."""
    stage.set(broker_mode=mode)
    trade = stage.place(stage.command(monthly(stage)))
    assert trade["status"] == "OPEN"

    stage.go_to(eastern(MONTHLY, 16, 30))
    stage.run("expire")

    shown = stage.trade(trade)
    assert (shown["status"], shown["open_qty"]) == ("OPEN", 1)
    pending = stage.query("select 1 from alerts where kind = 'settlement_pending' and resolved_at is null")
    assert len(pending) == 1
    if mode is BrokerMode.PAPER:
        assert [row.quantity for row in stage.query("select quantity from paper_positions")] == [1]


@pytest.mark.parametrize("mode", [BrokerMode.PAPER, BrokerMode.TRADIER_SANDBOX])
def test_it_settles_on_the_value_that_the_operator_tells(stage: Stage, mode: BrokerMode) -> None:
    """W-05: told in the course of the day, it settles at that value and at the open, in both books."""
    stage.set(broker_mode=mode)
    contract = monthly(stage)
    trade = stage.place(stage.command(contract))
    value = contract.strike + Decimal("12.34")
    stage.world.simulated.set_settlement("SPX", MONTHLY, float(value))
    ToldSettlements(stage.world, stage.urls.owner).write()
    stage.go_to(eastern(MONTHLY, 16, 30))
    stage.run("expire")

    ended = stage.trade(trade)
    inside = value - contract.strike if contract.option_type is OptionType.CALL else Decimal(0)
    assert (ended["status"], ended["close_reason"]) == ("EXPIRED", "EXPIRED_ITM")
    assert Decimal(str(ended["close_price"])) == inside == Decimal("12.34")
    (fill,) = stage.query("select filled_at from fills where kind = 'SETTLEMENT'")
    assert fill.filled_at == eastern(MONTHLY, 9, 30)
    if mode is BrokerMode.PAPER:
        assert stage.query("select 1 from paper_positions") == []


def test_it_is_not_opened_any_more_on_its_last_morning(stage: Stage) -> None:
    """W-05: it traded last the day before, though the market is open and the chain still lists it."""
    contract = monthly(stage)
    stage.go_to(eastern(MONTHLY, 9, 45))

    with pytest.raises(Invalid) as refused:
        stage.place(stage.command(contract))

    assert [error.field for error in refused.value.errors] == ["expiry"]


@pytest.mark.parametrize(("root", "meant"), [(None, "SPXW"), ("SPXW", "SPXW"), ("SPX", "SPX")])
def test_a_caller_names_the_root_where_a_day_has_two(stage: Stage, root: str | None, meant: str) -> None:
    """W-05, B-16: without one the class that settles on the close is meant."""
    trade = stage.place(stage.command(monthly(stage), root=root))

    (leg,) = trade["legs"]
    assert OptionContract.parse_occ(leg["symbol"]).root == leg["root"] == meant
