"""GOOG's recorded half day, a put sold against cash: entry and exit scans each minute (B-12, issue 14).

The day is loaded as a person loads it, which is left out: that is done once. Its chains tell no IV, so each
minute's are solved from prices; VIX, windows, volume and open interest are not recorded, and assumed.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from chalicelib.domain.backtest.request import BacktestRequest, read_request
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.settings import DeskSettings
from infra.bench.ground import Ground
from infra.bench.measure import timed
from infra.bench.processes import ROOT
from infra.bench.result import Bar, Bound, Outcome, Row, Skipped

if TYPE_CHECKING:
    from chalicelib.domain.backtest.history import History
    from chalicelib.domain.backtest.run import Run

SECONDS_MAX: Final = 3.0
DAY: Final = date(2015, 12, 24)
RECORDED: Final = ROOT.parent / "shared/data/lean"
#: Reading the archive takes longer than all else: not for a look.
_MINUTES_MIN: Final = 390
_NOT_RECORDED: Final = ["vix", "vix3m", "macro_windows", "volume", "open_interest", "iv_history"]
_PUTS: Final = {
    "name": "GOOG puts",
    "type": "cash_secured_put",
    "underlying": "GOOG",
    "entry_conditions": {
        "dte_min": 15,
        "dte_max": 30,
        "short_delta": 0.16,
        "min_credit": 0.10,
        "min_vrp": -1,
        "liquidity": {"max_spread_pct": 60, "max_quote_age_s": 3600, "min_underlying_volume_pct": 1},
    },
    "exit_conditions": {"profit_target_pct": 50, "stop_pct": 200, "time_stop_dte": 5},
    "sizing": {"kind": "fixed", "qty": 1},
    "max_positions": 5,
}


def measure(ground: Ground) -> list[Outcome]:
    """Measure the processor's time of the day's 210 minutes."""
    name = "backtest_minutes"
    if not RECORDED.exists():
        return [Skipped(name=name, reason="the recorded day is not beside this repository")]
    if ground.sizes.replayed_minutes < _MINUTES_MIN:
        return [Skipped(name=name, reason="left out at this size: reading the recorded day takes long")]
    run, moments = _prepared()
    ended = run()
    taken = timed(run, rounds=ground.sizes.rounds // 2, warm=0)
    return [
        Row(
            name=name,
            what=f"GOOG's recorded day, entry and exit scans at {moments} minutes",
            value=taken.cpu_ms / 1000,
            unit="s CPU",
            cpu_ms=taken.cpu_ms,
            bar=Bar(bound=Bound.VALUE_MOST, limit=SECONDS_MAX),
            detail={"wall_ms": round(taken.wall_ms, 1), "trades": len(ended.trades)},
        )
    ]


def _prepared() -> tuple[Callable[[], "Run"], int]:
    from chalicelib.domain.backtest.march import March
    from chalicelib.domain.backtest.run import Run
    from chalicelib.services.backtests.paper_books import opened

    history, asked, calendar = _history(RECORDED), _asked(), MarketCalendar()

    def run() -> Run:
        one = Run(
            asked,
            asked.strategy,
            DeskSettings(max_bid_ask_spread_percent=Decimal(60)),
            calendar,
            opened(asked),
        )
        March(history=history, calendar=calendar, runs=[one]).day(DAY, is_last=True)
        return one

    return run, len(history.chains(DAY))


def _asked() -> BacktestRequest:
    on = DAY.isoformat()
    body = {"strategy": _PUTS, "from": on, "to": on, "assume": _NOT_RECORDED}
    found = read_request(body, None, ["lean"], UUID(int=1))
    assert isinstance(found, BacktestRequest), found
    return found


def _history(recorded: Path) -> "History":
    from chalicelib.domain.backtest.history import DailyHistory, Dividends, EarningsDays
    from chalicelib.domain.backtest.loading.daily import Kind, bars_of
    from chalicelib.services.backtests.daily_sources import DailySources
    from chalicelib.services.backtests.loaded import LoadedHistory
    from infra.history.chains import LoadTerms, load_chains
    from infra.history.daily import load_daily
    from infra.local.aws.objects import MemoryObjects

    store = MemoryObjects()
    quotes = recorded / f"option/usa/minute/goog/{DAY:%Y%m%d}_quote_american.zip"
    manifest = load_chains([quotes], LoadTerms(loader="lean", name="day"), store, lambda _: None)
    bars, *_ = load_daily(Kind.BARS, [recorded / "equity/usa/daily/goog.zip"], "GOOG")
    facts = DailyHistory(
        bars=bars_of(bars),
        earnings=EarningsDays(days=(date(2016, 2, 1),)),
        dividends=Dividends(has_none=True),
    )
    loaded = manifest.of("GOOG")
    assert loaded is not None
    return LoadedHistory(store, loaded, DailySources(daily=facts, notes=(), fingerprint=""), ())
