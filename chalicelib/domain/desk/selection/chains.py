"""An option chain as arrays: one row a strike, one side a right, NaN for what is not known.

Built once a scan for all strategies on an underlying; IV and Greeks are the vendor's where it has them, else
solved from the mid of the out-of-the-money twin (B-16).
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from math import isnan
from operator import attrgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.desk.selection.legs import LegQuote
from chalicelib.domain.instruments.index_classes import settles_on_open
from chalicelib.domain.instruments.roots import is_adjusted
from chalicelib.domain.instruments.symbols import NotAnOptionSymbol, OptionContract, OptionType
from chalicelib.domain.market.quotes import OptionQuote

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ChainSide:
    """All strikes of one right, in the chain's order; `is_listed` where there is a contract."""

    is_listed: npt.NDArray[np.bool_]
    bid: Array
    ask: Array
    volume: Array
    open_interest: Array
    age_s: Array
    iv: Array
    delta: Array
    gamma: Array
    vega: Array
    is_solved: npt.NDArray[np.bool_]

    @cached_property
    def mid(self) -> Array:
        """Return the prices to rank by: `LegQuote.mid` for all at once."""
        bid, ask = (np.where(np.isnan(side), 0.0, side) for side in (self.bid, self.ask))
        return np.where((bid > 0) & (ask > 0), (bid + ask) / 2, np.maximum(bid, ask))

    @cached_property
    def sizes(self) -> tuple[npt.NDArray[np.intp], Array]:
        """Return the contracts whose delta is known, and its size."""
        sizes = np.abs(self.delta)
        known = np.flatnonzero(self.is_listed & ~np.isnan(sizes))
        return known, sizes[known]


