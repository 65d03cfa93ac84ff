"""A moment's columns as the desk sees them: chains of some expiries, quotes and Greeks of contracts."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isnan
from typing import Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.backtest.history import ChainRows, Floats
from chalicelib.domain.desk.book import Greeks
from chalicelib.domain.desk.selection.chains import Array, Chain, ChainSide, ExpiryChain
from chalicelib.domain.desk.selection.solving import Unsolved, all_with_greeks
from chalicelib.domain.desk.selection.view import years_left
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.market.quotes import OptionQuote

_SOURCE: Final = "history"
#: Digits of a price that columns of floats tell.
_DIGITS: Final = 4


class MomentQuotes:
    """One moment's contracts, found by expiry and symbol; each is turned once, for all who ask."""

    def __init__(self, rows: ChainRows, today: date) -> None:
        self.rows = rows
        self._today = today
        ends = [*(np.flatnonzero(rows.expiry[1:] != rows.expiry[:-1]) + 1).tolist(), len(rows.expiry)]
        starts = [0, *ends[:-1]] if ends[-1] else []
        self._parts: dict[date, slice] = {
            date.fromordinal(int(rows.expiry[start])): slice(start, end)
            for start, end in zip(starts, ends, strict=False)
        }
        self._quotes: dict[str, OptionQuote | None] = {}
        self._greeks: dict[str, Greeks | None] = {}
        self._chains: dict[date, ExpiryChain] = {}
        self._are_solved: set[date] = set()

    def expiries(self) -> tuple[date, ...]:
        """Return what is listed from today on, ascending."""
        return tuple(day for day in self._parts if day >= self._today)

    def chain(self, expiries: Collection[date]) -> Chain:
        """Return the chains of these expiries, as a scan reads them."""
        return Chain(expiries=tuple(self._laid(day) for day in self._parts if day in expiries))

    def unsolved(self, expiries: Collection[date], at: datetime, closes_at: datetime) -> list[Unsolved]:
        """Return the chains of these expiries with what their IV and Greeks are solved by."""
        spot = self.rows.spot
        if spot is None:
            return []
        laid = [self._laid(day) for day in self._parts if day in expiries]
        return [Unsolved(chain=one, spot=spot, years=years_left(one.dte, at, closes_at)) for one in laid]

    def keep(self, chain: ExpiryChain) -> None:
        """Take a chain with what was solved of it."""
        self._chains[chain.expiry] = chain
        self._are_solved.add(chain.expiry)

    def quote(self, symbol: str, at: datetime) -> OptionQuote | None:
        """Return one contract's quote as of `at`, None where the moment does not tell of it."""
        if symbol not in self._quotes:
            self._quotes[symbol] = self._find(symbol, at)
        return self._quotes[symbol]

    def greeks(self, symbol: str, at: datetime, closes_at: datetime) -> Greeks | None:
        """Return a contract's Greeks, its vendor's or solved from the mid; None where they are not known."""
        if symbol not in self._greeks:
            self._greeks[symbol] = self._greeks_of(symbol, at, closes_at)
        return self._greeks[symbol]

    def _greeks_of(self, symbol: str, at: datetime, closes_at: datetime) -> Greeks | None:
        contract = OptionContract.parse_occ(symbol)
        if contract.expiry not in self._parts or contract.root != self.rows.root:
            return None
        chain = self._solved(contract.expiry, at, closes_at)
        place = int(np.searchsorted(chain.strikes, float(contract.strike) - 1e-6))
        if place == len(chain.strikes) or abs(chain.strikes[place] - float(contract.strike)) > 1e-6:
            return None
        side = chain.side(contract.option_type)
        found = [float(getattr(side, name)[place]) for name in ("delta", "gamma", "vega")]
        return None if any(map(isnan, found)) else Greeks(delta=found[0], gamma=found[1], vega=found[2])

    def _solved(self, day: date, at: datetime, closes_at: datetime) -> ExpiryChain:
        if day not in self._are_solved:
            solve_all([(self, {day}, at)], closes_at)
        return self._laid(day)

    def _laid(self, day: date) -> ExpiryChain:
        if day not in self._chains:
            self._chains[day] = self._expiry(day)
        return self._chains[day]

    def tells(self, column: str) -> bool:
        """Say whether any row tells a column."""
        values: Floats = getattr(self.rows, column)
        return bool(np.any(~np.isnan(values)))

    def _find(self, symbol: str, at: datetime) -> OptionQuote | None:
        contract = OptionContract.parse_occ(symbol)
        part = self._parts.get(contract.expiry)
        if part is None or contract.root != self.rows.root:
            return None
        rows, strike = self.rows, float(contract.strike)
        first, end = (
            part.start + int(one) for one in rows.strike[part].searchsorted((strike - 1e-6, strike + 1e-6))
        )
        is_call = contract.option_type is OptionType.CALL
        found = next((row for row in range(first, end) if bool(rows.is_call[row]) is is_call), None)
        return None if found is None else self._quote(symbol, found, at)

    def _quote(self, symbol: str, row: int, at: datetime) -> OptionQuote:
        rows = self.rows
        return OptionQuote(
            symbol=symbol,
            bid=_price(rows.bid[row]),
            ask=_price(rows.ask[row]),
            bid_size=_count(rows.bid_size[row]),
            ask_size=_count(rows.ask_size[row]),
            last=None,
            quoted_at=at,
            source=_SOURCE,
            delay_seconds=0,
            delta=_price(rows.delta[row]),
            gamma=_price(rows.gamma[row], 8),
            vega=_price(rows.vega[row], 8),
            iv=_price(rows.iv[row], 8),
        )

    def _expiry(self, day: date) -> ExpiryChain:
        rows, part = self.rows, self._parts[day]
        listed = np.asarray(rows.strike[part], dtype=np.float64)
        is_call = rows.is_call[part]
        is_new = np.ones(len(listed), dtype=np.bool_)
        is_new[1:] = listed[1:] != listed[:-1]
        strikes = listed[is_new]
        places = np.cumsum(is_new) - 1
        return ExpiryChain(
            root=rows.root,
            expiry=day,
            dte=(day - self._today).days,
            multiplier=rows.multiplier,
            strikes=strikes,
            calls=_side(rows, part, is_call, places, len(strikes)),
            puts=_side(rows, part, ~is_call, places, len(strikes)),
        )


