"""B-12: the same snapshot gives the same verdicts and reasons live and in a backtest.

The default day's scans are gathered live from the vendors' wire, recorded as a history, and decided again by
a run that works every fact out of that history itself: averages, volatilities, ranks, calendars.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from chalicelib.domain.backtest.history import Bars, ChainRows, DailyHistory, Dividends, EarningsDays, Series
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.backtest.seen import Seen
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.book import Book
from chalicelib.domain.desk.pipeline.company_dates import Dividend
from chalicelib.domain.desk.pipeline.evaluate import Evaluation, evaluate
from chalicelib.domain.desk.pipeline.facts import AccountFacts, Facts
from chalicelib.domain.desk.selection.chains import Chain
from chalicelib.domain.desk.strategies.reading import body_of, read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import DeskBroker, Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.services.backtests.paper_books import opened
from chalicelib.services.desk.market.gather import gather
from chalicelib.services.desk.market.gathered import Gathered, wanted_by
from chalicelib.store.desk.iv_history import read_ivs
from infra.local.database.postgres import DatabaseUrls
from tests.domain.desk.desk_support import strategy
from tests.services.desk.desk_stage import told_by_the_operator
from tests.services.stage import Stage

DAY = date(2026, 2, 19)
CALENDAR = MarketCalendar()
#: Ten, noon, and the half hour before the close, in New York.
TIMES = [datetime(2026, 2, 19, *clock, tzinfo=UTC) for clock in ((15, 0), (17, 0), (20, 31))]
ACCOUNT = AccountFacts(
    balance=Decimal(100_000), free_cash=Decimal(100_000), book=Book(delta=0.0, gamma=0.0, vega=0.0)
)


def strategies() -> list[Strategy]:
    """Return strategies that pass every gate, and some that each of several gates stops."""
    condor = replace(strategy(), preferred_broker=DeskBroker.PAPER)
    spread = replace(strategy(StrategyType.CREDIT_PUT_SPREAD), preferred_broker=DeskBroker.PAPER)
    changes = ({"min_credit": 4.9}, {"adx_max": 1}, {"ivr_min": 99}, {"ivr_max": 99.5}, {"min_vrp": 0.5})
    changed = [_changed(condor, one) for one in changes]
    fly = replace(strategy(StrategyType.IRON_FLY), preferred_broker=DeskBroker.PAPER)
    everything = _changed(condor, {"dte_min": 0, "dte_max": 1100, "liquidity": {"min_open_interest": 10**8}})
    return [condor, spread, fly, everything, *changed]


def _changed(one: Strategy, entry: dict[str, Any]) -> Strategy:  # Any: fields of a body
    body: dict[str, Any] = body_of(one)  # Any: as above
    found = read_strategy({**body, "entry_conditions": {**body["entry_conditions"], **entry}}, one.id, 1)
    assert isinstance(found, Strategy), found
    return found


@pytest.fixture
def stage(database_urls: DatabaseUrls) -> Iterator[Stage]:
    found = Stage(database_urls, start=TIMES[0] - timedelta(minutes=40), seed=1)
    found.go_to(TIMES[0] - timedelta(minutes=1))
    told_by_the_operator(found)
    yield found
    found.close()


def test_the_default_day_decides_the_same_twice(stage: Stage) -> None:
    """Each strategy, each scan: every stage, its reason, its numbers, the order."""
    asked = strategies()
    scans: list[tuple[Gathered, list[Evaluation]]] = []
    for at in TIMES:
        stage.go_to(at)
        market = gather(stage.container.jobs_environment(), wanted_by([("alice", one) for one in asked]))
        snapshot = market.snapshot_for("SPY", ACCOUNT)
        scans.append((market, [evaluate(snapshot, one, DeskSettings()) for one in asked]))
    history = Recorded(stage, [market for market, _ in scans])
    reasons = set()
    for number, one in enumerate(asked):
        again = _judged_by_a_backtest(one, history)
        for (_, live), backtested in zip(scans, again, strict=True):
            assert _told(backtested) == _told(live[number]), one.entry_conditions
            reasons.add(backtested.reason)
    assert "every stage passed" in reasons
    assert len(reasons) >= 6, reasons


def _told(evaluation: Evaluation) -> dict[str, object]:
    return {
        "decision": evaluation.decision,
        "reason": evaluation.reason,
        "gates": [one.as_json() for one in evaluation.verdicts],
        "order": evaluation.order,
    }


def _judged_by_a_backtest(one: Strategy, history: "Recorded") -> list[Evaluation]:
    request = BacktestRequest(strategy=one, first=DAY, last=DAY)
    run = Run(request, one, DeskSettings(), CALENDAR, opened(request))
    session = CALENDAR.session(DAY)
    assert session is not None
    moments = March(history=history, calendar=CALENDAR, runs=[run]).moments(session)
    return [run.judged(moment, Seen(moment, moment.enters_at)) for moment in moments]


class Recorded:
    """A day's scans as a history: chains and prices as they were seen, daily facts from their sources."""

    def __init__(self, stage: Stage, scans: Sequence[Gathered]) -> None:
        self.underlying, self.fingerprint, self.notes = "SPY", "recorded", ()
        facts = scans[0].underlyings["SPY"].facts
        self.daily = _daily(stage, facts)
        self._moments = [_rows(one) for one in scans]

    def chains(self, day: date) -> Sequence[ChainRows]:
        return self._moments if day == DAY else ()


