"""Strike rows: one row carries the call and the put of a strike, in the vendor's order of fields.

Numbers keep their float noise, as on the wire. `dte` counts the trade day itself, `delta` is the call's,
volatilities are fractions, and a volatility of 0 means no bid or not solvable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic_core import to_json

from infra.local.emulators.market.black_scholes import Array
from infra.local.emulators.market.occ import SETTLED_AT_THE_OPEN, Right
from infra.local.emulators.market.quotes import Chain, ChainSide, Integers
from infra.local.emulators.market.sessions import NEW_YORK

Texts = npt.NDArray[np.str_]
Column = Array | Integers | Texts | str | float | int
Mask = npt.NDArray[np.bool_]
UPDATE_LAG: Final = timedelta(seconds=11)
SMOOTHNESS: Final = 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows as columns: an array with one element per strike, or one value for all."""

    columns: dict[str, Column]
    length: int

    def chosen(self, names: Sequence[str]) -> "Table":
        """Return only the named columns; unknown names are ignored."""
        kept = {name: self.columns[name] for name in names if name in self.columns}
        return Table(columns=kept, length=self.length)

    def filtered(self, mask: Mask) -> "Table":
        """Return only the rows that a mask keeps."""
        columns = {
            name: column[mask] if isinstance(column, np.ndarray) else column
            for name, column in self.columns.items()
        }
        return Table(columns=columns, length=int(mask.sum()))

    def json_rows(self) -> str:
        """Return the rows as JSON objects, joined by commas."""
        parts, lists = [], []
        for name, column in self.columns.items():
            if isinstance(column, np.ndarray):
                parts.append(f'"{name}":%s')
                lists.append(_numbers(column))
            else:
                parts.append(f'"{name}":{_constant(column)}')
        template = "{" + ",".join(parts) + "}"
        if not lists:
            return ",".join([template.replace("%%", "%")] * self.length)
        return ",".join(map(template.__mod__, zip(*lists, strict=True)))

    def csv_rows(self) -> list[str]:
        """Return the rows as lines of values."""
        lists = [
            column.tolist() if isinstance(column, np.ndarray) else [column] * self.length
            for column in self.columns.values()
        ]
        return [",".join(map(str, row)) for row in zip(*lists, strict=True)]


def strike_table(chain: Chain) -> Table:
    """Return the strike rows of one expiry."""
    calls, puts, found = chain.calls, chain.puts, chain.greeks
    quoted = datetime.fromtimestamp(chain.quoted_second, UTC)
    trade_date = quoted.astimezone(NEW_YORK).date()
    variance = found.gamma * chain.spot**2 * np.square(chain.volatility)
    snapshot = quoted.replace(second=0) + timedelta(minutes=1)
    columns: dict[str, Column] = {
        "ticker": chain.instrument.symbol.replace("/", "_"),
        "tradeDate": trade_date.isoformat(),
        "expirDate": chain.expiry.isoformat(),
        "dte": (chain.expiry - trade_date).days + 1,
        "strike": chain.strikes,
        "stockPrice": chain.spot,
        **_counts("call", calls),
        **_counts("put", puts),
        **_prices("call", calls),
        **_prices("put", puts),
        **_volatilities("call", calls),
        "smvVol": chain.volatility,
        **_volatilities("put", puts),
        "residualRate": -0.000407409278413811,
        "delta": found.delta,
        "gamma": found.gamma,
        "theta": found.theta,
        "vega": found.vega,
        "rho": found.rho,
        "phi": found.phi,
        "driftlessTheta": -variance / 2 / 365,
        "callSmvVol": chain.volatility,
        "putSmvVol": chain.volatility,
        "extSmvVol": chain.volatility * SMOOTHNESS,
        "extCallValue": calls.value,
        "extPutValue": puts.value,
        "spotPrice": chain.spot,
        **_instants(chain),
        "snapShotEstTime": f"{snapshot.astimezone(NEW_YORK):%H%M}",
        "snapShotDate": zulu(snapshot),
        "expiryTod": "am" if chain.root in SETTLED_AT_THE_OPEN else "pm",
    }
    return Table(columns=columns, length=len(chain.strikes))


def crossed_table(table: Table) -> Table:
    """Return the rows with bid and ask swapped wherever both sides are quoted."""
    columns = dict(table.columns)
    for side in ("call", "put"):
        bid = np.asarray(table.columns[f"{side}BidPrice"])
        ask = np.asarray(table.columns[f"{side}AskPrice"])
        two_sided = (bid > 0) & (ask > bid)
        columns[f"{side}BidPrice"] = np.where(two_sided, ask, bid)
        columns[f"{side}AskPrice"] = np.where(two_sided, bid, ask)
    return Table(columns=columns, length=table.length)


def zulu(at: datetime) -> str:
    """Return an instant as `2023-11-03T19:59:44Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def updated_text(quoted: datetime) -> str:
    """Return `updatedAt` in either of the two forms that the vendor uses, by the minute."""
    updated = quoted + UPDATE_LAG
    return f"{updated:%Y-%m-%d %H:%M:%S}" if updated.minute % 2 else zulu(updated)


def _instants(chain: Chain) -> dict[str, Column]:
    """Return when the rows were quoted, of each row its older side: for all at once unless some are held."""
    if not chain.held_seconds:
        quoted = datetime.fromtimestamp(chain.quoted_second, UTC)
        return {"quoteDate": zulu(quoted), "updatedAt": updated_text(quoted)}
    oldest = [min(chain.quoted_at(right, row) for right in Right) for row in range(len(chain.strikes))]
    at = [datetime.fromtimestamp(second, UTC) for second in oldest]
    return {
        "quoteDate": np.array([zulu(one) for one in at]),
        "updatedAt": np.array([updated_text(one) for one in at]),
    }


def _numbers(column: Array | Integers | Texts) -> list[str]:
    """Write numbers, or texts without a comma, as JSON; each reads back as the same one.

    A chain has thousands, so not by `repr`.
    """
    return to_json(column.tolist())[1:-1].decode().split(",")


def _constant(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _counts(name: str, side: ChainSide) -> dict[str, Column]:
    return {
        f"{name}Volume": side.volume,
        f"{name}OpenInterest": side.open_interest,
        f"{name}BidSize": side.bid_size,
        f"{name}AskSize": side.ask_size,
    }


def _prices(name: str, side: ChainSide) -> dict[str, Column]:
    return {
        f"{name}BidPrice": np.nan_to_num(side.bid),
        f"{name}Value": side.value,
        f"{name}AskPrice": np.nan_to_num(side.ask),
    }


def _volatilities(name: str, side: ChainSide) -> dict[str, Column]:
    return {
        f"{name}BidIv": side.bid_volatility,
        f"{name}MidIv": side.middle_volatility,
        f"{name}AskIv": side.ask_volatility,
    }
