"""Which source serves whom, the moment's cache, the month's budget, and a chain of the simulated market."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.market.data_budget import plan_cadence, session_seconds_left
from chalicelib.domain.market.quotes import quote_fault
from chalicelib.marketdata.interface import MarketData, MarketDataError, Purpose
from chalicelib.marketdata.orats_client import OratsEnvironment, OratsPlan
from chalicelib.marketdata.selection import MarketDataSelection, Wiring, build_market_data
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.brokers.support import HandClock, OpenBudget, sandbox

TEN = datetime(2026, 2, 18, 15, 0, tzinfo=UTC)
SANDBOX = "https://sandbox.tradier.com"


class Outside:
    """A world with one Tradier token and one ORATS token."""

    def __init__(self) -> None:
        self.clock = HandClock(TEN)
        self.world = World.create(7, self.clock.now, lambda _seconds: None)
        self.world.sandbox.add_account("VA00000001", "token")
        self.world.orats.add_token("orats-token")
        self.wiring = Wiring(
            clock=self.clock,
            http=HttpPool(EmulatorTransport(self.world.hosts())),
            tradier_budget=OpenBudget(),
            orats_budget=OpenBudget(),
        )
        self.tradier = sandbox(SANDBOX, "token")

    def orats(self, plan: OratsPlan = OratsPlan.LIVE) -> OratsEnvironment:
        return OratsEnvironment(base_url="https://api.orats.io/datav2", token="orats-token", plan=plan)

    def calls(self, vendor: str) -> int:
        counted = (self.world.orats if vendor == "orats" else self.world.sandbox).calls()["total"]
        assert isinstance(counted, int)
        return counted


@pytest.fixture
def outside() -> Outside:
    """Ten in the morning of a trading day."""
    return Outside()


@pytest.mark.parametrize("plan", list(OratsPlan))
def test_both_sources_show_the_same_market(outside: Outside, plan: OratsPlan) -> None:
    """Sides, sizes and times agree to the cent; every quote of the money may be used."""
    tradier = build_market_data(outside.wiring, orats=None, tradier=outside.tradier)
    orats = build_market_data(outside.wiring, orats=outside.orats(plan), tradier=None)
    expiries = tradier.expirations("AAPL")[:2]
    one, other = tradier.chain("AAPL", expiries), orats.chain("AAPL", expiries)

    assert one.quotes.keys() == other.quotes.keys()
    for symbol, quote in one.quotes.items():
        twin = other.quotes[symbol]
        assert ((quote.bid or 0), (quote.ask or 0)) == ((twin.bid or 0), (twin.ask or 0))
        assert (quote.bid_size, quote.ask_size) == (twin.bid_size, twin.ask_size)
        assert twin.delay_seconds == plan.delay_seconds
    near = [quote for quote in other.quotes.values() if quote.delta and abs(quote.delta) > Decimal("0.3")]
    assert near
    assert all(quote_fault(quote, quote.symbol, TEN) is None for quote in near)


def test_orats_reads_several_expiries_of_an_underlying_in_one_call(outside: Outside) -> None:
    data = build_market_data(outside.wiring, orats=outside.orats(), tradier=outside.tradier)
    expiries = data.expirations("SPY")[:4]
    before = outside.calls("orats")
    chain = data.chain("SPY", expiries)

    assert outside.calls("orats") - before == 1
    assert len({symbol[-15:-9] for symbol in chain.quotes}) == 4


def test_underlyings_and_closes_come_from_tradier_even_beside_orats(outside: Outside) -> None:
    data = build_market_data(outside.wiring, orats=outside.orats(), tradier=outside.tradier)
    before = outside.calls("orats")
    quotes = data.underlying_quotes(["SPY", "VIX", "NOSUCH"])
    outside.clock.at = datetime(2026, 2, 18, 21, 45, tzinfo=UTC)
    outside.world.catch_up()

    today = data.official_close("SPY", date(2026, 2, 18))
    assert [quote.symbol for quote in quotes] == ["SPY", "VIX"]
    assert today is not None
    assert data.official_close("SPY", date(2026, 2, 17)) not in (None, today)
    assert outside.calls("orats") == before


def test_a_user_is_served_by_the_token_that_is_theirs_and_nobody_by_none(outside: Outside) -> None:
    asked: list[str | None] = []

    def token_for(username: str | None) -> TradierEnvironment | None:
        asked.append(username)
        return outside.tradier if username == "alice" else None

    selection = MarketDataSelection(outside.wiring, orats=None, tradier_token_for=token_for)

    assert selection.for_user("alice").source == "tradier"
    with pytest.raises(MarketDataError):
        selection.for_user(None).expirations("SPY")
    assert asked == ["alice", None]
    with_orats = MarketDataSelection(outside.wiring, orats=outside.orats(), tradier_token_for=token_for)
    assert with_orats.for_user(None).source == "orats"


def test_ones_own_broker_serves_before_ones_own_token_and_never_before_orats(outside: Outside) -> None:
    """B-10: what a broker's data lacks comes of the user's Tradier token, opened when it is needed."""
    lent = build_market_data(outside.wiring, orats=outside.orats(), tradier=None)
    asked: list[tuple[str, Urgency]] = []
    bars: list[MarketData | None] = []

    def of_broker(
        username: str, _: object, urgency: Urgency, underlyings: Callable[[], MarketData | None]
    ) -> MarketData | None:
        asked.append((username, urgency))
        bars.append(underlyings())
        return lent if username == "alice" else None

    tokens = {"alice": outside.tradier, "bob": outside.tradier}
    selection = MarketDataSelection(
        outside.wiring,
        orats=None,
        tradier_token_for=lambda name: None if name is None else tokens[name],
        of_broker=of_broker,
    )
    with_orats = MarketDataSelection(
        outside.wiring, orats=outside.orats(), tradier_token_for=lambda _: None, of_broker=of_broker
    )

    assert selection.for_user("alice", purpose=Purpose.PAGE) is lent
    assert selection.for_user("bob").source == "tradier"
    assert with_orats.for_user("alice") is not lent
    assert asked == [("alice", Urgency.BROWSING), ("bob", Urgency.DATA)]
    assert [None if one is None else one.source for one in bars] == ["tradier", "tradier"]


def test_the_cadence_stretches_until_the_month_fits_the_plan() -> None:
    """A-02: 40, 60, 120 s by the month's projection."""

    def cadence(quota: int | None, used: int = 0) -> int:
        budget = plan_cadence(
            used_calls=used, calls_per_snapshot=2, session_seconds_left=12_000, monthly_quota=quota
        )
        return budget.cadence_seconds

    assert cadence(None) == 40
    assert cadence(600) == 40
    assert cadence(599) == 60
    assert cadence(600, used=201) == 120
    spent = plan_cadence(used_calls=1000, calls_per_snapshot=1, session_seconds_left=40, monthly_quota=1000)
    assert (spent.cadence_seconds, spent.is_exceeded, spent.is_stretched) == (120, True, True)


def test_what_is_left_of_a_month_counts_its_sessions_alone() -> None:
    calendar = MarketCalendar()
    last_day = datetime(2026, 2, 27, 20, 0, tzinfo=UTC)

    assert session_seconds_left(calendar, last_day) == 3600
    assert session_seconds_left(calendar, last_day + timedelta(hours=2)) == 0
    assert (
        session_seconds_left(calendar, datetime(2026, 11, 25, 21, 0, tzinfo=UTC)) == 3.5 * 3600 + 6.5 * 3600
    )