def _daily(stage: Stage, facts: Facts) -> DailyHistory:
    data = stage.env.market_data.for_user("alice")
    bars = data.daily_bars("SPY", DAY - timedelta(days=800), DAY)
    with stage.env.database.transaction(None) as connection:
        ivs = read_ivs(connection, "SPY")
    dividend = facts.dividend
    paid: tuple[Dividend, ...] = ()
    if dividend is not None and dividend.ex_date is not None:
        paid = (Dividend(ex_date=dividend.ex_date, amount=dividend.amount or 0.0),)
    return DailyHistory(
        bars=Bars(
            day=np.array([one.day.toordinal() for one in bars], dtype=np.int32),
            open=np.array([float(one.close) for one in bars]),
            **{
                name: np.array([float(getattr(one, name) or 0) for one in bars])
                for name in ("high", "low", "close", "volume")
            },
        ),
        iv=Series(
            day=np.array([day.toordinal() for day, _ in ivs], dtype=np.int32),
            value=np.array([float(iv) for _, iv in ivs]),
        ),
        earnings=EarningsDays(has_none=True),
        dividends=Dividends(items=paid, has_none=True),
        macro_windows=facts.windows or _of_the_month(stage),
    )


def _of_the_month(stage: Stage) -> Any:  # Any: the windows of the operator's rows
    from chalicelib.store.desk.macro_windows import read_windows

    month = datetime(2026, 2, 1, 5, tzinfo=UTC)
    with stage.env.database.transaction(None) as connection:
        return tuple(read_windows(connection, month, month + timedelta(days=28)))


def _rows(scan: Gathered) -> ChainRows:
    seen = scan.underlyings["SPY"]
    chain, facts = seen.chain, seen.facts
    assert chain is not None
    assert facts.spot is not None
    return ChainRows(
        at=facts.at,
        spot=facts.spot.value,
        root="SPY",
        is_end_of_day=False,
        vix=None if facts.vix is None else facts.vix.value,
        vix3m=None if facts.vix3m is None else facts.vix3m.value,
        **_columns(chain),
    )


def _columns(chain: Chain) -> dict[str, Any]:  # Any: columns of several types
    """Return a chain's contracts as rows, strike by strike, the put first."""
    found: dict[str, list[float]] = {}
    names = ("bid", "ask", "volume", "open_interest", "age_s", "iv", "delta", "gamma", "vega")
    for one in chain.expiries:
        for place, strike in enumerate(one.strikes):
            for is_call, side in ((False, one.puts), (True, one.calls)):
                if not side.is_listed[place]:
                    continue
                row = {"expiry": one.expiry.toordinal(), "strike": strike, "is_call": is_call}
                row |= {name: getattr(side, name)[place] for name in names}
                row |= {"bid_size": 100.0, "ask_size": 100.0}
                for name, value in row.items():
                    found.setdefault(name, []).append(value)
    columns = {name: np.array(values) for name, values in found.items()}
    return {**columns, "expiry": columns["expiry"].astype(np.int32)}
