"""Recorded minutes in LEAN's format: each minute's chain, sides carried forward as they were known (B-12).

A file is one underlying's day, `…/option/usa/minute/<symbol>/<day>_quote_american.zip`; trades, open interest
and the underlying's own minutes lie beside it as LEAN lays them out.
"""

import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.instruments.tickers import spell_ticker
from infra.history.days import DayReader
from infra.history.faults import BadFile
from infra.history.rows import ROW, Rows, prices, whole
from infra.local.emulators.market.occ import Right
from infra.local.emulators.market.paths import session_required
from infra.local.emulators.replaying.replay_files import RecordedChain, RecordedDay, load_day

LOADER: Final = "lean"
_QUOTES: Final = "_quote_american.zip"
_MINUTE: Final = 60
#: `<root>/option/usa/minute/<symbol>/<file>`.
_ROOT_ABOVE: Final = 4


def read_recorded(path: Path) -> tuple[str, Rows]:
    """Read one recorded day; raises BadFile."""
    if not path.name.endswith(_QUOTES):
        raise BadFile(path.name, f"name a day's quotes, …{_QUOTES}: the rest is found beside it")
    symbol = path.parent.name.upper()
    day = DayReader(path.name, "of the name").read(path.name.removesuffix(_QUOTES), 0).day
    try:
        recorded = load_day(path.parents[_ROOT_ABOVE], symbol, session_required(day))
    except FileNotFoundError as error:
        raise BadFile(path.name, f"the underlying's trades are missing: {error.filename}") from error
    except (ValueError, IndexError, KeyError, zipfile.BadZipFile) as error:
        raise BadFile(path.name, f"is not as LEAN writes it: {error}") from error
    parts = list(_sides(recorded, recorded.stock.last))
    if not parts:
        raise BadFile(path.name, "has no quotes")
    return spell_ticker(symbol), np.concatenate(parts)


def _sides(recorded: RecordedDay, spot: npt.NDArray[np.float64]) -> Iterator[Rows]:
    for expiry, chain in recorded.chains.items():
        for right in Right:
            yield _side(recorded, expiry, chain, right, spot)


def _side(
    recorded: RecordedDay,
    expiry: date,
    chain: RecordedChain,
    right: Right,
    spot: npt.NDArray[np.float64],
) -> Rows:
    """Lay out the contracts of one expiry and right: each minute's, from when somebody first quoted them."""
    side = chain.sides[right]
    bid, ask = side.bid[1:], side.ask[1:]  # row 0 is the open's, before any bar was known
    minute, column = np.nonzero(~(np.isnan(bid) & np.isnan(ask)))
    rows = np.zeros(len(minute), dtype=ROW)
    rows["at"] = recorded.session.open_second + (minute + 1) * _MINUTE
    rows["expiry"] = expiry.toordinal()
    rows["strike"] = chain.thousandths[column]
    rows["is_call"] = right is Right.CALL
    for name, values in (("bid", bid), ("ask", ask)):
        rows[name] = prices(values[minute, column])
    for name, values in (("bid_size", side.bid_size), ("ask_size", side.ask_size), ("volume", side.volume)):
        rows[name] = whole(values[1:][minute, column], 1)
    rows["open_interest"] = whole(side.open_interest[column], 1)
    for name in ("iv", "delta", "gamma", "vega"):
        rows[name] = np.nan
    rows["spot"] = prices(spot[1:][minute])
    rows["row"] = minute + 1
    return rows