@dataclass(frozen=True, kw_only=True, eq=False)
class ExpiryChain:
    """The contracts of one root and day, strikes ascending; `dte` counts calendar days."""

    root: str
    expiry: date
    dte: int
    multiplier: float
    strikes: Array
    calls: ChainSide
    puts: ChainSide

    def side(self, right: OptionType) -> ChainSide:
        """Return one right's contracts."""
        return self.calls if right is OptionType.CALL else self.puts

    @cached_property
    def listed(self) -> Mapping[OptionType, tuple[list[int], list[float]]]:
        """Return where each right has contracts, and their strikes."""
        found = {right: np.flatnonzero(self.side(right).is_listed) for right in OptionType}
        return {right: (places.tolist(), self.strikes[places].tolist()) for right, places in found.items()}

    def leg(self, right: OptionType, index: int, units: int) -> LegQuote:
        """Return one contract as a leg."""
        side = self.side(right)
        contract = OptionContract(
            root=self.root,
            expiry=self.expiry,
            option_type=right,
            strike=Decimal(repr(float(self.strikes[index]))),
        )
        return LegQuote(
            symbol=contract.to_occ(),
            units=units,
            bid=_known(side.bid[index]),
            ask=_known(side.ask[index]),
            volume=_count(side.volume[index]),
            open_interest=_count(side.open_interest[index]),
            age_s=_known(side.age_s[index]),
            iv=_known(side.iv[index]),
            delta=_known(side.delta[index]),
            gamma=_known(side.gamma[index]),
            vega=_known(side.vega[index]),
            is_solved=bool(side.is_solved[index]),
        )

    def atm_iv(self, spot: float) -> float | None:
        """Return the mean IV of call and put at the strike nearest to spot; None where none is known."""
        apart = np.abs(self.strikes - spot)
        ivs = self._ivs(int(apart.argmin())) if len(apart) else []
        if not ivs:
            known = np.flatnonzero(~(np.isnan(self.calls.iv) & np.isnan(self.puts.iv)))
            ivs = self._ivs(int(known[apart[known].argmin()])) if len(known) else []
        return sum(ivs) / len(ivs) if ivs else None

    def _ivs(self, place: int) -> list[float]:
        return [iv for iv in (float(self.calls.iv[place]), float(self.puts.iv[place])) if not isnan(iv)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """All of an underlying's expiries that were asked for, by day and root.

    `worked_out` keeps what was made of them for one strategy and serves the next that asks the same.
    """

    expiries: tuple[ExpiryChain, ...]
    worked_out: dict[Hashable, Any] = field(default_factory=dict)  # Any: each maker knows its own

    def atm_iv(self, expiry: ExpiryChain, spot: float) -> float | None:
        """Return one of its expiries' ATM IV, worked out once for all who ask."""
        asked = ("atm_iv", expiry.root, expiry.expiry, spot)
        if asked not in self.worked_out:
            self.worked_out[asked] = expiry.atm_iv(spot)
        found: float | None = self.worked_out[asked]
        return found


def _known(value: "np.floating[npt.NBitBase] | float") -> float | None:
    return None if np.isnan(value) else float(value)


def _count(value: "np.floating[npt.NBitBase] | float") -> int | None:
    return None if np.isnan(value) else int(value)


def chain_of(quotes: Iterable[OptionQuote], at: datetime) -> Chain:
    """Lay out quotes as arrays; adjusted contracts are left out, nobody opens them, and so is what is none.

    Of two roots of a day the one that settles on the close is meant (B-16): SPXW, not SPX.
    """
    by_expiry: dict[tuple[date, str], dict[Decimal, dict[OptionType, OptionQuote]]] = {}
    for quote in quotes:
        try:
            contract = OptionContract.parse_occ(quote.symbol)
        except NotAnOptionSymbol:
            continue  # a vendor's special contract that could not be placed anyway
        if is_adjusted(contract.root, quote.multiplier):
            continue
        of_day = by_expiry.setdefault((contract.expiry, contract.root), {})
        of_day.setdefault(contract.strike, {})[contract.option_type] = quote
    today = new_york_date(at)
    meant: dict[date, str] = {}
    for expiry, root in sorted(by_expiry, key=lambda one: (settles_on_open(one[1]), one[1])):
        meant.setdefault(expiry, root)
    return Chain(
        expiries=tuple(
            _expiry_chain(root, expiry, (expiry - today).days, of_day, at)
            for (expiry, root), of_day in sorted(by_expiry.items())
            if root == meant[expiry]
        )
    )


def _expiry_chain(
    root: str,
    expiry: date,
    dte: int,
    by_strike: Mapping[Decimal, Mapping[OptionType, OptionQuote]],
    at: datetime,
) -> ExpiryChain:
    strikes = sorted(by_strike)
    any_quote = next(iter(by_strike[strikes[0]].values()))
    sides = {right: _side([by_strike[strike].get(right) for strike in strikes], at) for right in OptionType}
    return ExpiryChain(
        root=root,
        expiry=expiry,
        dte=dte,
        multiplier=float(any_quote.multiplier),
        strikes=np.array([float(strike) for strike in strikes]),
        calls=sides[OptionType.CALL],
        puts=sides[OptionType.PUT],
    )


_TAKEN: Final = ("bid", "ask", "volume", "open_interest", "iv", "delta", "gamma", "vega")
_TAKEN_OF: Final = attrgetter(*_TAKEN)
_NOTHING: Final = (None,) * len(_TAKEN)


def _side(quotes: Sequence[OptionQuote | None], at: datetime) -> ChainSide:
    taken = [_NOTHING if one is None else _TAKEN_OF(one) for one in quotes]
    columns = dict(zip(_TAKEN, map(_column, zip(*taken, strict=True)), strict=True))
    return ChainSide(
        is_listed=np.array([one is not None for one in quotes]),
        age_s=_column(_ages(quotes, at)),
        is_solved=np.zeros(len(quotes), dtype=np.bool_),
        **columns,
    )


def _column(values: Sequence[Decimal | int | float | None]) -> Array:
    return np.array(values, dtype=np.float64)  # numpy makes NaN of None


def _ages(quotes: Sequence[OptionQuote | None], at: datetime) -> list[float | None]:
    """Return how old each quote is, in seconds; most of a chain are of one instant, told once."""
    known: dict[tuple[datetime, int], float] = {}
    ages: list[float | None] = []
    for quote in quotes:
        if quote is None or quote.quoted_at is None:
            ages.append(None)
            continue
        quoted = (quote.quoted_at, quote.delay_seconds)
        if quoted not in known:
            known[quoted] = round((at - quote.quoted_at).total_seconds() - quote.delay_seconds, 3)
        ages.append(known[quoted])
    return ages
