"""Every gate of B-02 with a market that it stops, at the emulated vendors: the row that is left says why.

The table of docs/how-the-desk-decides.md is this module's `CASES`. One stage serves all of them, one scan
each: what a case did to the market is undone before the next, and the last scan passes every gate.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from chalicelib.domain.desk.pipeline.facts import Inputs, MacroWindow
from chalicelib.domain.desk.pipeline.verdicts import Stage as Gate
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.desk.stored import from_json
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.orders import OrderType
from chalicelib.services.desk.market.gather import forget_market
from chalicelib.store.desk import strategies
from chalicelib.store.desk.iv_history import write_ivs
from chalicelib.store.users import settings
from infra.local.database.migrate import migrate
from infra.local.database.postgres import PostgresCluster, migrated_template, temporary_database
from infra.local.emulators.market.calendars import Dividend
from infra.local.emulators.market.quotes import Held
from infra.local.emulators.market.regimes import Regime, Trend
from tests.services.desk.desk_stage import (
    TEN,
    TradierStage,
    add_strategy,
    evaluations,
    scan,
    switch_on,
    told_by_the_operator,
)
from tests.services.stage import Stage

PAGE: Final = Path(__file__).parents[3] / "docs" / "how-the-desk-decides.md"
CONDOR, CALLS = StrategyType.IRON_CONDOR, StrategyType.COVERED_CALL
PUTS = StrategyType.CREDIT_PUT_SPREAD
QUIET: Final = Regime(trend=Trend.NONE, adx=15, realised_volatility=0.10)
#: One expiry alone, so that a leg that is held is a leg of the structure ranked first.
ONE_EXPIRY: Final = {"dte_min": 55, "dte_max": 60}
#: Hundreds of shares are held for calls to be written on: what a day may lose is not judged here.
DAILY_LOSS: Final = 1_000_000
IN_APRIL: Final = date(2026, 4, 1)
#: A leg of the structure that is ranked first on a quiet morning.
SHORT_PUT, LONG_CALL = "short put", "long call"
_LEGS: Final = {(OptionType.PUT, -1): SHORT_PUT, (OptionType.CALL, 1): LONG_CALL}

Act = Callable[["Desk"], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is done to the market or asked by the strategy, the gate that stops it, and what its row says."""

    gate: Gate
    what: str
    reason: str
    is_missing: bool = False
    act: Act = lambda _: None
    kind: StrategyType = CONDOR
    underlying: str = "SPY"
    body: Mapping[str, Any] = field(default_factory=dict)  # Any: blocks of a body
    username: str = "alice"


@dataclass
class Desk:
    """The stage with what cases do to it."""

    stage: Stage
    legs: Mapping[str, LegQuote] = field(default_factory=dict)

    @property
    def market(self) -> Any:  # Any: the emulator's market, moved by hand
        return self.stage.world.simulated

    def hold(self, symbol: str, **held: Any) -> None:  # Any: fields of a held quote
        """Hold what is quoted of a ticker, or of a leg by its name."""
        leg = self.legs.get(symbol)
        self.market.hold_quote(symbol if leg is None else leg.symbol, Held(**held))

    def run(self, case: Case) -> Any:  # Any: a row
        """Scan with one strategy, and undo what the case did."""
        stage = self.stage
        stage.advance(60)
        strategy = add_strategy(
            stage,
            case.kind,
            case.underlying,
            username=case.username,
            **{**case.body, "entry": {**ONE_EXPIRY, **case.body.get("entry", {})}},
        )
        case.act(self)
        stage.run("risk_book")
        forget_market(stage.container.jobs_environment())
        scan(stage)
        self.undo()
        with stage.env.database.transaction(case.username) as connection:
            strategies.remove(connection, case.username, strategy.id)
        return evaluations(stage, case.username, strategy.id)[0]

    def undo(self) -> None:
        """Make the morning quiet again."""
        stage = self.stage
        stage.world.faults.clear()
        self.market.release_quotes(None)
        for ticker in ("SPY", "AAPL"):
            self.market.set_regime(ticker, QUIET)
        self.market.set_volume("SPY", 1.0)
        stage.world.calendars.tell_earnings("AAPL", [date(2026, 7, 30)])
        stage.world.calendars.tell_dividends("SPY", [])
        told_by_the_operator(stage)


