"""Index options that settle on the open of their last day (W-05)."""

from datetime import date

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.services.errors import Invalid
from tests.services.stage import Stage, eastern

#: A third Friday: SPX of this day settles on its open, SPXW of any other on the close.
MONTHLY = date(2026, 2, 20)


def monthly(stage: Stage) -> OptionContract:
    """Return the contract nearest the money that settles on the open of the third Friday."""
    listed = stage.env.market_data.for_user("alice").expirations("SPX")
    contract = stage.contract("SPX", expiry_index=listed.index(MONTHLY))
    assert contract.root == "SPX"
    return contract


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


def test_it_is_not_opened_any_more_on_its_last_morning(stage: Stage) -> None:
    """W-05: it traded last the day before, though the market is open and the chain still lists it."""
    contract = monthly(stage)
    stage.go_to(eastern(MONTHLY, 9, 45))

    with pytest.raises(Invalid) as refused:
        stage.place(stage.command(contract))

    assert [error.field for error in refused.value.errors] == ["expiry"]
