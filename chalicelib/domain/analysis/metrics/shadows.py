"""Live trades beside their shadows on paper (B-11): what the paper model had right, and by how much not.

Prices are per share and a trade's own (W-02). `sign` is 1 where a higher price costs whoever enters, -1 where
it brings more. An error is what paper paid less than live did, so that above 0 the model is too kind.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from chalicelib.domain.analysis.metrics.summary import mean
from chalicelib.domain.money import ZERO

_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: fills None where it was not filled, `pnl` net of fees None while it goes on."""

    trade_id: UUID
    sent_at: datetime | None
    filled_at: datetime | None
    entry_price: Decimal | None
    close_price: Decimal | None
    pnl: Decimal | None
    is_over: bool

    @property
    def is_filled(self) -> bool:
        """Say whether its entry was filled."""
        return self.entry_price is not None

    @property
    def is_missed(self) -> bool:
        """Say whether it is over without a fill."""
        return self.is_over and not self.is_filled

    @property
    def seconds_to_fill(self) -> Decimal | None:
        """Return how long its order waited for its first fill."""
        if self.sent_at is None or self.filled_at is None:
            return None
        return Decimal(str((self.filled_at - self.sent_at).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A live trade and its shadow; `mid` is what the market was at when both were ordered, None: unknown."""

    strategy: str | None
    sign: int
    mid: Decimal | None
    live: Side
    shadow: Side

    @property
    def entry_error(self) -> Decimal | None:
        """Return what paper entered better than live did."""
        return self._better(self.live.entry_price, self.shadow.entry_price, self.sign)

    @property
    def exit_error(self) -> Decimal | None:
        """Return what paper left better than live did."""
        return self._better(self.live.close_price, self.shadow.close_price, -self.sign)

    @property
    def pnl_error(self) -> Decimal | None:
        """Return what paper came to beyond live, dollars; None until both are over, filled."""
        if not (self.live.is_over and self.shadow.is_over and self.live.is_filled and self.shadow.is_filled):
            return None
        return None if self.live.pnl is None or self.shadow.pnl is None else self.shadow.pnl - self.live.pnl

    def slippage_pct(self, side: Side) -> Decimal | None:
        """Return how much worse than the mid a side entered, in per cent of the mid's size."""
        if self.mid is None or self.mid == 0 or side.entry_price is None:
            return None
        return (side.entry_price - self.mid) * self.sign / abs(self.mid) * _HUNDRED

    def _better(self, live: Decimal | None, paper: Decimal | None, sign: int) -> Decimal | None:
        return None if live is None or paper is None else (live - paper) * sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Over so many pairs: the mean error, and the largest in size; None where there are none."""

    count: int
    mean: Decimal | None
    worst: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """What one kind of money came to over the pairs; `pnl` counts those that are over on both sides."""

    filled: int
    missed: int
    slippage_pct: Decimal | None
    seconds_to_fill: Decimal | None
    pnl: Decimal
    pnl_per_trade: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Live beside paper: `missed` of a half are those that the other one filled."""

    pairs: int
    live: Half
    paper: Half
    entry: Errors
    exit: Errors
    pnl: Errors


def compare(pairs: Sequence[Pair]) -> Comparison:
    """Hold live trades against their shadows."""
    return Comparison(
        pairs=len(pairs),
        live=_half([(one, one.live, one.shadow) for one in pairs]),
        paper=_half([(one, one.shadow, one.live) for one in pairs]),
        entry=_errors(one.entry_error for one in pairs),
        exit=_errors(one.exit_error for one in pairs),
        pnl=_errors(one.pnl_error for one in pairs),
    )


def by_strategy(pairs: Iterable[Pair]) -> dict[str | None, Comparison]:
    """Compare each strategy's pairs by themselves, by name; those of none come last."""
    found: dict[str | None, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair.strategy, []).append(pair)
    names = sorted(found, key=lambda name: (name is None, name))
    return {name: compare(found[name]) for name in names}


def _half(sides: Sequence[tuple[Pair, Side, Side]]) -> Half:
    ended = [side.pnl for pair, side, _ in sides if pair.pnl_error is not None and side.pnl is not None]
    return Half(
        filled=sum(side.is_filled for _, side, _ in sides),
        missed=sum(side.is_missed and other.is_filled for _, side, other in sides),
        slippage_pct=mean(pair.slippage_pct(side) for pair, side, _ in sides),
        seconds_to_fill=mean(side.seconds_to_fill for _, side, _ in sides),
        pnl=sum(ended, ZERO),
        pnl_per_trade=mean(ended),
    )


def _errors(found: Iterable[Decimal | None]) -> Errors:
    known = [one for one in found if one is not None]
    return Errors(count=len(known), mean=mean(known), worst=max(known, key=abs, default=None))