def regime(ticker: str = "SPY", **changes: Any) -> Act:  # Any: fields of a regime
    """Return what makes past bars say something else."""
    return lambda desk: desk.market.set_regime(ticker, Regime(**{**vars_of(QUIET), **changes}))


def vars_of(quiet: Regime) -> dict[str, Any]:  # Any: its fields
    """Return a regime's fields."""
    return {name: getattr(quiet, name) for name in ("trend", "adx", "realised_volatility")}


def hold(symbol: str, **held: Any) -> Act:  # Any: fields of a held quote
    """Return what holds a quote."""
    return lambda desk: desk.hold(symbol, **held)


def touch(leg: str, bid: float, ask: float) -> Act:
    """Return what quotes a leg at shares of its middle."""

    def act(desk: Desk) -> None:
        mid = desk.legs[leg].mid
        desk.hold(leg, bid=mid * bid, ask=mid * ask)

    return act


def fault(path: str, *vendors: str) -> Act:
    """Return what keeps vendors' calls from being answered."""

    def act(desk: Desk) -> None:
        for vendor in vendors or ("tradier",):
            desk.stage.fault("timeout_before", vendor=vendor, method="GET", path=path, times=50)

    return act


def windows(*told: MacroWindow) -> Act:
    """Return what tells other releases than those of the month."""
    return lambda desk: told_by_the_operator(desk.stage, *told)


def release_now(desk: Desk) -> None:
    """Have a release at this very minute."""
    told_by_the_operator(desk.stage, MacroWindow.around("FOMC", desk.stage.clock.now()))


def earnings(*days: date) -> Act:
    """Return what a company's calendar says; nothing at all without days."""
    return lambda desk: desk.stage.world.calendars.tell_earnings("AAPL", list(days) or None)


def dividends(*items: Dividend, known: bool = True) -> Act:
    """Return what the fund's calendar says."""
    return lambda desk: desk.stage.world.calendars.tell_dividends("SPY", list(items) if known else None)


def short_history(desk: Desk) -> None:
    """Have twelve days of IV history of another underlying."""
    today = desk.stage.clock.now().date()
    days = [(today - timedelta(days=back), Decimal("0.16")) for back in range(1, 13)]
    with desk.stage.env.database.transaction("olga") as connection:
        write_ivs(connection, "IWM", days, source="test")


def without_greeks(desk: Desk) -> None:
    """Hold a call of which nobody has told Greeks for an hour."""
    stage = desk.stage
    switch_on(stage, portfolio_max_abs_vega=None)
    stage.place(stage.command(stage.contract("SPY", expiry_index=3)))
    switch_on(stage, portfolio_max_abs_vega=0.01)
    stage.query("update price_snapshots set stale = true returning trade_id")
    stage.query("update paper_trades set created_at = created_at - interval '1 hour' returning id")


def buy_shares(desk: Desk) -> None:
    """Hold a hundred shares."""
    leg = WantedLeg(instrument=Instrument.EQUITY)
    desk.stage.place(PlaceTrade(ticker="SPY", legs=(leg,), order_type=OrderType.MARKET, qty=Decimal(100)))


def with_shares(act: Act) -> Act:
    """Return the same with a hundred shares of the fund held."""

    def both(desk: Desk) -> None:
        buy_shares(desk)
        act(desk)

    return both


def backwardation(desk: Desk) -> None:
    """Have VIX above VIX3M."""
    switch_on(desk.stage, "carol")
    desk.market.jump("VIX", 19.0)


def until_the_end(desk: Desk) -> None:
    """Let it be 15:35."""
    switch_on(desk.stage, "dave")
    desk.market.jump("VIX", 16.0)
    desk.stage.go_to(TEN + timedelta(hours=5, minutes=35))


