"""Where a trade's P&L came from (A-09): each leg's marks and fills, interval by interval, to the cent. Pure.

Between two marks an option that is held earns delta·ΔS + ½·gamma·ΔS² + theta·Δt + vega·ΔIV by the Greeks of
the interval's start; what that leaves of the mark's move is residual: the Taylor expansion of the option's
value (Hull, "Options, Futures, and Other Derivatives", on the Greek letters). What a fill cost against the
mark nearest to it is slippage. The sum over all is what the fills brought, whatever the Greeks were:

    Σ held·(mark' - mark) + Σ moved·(mark - price) = -Σ moved·price, when all that moved adds up to nothing

Shares and coins have delta 1 and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from chalicelib.domain.money import ZERO, to_cents

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: A fill whose nearest mark is further away says nothing of slippage: the market moved in between.
NEAR_SECONDS: Final = 90.0
_DAY_SECONDS: Final = 86_400.0
#: Vega is per volatility point, and implied volatility a fraction.
_POINTS: Final = 100.0
#: The parts that come of Greeks, as they are told.
GREEKS: Final = ("delta", "gamma", "theta", "vega")
#: How many intervals are named; all are counted.
NAMED_MAX: Final = 20


class Unexplained(StrEnum):
    """Why an interval is residual alone."""

    NO_GREEKS = "no Greeks at its start"
    NO_UNDERLYING = "no price of the underlying"
    NO_IV = "no implied volatility"
    SETTLED = "ended by itself, at no mark"
    FAR_FILL = "no mark near the fill"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFill:
    """What moved a leg: seconds since 1970, shares (bought above 0), dollars a share, fees in dollars.

    `is_trade` False: it ended by itself, by settlement or correction, and its price is a value, not a deal.
    """

    at: float
    shares: Decimal
    price: Decimal
    fees: Decimal
    is_trade: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LegMarks:
    """A leg's usable marks, ascending: seconds since 1970, per share, theta a day, vega a point; or NaN."""

    at: "npt.NDArray[np.float64]"
    mark: "npt.NDArray[np.float64]"
    underlying: "npt.NDArray[np.float64]"
    iv: "npt.NDArray[np.float64]"
    delta: "npt.NDArray[np.float64]"
    gamma: "npt.NDArray[np.float64]"
    theta: "npt.NDArray[np.float64]"
    vega: "npt.NDArray[np.float64]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LegPath:
    """One leg while it was held: what moved it, and what it was worth."""

    leg_no: int
    symbol: str
    is_option: bool
    fills: Sequence[LegFill]
    marks: LegMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Dollars; all of it adds up to the result net of fees, to the cent. Costs are below 0."""

    STORED_AS_LIST: ClassVar = True

    delta: Decimal = ZERO
    gamma: Decimal = ZERO
    theta: Decimal = ZERO
    vega: Decimal = ZERO
    residual: Decimal = ZERO
    fees: Decimal = ZERO
    slippage: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Return what it adds up to."""
        parts = (self.delta, self.gamma, self.theta, self.vega, self.residual, self.fees, self.slippage)
        return sum(parts, ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An interval that counts as residual whole: seconds since 1970, and what it brought in dollars."""

    leg_no: int
    begins: float
    ends: float
    pnl: Decimal
    why: Unexplained


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSplit:
    """One leg's split."""

    leg_no: int
    symbol: str
    split: Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """A trade's split, its legs', and the intervals that no Greeks explain: the first of so many."""

    whole: Split
    legs: tuple[LegSplit, ...]
    gaps: tuple[Gap, ...]
    gap_count: int


def attribute(legs: Sequence[LegPath], realized_pnl: Decimal) -> Attribution | None:
    """Split a result; None where what the fills moved does not end at nothing, or nothing was held.

    A cent that the legs' own results lack of the trade's is the last leg's residual.
    """
    if not legs or any(sum((fill.shares for fill in leg.fills), ZERO) != 0 for leg in legs):
        return None
    found, gaps = [], []
    for leg in legs:
        split, unexplained = _split(leg)
        found.append(LegSplit(leg_no=leg.leg_no, symbol=leg.symbol, split=split))
        gaps += unexplained
    lacks = realized_pnl - sum((one.split.total for one in found), ZERO)
    if lacks:
        found[-1] = _with_more(found[-1], lacks)
    gaps.sort(key=lambda one: (one.begins, one.leg_no))
    return Attribution(
        whole=_sum([one.split for one in found]),
        legs=tuple(found),
        gaps=tuple(gaps[:NAMED_MAX]),
        gap_count=len(gaps),
    )


def _with_more(leg: LegSplit, cents: Decimal) -> LegSplit:
    from dataclasses import replace

    return replace(leg, split=replace(leg.split, residual=leg.split.residual + cents))


def _sum(splits: Sequence[Split]) -> Split:
    names = (*GREEKS, "residual", "fees", "slippage")
    return Split(**{name: sum((getattr(one, name) for one in splits), ZERO) for name in names})


def _split(leg: LegPath) -> tuple[Split, list[Gap]]:
    gross = -sum((fill.shares * fill.price for fill in leg.fills), ZERO)
    fees = sum((fill.fees for fill in leg.fills), ZERO)
    path = _Path(leg)
    parts = {name: to_cents(Decimal(repr(value))) for name, value in path.parts().items()}
    slippage = to_cents(Decimal(repr(path.slippage())))
    explained = sum(parts.values(), ZERO) + slippage
    fees = to_cents(fees)
    split = Split(**parts, residual=to_cents(gross) - explained, fees=-fees, slippage=slippage)
    return split, path.gaps()


class _Path:
    """A leg's marks with what was held over each interval between them.

    What ended by itself is a mark of its own, without Greeks: the market's value at that instant.
    """

    def __init__(self, leg: LegPath) -> None:
        import numpy as np

        self._np = np
        self._leg = leg
        settled = [fill for fill in leg.fills if not fill.is_trade]
        columns = _with_settlements(leg.marks, settled)
        self._columns = columns
        at = columns["at"]
        self._settled_at = {fill.at for fill in settled}
        moved = np.zeros(len(at))
        self._fills: list[tuple[LegFill, int]] = []
        for fill in leg.fills:
            near = self._nearest(fill)
            self._fills.append((fill, near))
            if near >= 0:
                moved[near] += float(fill.shares)
        self._held = np.cumsum(moved)[:-1]

    def _nearest(self, fill: LegFill) -> int:
        """Return the mark that a fill is held against, what ended by itself against its own; -1: none."""
        at = self._columns["at"]
        if not fill.is_trade:
            return int(at.searchsorted(fill.at, side="right")) - 1
        return int(self._np.argmin(self._np.abs(at - fill.at))) if len(at) else -1

    def parts(self) -> Mapping[str, float]:
        """Return dollars by Greek over the intervals that have all that it takes."""
        columns, held = self._columns, self._held
        if not len(held):
            return dict.fromkeys(GREEKS, 0.0)
        known = self._reasons() == 0
        moves = self._moves()
        if not self._leg.is_option:
            return {**dict.fromkeys(GREEKS, 0.0), "delta": float((held * moves["mark"]).sum())}
        start = {name: columns[name][:-1] for name in GREEKS}
        dollars = {
            "delta": start["delta"] * moves["underlying"],
            "gamma": start["gamma"] * moves["underlying"] ** 2 / 2,
            "theta": start["theta"] * moves["at"] / _DAY_SECONDS,
            "vega": start["vega"] * moves["iv"] * _POINTS,
        }
        return {name: float((held * one)[known].sum()) for name, one in dollars.items()}

    def slippage(self) -> float:
        """Return what deals near a mark brought against it: below 0 what they cost."""
        return sum(
            float(fill.shares) * (float(self._columns["mark"][near]) - float(fill.price))
            for fill, near in self._fills
            if self._is_near(fill, near)
        )

    def gaps(self) -> list[Gap]:
        """Name what counts as residual whole: intervals without Greeks, deals far from any mark."""
        reasons, moves, at = self._reasons(), self._moves(), self._columns["at"]
        found = [
            self._gap(
                at[index], at[index + 1], float(self._held[index] * moves["mark"][index]), _WHY[lack - 1]
            )
            for index, lack in enumerate(reasons.tolist())
            if lack and self._held[index]
        ]
        for fill, near in self._fills:
            if fill.is_trade and not self._is_near(fill, near):
                mark = float(self._columns["mark"][near]) if near >= 0 else float(fill.price)
                other = float(at[near]) if near >= 0 else fill.at
                pnl = float(fill.shares) * (mark - float(fill.price))
                found.append(self._gap(min(fill.at, other), max(fill.at, other), pnl, Unexplained.FAR_FILL))
        return found

    def _gap(self, begins: float, ends: float, pnl: float, why: Unexplained) -> Gap:
        dollars = to_cents(Decimal(repr(pnl)))
        return Gap(leg_no=self._leg.leg_no, begins=float(begins), ends=float(ends), pnl=dollars, why=why)

    def _is_near(self, fill: LegFill, near: int) -> bool:
        return fill.is_trade and near >= 0 and abs(self._columns["at"][near] - fill.at) <= NEAR_SECONDS

    def _moves(self) -> "Mapping[str, npt.NDArray[np.float64]]":
        return {name: self._np.diff(column) for name, column in self._columns.items()}

    def _reasons(self) -> "npt.NDArray[np.int64]":
        """Tell of each interval what it lacks: a place in `_WHY` counted from 1, 0 for nothing."""
        numpy, columns = self._np, self._columns
        count = max(len(columns["at"]) - 1, 0)
        if not self._leg.is_option or not count:
            none: npt.NDArray[np.int64] = numpy.zeros(count, dtype="int64")
            return none
        unknown = {name: numpy.isnan(column) for name, column in columns.items()}
        no_greeks = numpy.logical_or.reduce([unknown[name][:-1] for name in GREEKS])
        no_spot = unknown["underlying"][:-1] | unknown["underlying"][1:]
        no_iv = unknown["iv"][:-1] | unknown["iv"][1:]
        settled = numpy.isin(columns["at"][1:], list(self._settled_at)) & (no_spot | no_iv)
        lacks = [settled, no_greeks, no_spot, no_iv]
        found: npt.NDArray[np.int64] = numpy.select(lacks, range(1, len(lacks) + 1), default=0).astype(
            "int64"
        )
        return found


#: In the order in which they are looked for.
_WHY: Final = (Unexplained.SETTLED, Unexplained.NO_GREEKS, Unexplained.NO_UNDERLYING, Unexplained.NO_IV)


def _with_settlements(marks: LegMarks, settled: Sequence[LegFill]) -> "dict[str, npt.NDArray[np.float64]]":
    """Return the marks as columns, with a mark for each end that was no deal."""
    import numpy as np

    names = ("at", "mark", "underlying", "iv", *GREEKS)
    columns = {name: np.asarray(getattr(marks, name), dtype=np.float64) for name in names}
    if not settled:
        return columns
    added = {name: np.full(len(settled), np.nan) for name in names}
    added["at"] = np.array([fill.at for fill in settled])
    added["mark"] = np.array([float(fill.price) for fill in settled])
    together = {name: np.concatenate([columns[name], added[name]]) for name in names}
    # Marks from after the end are of nothing that is held; at the same instant the settlement is the later.
    order = np.argsort(together["at"], kind="stable")
    return {name: column[order] for name, column in together.items()}
