"""A user whose broker is Schwab reads its chains by their own login where no token serves all (B-10)."""

from collections.abc import Iterator
from datetime import date
from types import MappingProxyType

import pytest

from chalicelib.domain.accounts import BrokerMode
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Api, User, access_token
from tests.services.stage import Stage
from tests.services.test_schwab import connect, open_there, switch_on

DAY = 86_400


class OwnLogins(Stage):
    """Nobody here has a token of the operator's."""

    TOKENS = MappingProxyType({"MODEL_KEY": "model-key"})


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    """Alice signed in at Schwab, live switched on and chosen."""
    made = OwnLogins(database_urls)
    open_there(made)
    api = Api(database_urls)
    api.use(made.env)
    connect(made, User(api, access_token("alice", sub="sub-alice")))
    switch_on(made)
    yield made
    api.close()
    made.close()


def forget_tradier(stage: Stage) -> None:
    """Take the user's own token at Tradier away."""
    stage.store_connection(BrokerMode.TRADIER_SANDBOX)


def sources(stage: Stage) -> set[str]:
    """Return what the snapshots say where their quotes came from."""
    return {row.source for row in stage.query("select distinct source from price_snapshots")}


def test_what_is_traded_there_is_marked_by_its_own_quotes(stage: Stage) -> None:
    """B-10: entered, recorded and left by the login's own chains; Tradier's token there is has bars alone."""
    trade = stage.place_bracketed()
    stage.run("snapshot")
    before = stage.world.sandbox.calls()["total"]
    stage.advance(40)
    stage.run("snapshot")
    closed = stage.close_trade(stage.trade(trade)).trade

    assert (trade["status"], closed["status"]) == ("OPEN", "CLOSED")
    assert sources(stage) == {"schwab"}
    assert stage.world.sandbox.calls()["total"] == before
    assert stage.query("select count(*) from price_snapshots where delta is null") == [(0,)]


def test_a_login_alone_is_enough(stage: Stage) -> None:
    """B-10: without any other token there are chains, quotes and the close of the day before."""
    forget_tradier(stage)
    data = stage.env.market_data.for_user("alice")
    trade = stage.place_bracketed()
    stage.run("snapshot")

    assert (data.source, data.underlyings_source) == ("schwab", "schwab")
    assert data.expirations("SPY")
    assert [one.symbol for one in data.underlying_quotes(["SPY"])] == ["SPY"]
    assert data.official_close("SPY", date(2026, 2, 18)) is not None
    assert stage.trade(trade)["current_price"] is not None
    assert sources(stage) == {"schwab"}


def test_who_trades_elsewhere_has_tradiers_quotes_and_a_lapsed_login_serves_nobody(stage: Stage) -> None:
    stage.set(broker_mode="TRADIER_SANDBOX")
    assert stage.env.market_data.for_user("alice").source == "tradier"
    stage.set(broker_mode="SCHWAB_LIVE")
    assert stage.env.market_data.for_user("alice").source == "schwab"

    stage.advance(8 * DAY)
    assert stage.env.market_data.for_user("alice").source == "tradier"
    assert stage.env.market_data.for_user("bob").source == "tradier"
