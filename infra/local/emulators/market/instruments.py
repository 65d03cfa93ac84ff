"""The symbols of the simulated market and what makes each of them move."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """Kinds of underlying, in Tradier's words."""

    STOCK = "stock"
    ETF = "etf"
    INDEX = "index"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One underlying; volatilities are yearly fractions, prices in dollars.

    `root` is that of its options, the symbol unless told; `weekly_root` that of those that do not expire on
    a third Friday. `coarse_ticks` means ticks of 5 cents, and of 10 from 3 dollars on.

    `dense_step`, `middle_step` and `wide_step` are the distances of strikes near the money, within a fifth
    of the spot, and beyond. `penny_throughout` means that options tick by a cent above 3 dollars too.

    `begins_at_base`: the session before the market begins closes at the base price. `moves_with` is a symbol
    whose own shocks it shares.
    """

    symbol: str
    description: str
    exchange: str
    kind: Kind
    base_price: float
    volatility: float
    correlation: float
    average_volume: int
    dense_step: float = 1.0
    middle_step: float = 2.5
    wide_step: float = 5.0
    dividend: float = 0.0
    penny_throughout: bool = False
    daily_expiries: bool = False
    coarse_ticks: bool = False
    begins_at_base: bool = False
    moves_with: str | None = None
    root: str | None = None
    weekly_root: str | None = None

    @property
    def optionable(self) -> bool:
        """Whether options are listed on it; on an index where their root is known."""
        return self.kind is not Kind.INDEX or self.root is not None

    @property
    def shaken_as(self) -> str:
        """The symbol whose own shocks it takes."""
        return self.moves_with or self.symbol

    @property
    def roots(self) -> tuple[str, ...]:
        """The roots of its options."""
        own = self.root or self.symbol
        return (own,) if self.weekly_root is None else (own, self.weekly_root)

    @property
    def half_spread(self) -> float:
        """Half of the quoted spread in dollars; none on an index, which nobody quotes."""
        if self.kind is Kind.INDEX:
            return 0.0
        return 0.01 if self.base_price < 400 else 0.02


def _fund(
    symbol: str, name: str, price: float, volatility: float, volume: int, step: float = 1.0
) -> Instrument:
    return Instrument(
        symbol=symbol,
        description=f"{name} Select Sector SPDR Fund",
        exchange="P",
        kind=Kind.ETF,
        base_price=price,
        volatility=volatility,
        correlation=0.75,
        average_volume=volume,
        dense_step=step,
        middle_step=2.5 if step >= 1 else 1.0,
        wide_step=5.0 if step >= 1 else 2.5,
        dividend=0.015,
    )


_LIST: Final = (
    Instrument(
        symbol="SPY",
        description="SPDR S&P 500",
        exchange="P",
        kind=Kind.ETF,
        base_price=600.0,
        volatility=0.16,
        correlation=0.98,
        average_volume=72_000_000,
        middle_step=5.0,
        wide_step=10.0,
        dividend=0.012,
        penny_throughout=True,
        daily_expiries=True,
    ),
    Instrument(
        symbol="QQQ",
        description="Invesco QQQ Trust, Series 1",
        exchange="Q",
        kind=Kind.ETF,
        base_price=520.0,
        volatility=0.21,
        correlation=0.92,
        average_volume=45_000_000,
        middle_step=5.0,
        wide_step=10.0,
        dividend=0.006,
        penny_throughout=True,
    ),
    Instrument(
        symbol="IWM",
        description="iShares Russell 2000 ETF",
        exchange="P",
        kind=Kind.ETF,
        base_price=225.0,
        volatility=0.23,
        correlation=0.85,
        average_volume=31_000_000,
        dividend=0.012,
        penny_throughout=True,
    ),
    Instrument(
        symbol="AAPL",
        description="Apple Inc",
        exchange="Q",
        kind=Kind.STOCK,
        base_price=230.0,
        volatility=0.27,
        correlation=0.7,
        average_volume=54_000_000,
        middle_step=5.0,
    ),
    Instrument(
        symbol="MSFT",
        description="Microsoft Corp",
        exchange="Q",
        kind=Kind.STOCK,
        base_price=430.0,
        volatility=0.25,
        correlation=0.7,
        average_volume=21_000_000,
        dense_step=2.5,
        middle_step=5.0,
        wide_step=10.0,
    ),
    Instrument(
        symbol="NVDA",
        description="NVIDIA Corp",
        exchange="Q",
        kind=Kind.STOCK,
        base_price=140.0,
        volatility=0.46,
        correlation=0.65,
        average_volume=210_000_000,
    ),
    Instrument(
        symbol="AMD",
        description="Advanced Micro Devices Inc",
        exchange="Q",
        kind=Kind.STOCK,
        base_price=150.0,
        volatility=0.48,
        correlation=0.6,
        average_volume=42_000_000,
    ),
    Instrument(
        symbol="TSLA",
        description="Tesla Inc",
        exchange="Q",
        kind=Kind.STOCK,
        base_price=300.0,
        volatility=0.55,
        correlation=0.5,
        average_volume=95_000_000,
        dense_step=2.5,
        middle_step=5.0,
        wide_step=10.0,
    ),
    Instrument(
        symbol="VIX",
        description="CBOE Volatility Index",
        exchange="C",
        kind=Kind.INDEX,
        base_price=16.0,
        volatility=0.95,
        correlation=-0.8,
        average_volume=0,
        begins_at_base=True,
    ),
    Instrument(
        symbol="VIX3M",
        description="CBOE 3-Month Volatility Index",
        exchange="C",
        kind=Kind.INDEX,
        base_price=18.0,
        volatility=0.55,
        correlation=-0.8,
        average_volume=0,
        begins_at_base=True,
        moves_with="VIX",
    ),
    Instrument(
        symbol="BRK/B",
        description="Berkshire Hathaway Inc - Class B",
        exchange="N",
        kind=Kind.STOCK,
        base_price=480.0,
        volatility=0.18,
        correlation=0.7,
        average_volume=4_500_000,
        dense_step=2.5,
        middle_step=5.0,
        wide_step=10.0,
        root="BRKB",
    ),
    Instrument(
        symbol="SPX",
        description="S&P 500 Index",
        exchange="C",
        kind=Kind.INDEX,
        base_price=6000.0,
        volatility=0.16,
        correlation=0.98,
        average_volume=0,
        dense_step=5.0,
        middle_step=5.0,
        wide_step=25.0,
        dividend=0.012,
        daily_expiries=True,
        coarse_ticks=True,
        root="SPX",
        weekly_root="SPXW",
    ),
    _fund("XLK", "Technology", 230.0, 0.22, 6_000_000),
    _fund("XLF", "Financial", 50.0, 0.18, 40_000_000, 0.5),
    _fund("XLV", "Health Care", 145.0, 0.14, 9_000_000),
    _fund("XLE", "Energy", 90.0, 0.24, 16_000_000, 0.5),
    _fund("XLY", "Consumer Discretionary", 220.0, 0.21, 4_000_000),
    _fund("XLP", "Consumer Staples", 80.0, 0.12, 12_000_000, 0.5),
    _fund("XLI", "Industrial", 135.0, 0.17, 9_000_000),
    _fund("XLB", "Materials", 90.0, 0.18, 5_000_000, 0.5),
    _fund("XLU", "Utilities", 78.0, 0.16, 11_000_000, 0.5),
    _fund("XLRE", "Real Estate", 42.0, 0.18, 5_000_000, 0.5),
    _fund("XLC", "Communication Services", 98.0, 0.19, 5_000_000),
)

INSTRUMENTS: Final = MappingProxyType({instrument.symbol: instrument for instrument in _LIST})


class UnknownSymbol(KeyError):
    """The market has no such underlying."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"the simulated market has no symbol {symbol!r}")


def required(symbol: str) -> Instrument:
    """Return an underlying. Raises UnknownSymbol."""
    instrument = INSTRUMENTS.get(symbol)
    if instrument is None:
        raise UnknownSymbol(symbol)
    return instrument
