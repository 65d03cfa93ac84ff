"""Everything of a trader, or of all, is closed; done only when nothing is open or resting (C-07)."""

from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.services.accounts.lease import account_lease
from chalicelib.services.ai import manage_traders
from chalicelib.services.ai.positions import close_all
from chalicelib.services.commands.carry_on import carry_on
from chalicelib.services.errors import NotFound, TradesOpen
from chalicelib.store.database import DatabaseUnavailable
from chalicelib.store.engine import open_engine
from tests.services.ai.positions.trader_stage import Trade, TraderStage
from tests.services.coins.exchange import ETH
from tests.services.test_closing_in_part import Dying, lapse

D = Decimal


def _state(stage: TraderStage, *trades: Trade) -> list[tuple[str, str | None]]:
    return [(found["status"], found["close_reason"]) for found in map(stage.trade, trades)]


def test_a_traders_positions_are_closed_and_its_entries_cancelled(stage: TraderStage) -> None:
    """C-07: those of others, and a person's own, stay."""
    trader, other = stage.trader(), stage.trader()
    held = stage.entered(trader)
    waiting = stage.entered(trader, "0.5", ticker=ETH, limit_price="3200", sl_price="3100")
    others, own = stage.entered(other), stage.buy()

    assert close_all.close_trader(stage.env, "alice", trader.id) == 0

    assert _state(stage, held, waiting) == [("CLOSED", "MANUAL_CLOSE"), ("CANCELED", "CANCELED")]
    assert _state(stage, others, own) == [("OPEN", None), ("OPEN", None)]
    assert stage.query("select 1 from paper_orders where status = 'OPEN' and username = 'bob'") == []
    assert close_all.close_trader(stage.env, "alice", trader.id) == 0  # again it is done already
    with pytest.raises(NotFound):
        close_all.close_trader(stage.env, "bob", trader.id)


def test_what_a_call_cannot_do_the_tick_drives_on(stage: TraderStage) -> None:
    """C-07: an entry that fills while it is being cancelled is closed in turn; until then it is not done."""
    trader = stage.trader()
    stage.entered(trader)
    waiting = stage.entered(trader, "0.5", ticker=ETH, limit_price="3200", sl_price="3100")
    stage.tick()
    account = stage.account_of(waiting)
    with account_lease(stage.env, account, wait_seconds=0) as lease:
        assert lease is not None
        assert close_all.close_everything(stage.env, "alice") == 2
    stage.exchange.move(ETH, 3_190)  # the limit is reached before its cancel is

    stage.tick()
    stage.tick()

    assert stage.trade(waiting)["status"] == "CLOSED"
    assert close_all.close_everything(stage.env, "alice") == 0
    assert stage.query("select 1 from paper_orders where status in ('OPEN', 'PENDING')") == []
    assert stage.query("select 1 from paper_positions where quantity <> 0") == []
    assert stage.query("select 1 from traders where closing_all_at is not null") == [(1,)]
    stage.tick()
    assert stage.query("select 1 from traders where closing_all_at is not null") == []
    later = stage.entered(trader)
    stage.tick()
    assert stage.trade(later)["status"] == "OPEN"  # what came afterwards was not meant


def test_a_trader_goes_only_once_nothing_of_it_is_open(stage: TraderStage) -> None:
    """Complaint: a deleted bot traded on."""
    trader = stage.trader()
    stage.entered(trader)
    with pytest.raises(TradesOpen):
        manage_traders.delete_trader(stage.env, "alice", trader.id, trader.version)

    close_all.close_trader(stage.env, "alice", trader.id)
    manage_traders.delete_trader(stage.env, "alice", trader.id, trader.version)

    with pytest.raises(NotFound):
        close_all.close_trader(stage.env, "alice", trader.id)


@pytest.mark.parametrize("calls", range(1, 22, 6))
def test_killed_between_any_two_lines(stage: TraderStage, calls: int) -> None:
    """C-07, I-27, I-28: what was asked for is driven on; what was not is as it was."""
    trader = stage.trader()
    held = stage.entered(trader)
    waiting = stage.entered(trader, "0.5", ticker=ETH, limit_price="3200", sl_price="3100")
    database = Dying(open_engine(stage.urls.app), stage.clock)
    database.left = calls
    with suppress(DatabaseUnavailable):
        close_all.close_trader(replace(stage.env, database=database), "alice", trader.id)
    database.dispose()
    lapse(stage)
    asked = stage.query("select 1 from traders where closing_all_at is not null") != []

    stage.tick()
    stage.tick()

    found = {stage.trade(one)["status"] for one in (held, waiting)}
    assert found == ({"CLOSED", "CANCELED"} if asked else {"OPEN", "PENDING"})
    resting = stage.query("select 1 from paper_orders where status in ('OPEN', 'PENDING')")
    assert bool(resting) is not asked


def test_what_is_left_is_told_though_the_database_has_gone_in_the_midst(
    stage: TraderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I-34, C-07: something was sold by then; the tick does the rest, as it was asked for."""
    trader = stage.trader()
    first = stage.entered(trader)
    second = stage.entered(trader, "0.5", ticker=ETH, sl_price="3100")

    def carries_one(*given: Any) -> Any:  # Any: what it is given and gives
        carry_on(*given)
        raise DatabaseUnavailable

    with monkeypatch.context() as gone:
        gone.setattr(close_all, "carry_on", carries_one)
        assert close_all.close_trader(stage.env, "alice", trader.id) == 2
    stage.tick()

    assert _state(stage, first, second) == [("CLOSED", "MANUAL_CLOSE")] * 2
