"""From a vendor's rows to contracts: sides of wide rows, units, roots, and what cannot be used (B-12).

Left out with file and row: rows without a day or strike, expired ones, crossed quotes, what nobody offers,
adjusted contracts. A file whose volatilities or deltas are per cent stops: nothing says what else it means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.loading.packed import STRIKE_UNITS, UNKNOWN
from infra.history.cells import Chunk, Floats
from infra.history.days import UNKNOWN_DAY, DayReader, ordinals
from infra.history.faults import BadFile, Faults, Mask
from infra.history.moments import moments_of
from infra.history.roots import Roots
from infra.history.rows import ROW, Rows, prices, whole

#: Volatilities of near contracts with a week to go: above this they are per cent.
_IV_PER_CENT: Final = 5.0
_NEAR: Final = 0.05
_NEAR_DAYS: Final = 7
#: With no near contract in sight: so many, and all above.
_ALL_ABOVE_MIN: Final = 20
#: ORATS caps at 9.999999; DataShop writes 0.02 beside a delta of 1 for what it cannot solve.
_IV_CAP: Final = 9.99
_IV_FLOOR: Final = 0.02
_DELTA_MAX: Final = 1.001
_RIGHTS: Final = {"c": True, "call": True, "p": False, "put": False}
_STRIKE_TOLERANCE: Final = 1e-6
_SIZES: Final = " x "


@dataclass(slots=True)
class FileReaders:
    """How one file writes its dates, once it has shown it."""

    date: DayReader
    expiry: DayReader

    @classmethod
    def of(cls, file: str) -> "FileReaders":
        return cls(DayReader(file, "of the day"), DayReader(file, "of the expiry"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contracts:
    """A chunk's contracts by underlying; `moment` beside each row where the file tells times."""

    by_symbol: dict[str, Rows]
    is_timed: bool


def contracts_of(
    chunk: Chunk, readers: FileReaders, roots: Roots, faults: Faults, *, symbol: str | None, number: int
) -> Contracts:
    """Lay a chunk out as rows of `number`, the file's. Raises BadFile."""
    told = moments_of(chunk, readers.date)
    expiry = ordinals(chunk, "expiry", readers.expiry)
    kept = _usable(chunk, told.day, expiry, faults)
    symbols = roots.symbols(chunk, symbol)
    found: dict[str, list[Rows]] = {}
    for side in chunk.chosen.layout.sides:
        rows = _side(chunk, side, told.day, expiry, number)
        rows["at"] = told.at
        keep = _quoted(chunk, side, kept, faults)
        keep = roots.fill(chunk, side, rows, keep, symbols, told.day, faults)
        for code, name in enumerate(symbols.values):
            of_symbol = keep & (symbols.codes == code)
            if of_symbol.any():
                found.setdefault(name, []).append(rows[of_symbol])
    return Contracts(
        by_symbol={name: np.concatenate(parts) for name, parts in found.items()}, is_timed=told.is_timed
    )


def _usable(chunk: Chunk, day: npt.NDArray[np.int32], expiry: npt.NDArray[np.int32], faults: Faults) -> Mask:
    """Tell the rows that say which contract and which day."""
    strike = chunk.numbers["strike"]
    _leave_out(chunk, faults, "no day", day == UNKNOWN_DAY)
    _leave_out(chunk, faults, "no expiry", (day != UNKNOWN_DAY) & (expiry == UNKNOWN_DAY))
    has_days = (day != UNKNOWN_DAY) & (expiry != UNKNOWN_DAY)
    steps = strike * STRIKE_UNITS
    has_strike = (strike > 0) & (np.abs(steps - np.rint(steps)) < _STRIKE_TOLERANCE * STRIKE_UNITS)
    _leave_out(chunk, faults, "no strike", has_days & ~has_strike, "strike")
    over = has_days & has_strike & (expiry < day)
    places = np.flatnonzero(over)

    def words(index: int) -> str:
        ended, told = (date.fromordinal(int(one[places[index]])) for one in (expiry, day))
        return f"expired {ended} before {told}"

    faults.add("expired before its day", chunk.file, chunk.row[over], words)
    return np.asarray(has_days & has_strike & ~over)


def _leave_out(chunk: Chunk, faults: Faults, kind: str, mask: Mask, column: str | None = None) -> None:
    rows = np.flatnonzero(mask)
    values = None if column is None else chunk.numbers[column][rows]
    faults.add(kind, chunk.file, chunk.row[rows], lambda at: "" if values is None else f"{values[at]:g}")


def _quoted(chunk: Chunk, side: str, kept: Mask, faults: Faults) -> Mask:
    """Tell which of the rows have a quote that can be used: an ask is needed, a bid of 0 is nobody."""
    bid, ask = chunk.numbers[f"{side}bid"], chunk.numbers[f"{side}ask"]

    def words(rows: npt.NDArray[np.int64]) -> Callable[[int], str]:
        return lambda at: f"{side.rstrip('_')} bid {bid[rows[at]]:g}, ask {ask[rows[at]]:g}".strip()

    negative = (bid < 0) | (ask < 0)
    crossed = (bid > ask) & (ask > 0)
    nobody = ~(ask > 0) & ~negative
    for kind, mask in (("crossed", crossed), ("negative price", negative), ("nobody offers", nobody)):
        rows = np.flatnonzero(mask & kept)
        faults.add(kind, chunk.file, chunk.row[rows], words(rows))
    return np.asarray(kept & ~(crossed | negative | nobody))


