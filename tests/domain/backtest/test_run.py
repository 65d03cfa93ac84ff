"""A condor year (B-12): trades to the cent by a separate reader, slices that make no difference, gaps."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from chalicelib.domain.backtest.history import ChainRows
from chalicelib.domain.backtest.kept import Kept
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.results import Manifest, result_of
from chalicelib.domain.backtest.run import Run
from chalicelib.domain.backtest.synthetic import SyntheticMarket
from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.services.backtests.paper_books import opened
from tests.domain.backtest.backtest_support import CALENDAR, CONDOR, asked, days_of, marched, market


@pytest.fixture(scope="module")
def year() -> March:
    return marched(asked())


def _cents(rows: ChainRows, symbol: str, *, is_bought: bool) -> int:
    """Read the touch of a contract off the columns: nothing of the engine's own reading is used."""
    expiry = date(2000 + int(symbol[3:5]), int(symbol[5:7]), int(symbol[7:9])).toordinal()
    found = (
        (rows.expiry == expiry)
        & (rows.strike == int(symbol[10:]) / 1000)
        & (rows.is_call == (symbol[9] == "C"))
    )
    (place,) = np.flatnonzero(found)
    return round(float((rows.ask if is_bought else rows.bid)[place]) * 100)


def test_ten_trades_recomputed_to_the_cent(year: March) -> None:
    """B-12: sells at bids, buys at asks, 0.65 a contract each way; by a reader of its own."""
    history = market(asked())
    trades = [one for one in year.runs[0].trades if one.reason == "STRATEGY_EXIT"][:10]
    assert len(trades) == 10
    for trade in trades:
        (then,), (later,) = (history.chains(new_york_date(at)) for at in (trade.opened_at, trade.closed_at))
        cents = 0
        for leg in trade.legs:
            is_long = leg.side.value == "LONG"
            paid = _cents(then, leg.symbol, is_bought=is_long)
            had = _cents(later, leg.symbol, is_bought=not is_long)
            cents += (had - paid if is_long else paid - had) * 100
        fees = 4 * 65 * 2
        assert (int(trade.realized_pnl * 100), int(trade.fees * 100)) == (cents - fees, fees), trade


def test_trades_and_curve_add_up(year: March) -> None:
    """The curve ends where the trades lead from the capital."""
    run = year.runs[0]
    total = sum((one.realized_pnl for one in run.trades), Decimal(0))
    assert run.equity[-1].equity == run.asked.initial_capital + total
    assert [point.day for point in run.equity] == days_of(run.asked)
    assert not run.open


def test_what_could_not_be_left_at_the_end_is_told() -> None:
    """B-12: the curve values it, no trade tells of it; a run that left all says nothing of the kind."""
    request = asked(to="2025-02-14")
    run = Run(request, request.strategy, DeskSettings(), CALENDAR, opened(request))
    march = March(history=market(request), calendar=CALENDAR, runs=[run])
    for day in days_of(request):
        march.day(day)  # none of them is the last: nobody leaves
    assert run.open
    manifest = Manifest(code="", data="", request="", seed=request.seed)
    found = result_of(run.kept(), request, manifest, of_data=(), is_end_of_day=True)
    (told,) = [note for note in found.notes if "could not be left" in note]
    assert f"for want of a quote of a leg: {len(run.open)}." in told
    left = replace(run.kept(), open=())
    assert not any(
        "could not be left" in note
        for note in result_of(left, request, manifest, of_data=(), is_end_of_day=True).notes
    )


def test_gates_are_counted_and_entries_are_theirs(year: March) -> None:
    """Each session is one scan; whoever passed every gate was entered, with its verdicts."""
    run = year.runs[0]
    counts = {one.stage: one for one in run.kept().gates}
    assert counts["A"].passed == len(days_of(run.asked))
    assert counts["EXECUTION"].passed >= len(run.trades) > 10
    for trade in run.trades:
        assert all(gate["passed"] for gate in json.loads(trade.gates))
    assert run.kept().lacks == ()


def _sliced(length: int) -> Kept:
    """Run the year in slices, all that goes on between two of them written and read."""
    request = asked()
    days, history = days_of(request), market(request)
    run = Run(request, request.strategy, DeskSettings(), CALENDAR, opened(request))
    march = March(history=history, calendar=CALENDAR, runs=[run])
    for number, day in enumerate(days):
        if number and number % length == 0:
            kept = from_json(Kept, json.loads(json.dumps(to_json(run.kept()))))
            run = Run(
                request, request.strategy, DeskSettings(), CALENDAR, opened(request, kept.account), kept
            )
            march = March(
                history=market(request), calendar=CALENDAR, runs=[run], memory=march.memory, spot=march.spot
            )
        march.day(day, is_last=day == days[-1])
    return run.kept()


def test_slices_make_no_difference(year: March) -> None:
    """B-12: killed anywhere and gone on, it comes to the same to the byte."""
    whole = json.dumps(to_json(year.runs[0].kept()))
    assert json.dumps(to_json(_sliced(37))) == whole