A, B, C1, C2, C3, C4, C5, D = list(Gate)[:8]
E1, E2, E3, F, G1, G2, G3 = list(Gate)[8:15]
H, FILTER, SIZING, BOOK = list(Gate)[15:19]
CASES: Final = (
    Case(gate=A, what="no quote of the underlying", reason="price of the underlying not known",
         is_missing=True, act=fault("")),
    Case(gate=A, what="its quote is ten minutes old", reason="price of the underlying not known",
         is_missing=True, act=hold("SPY", age_seconds=600.0)),
    Case(gate=A, what="nothing is listed on it", reason="no expiration is listed", underlying="VIX"),
    Case(gate=B, what="a month without any release told", reason="macro calendar of the month not known",
         is_missing=True, act=windows(MacroWindow.around("CPI", datetime(2026, 1, 13, 13, 30, tzinfo=UTC)))),
    Case(gate=C1, what="the short put quoted 30 % wide", reason="spread too wide",
         act=touch(SHORT_PUT, 0.85, 1.15)),
    Case(gate=C1, what="a leg's bid above its ask", reason="crossed quote",
         act=touch(LONG_CALL, 1.02, 0.98)),
    Case(gate=C1, what="nobody bids for a leg", reason="two-sided quote not known", is_missing=True,
         act=touch(LONG_CALL, 0.0, 1.01)),
    Case(gate=C2, what="a leg that nobody has traded today", reason="too little traded",
         act=hold(SHORT_PUT, volume=0)),
    Case(gate=C3, what="50 of a leg are held", reason="too little open interest",
         act=hold(SHORT_PUT, open_interest=50)),
    Case(gate=C4, what="the last session at 30 % of the usual volume",
         reason="the underlying traded too little",
         act=lambda desk: desk.market.set_volume("SPY", 0.3)),
    Case(gate=C4, what="no daily bars", reason="volume of the underlying not known", is_missing=True,
         act=fault("/history")),
    Case(gate=C5, what="a leg's quote is seven minutes old", reason="quote too old",
         act=hold(SHORT_PUT, age_seconds=420.0)),
    Case(gate=D, what="no expiry in the strategy's days", reason="no expiry in the range of days",
         body={"entry": {"dte_min": 900, "dte_max": 950}}),
    Case(gate=E1, what="VIX3M is ten minutes old", reason="VIX3M not known", is_missing=True,
         act=hold("VIX3M", age_seconds=600.0)),
    Case(gate=E2, what="an ADX of 40", reason="the market trends too strongly",
         act=regime(trend=Trend.UP, adx=40)),
    Case(gate=E2, what="puts in a downtrend", reason="puts are not sold in a downtrend", kind=PUTS,
         act=regime(trend=Trend.DOWN, adx=30)),
    Case(gate=E2, what="35 % realised under 16 % implied",
         reason="too little is implied above what is realised", act=regime(realised_volatility=0.35)),
    Case(gate=E3, what="an IV rank that no market has", reason="IV rank below its range",
         body={"entry": {"ivr_min": 90}}),
    Case(gate=E3, what="twelve days of IV history", reason="IV rank not known", is_missing=True,
         underlying="IWM", body={"entry": {"ivr_min": 10}}, act=short_history),
    Case(gate=F, what="a credit that nobody pays", reason="every credit is below the minimum",
         body={"entry": {"min_credit": 4.9}}),
    Case(gate=F, what="a leg that nobody holds, C3 switched off", reason="a leg without open interest",
         body={"entry": {"liquidity": {"min_open_interest": 0}}}, act=hold(SHORT_PUT, open_interest=0)),
    Case(gate=F, what="a covered call without shares", reason="no shares to write calls against",
         kind=CALLS, username="bob"),
    Case(gate=G1, what="earnings before the expiry", reason="earnings before the expiry",
         underlying="AAPL", act=earnings(IN_APRIL)),
    Case(gate=G1, what="a company whose calendar says nothing", reason="earnings dates not known",
         is_missing=True, underlying="AAPL", act=earnings()),
    Case(gate=G2, what="a dividend above the call's time value", reason=
         "the dividend is worth more than the call's time value", kind=CALLS,
         act=with_shares(dividends(Dividend(ex_date=IN_APRIL, amount=50.0)))),
    Case(gate=G2, what="a covered call, dividends not told", reason="dividend dates not known",
         is_missing=True, kind=CALLS, act=dividends(known=False)),
    Case(gate=G3, what="15.5 % realised under 16 % implied", reason="the expected value is not above 0",
         act=regime(realised_volatility=0.155)),
    Case(gate=FILTER, what="below its 50-day average, asked to be", reason=
         "on the wrong side of the 50-day average", body={"entry": {"ma_rule": "below_sma50"}},
         act=regime(trend=Trend.UP, adx=18)),
    Case(gate=FILTER, what="a premium of 90 % of the wing", reason="too little premium",
         body={"entry": {"min_premium_pct": 90}}),
    Case(gate=SIZING, what="a tenth of a per cent at risk", reason="not even one structure",
         body={"sizing": {"kind": "risk", "pct": 0.01}}),
    Case(gate=SIZING, what="more than the free cash", reason="cash for it is promised to something else",
         kind=StrategyType.CASH_SECURED_PUT, body={"sizing": {"kind": "fixed", "qty": 100}}),
    Case(gate=SIZING, what="a broker that does not answer", reason="free cash not known",
         is_missing=True, act=fault("/balances")),
    Case(gate=BOOK, what="a cap on vega of 0.01", reason="past the cap of vega"),
    Case(gate=BOOK, what="a quiet morning of an index, which has no volume", reason="past the cap of vega",
         underlying="SPX", act=regime("SPX")),
    Case(gate=BOOK, what="a call held, its Greeks an hour old", reason="Greeks of the book not known",
         is_missing=True, act=without_greeks),
    Case(gate=B, what="in the hour around FOMC", reason="inside the window of FOMC", act=release_now,
         username="bob"),
    Case(gate=E1, what="VIX above VIX3M", reason="backwardation",
         act=backwardation, username="carol",
         body={"preferred_broker": "paper"}),
    Case(gate=H, what="15:35 on a full day", reason="the last 30 minutes of the session",
         act=until_the_end, username="dave", body={"preferred_broker": "paper"}),
)  # fmt: skip


