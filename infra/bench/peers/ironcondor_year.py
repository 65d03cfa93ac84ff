"""One condor over a file of daily chains by IronCondor: `python ironcondor_year.py FILE CONDOR DIRECTORY`.

Its Python binding runs one condor, of strikes that its caller names, from the first step of its tape on, and
fills at the mid. `CONDOR` is JSON: the expiry, four strikes from the long put to the long call, and the steps
until it is left. The file is turned into its Parquet columns first, which is not measured.
"""

import json
import sys
import time
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Any

import ironcondor
import pandas
import pyarrow
from pyarrow import parquet

_CLOSE_HOUR = 21
_CENTS = 100
_COLUMNS = {
    "step": pyarrow.int32(),
    "ts": pyarrow.int64(),
    "underlying": pyarrow.string(),
    "underlying_price": pyarrow.int64(),
    "tick_size": pyarrow.int64(),
    "contract_multiplier": pyarrow.int32(),
    "expiration": pyarrow.int64(),
    "strike": pyarrow.int64(),
    "style": pyarrow.string(),
    "bid": pyarrow.int64(),
    "ask": pyarrow.int64(),
    "bid_size": pyarrow.int32(),
    "ask_size": pyarrow.int32(),
    "implied_volatility": pyarrow.float64(),
    "delta": pyarrow.float64(),
    "gamma": pyarrow.float64(),
    "theta": pyarrow.float64(),
    "vega": pyarrow.float64(),
}


def instants(days: pandas.Series) -> pandas.Series:
    """Return days' closes as nanoseconds."""
    at = pandas.to_datetime(days) + pandas.Timedelta(hours=_CLOSE_HOUR)
    return at.astype("datetime64[ns]").astype("int64")


def cents(dollars: pandas.Series) -> pandas.Series:
    """Return dollars in cents."""
    return (dollars * _CENTS).round().astype("int64")


def written(rows: pandas.DataFrame, path: Path) -> None:
    """Write the columns that it reads; what a replay at mids does not look at is a constant."""
    steps = {day: number for number, day in enumerate(sorted(rows["quote_date"].unique()))}
    columns = {
        "step": rows["quote_date"].map(steps),
        "ts": instants(rows["quote_date"]),
        "underlying": rows["underlying_symbol"],
        "underlying_price": cents(rows["underlying_price"]),
        "tick_size": 1,
        "contract_multiplier": 100,
        "expiration": instants(rows["expiration"]),
        "strike": cents(rows["strike"]),
        "style": rows["option_type"],
        "bid": cents(rows["bid"]),
        "ask": cents(rows["ask"]),
        "bid_size": 100,
        "ask_size": 100,
        "implied_volatility": rows["implied_volatility"],
        "delta": rows["delta"],
        "gamma": 0.01,
        "theta": -0.01,
        "vega": 0.1,
    }
    frame = pandas.DataFrame(columns, index=rows.index)
    schema = pyarrow.schema(list(_COLUMNS.items()))
    parquet.write_table(pyarrow.Table.from_pandas(frame, schema=schema, preserve_index=False), path)


def config(  # Any: JSON
    wanted: dict[str, Any], tape: Path, directory: str
) -> ironcondor.BacktestConfig:
    """Return the run of one condor over a tape."""
    long_put, short_put, short_call, long_call = (round(one * _CENTS) for one in wanted["strikes"])
    expiry = int(pandas.Timestamp(f"{wanted['expiry']} {_CLOSE_HOUR}:00").value)
    return (
        ironcondor.BacktestConfig(seed=1, capital_cents=10_000_000)
        .data_parquet(str(tape))
        .strategy_iron_condor(
            underlying="SPY",
            underlying_price_cents=(short_put + short_call) // 2,
            short_call_strike_cents=short_call,
            short_put_strike_cents=short_put,
            long_call_strike_cents=long_call,
            long_put_strike_cents=long_put,
            expiration_ns=expiry,
            quantity=1,
            premium_short_call_cents=150,
            premium_short_put_cents=150,
            premium_long_call_cents=75,
            premium_long_put_cents=75,
            implied_volatility=0.2,
            risk_free_rate=0.0,
            dividend_yield=0.0,
        )
        .exit_time_steps(wanted["steps"])
        .execution_naive()
        .fees(per_contract_cents=0, per_order_cents=0)
        .output_dir(directory)
        .overwrite(True)
    )


def main(file: str, condor: str, directory: str) -> None:
    """Write its tape, run the condor, and print seconds, memory, and what it was filled at."""
    wanted, tape = json.loads(condor), Path(directory) / "tape.parquet"
    written(pandas.read_csv(file), tape)
    asked = config(wanted, tape, directory)
    before, begun = getrusage(RUSAGE_SELF).ru_maxrss / 1024, time.process_time()
    bundle = ironcondor.run(asked)
    taken = time.process_time() - begun
    fills = bundle.fills()
    sides = fills["side"].map({"long": 1, "short": -1})
    cash = -(sides * fills["price_cents"]).groupby(fills["step"]).sum() / _CENTS
    said = {
        "run_s": taken,
        "megabytes": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
        "megabytes_before": before,
        "steps": [int(one) for one in cash.index],
        "cash": [float(one) for one in cash],
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
