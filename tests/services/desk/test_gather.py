"""The market of a scan, gathered once for all users and strategies (B-02, B-03, issue 11)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from sqlalchemy import text

from chalicelib.domain.desk.pipeline.company_dates import NextDividend, NextEarnings
from chalicelib.domain.desk.pipeline.facts import AccountFacts, DailyClose, Facts, MacroWindow
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.marketdata.interface import Chain, MarketData, MarketDataError
from chalicelib.services.desk.market.gather import forget_market, gather
from chalicelib.services.desk.market.gathered import Gathered, wanted_by
from chalicelib.services.environment import Environment
from chalicelib.store.desk.index_closes import write_close
from chalicelib.store.desk.iv_history import write_ivs
from chalicelib.store.desk.macro_windows import ToldWindow, replace_windows
from infra.local.emulators.market.quotes import Held
from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from tests.domain.desk.desk_support import strategy
from tests.services.outside import ACCOUNTS
from tests.services.stage import MORNING, Stage

TODAY = date(2026, 2, 19)


def gathered(stage: Stage, *strategies: Strategy, env: Environment | None = None) -> Gathered:
    owned = [("alice", one) for one in strategies or (strategy(),)]
    return gather(env or stage.container.jobs_environment(), wanted_by(owned))


def facts_of(found: Gathered, underlying: str = "SPY") -> Facts:
    return found.facts_for(underlying, AccountFacts())


def on(underlying: str, **changes: Any) -> Strategy:
    return replace(strategy(**changes), underlying=underlying)


def calls(stage: Stage) -> dict[str, int]:
    """Count what reached the vendors, by path."""
    counted: dict[str, int] = {}
    for vendor in (stage.world.sandbox, stage.world.orats):
        counted |= cast(dict[str, int], vendor.calls()["by_endpoint"])
    return counted


def asked_by(stage: Stage, *strategies: Strategy) -> dict[str, int]:
    """Count what a scan asks for."""
    before = calls(stage)
    gathered(stage, *strategies)
    after = {path: count - before.get(path, 0) for path, count in calls(stage).items()}
    return {path: count for path, count in after.items() if count}


def test_everything_that_is_judged_is_known_on_a_quiet_morning(stage: Stage) -> None:
    """B-02: each with its source and time; nothing is made up for what the database does not hold."""
    found = gathered(stage)
    facts = facts_of(found)

    assert facts.spot is not None
    assert facts.spot.value == pytest.approx(600, rel=0.05)
    assert facts.expirations is not None
    assert facts.technicals.realised_volatility == pytest.approx(0.10, abs=0.02)
    assert facts.technicals.volume_share_pct is not None
    assert facts.implied_volatility == pytest.approx(0.16, abs=0.02)
    assert (facts.earnings, facts.iv_range, facts.window_rows_in_month) == (NextEarnings(), None, 0)
    assert facts.dividend is not None
    assert facts.dividend.ex_date is not None
    assert facts.previous_session == date(2026, 2, 18)
    assert found.in_contango is True
    assert found.unreadable(["SPY"]) == ()
    assert set(found.underlyings["SPY"].origins) == {
        *("spot", "chain", "bars", "earnings", "dividends", "expirations")
    }
    market = found.underlyings["SPY"]
    assert (market.origins["spot"].source, market.origins["chain"].source) == ("tradier", "orats")
    assert market.trouble == ()


def test_rows_of_the_operator_and_of_the_evenings_are_the_facts(stage: Stage) -> None:
    """B-02, B-03: macro windows of the month, IV history, the VIX close that may stand in."""
    window = MacroWindow.around("CPI", MORNING)
    later = MacroWindow.around("FOMC", MORNING + timedelta(days=3))
    other_month = MacroWindow.around("CPI", MORNING + timedelta(days=20))
    env = stage.container.jobs_environment()
    told = [
        ToldWindow(id=env.randomness.uuid7(MORNING), window=one, source="test")
        for one in (window, later, other_month)
    ]
    with stage.env.database.transaction(None) as connection:
        replace_windows(connection, told)
        days = [(TODAY - timedelta(days=n), Decimal("0.10") + Decimal(n) / 1000) for n in range(1, 301)]
        write_ivs(connection, "SPY", days, source="test")
        write_close(connection, "VIX", date(2026, 2, 18), Decimal("15.5"), source="test")
    found = gathered(stage)
    facts = facts_of(found)

    assert facts.windows == (window,)
    assert facts.window_rows_in_month == 2
    assert found.macro_window == "CPI"
    assert facts.iv_range is not None
    assert (facts.iv_range.days, facts.iv_range.low, facts.iv_range.high) == (252, 0.101, 0.352)
    assert facts.vix_close == DailyClose(day=date(2026, 2, 18), value=15.5)


def test_one_chain_call_serves_all_strategies_of_an_underlying(stage: Stage) -> None:
    """Issue 11, figures: one chain call per underlying and scan, quotes of all in one."""
    condors = [on("SPY"), on("SPY", entry_conditions__dte_max=90), on("QQQ")]
    asked = asked_by(stage, *condors)

    assert asked["GET /datav2/strikes"] == 2
    assert asked["GET /v1/markets/quotes"] == 1
    assert asked["GET /beta/markets/fundamentals/calendars"] == 1
    chain = gathered(stage, *condors).underlyings["SPY"].chain
    assert chain is not None
    assert max(one.dte for one in chain.expiries) > 60


def test_only_expiries_that_may_be_entered_are_read(stage: Stage) -> None:
    """B-02, B-04: those in a range of days, and the two around a month that its ATM IV is made of."""
    chain = gathered(stage).underlyings["SPY"].chain

    assert chain is not None
    days = [one.dte for one in chain.expiries]
    assert len([dte for dte in days if dte <= 30]) == 1
    assert all(dte <= 60 for dte in days)


def test_a_days_facts_are_asked_for_once_a_day(stage: Stage) -> None:
    """Bars, calendars and lists are kept in the database: a cold container does not read them again."""
    daily = ("GET /v1/markets/history", "GET /v1/markets/options/expirations")
    first = asked_by(stage)
    second = asked_by(stage)
    stage.go_on_with(stage.urls)
    third = asked_by(stage)
    stage.advance(86_400)
    next_day = asked_by(stage)

    assert {first.get(path) for path in daily} == {1}
    assert second == third == {"GET /v1/markets/quotes": 1, "GET /datav2/strikes": 1}
    assert {next_day.get(path) for path in daily} == {1}


def test_a_market_that_was_moved_by_hand_is_asked_for_anew(stage: Stage) -> None:
    """local.md: a control call drops what the product has cached of the market."""
    first = asked_by(stage)
    stage.world.calendars.tell_earnings("SPY", [date(2026, 3, 2)])
    forget_market(stage.container.jobs_environment())

    assert asked_by(stage) == first
    assert facts_of(gathered(stage)).earnings == NextEarnings(on=date(2026, 3, 2))


def test_what_the_vendor_does_not_know_is_not_known_and_asked_for_again(stage: Stage) -> None:
    """G1 fails closed on it; a quarter of an hour later the vendor may know."""
    calendars = stage.world.calendars
    calendars.tell_earnings("AAPL", None)
    calendars.tell_dividends("AAPL", [])
    found = facts_of(gathered(stage, on("AAPL")), "AAPL")
    calendars.tell_earnings("AAPL", [date(2026, 4, 30)])
    soon = facts_of(gathered(stage, on("AAPL")), "AAPL")
    stage.advance(901)
    later = facts_of(gathered(stage, on("AAPL")), "AAPL")

    assert (found.earnings, found.dividend) == (None, NextDividend())
    assert soon.earnings is None
    assert later.earnings == NextEarnings(on=date(2026, 4, 30))


def test_a_row_that_another_version_wrote_is_asked_for_anew(stage: Stage) -> None:
    first = asked_by(stage)
    with stage.container.jobs_environment().database.transaction(None) as connection:
        connection.execute(text("update underlying_facts set facts = jsonb_build_object('other', 1)"))

    assert asked_by(stage) == first
    assert facts_of(gathered(stage)).technicals.adx14 is not None


@pytest.mark.parametrize("underlying", ["QQQ", "SPX"])
def test_a_fund_and_an_index_have_no_earnings(stage: Stage, underlying: str) -> None:
    """G1: marked "has none" in data, which is not missing."""
    assert facts_of(gathered(stage, on(underlying)), underlying).earnings == NextEarnings()


def strike(stage: Stage, vendor: Vendor, path: str, times: int = 100) -> None:
    stage.world.faults.arm(Fault(vendor=vendor, kind=FaultKind.STATUS, path=path, times=times))


def test_without_quotes_nothing_is_known_and_both_sources_are_named(stage: Stage) -> None:
    """B-02, B-08: missing data fails closed, and counts towards the switch."""
    strike(stage, Vendor.TRADIER, "/markets/quotes")
    strike(stage, Vendor.ORATS, "/strikes/options")
    found = gathered(stage)

    assert (facts_of(found).spot, found.vix, found.in_contango) == (None, None, None)
    assert found.unreadable(["SPY"]) == ("vix", "quotes")
    assert found.underlyings["SPY"].trouble


def test_yesterdays_close_stands_in_for_a_vix_without_a_quote(stage: Stage) -> None:
    """B-02: one session, and VIX3M has none."""
    with stage.env.database.transaction(None) as connection:
        write_close(connection, "VIX", date(2026, 2, 18), Decimal("15.5"), source="test")
    stage.world.simulated.hold_quote("VIX", Held(age_seconds=5_000))
    found = gathered(stage)

    assert found.vix is not None
    assert (found.vix.value, found.vix.is_stand_in) == (15.5, True)
    assert found.unreadable(["SPY"]) == ()
    assert facts_of(found).vix is not None


class Refusing:
    """A directory whose sources have no chain of one underlying."""

    def __init__(self, env: Environment, ticker: str) -> None:
        self._directory = env.market_data
        self._ticker = ticker

    def __getattr__(self, name: str) -> Any:  # Any: passed on
        return getattr(self._directory, name)

    def for_user(self, username: str | None, **asked: Any) -> MarketData:  # Any: passed on
        source = self._directory.for_user(username, **asked)
        ticker = self._ticker

        class Source:
            def __getattr__(self, name: str) -> Any:  # Any: passed on
                return getattr(source, name)

            def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
                if underlying == ticker:
                    raise MarketDataError("not now")
                return source.bare_chain(underlying, expiries)

        return cast("MarketData", Source())


def test_an_underlying_that_cannot_be_read_is_its_own_trouble(stage: Stage) -> None:
    """Issue 11: its facts are not known, everybody else's are; quotes as such can be read."""
    env = stage.container.jobs_environment()
    refusing = replace(env, market_data=cast(Any, Refusing(env, "QQQ")))
    found = gathered(stage, on("SPY"), on("QQQ"), env=refusing)

    assert found.underlyings["QQQ"].chain is None
    assert facts_of(found, "QQQ").implied_volatility is None
    assert found.underlyings["QQQ"].trouble == ("not now",)
    assert found.underlyings["SPY"].chain is not None
    assert found.underlyings["SPY"].trouble == ()
    assert found.unreadable(["SPY", "QQQ"]) == ()
    assert found.unreadable(["QQQ"]) == ("quotes",)


