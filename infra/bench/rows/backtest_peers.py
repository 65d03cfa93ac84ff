"""Backtests beside other people's: the same file of daily chains through ours, optopsy and IronCondor.

The rules that all have: a condor of 30 to 60 days with shorts nearest to a delta of 0.16 and wings 5 further
out, left at 21 days. Ours is measured with all of its gates, its account and its daily marks, which optopsy
and IronCondor have not. Each is a process of its own; its trades are held against theirs, leg for leg.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from chalicelib.domain.backtest.parts import trading_days
from chalicelib.domain.backtest.request import BacktestRequest, read_request
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.instruments.symbols import OptionContract
from infra.bench.ground import Ground
from infra.bench.peers.environment import peer_environment
from infra.bench.processes import ROOT
from infra.bench.result import Bar, Bound, Outcome, Peer, Row, Skipped

if TYPE_CHECKING:
    from chalicelib.domain.backtest.positions import ClosedTrade
    from chalicelib.domain.backtest.synthetic import SyntheticMarket

#: At least three times as fast: a third of their time.
TIME_MOST: Final = 1 / 3
#: `ironcondor` reads its own results with pandas and pyarrow.
PACKAGES: Final = ("optopsy==2.2.0", "ironcondor==0.10.0", "pandas==3.1.1", "pyarrow")
HEADER: Final = (
    "underlying_symbol,underlying_price,option_type,expiration,quote_date,strike,bid,ask,volume,"
    "open_interest,implied_volatility,delta"
)
_PROGRAMS: Final = ROOT / "infra/bench/peers"
_FIRST: Final = date(2025, 1, 2)
_SEED: Final = 7
_SECONDS_MAX: Final = 900
_CONDOR_DAYS: Final = 21
_CENT: Final = 0.005
_CONDOR: Final = {
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
    # A stop that no condor reaches: a strategy has one, and the others have none.
    "exit_conditions": {"stop_pct": 10_000, "time_stop_dte": 21},
    "sizing": {"kind": "fixed", "qty": 1},
    "max_positions": 5,
}

Said = Mapping[str, Any]  # Any: JSON of the programs here and in `peers`


def measure(ground: Ground) -> list[Outcome]:
    """Write the file, let each run over it, and hold what they found against each other."""
    name = "backtest_peers"
    if not ground.sizes.installs_peer:
        return [Skipped(name=name, reason="left out at this size: it installs packages")]
    directory = ground.new_directory()
    directory.mkdir()
    last = _FIRST + timedelta(days=ground.sizes.backtested_days - 2)
    file = directory / "rows.csv"
    write_rows(file, last)
    ours = _said([sys.executable, "-m", "infra.bench.rows.backtest_peers", str(file), last.isoformat()])
    try:
        with peer_environment(PACKAGES) as python:
            optopsy = _said([python, str(_PROGRAMS / "optopsy_year.py"), str(file)])
            held = _held(optopsy, last)
            program = [python, str(_PROGRAMS / "ironcondor_year.py"), str(file)]
            iron = _said([*program, json.dumps(held), str(directory)])
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        return [Skipped(name=name, reason=f"the packages could not be installed ({type(error).__name__})")]
    return list(_rows(ours, optopsy, iron, held))


def _rows(ours: Said, optopsy: Said, iron: Said, held: Said) -> Iterator[Row]:
    own, bar = optopsy["own"], Bar(bound=Bound.RATIO_MOST, limit=TIME_MOST)
    sessions = f"{own['sessions']} sessions"
    yield Row(
        name="backtest_peer_own_means",
        what=f"a condor over {sessions}, by each one's own means",
        value=ours["run_s"] / ours["sessions"] * own["sessions"],
        unit="s",
        peer=Peer(name=f"optopsy, {own['combinations']:,} combinations", value=own["seconds"]),
        bar=bar,
        detail={"megabytes": ours["megabytes"], "peer_megabytes": own["megabytes"]},
    )
    yield Row(
        name="backtest_peer_chosen",
        what=f"{ours['rows']:,} rows, condors chosen, held and left",
        value=ours["run_s"],
        unit="s",
        peer=Peer(name="optopsy, strikes chosen before in pandas", value=optopsy["run_s"]),
        bar=bar,
        detail={
            "megabytes": ours["megabytes"],
            "peer_megabytes": optopsy["megabytes"],
            "condors": len(ours["condors"]),
            "peer_condors": len(optopsy["condors"]),
            "same_prices": _same_prices(ours, optopsy),
        },
    )
    yield Row(
        name="backtest_peer_read",
        what="the same file read, checked and stored",
        value=ours["load_s"],
        unit="s",
        peer=Peer(name="optopsy, read", value=optopsy["read_s"]),
    )
    yield _one_condor(ours, iron, held, bar)


def _one_condor(ours: Said, iron: Said, held: Said, bar: Bar) -> Row:
    return Row(
        name="backtest_peer_ironcondor",
        what="one condor of those rows",
        value=ours["run_s"] / len(ours["condors"]),
        unit="s",
        peer=Peer(name="IronCondor, one condor told", value=iron["run_s"]),
        bar=bar,
        detail={
            "megabytes": ours["megabytes"],
            "peer_megabytes": iron["megabytes"],
            "same_prices": _same_mids(held["mids"], iron["cash"]),
        },
    )


def _same_prices(ours: Said, optopsy: Said) -> str:
    """Say how many of our condors theirs has with the same entry and the same exit, to the cent."""
    theirs = {(one[0], one[1], *one[2:6]): one[6:8] for one in optopsy["condors"]}
    same = sum(
        abs(theirs[key][0] - one["entry"]) < _CENT and abs(theirs[key][1] - one["exit"]) < _CENT
        for one in ours["condors"]
        if (key := (one["expiry"], float(one["dte"]), *one["strikes"])) in theirs
    )
    return f"{same} of {len(ours['condors'])}"


def _same_mids(mids: list[float], cash: list[float]) -> bool:
    """Say whether both found the same at the mid; IronCondor rounds each leg's to a cent."""
    entry, leaving = mids
    return abs(entry + cash[0]) <= 4 * _CENT and abs(leaving - cash[1]) <= 4 * _CENT


