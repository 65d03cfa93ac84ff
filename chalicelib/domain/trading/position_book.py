"""What is held, position by position, and its sums: by underlying and over all (api.md, positions). Pure.

A position without a usable mark is in no sum of money: it is counted as unpriced, so that a sum says what it
leaves out (I-15). Greeks are of all that is held: shares, shares per dollar, dollars a day, dollars per
volatility point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from uuid import UUID

from chalicelib.domain.money import ZERO, percent, to_cents, to_price


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGreeks:
    """Greeks of a position; None: some leg's is not known."""

    delta: Decimal | None
    gamma: Decimal | None
    theta: Decimal | None
    vega: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One position: money in dollars, prices per share; None is not known.

    `cost` is what its entry paid for what is held, below 0 where it was paid for. `basis` is what `pnl_pct`
    is of: its risk basis, of a trade sold in part the part that is left. `exit_pnl` is what leaving at once
    would make of it, before fees: sold at the bid, what is short bought back at the ask.
    `strategy_stop` is the price at which its strategy's stop ends it, where it has no other.
    """

    trade_id: UUID
    ticker: str
    is_priced: bool
    open_pnl: Decimal | None
    day_pnl: Decimal | None
    cost: Decimal | None
    basis: Decimal | None
    exit_pnl: Decimal | None
    strategy_stop: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    underlying: Decimal | None
    greeks: HeldGreeks

    @property
    def pnl_pct(self) -> Decimal | None:
        """Return the open P&L in per cent of the basis."""
        if self.open_pnl is None or self.basis is None or self.basis <= 0:
            return None
        return percent(self.open_pnl, self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Several positions together; the money leaves out `unpriced`, the Greeks `without_greeks`."""

    positions: int
    unpriced: int
    without_greeks: int
    open_pnl: Decimal
    day_pnl: Decimal
    cost: Decimal
    greeks: HeldGreeks


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionBook:
    """All positions, their sums by underlying in the order of its name, and the sum of all."""

    positions: Sequence[Position]
    by_ticker: Sequence[tuple[str, Sums]]
    totals: Sums


def make_book(positions: Sequence[Position]) -> PositionBook:
    """Sum up positions."""
    tickers = sorted({one.ticker for one in positions})
    return PositionBook(
        positions=positions,
        by_ticker=[(ticker, sum_up(one for one in positions if one.ticker == ticker)) for ticker in tickers],
        totals=sum_up(positions),
    )


def sum_up(positions: Iterable[Position]) -> Sums:
    """Add positions, leaving out what has no usable mark."""
    held = list(positions)
    priced = [one for one in held if one.is_priced]
    known = [one.greeks for one in held if _is_known(one.greeks)]
    return Sums(
        positions=len(held),
        unpriced=len(held) - len(priced),
        without_greeks=len(held) - len(known),
        open_pnl=_money(one.open_pnl for one in priced),
        day_pnl=_money(one.day_pnl for one in priced),
        cost=_money(one.cost for one in priced),
        greeks=HeldGreeks(
            **{one.name: _sum(getattr(greeks, one.name) for greeks in known) for one in fields(HeldGreeks)}
        ),
    )


def _is_known(greeks: HeldGreeks) -> bool:
    return None not in (greeks.delta, greeks.gamma, greeks.theta, greeks.vega)


def _money(amounts: Iterable[Decimal | None]) -> Decimal:
    return to_cents(_sum(amounts))


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    return to_price(sum((value for value in values if value is not None), ZERO))