def test_a_chain_that_is_refused_is_the_last_one_for_five_minutes(stage: Stage) -> None:
    """B-10: never older than 300 s, and its quotes are as old as they are."""
    fresh = gathered(stage).underlyings["SPY"]
    strike(stage, Vendor.ORATS, "/strikes")
    stage.advance(240)
    kept = gathered(stage).underlyings["SPY"]
    stage.advance(61)
    gone = gathered(stage).underlyings["SPY"]

    assert kept.chain is not None
    assert kept.trouble
    ages = [float(one.chain.expiries[0].puts.age_s[0]) for one in (fresh, kept) if one.chain is not None]
    assert ages[1] - ages[0] == pytest.approx(240)
    assert kept.facts.implied_volatility is not None
    assert gone.chain is None


def test_a_token_that_fails_costs_nobody_else_their_entries(stage: Stage) -> None:
    """I-06: the next one whose strategies ask reads for all."""
    expired = Fault(vendor=Vendor.TRADIER, kind=FaultKind.EXPIRE_TOKEN, account=ACCOUNTS["alice"][0])
    stage.world.faults.arm(expired)
    strike(stage, Vendor.ORATS, "/strikes/options")
    alone = gathered(stage)
    together = gather(
        stage.container.jobs_environment(), wanted_by([("alice", strategy()), ("bob", strategy())])
    )

    assert facts_of(alone).spot is None
    assert facts_of(together).spot is not None
    assert facts_of(together).technicals.adx14 is not None