def _held(optopsy: Said, last: date) -> Said:
    """Return the first day's first condor, which IronCondor is told, with its mids at both ends."""
    expiry, _, *strikes = optopsy["condors"][0][:6]
    market, days = _market(last), trading_days(_FIRST, last, MarketCalendar())
    leaves = date.fromisoformat(expiry) - timedelta(days=_CONDOR_DAYS)
    mids = [_mid(market, day, date.fromisoformat(expiry), strikes) for day in (_FIRST, leaves)]
    return {"expiry": expiry, "strikes": strikes, "steps": days.index(leaves), "mids": mids}


def _mid(market: "SyntheticMarket", day: date, expiry: date, strikes: Sequence[float]) -> float:
    """Return what a condor, bought, is worth at the mid: a credit is negative."""
    (rows,) = market.chains(day)
    found = 0.0
    for strike, is_call, sign in zip(strikes, (False, False, True, True), (1, -1, -1, 1), strict=True):
        here = (rows.expiry == expiry.toordinal()) & (rows.strike == strike) & (rows.is_call == is_call)
        found += sign * float((rows.bid[here][0] + rows.ask[here][0]) / 2)
    return found


def _said(command: list[str]) -> Said:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS_MAX)
    found: Said = json.loads(done.stdout.splitlines()[-1])
    return found


def write_rows(file: Path, last: date) -> None:
    """Write a made-up market's chains in optopsy's order, with what more it and ours read."""
    calendar, market = MarketCalendar(), _market(last)
    with file.open("w") as out:
        out.write(HEADER + "\n")
        for day in trading_days(_FIRST, last, calendar):
            (rows,) = market.chains(day)
            columns = zip(
                *(rows.is_call.tolist(), rows.expiry.tolist(), rows.strike.tolist(), rows.bid.tolist()),
                *(rows.ask.tolist(), rows.volume.tolist(), rows.open_interest.tolist()),
                *(rows.iv.tolist(), rows.delta.tolist()),
                strict=True,
            )
            for is_call, expiry, strike, bid, ask, volume, interest, iv, delta in columns:
                out.write(
                    f"SPY,{rows.spot},{'call' if is_call else 'put'},{date.fromordinal(expiry)},{day},"
                    f"{strike:g},{bid:g},{ask:g},{volume:.0f},{interest:.0f},{iv:g},{delta:g}\n"
                )


def _market(last: date) -> "SyntheticMarket":
    from chalicelib.domain.backtest.synthetic import SyntheticMarket

    return SyntheticMarket("SPY", _FIRST, last, _SEED, MarketCalendar())


def run(file: Path, last: date) -> Said:
    """Load the file and run ours over it, as `dev.py history load` and a backtest do."""
    from chalicelib.domain.backtest.march import March
    from chalicelib.domain.backtest.run import Run
    from chalicelib.services.backtests.daily_sources import DailySources
    from chalicelib.services.backtests.loaded import LoadedHistory
    from chalicelib.services.backtests.paper_books import opened
    from infra.history.chains import LoadTerms, load_chains
    from infra.local.aws.objects import DirectoryObjects

    calendar, store = MarketCalendar(), DirectoryObjects(file.parent / "histories")
    at = [time.process_time()]
    manifest = load_chains([file], LoadTerms(loader="optopsy", name="rows"), store, lambda _: None)
    at.append(time.process_time())
    loaded = manifest.of("SPY")
    assert loaded is not None
    facts = DailySources(daily=_market(last).daily, notes=(), fingerprint="")
    asked, days = _asked(last), trading_days(_FIRST, last, calendar)
    at.append(time.process_time())
    history = LoadedHistory(store, loaded, facts, ())
    one = Run(asked, asked.strategy, DeskSettings(), calendar, opened(asked))
    march = March(history=history, calendar=calendar, runs=[one])
    for day in days:
        march.day(day, is_last=day == days[-1])
    at.append(time.process_time())
    used = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    left_in_time = [trade for trade in one.trades if trade.reason == "STRATEGY_EXIT"]
    return {
        "load_s": at[1] - at[0],
        "run_s": at[3] - at[2],
        "megabytes": used,
        "rows": sum(part.rows for part in loaded.parts),
        "sessions": len(days),
        "condors": [_condor(trade) for trade in left_in_time],
    }


def _asked(last: date) -> BacktestRequest:
    body = {
        "strategy": _CONDOR,
        "from": _FIRST.isoformat(),
        "to": last.isoformat(),
        "commission": 0,
        "fill_rule": "touch",
        "assume": ["quote_sizes"],
    }
    found = read_request(body, None, ["optopsy"], UUID(int=1))
    assert isinstance(found, BacktestRequest), found
    return found


def _condor(trade: "ClosedTrade") -> Said:
    contracts = sorted(
        (OptionContract.parse_occ(leg.symbol) for leg in trade.legs), key=lambda one: one.strike
    )
    expiry = contracts[0].expiry
    return {
        "expiry": expiry.isoformat(),
        "dte": (expiry - trade.opened_at.date()).days,
        "strikes": [float(one.strike) for one in contracts],
        "entry": float(trade.entry_price),
        "exit": float(trade.exit_price),
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))))
