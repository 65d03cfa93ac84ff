"""Whose contracts rows are: the underlying's spelling, the class, what is no standard contract (B-12)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.instruments.index_classes import INDEX_CLASSES, closing_root, is_index
from chalicelib.domain.instruments.roots import is_adjusted
from chalicelib.domain.instruments.tickers import root_of, spell_ticker
from infra.history.cells import Chunk, Texts
from infra.history.faults import BadFile, Faults, Mask
from infra.history.rows import Rows

#: Before symbols told root, day and strike (OSI, done by then) a stock had several roots that say nothing.
_OSI: Final = date(2010, 5, 14).toordinal()
_OCC: Final = re.compile(r"([A-Z0-9/._]{1,6}?)[ _]*\d{6}[CP]\d{8}")
_STANDARD_DELIVERY: Final = frozenset({"", "0"})
_FRIDAY: Final = 4
_SATURDAY: Final = 5
_NO_ROOT: Final = -1


class Roots:
    """Names of roots by the numbers that rows carry."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def number(self, name: str) -> int:
        """Return a root's number."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def symbols(self, chunk: Chunk, symbol: str | None) -> Texts:
        """Return each row's underlying as we spell it. Raises BadFile where the file does not say."""
        told = chunk.texts.get("underlying")
        if told is None:
            if symbol is None:
                raise BadFile(chunk.file, "the file does not say whose chains it has: add --symbol")
            return Texts(np.zeros(len(chunk.row), dtype=np.int64), (symbol,))
        spelled = [spell_ticker(value.replace("_", ".")) for value in told.values]
        names = tuple(dict.fromkeys(spelled))
        codes = np.array([*(names.index(one) for one in spelled), -1], dtype=np.int64)
        return Texts(codes[told.codes], names)

    def fill(
        self,
        chunk: Chunk,
        side: str,
        rows: Rows,
        kept: Mask,
        symbols: Texts,
        day: npt.NDArray[np.int32],
        faults: Faults,
    ) -> Mask:
        """Write each row's root; tell which of the rows are standard contracts of their underlying."""
        keep = kept & (symbols.codes >= 0)
        faults.add("no underlying", chunk.file, chunk.row[kept & ~keep])
        adjusted = self._by_delivery(chunk)
        told = self._told(chunk, side)
        rows["root"] = _NO_ROOT
        for code, symbol in enumerate(symbols.values):
            of_symbol = symbols.codes == code
            if told is None:
                rows["root"][of_symbol] = self._unsaid(symbol, rows["expiry"][of_symbol])
                continue
            for root_code, root in enumerate(told.values):
                here = of_symbol & (told.codes == root_code)
                if not here.any():
                    continue
                if is_adjusted(root):
                    adjusted |= here
                meant = self._meant(root, symbol)
                rows["root"][here] = _NO_ROOT if meant is None else self.number(meant)
            is_old = of_symbol & (rows["root"] == _NO_ROOT) & (day < _OSI)
            rows["root"][is_old] = self._unsaid(symbol, rows["expiry"][is_old])
        adjusted &= keep
        faults.add("adjusted contract", chunk.file, chunk.row[adjusted], _root_at(told, adjusted))
        strange = keep & ~adjusted & (rows["root"] == _NO_ROOT)
        faults.add("another root", chunk.file, chunk.row[strange], _root_at(told, strange))
        return np.asarray(keep & ~adjusted & ~strange)

    def _meant(self, root: str, symbol: str) -> str | None:
        one = INDEX_CLASSES.get(root)
        if one is not None:
            return root if one.underlying == symbol else None
        return root if spell_ticker(root) == symbol or root == root_of(symbol) else None

    def _unsaid(self, symbol: str, expiry: npt.NDArray[np.int32]) -> npt.NDArray[np.int16]:
        """Tell the roots of rows that say none: of an index monthly ones are the class of the open.

        That class lists third Fridays alone (their Saturdays before 2015): any other day is the other class'.
        """
        plain = self.number(root_of(symbol))
        other = closing_root(symbol) if is_index(symbol) else None
        if other is None:
            return np.full(len(expiry), plain, dtype=np.int16)
        monthly = np.array([_is_monthly(int(one)) for one in np.unique(expiry)], dtype=np.bool_)
        is_monthly = monthly[np.searchsorted(np.unique(expiry), expiry)]
        return np.where(is_monthly, plain, self.number(other)).astype(np.int16)

    def _told(self, chunk: Chunk, side: str) -> Texts | None:
        """Return each row's root: its own column, else out of the contract's symbol."""
        occ = chunk.texts.get(f"{side}occ")
        own = chunk.texts.get("root")
        if own is not None:
            return Texts(own.codes, tuple(one.upper() for one in own.values))
        if occ is None:
            return None
        found = [_OCC.fullmatch(value.replace(".", "")) for value in occ.values]
        if not any(found):
            return None  # a vendor's own numbering
        roots = [None if one is None else one[1].replace("/", "").replace("_", "") for one in found]
        names = tuple(dict.fromkeys(one or "" for one in roots))
        codes = np.array([*(names.index(one or "") for one in roots), -1], dtype=np.int64)
        return Texts(codes[occ.codes], names)

    @staticmethod
    def _by_delivery(chunk: Chunk) -> Mask:
        told = chunk.texts.get("delivery")
        if told is None:
            return np.zeros(len(chunk.row), dtype=np.bool_)
        other = np.array([*(value not in _STANDARD_DELIVERY for value in told.values), False])
        return np.asarray(other[told.codes])


def _root_at(told: Texts | None, mask: Mask) -> Callable[[int], str]:
    rows = np.flatnonzero(mask)
    return lambda at: "" if told is None else told.values[int(told.codes[rows[at]])]


def _is_monthly(ordinal: int) -> bool:
    day = date.fromordinal(ordinal)
    return (day.weekday() == _FRIDAY and 15 <= day.day <= 21) or (
        day.weekday() == _SATURDAY and 16 <= day.day <= 22
    )