def table() -> str:
    """Return the page's table."""
    rows = [
        f"| {case.gate} | {case.what} | {case.reason} | {'missing' if case.is_missing else ''} |"
        for case in sorted(CASES, key=lambda case: list(Gate).index(case.gate))
    ]
    return "\n".join(
        ["| gate | the market, or what the strategy asks | the row says | |", "|---|---|---|---|", *rows]
    )


@pytest.fixture(scope="module")
def rows(postgres_cluster: PostgresCluster) -> Iterator[Mapping[str, Any]]:
    """What each case left, by what was done."""
    template = migrated_template(postgres_cluster, migrate)
    with temporary_database(postgres_cluster, template=template) as urls:
        stage = TradierStage(urls)
        try:
            yield _run_all(Desk(stage))
        finally:
            stage.close()


def _run_all(desk: Desk) -> Mapping[str, Any]:
    stage = desk.stage
    stage.go_to(TEN)
    for username in ("carol", "dave"):
        with stage.env.database.transaction(username) as connection:
            settings.ensure(connection, username, f"sub-{username}")
    stage.set(heat_limit_pct=Decimal(100_000))
    desk.undo()
    switch_on(stage, portfolio_max_abs_vega=0.01, max_daily_loss=DAILY_LOSS)
    switch_on(stage, "bob")
    quiet = desk.run(Case(gate=BOOK, what="a quiet morning", reason=""))
    assert quiet.ended_by == BOOK, "every gate before the book's passes on a quiet morning"
    candidate = from_json(Inputs, quiet.inputs).selection.candidate
    assert candidate is not None
    desk.legs = {_LEGS.get((leg.right, leg.units), ""): leg for leg in candidate.legs}
    return {case.what: desk.run(case) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.gate}, {case.what}")
def test_a_gate_stops_what_it_is_there_for_and_says_why(rows: Mapping[str, Any], case: Case) -> None:
    """B-02: the first gate that fails ends the scan; its row names it, its reason, and what was missing."""
    row = rows[case.what]

    assert (row.decision, row.ended_by, row.reason) == ("REJECT", case.gate, case.reason)
    assert row.is_missing is case.is_missing
    assert [one["passed"] for one in row.gates] == [*([True] * (len(row.gates) - 1)), False]


def test_the_page_has_the_table() -> None:
    """Issue 11: every gate with what fails it and the row that it left."""
    assert table() in PAGE.read_text(encoding="utf-8"), f"docs/how-the-desk-decides.md lacks:\n{table()}"


def test_every_gate_that_can_fail_is_in_it() -> None:
    """EXECUTION alone has no case: what G3 let through is worth entering at its first price."""
    assert {case.gate for case in CASES} == set(Gate) - {Gate.EXECUTION}