def solve_all(asked: Sequence[tuple[MomentQuotes, Collection[date], datetime]], closes_at: datetime) -> None:
    """Solve what chains of some expiries do not tell, of many moments of a session at once."""
    wanted = [(quotes, one) for quotes, days, at in asked for one in quotes.unsolved(days, at, closes_at)]
    solved = all_with_greeks([one for _, one in wanted])
    for (quotes, _), chain in zip(wanted, solved, strict=True):
        quotes.keep(chain)


_TAKEN: Final = ("bid", "ask", "volume", "open_interest", "iv", "delta", "gamma", "vega")


def _side(
    rows: ChainRows, part: slice, mine: npt.NDArray[np.bool_], places: npt.NDArray[np.intp], strikes: int
) -> ChainSide:
    taken = np.flatnonzero(mine)
    at = places[taken]
    is_listed = np.zeros(strikes, dtype=np.bool_)
    is_listed[at] = True

    def column(values: Floats) -> Array:
        if len(at) == strikes:  # every strike has one: rows ascend, so they are in order
            return values[part][taken].astype(np.float64, copy=False)
        found = np.full(strikes, np.nan)
        found[at] = values[part][taken]
        return found

    return ChainSide(
        is_listed=is_listed,
        age_s=np.where(is_listed, 0.0, np.nan) if rows.age_s is None else column(rows.age_s),
        is_solved=np.zeros(strikes, dtype=np.bool_),
        **{name: column(getattr(rows, name)) for name in _TAKEN},
    )


def _price(value: "np.floating[npt.NBitBase] | float", digits: int = _DIGITS) -> Decimal | None:
    return None if np.isnan(value) else Decimal(repr(round(float(value), digits)))


def _count(value: "np.floating[npt.NBitBase] | float") -> int | None:
    return None if np.isnan(value) else int(value)