class _Without:
    """A market that lacks something."""

    def __init__(
        self, whole: SyntheticMarket, gap: Sequence[date] = (), *, tells_sizes: bool = True, **daily: None
    ) -> None:
        self._whole, self._gap, self._tells_sizes = whole, gap, tells_sizes
        self.underlying, self.fingerprint = whole.underlying, whole.fingerprint
        self.notes = whole.notes
        self.daily = replace(whole.daily, **daily)

    def chains(self, day: date) -> Sequence[ChainRows]:
        if day in self._gap:
            return ()
        return [one if self._tells_sizes else _without_sizes(one) for one in self._whole.chains(day)]


def _without_sizes(rows: ChainRows) -> ChainRows:
    nothing = np.full(len(rows.strike), np.nan)
    return replace(rows, bid_size=nothing, ask_size=nothing)


def _month(
    assume: Sequence[str] = (), gap: Sequence[date] = (), *, tells_sizes: bool = True, **daily: None
) -> Run:
    request = asked(to="2025-01-31", assume=list(assume))
    run = Run(request, request.strategy, DeskSettings(), CALENDAR, opened(request))
    march = March(
        history=_Without(market(request), gap, tells_sizes=tells_sizes, **daily),
        calendar=CALENDAR,
        runs=[run],
    )
    days = days_of(request)
    for day in days:
        march.day(day, is_last=day == days[-1])
    return run


def test_what_is_missing_fails_its_gate_and_is_named() -> None:
    """B-12: nothing is entered without VIX3M, and without macro windows; both are named with their days."""
    run = _month(vix3m=None, macro_windows=None)
    days = len(run.equity)
    assert [(one.source, one.gate, one.days) for one in run.kept().lacks] == [
        ("vix3m", "E1", days),
        ("macro_windows", "B", days),
    ]
    assert not run.trades
    assert [(one.stage, one.missing) for one in run.kept().gates] == [("A", 0), ("B", days)]


def test_only_an_assumption_lets_it_pass() -> None:
    """B-12: assumed away, the gate passes, says so in its reason, and the report names the assumption."""
    half = _month(["vix3m"], vix3m=None, macro_windows=None)
    assert not half.trades
    run = _month(["vix3m", "macro_windows", "earnings"], vix3m=None, macro_windows=None)
    assert run.trades
    assert [one.value for one in run.kept().assumed] == ["vix3m", "macro_windows"]
    reasons = {gate["stage"]: gate["reason"] for gate in json.loads(run.trades[0].gates)}
    assert (reasons["B"], reasons["E1"]) == (
        "macro calendar of the month not known: assumed",
        "VIX3M not known: assumed",
    )


def test_what_was_entered_without_sizes_is_left_without_them() -> None:
    """B-12: sizes that are assumed are assumed for exits, too: nothing was left before its expiry."""
    told, assumed = _month(), _month(["quote_sizes"], tells_sizes=False)
    assert told.trades
    assert [(one.closed_at, one.legs) for one in assumed.trades] == [
        (one.closed_at, one.legs) for one in told.trades
    ]
    assert [one.value for one in assumed.kept().assumed] == ["quote_sizes"]


def test_a_gap_in_the_chains_is_counted() -> None:
    """A week without chains is named, and what is held goes on after it."""
    gap = [date(2025, 1, day) for day in (13, 14, 15, 16, 17)]
    run = _month(gap=gap)
    assert ("chains", "F", 5) in [(one.source, one.gate, one.days) for one in run.kept().lacks]
    assert [point.day for point in run.equity] == days_of(run.asked)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("credit_put_spread", {"EXPIRED_OTM"}),
        ("iron_fly", {"EXPIRED_ITM"}),
        ("wheel", {"EXPIRED_OTM", "EXPIRED_ITM", "EXERCISED"}),
        ("covered_call", {"EXPIRED_OTM", "EXERCISED"}),
    ],
)
def test_held_to_the_end_every_type_adds_up(kind: str, ends: set[str]) -> None:
    """Fills, expiries in cash and by shares, and what shares brought, leave no dollar out."""
    single = kind in {"wheel", "covered_call"}
    entry = {"dte_min": 5, "dte_max": 12, "min_credit": 0.05, "adx_max": 100, "min_vrp": -1}
    entry |= {} if "fly" in kind else {"short_delta": 0.3}
    entry |= {} if single else {"wing_width": 15}
    body = {**CONDOR, "type": kind, "entry_conditions": entry, "exit_conditions": {"stop_usd": 100_000}}
    held = DeskSettings(zero_dte_close_buffer_minutes=0)
    run = marched(asked(strategy=body, to="2025-06-30", seed=2), held).runs[0]
    total = sum((one.realized_pnl for one in run.trades), Decimal(0))
    assert run.equity[-1].equity == run.asked.initial_capital + total
    assert ends <= {one.reason for one in run.trades}
