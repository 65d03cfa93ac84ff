"""A year of daily chains for one condor strategy, all gates, and half a sweep of 100 sets (B-12, issue 14).

The made-up market stands for a file: making each day's chains is in the figures, which reading is cheaper
than, and so is loading TA-Lib as a deployment has it, without pandas. Each figure is of a process of its own,
whose memory is what it has used at most.
"""

import json
import subprocess
import sys
import time
from datetime import date, timedelta
from resource import RUSAGE_SELF, getrusage
from typing import Final
from uuid import UUID

from chalicelib.domain.backtest.parts import SETS_A_PART, sets_of, strategy_with, trading_days
from chalicelib.domain.backtest.request import BacktestRequest, read_request
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.settings import DeskSettings
from infra.bench.ground import Ground
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.local.day.deployed_libraries import load_indicators

SECONDS_MAX: Final = 5.0
MEGABYTES_MAX: Final = 300.0
SWEEP_RATIO_MAX: Final = 12.0
_KILOBYTES: Final = 1024
_FIRST: Final = date(2025, 1, 2)
CONDOR: Final = {
    "name": "SPY condor",
    "type": "iron_condor",
    "underlying": "SPY",
    "entry_conditions": {
        "dte_min": 30,
        "dte_max": 60,
        "short_delta": 0.16,
        "wing_width": 5,
        "min_credit": 0.10,
    },
    "exit_conditions": {"profit_target_pct": 50, "stop_pct": 200, "time_stop_dte": 21},
    "sizing": {"kind": "fixed", "qty": 1},
    "max_positions": 5,
}
_SWEEP: Final = {
    "short_delta": [round(0.10 + 0.01 * number, 2) for number in range(10)],
    "stop_pct": [100 + 20 * number for number in range(10)],
}


def measure(ground: Ground) -> list[Outcome]:
    """Measure the processor's time of one run and of one of two workers' half of a sweep."""
    last = (_FIRST + timedelta(days=ground.sizes.backtested_days - 2)).isoformat()
    one, half = (_in_a_process(last, part) for part in (0, 1))
    return [
        Row(
            name="backtest",
            what=f"a condor over {one['days']:.0f} sessions, {one['rows']:,.0f} contract rows, all gates",
            value=one["seconds"],
            unit="s",
            cpu_ms=one["seconds"] * 1000,
            bar=Bar(bound=Bound.VALUE_MOST, limit=SECONDS_MAX),
            detail={"trades": one["trades"]},
        ),
        Row(
            name="backtest_memory",
            what="what that process has used at most",
            value=one["megabytes"],
            unit="MB",
            bar=Bar(bound=Bound.VALUE_MOST, limit=MEGABYTES_MAX),
        ),
        Row(
            name="backtest_sweep",
            what=f"{SETS_A_PART} of a sweep's 100 sets, which one of two workers has",
            value=half["seconds"],
            unit="s",
            cpu_ms=half["seconds"] * 1000,
            peer=Peer(name="one run", value=one["seconds"]),
            bar=Bar(bound=Bound.RATIO_MOST, limit=SWEEP_RATIO_MAX),
        ),
    ]


def _in_a_process(last: str, part: int) -> dict[str, float]:
    command = [sys.executable, "-m", "infra.bench.rows.backtest", last, str(part)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _asked(last: str) -> BacktestRequest:
    body = {"strategy": CONDOR, "from": _FIRST.isoformat(), "to": last, "sweep": _SWEEP}
    found = read_request(body, None, ["synthetic"], UUID(int=1))
    assert isinstance(found, BacktestRequest), found
    return found


def run(last: str, part: int) -> dict[str, float]:
    """Run one part here; of the first part the strategy itself alone."""
    from chalicelib.domain.backtest.march import March
    from chalicelib.domain.backtest.run import Run
    from chalicelib.domain.backtest.synthetic import SyntheticMarket
    from chalicelib.services.backtests.paper_books import opened

    asked, calendar = _asked(last), MarketCalendar()
    days = trading_days(asked.first, asked.last, calendar)
    market = SyntheticMarket("SPY", asked.first, asked.last, asked.seed, calendar)
    sets = sets_of(asked, part)[: 1 if part == 0 else None]
    begun = time.process_time()
    load_indicators()
    runs = [
        Run(asked, strategy_with(asked.strategy, values), DeskSettings(), calendar, opened(asked))
        for values in sets
    ]
    march = March(history=market, calendar=calendar, runs=runs)
    for day in days:
        march.day(day, is_last=day == days[-1])
    taken = time.process_time() - begun
    rows = sum(len(one.strike) for day in days for one in market.chains(day))
    return {
        "seconds": taken,
        "megabytes": getrusage(RUSAGE_SELF).ru_maxrss / _KILOBYTES,
        "days": len(days),
        "rows": rows,
        "trades": len(runs[0].trades),
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]))))
