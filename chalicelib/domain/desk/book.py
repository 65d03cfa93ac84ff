"""The book: what all positions of a user come to in net Greeks, held against the caps (B-09).

Units: delta in shares, gamma in shares per dollar, vega in dollars per volatility point.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

_NAMES: Final = ("delta", "gamma", "vega")


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeks:
    """Of one contract or share, per share; vega per volatility point."""

    delta: float
    gamma: float
    vega: float


#: A share moves by itself and by nothing else.
OF_A_SHARE: Final = Greeks(delta=1.0, gamma=0.0, vega=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """So many units of the underlying through one leg, below 0 what is short; `greeks` None: not known."""

    units: float
    greeks: Greeks | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The book's net Greeks: shares, shares per dollar, dollars per volatility point."""

    STORED_AS_LIST: ClassVar = True

    delta: float
    gamma: float
    vega: float

    @property
    def figures(self) -> tuple[float, float, float]:
        """Return delta, gamma and vega."""
        return self.delta, self.gamma, self.vega

    def with_added(self, added: "Book") -> "Book":
        """Return both together."""
        return Book(
            delta=self.delta + added.delta, gamma=self.gamma + added.gamma, vega=self.vega + added.vega
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """What the size of each figure may be at most, in the book's units; None is not set."""

    delta: Decimal | None = None
    gamma: Decimal | None = None
    vega: Decimal | None = None

    @property
    def limits(self) -> tuple[Decimal | None, ...]:
        """Return the caps of delta, gamma and vega."""
        return self.delta, self.gamma, self.vega

    @property
    def are_all_set(self) -> bool:
        """Say whether entries may go live as far as caps go."""
        return all(limit is not None for limit in self.limits)

    @property
    def first_set(self) -> tuple[str, Decimal] | None:
        """Return the first cap that is set, with its figure's name."""
        named = zip(_NAMES, self.limits, strict=True)
        return next(((name, cap) for name, cap in named if cap is not None), None)

    @property
    def is_any_set(self) -> bool:
        """Say whether there is anything to hold a book against."""
        return any(limit is not None for limit in self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapBreach:
    """A figure past its cap; `name` is delta, gamma or vega."""

    name: str
    figure: float
    cap: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWith:
    """A book before and after something is added, against the caps; None: Greeks are not known."""

    before: Book | None
    added: Book | None
    caps: Caps

    @property
    def after(self) -> Book | None:
        """Return the book with it."""
        if self.before is None or self.added is None:
            return None
        return self.before.with_added(self.added)


EMPTY: Final = Book(delta=0.0, gamma=0.0, vega=0.0)


def net(holdings: Iterable[Holding]) -> Book | None:
    """Add holdings up; None where one's Greeks are not known, for then the sum is not."""
    delta = gamma = vega = 0.0
    for one in holdings:
        if one.units == 0:
            continue
        if one.greeks is None:
            return None
        delta += one.units * one.greeks.delta
        gamma += one.units * one.greeks.gamma
        vega += one.units * one.greeks.vega
    return Book(delta=delta, gamma=gamma, vega=vega)


def breaches(book: Book, caps: Caps, *, before: Book | None = None) -> tuple[CapBreach, ...]:
    """Return the figures that are past their caps; on the cap is not past it.

    One that was further from nothing `before` is left out: it was brought nearer to its cap.
    """
    was = (0.0, 0.0, 0.0) if before is None else before.figures
    return tuple(
        CapBreach(name=name, figure=figure, cap=cap)
        for name, figure, cap, former in zip(_NAMES, book.figures, caps.limits, was, strict=True)
        if cap is not None and abs(figure) > max(float(cap), abs(former))
    )


def cap_share(book: Book | None, caps: Caps) -> float | None:
    """Return the fullest cap's share, 1.0 for one that is reached; 0.0 without caps, None: not known."""
    if not caps.is_any_set:
        return 0.0
    if book is None:
        return None
    return max(
        abs(figure) / float(cap)
        for figure, cap in zip(book.figures, caps.limits, strict=True)
        if cap is not None
    )
