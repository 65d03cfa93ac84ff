"""Paper, sandbox and live are different money: limits and figures count one kind alone (A-07, 2.)."""

from decimal import Decimal

import pytest

from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.commands.preview_trade import preview
from chalicelib.services.errors import RiskLimitReached
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.users.account import read_account
from chalicelib.store.trades.exposure import exposure
from tests.services.stage import Stage


def at_paper(stage: Stage) -> None:
    """Send what is placed from now on to the paper broker."""
    stage.set(broker_mode=BrokerMode.PAPER.value)


def test_a_sandbox_position_takes_no_room_from_paper(stage: Stage) -> None:
    """A-07, I-24: max_positions and heat of an entry count what its own kind of money has open."""
    stage.place_bracketed(qty=2)
    stage.set(max_positions=1)
    at_paper(stage)
    with_other = preview(stage.env, KeptAnswers(stage.env.clock), "alice", stage.command(qty=1))
    placed = stage.place()

    assert placed["broker_mode"] == "PAPER"
    assert with_other.breaks == []
    with pytest.raises(RiskLimitReached) as refused:
        stage.place()
    assert refused.value.limit == "max_positions"


def test_heat_adds_up_one_kind_of_money(stage: Stage) -> None:
    """A-07: what is at risk in the sandbox, however much, does not bar a paper entry."""
    stage.place(stage.command(qty=20))
    stage.set(account_balance=1_000, heat_limit_pct=90)
    with pytest.raises(RiskLimitReached):
        stage.place()
    at_paper(stage)
    stage.set(account_balance=100_000)
    heat_before = read_account(stage.env, "alice").exposure.heat
    paper = stage.place(stage.command(qty=1))
    exposure = read_account(stage.env, "alice").exposure

    assert heat_before == 0
    assert exposure.open_positions == 1
    assert float(exposure.heat) == pytest.approx(paper["entry_price"] * 100)


def test_a_loss_in_the_sandbox_leaves_paper_its_day(stage: Stage) -> None:
    """A-07: daily_loss_limit is today's realised loss of that kind of money."""
    trade = stage.place()
    stage.jump("AAPL", 0.97)
    stage.sync()
    closed = stage.close_trade(stage.trade(trade))
    stage.set(daily_loss_limit=1)
    with pytest.raises(RiskLimitReached) as refused:
        stage.place()
    at_paper(stage)
    elsewhere = stage.place()
    with stage.env.database.transaction("alice") as connection:
        sandbox = exposure(connection, "alice", BrokerMode.TRADIER_SANDBOX, stage.clock.now())
        paper = exposure(connection, "alice", BrokerMode.PAPER, stage.clock.now())

    assert closed.trade["realized_pnl"] < 0
    assert refused.value.limit == "daily_loss_limit"
    assert elsewhere["status"] in {"PENDING", "OPEN"}
    assert sandbox.realized_today == Decimal(str(closed.trade["realized_pnl"]))
    assert paper.realized_today == 0