def _side(
    chunk: Chunk, side: str, day: npt.NDArray[np.int32], expiry: npt.NDArray[np.int32], number: int
) -> Rows:
    layout, numbers = chunk.chosen.layout, chunk.numbers
    count = len(chunk.row)
    rows = np.zeros(count, dtype=ROW)
    is_call = _is_call(chunk, side)
    rows["is_call"], rows["expiry"], rows["file"], rows["row"] = is_call, expiry, number, chunk.row
    rows["strike"] = whole(numbers["strike"], STRIKE_UNITS)
    for name in ("bid", "ask"):
        rows[name] = prices(numbers[f"{side}{name}"])
    sizes = _sizes(chunk, side)
    for name in ("volume", "open_interest", "bid_size", "ask_size"):
        told = sizes.get(name, numbers.get(f"{side}{name}"))
        rows[name] = UNKNOWN if told is None else whole(told, 1)
    spot = _spot(numbers, count)
    rows["spot"] = prices(spot)
    iv, delta = _of(numbers, side, "iv", count), _of(numbers, side, "delta", count)
    _check_iv(chunk, iv, spot, day, expiry)
    is_floor = (iv <= _IV_FLOOR) & (np.abs(delta) >= 1)
    rows["iv"] = np.where((iv > 0) & (iv < _IV_CAP) & ~is_floor, iv, np.nan)
    if layout.call_delta_only and side == "put_":
        delta = delta - 1
    rows["delta"] = _checked_delta(chunk, delta, is_call)
    rows["gamma"] = _of(numbers, side, "gamma", count)
    vega = _of(numbers, side, "vega", count)
    rows["vega"] = np.nan if layout.vega_scale is None else vega * layout.vega_scale
    unknown = np.isnan(rows["iv"])  # Greeks belong to a volatility: without it they are a vendor's filler
    for name in ("delta", "gamma", "vega"):
        rows[name][unknown & _has(numbers, side, "iv")] = np.nan
    return rows


def _has(numbers: Mapping[str, Floats], side: str, name: str) -> bool:
    return f"{side}{name}" in numbers or name in numbers


def _of(numbers: Mapping[str, Floats], side: str, name: str, count: int) -> Floats:
    """Return a side's own column, else the row's, else what is not known."""
    told = numbers.get(f"{side}{name}")
    told = numbers.get(name) if told is None else told
    return np.full(count, np.nan) if told is None else told


def _is_call(chunk: Chunk, side: str) -> Mask:
    if side:
        return np.full(len(chunk.row), side == "call_")
    rights = chunk.texts["right"]
    for code, value in enumerate(rights.values):
        if value.lower() not in _RIGHTS:
            row = int(chunk.row[int(np.argmax(rights.codes == code))])
            raise BadFile(chunk.file, f"{value[:40]!r} is neither call nor put", row=row, column="right")
    missing = np.flatnonzero(rights.codes < 0)
    if len(missing):
        raise BadFile(chunk.file, "says neither call nor put", row=int(chunk.row[missing[0]]), column="right")
    known = np.array([*(_RIGHTS[value.lower()] for value in rights.values), False])
    return np.asarray(known[rights.codes])


def _spot(numbers: Mapping[str, Floats], count: int) -> Floats:
    """Return the middle of the underlying's quote where there is one, else its price."""
    bid, ask = (_of(numbers, "", name, count) for name in ("spot_bid", "spot_ask"))
    price = _of(numbers, "", "spot", count)
    spot = np.where((bid > 0) & (ask >= bid), (bid + ask) / 2, price)
    return np.where(spot > 0, spot, np.nan)


def _sizes(chunk: Chunk, side: str) -> dict[str, Floats]:
    """Read `300 x 300`, bid by ask."""
    texts = chunk.texts.get(f"{side}sizes")
    if texts is None:
        return {}
    told = []
    for code, value in enumerate(texts.values):
        parts = value.split(_SIZES)
        if len(parts) != 2 or not all(one.strip().isdigit() for one in parts):
            row = int(chunk.row[int(np.argmax(texts.codes == code))])
            raise BadFile(chunk.file, f"{value[:40]!r} are no sizes", row=row, column=f"{side}size")
        told.append([float(one) for one in parts])
    pairs = np.array([*told, [np.nan, np.nan]])[texts.codes]
    return {"bid_size": pairs[:, 0], "ask_size": pairs[:, 1]}


def _check_iv(
    chunk: Chunk, iv: Floats, spot: Floats, day: npt.NDArray[np.int32], expiry: npt.NDArray[np.int32]
) -> None:
    strike = chunk.numbers["strike"]
    known = iv > 0
    near = known & (np.abs(strike / spot - 1) < _NEAR) & (expiry - day >= _NEAR_DAYS)
    high = iv > _IV_PER_CENT
    all_high = known.sum() >= _ALL_ABOVE_MIN and bool((high | ~known).all())
    wrong = np.flatnonzero((near & high) if near.any() else (high & all_high))
    if len(wrong):
        reason = f"{iv[wrong[0]]:g} looks like per cent: a fraction is needed (0.1865 for 18.65 %)"
        raise BadFile(chunk.file, reason, row=int(chunk.row[wrong[0]]), column="implied volatility")


def _checked_delta(chunk: Chunk, delta: Floats, is_call: Mask) -> Floats:
    wrong = np.flatnonzero(np.abs(delta) > _DELTA_MAX)
    if len(wrong):
        reason = f"{delta[wrong[0]]:g} is no delta of one share: a fraction of ±1 is needed"
        raise BadFile(chunk.file, reason, row=int(chunk.row[wrong[0]]), column="delta")
    # Some write a put's delta without its sign; which they do, the file does not say: it is solved instead.
    is_signed = np.where(is_call, delta >= 0, delta <= 0)
    return np.where(is_signed, np.clip(delta, -1, 1), np.nan)
