"""Quotes of single contracts and tickers that are held by hand, for as long as they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np

from infra.local.emulators.market.occ import Contract, Right, parse
from infra.local.emulators.market.quotes import Chain, ChainSide, Held, StockQuote, Touches

#: Seconds for which an ended hold may still be asked about: a late feed shows what was, a run catches up.
REMEMBERED: Final = 30 * 86_400
_OF_A_SIDE: Final = ("bid", "ask", "bid_size", "ask_size", "volume", "open_interest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What is held of a symbol from a second (since 1970) on, until another (exclusive) or for ever."""

    symbol: str
    held: Held
    since: int
    until: int | None = None

    def stands(self, second: float) -> bool:
        """Say whether it holds at that second."""
        return self.since <= second and (self.until is None or second < self.until)


class Holds:
    """All that was ever held; the past keeps what it showed."""

    def __init__(self) -> None:
        self._holds: list[Hold] = []

    def hold(self, symbol: str, held: Held, second: int) -> None:
        """Hold these from a second on, with what is held of the symbol already."""
        before = self.of(symbol, second)
        self.release(symbol, second)
        self._holds = [one for one in self._holds if one.stands(second) or second - one.since < REMEMBERED]
        self._holds.append(Hold(symbol=symbol, held=_over(before, held), since=second))

    def release(self, symbol: str | None, second: int) -> None:
        """Hold nothing of a symbol (of any for None) from a second on."""
        self._holds = [
            replace(one, until=second) if one.until is None and symbol in {None, one.symbol} else one
            for one in self._holds
        ]

    def state(self) -> list[Hold]:
        """Return what was held, oldest first."""
        return list(self._holds)

    def restore(self, holds: Iterable[Hold]) -> None:
        """Hold what was held in a former run."""
        self._holds = list(holds)

    def of(self, symbol: str, second: float) -> Held | None:
        """Return what is held of a symbol at a second, None for nothing."""
        return next((one.held for one in self._holds if one.symbol == symbol and one.stands(second)), None)

    def over_stock(self, quote: StockQuote, second: float) -> StockQuote:
        """Return a quote as it is held at a second."""
        held = self.of(quote.instrument.symbol, second)
        if held is None:
            return quote
        names = ("bid", "ask", "bid_size", "ask_size", "volume")
        told = {name: value for name in names if (value := getattr(held, name)) is not None}
        if held.age_seconds is not None:
            told |= dict.fromkeys(("quoted_second", "traded_second"), int(second - held.age_seconds))
        return replace(quote, **told)

    def over_chain(self, chain: Chain, second: float) -> Chain:
        """Return a chain with the contracts as they are held at a second."""
        found = dict(self._rows(chain, second))
        if not found:
            return chain
        sides = {
            right: _held_side(
                chain.side(right), {row: held for (own, row), held in found.items() if own is right}
            )
            for right in Right
        }
        seconds = {
            key: int(second - held.age_seconds) for key, held in found.items() if held.age_seconds is not None
        }
        calls, puts = sides[Right.CALL], sides[Right.PUT]
        return replace(chain, calls=calls, puts=puts, held=found, held_seconds=seconds)

    def over_touches(self, symbol: str, touches: Touches) -> Touches:
        """Return quotes as they were held at each of their seconds."""
        bid, ask = touches.bid, touches.ask
        for one in self._holds:
            if one.symbol == symbol:
                end = np.inf if one.until is None else one.until
                stands = (touches.seconds >= one.since) & (touches.seconds < end)
                bid = bid if one.held.bid is None else np.where(stands, one.held.bid, bid)
                ask = ask if one.held.ask is None else np.where(stands, one.held.ask, ask)
        return Touches(seconds=touches.seconds, bid=bid, ask=ask)

    def _rows(self, chain: Chain, second: float) -> Iterator[tuple[tuple[Right, int], Held]]:
        for one in self._holds:
            contract = parse(one.symbol) if one.stands(second) else None
            if contract is not None and _is_of(contract, chain):
                row = chain.row_of(contract)
                if row is not None:
                    yield (contract.right, row), one.held


def _is_of(contract: Contract, chain: Chain) -> bool:
    return (contract.root, contract.expiry) == (chain.root, chain.expiry)


def _over(before: Held | None, held: Held) -> Held:
    """Return both, the later where both say something: a price of 0 says something."""
    if before is None:
        return held
    said = {
        field.name: value
        for field in fields(Held)
        if (value := getattr(held, field.name)) is not None and value is not False
    }
    return replace(before, **said)


def _held_side(side: ChainSide, held: dict[int, Held]) -> ChainSide:
    columns = {name: _told(getattr(side, name), name, held) for name in _OF_A_SIDE}
    columns |= {
        f"{name}_volatility": _told(getattr(side, f"{name}_volatility"), "volatility", held)
        for name in ("bid", "middle", "ask")
    }
    return replace(side, **columns)


def _told(column: Any, name: str, held: Mapping[int, Held]) -> Any:  # a column of numbers of either kind
    told = column.copy()
    for row, one in held.items():
        value = getattr(one, name)
        if value is not None:
            told[row] = value
    return told
