"""A market that cannot be read, whatever the reason, holds up nothing that its owner decides."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from chalicelib.domain.trading.commands import AdjustTrade
from chalicelib.domain.trading.market_seen import UNREADABLE
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import MarketDataError, Purpose
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.commands.adjust_trade import adjust
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.lifecycle.book_news import Booked
from chalicelib.services.lifecycle.edge_snapshots import EdgeSnapshots
from chalicelib.services.lifecycle.market_look import look_at_market
from chalicelib.services.market.trade_quote import shown_quote, usable_quote
from chalicelib.store.trades.trades import load_trade
from tests.services.stage import Stage


class OutOfReach:
    """A source that nobody can be given."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def serves_all(self) -> bool:
        return False

    def serves_underlyings_to(self, username: str) -> bool:
        return False

    def for_user(self, username: str | None, **_asked: Any) -> Any:  # Any: never returns
        raise self._error


@pytest.fixture(params=[MarketDataError("no answer"), CredentialsUnreadable()], ids=["vendor", "token"])
def blind(stage: Stage, request: pytest.FixtureRequest) -> Environment:
    return replace(stage.env, market_data=OutOfReach(request.param))


def placed(stage: Stage) -> Trade:
    shown = stage.place_bracketed()
    with stage.env.database.transaction("alice") as connection:
        trade = load_trade(connection, UUID(shown["id"]))
    assert trade is not None
    return trade


def test_a_quote_that_cannot_be_read_is_an_answer_with_its_reason(stage: Stage, blind: Environment) -> None:
    trade = placed(stage)

    assert shown_quote(blind, trade, Purpose.EXIT).reason
    assert usable_quote(blind, trade, Purpose.EXIT) is None
    assert look_at_market(blind, trade) is UNREADABLE
    assert usable_quote(stage.env, trade, Purpose.EXIT) is not None


def test_a_quote_that_has_grown_old_is_shown_and_not_used(stage: Stage) -> None:
    """I-15: it may be told of, and nothing is decided by it."""
    trade = placed(stage)
    shown = shown_quote(stage.env, trade, Purpose.EXIT)
    assert shown.quote is not None
    assert shown.quote.quoted_at is not None
    aged = replace(shown.quote, quoted_at=shown.quote.quoted_at.replace(year=2025))

    class Aged(OutOfReach):
        delay_seconds = 0

        def for_user(self, username: str | None, **_asked: Any) -> Any:  # Any: as much as is asked of it
            return self

        def option_quotes(self, *_asked: Any) -> Any:  # Any: as much as is asked of it
            return type("Chain", (), {"quotes": {trade.leg.symbol: aged}, "underlying_price": None})

    env = replace(stage.env, market_data=Aged(MarketDataError("unused")))

    assert shown_quote(env, trade, Purpose.EXIT).quote == aged
    assert usable_quote(env, trade, Purpose.EXIT) is None


def test_stop_and_target_can_be_moved_without_a_market(stage: Stage, blind: Environment) -> None:
    """A-04: the bid that a stop must stay under is asked where it can be read; the broker judges too."""
    trade = placed(stage)
    assert trade.tp_price is not None
    wanted = AdjustTrade(
        changes_stop=False, new_sl=None, changes_target=True, new_tp=trade.tp_price + Decimal(1)
    )

    done = adjust(blind, "alice", trade.id, trade.version, wanted)

    assert done.status in {200, 202}


def test_the_snapshot_of_an_end_says_why_it_has_no_quote(stage: Stage, blind: Environment) -> None:
    """A-02: a vendor that cannot be read holds up no trade."""
    trade = placed(stage)
    broker = stage.env.brokers.broker_for(trade.account)
    keeper = AccountKeeper(env=blind, account=trade.account, broker=broker, lease=None)
    stage.advance(1)

    seen = EdgeSnapshots(keeper).after(Booked(trade=trade, opened=True, ended=False))

    assert seen is UNREADABLE
    assert stage.query("select reason from price_snapshots where stale") != []
