"""A condor over a file of daily chains by optopsy: `python optopsy_year.py FILE`.

optopsy has ranges of delta and days, an exit at a number of days, and fills at the touch; it has no nearest
delta and no wing width, and makes every combination of strikes. So it is asked twice: by its own means over
two sessions, and over all of them with the strikes chosen before, in pandas.
"""

import json
import sys
import time
from resource import RUSAGE_SELF, getrusage

import optopsy
import pandas

_DELTA, _WIDTH, _EXIT_DTE = 0.16, 5.0, 21
_RULES = {"raw": True, "max_entry_dte": 60, "exit_dte": _EXIT_DTE, "slippage": "spread", "min_bid_ask": 0.001}
_SESSIONS = 2


def chosen(rows: pandas.DataFrame) -> pandas.DataFrame:
    """Return the four contracts of each day and expiry that the rule names, and what they are left at."""
    days = (rows["expiration"] - rows["quote_date"]).dt.days
    pool, key = rows[(days >= 30) & (days <= 60)], ["quote_date", "expiration"]
    parts = [rows[days == _EXIT_DTE]]
    for right, delta, away in (("put", -_DELTA, -_WIDTH), ("call", _DELTA, _WIDTH)):
        side = pool[pool["option_type"] == right]
        apart = (side["delta"] - delta).abs()
        short = side.loc[apart.groupby([side[one] for one in key]).idxmin()]
        wing = short[key].assign(strike=short["strike"] + away)
        parts += [short, side.merge(wing, on=[*key, "strike"])]
    return pandas.concat(parts, ignore_index=True)


def megabytes() -> float:
    """Return what this process has used at most."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def main(path: str) -> None:
    """Read, run both ways, and print seconds of the processor, memory, and each condor found."""
    at = [time.process_time()]
    rows = optopsy.csv_data(path, volume=8, open_interest=9, delta=11)
    at.append(time.process_time())
    found = optopsy.iron_condor(chosen(rows), max_otm_pct=0.9, **_RULES)
    at.append(time.process_time())
    used = megabytes()
    dates = sorted(rows["quote_date"].unique())[:_SESSIONS]
    days = (rows["expiration"] - rows["quote_date"]).dt.days
    few = rows[rows["quote_date"].isin(dates) | (days == _EXIT_DTE)]
    begun = time.process_time()
    own = optopsy.iron_condor(few, max_otm_pct=0.5, delta_min=-0.18, delta_max=0.18, **_RULES)
    taken = time.process_time() - begun
    strikes = [f"strike_leg{number}" for number in (1, 2, 3, 4)]
    told = found[["expiration", "dte_entry", *strikes, "total_entry_cost", "total_exit_proceeds"]]
    said = {
        "read_s": at[1] - at[0],
        "run_s": at[2] - at[1],
        "megabytes": used,
        "condors": [
            [one[0].date().isoformat(), *map(float, one[1:])] for one in told.itertuples(index=False)
        ],
        "own": {
            "sessions": len(dates),
            "seconds": taken,
            "megabytes": megabytes(),
            "combinations": len(own),
        },
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
