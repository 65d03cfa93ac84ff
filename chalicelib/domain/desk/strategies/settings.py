"""The desk's settings of one user: defaults, bounds, caps (B-01, B-09, B-16)."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from chalicelib.domain.body_reader import BodyReader, FieldFault, Limits, limits
from chalicelib.domain.desk.book import Caps

_COUNT: Final = limits(1, 1000)
_DOLLARS: Final = limits(0, 1_000_000_000, above=True)
_PER_CENT: Final = limits(0, 100, above=True)
_MINUTES: Final = limits(0, 390)
_CAP: Final = limits(0, 1_000_000_000, above=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """Limits over all strategies of a user. Dollars; per cents as 10 for ten per cent.

    A cap of None is not set: nothing is entered live then (B-09). Caps count shares, shares per dollar and
    dollars per volatility point.
    """

    max_positions: int = 10
    max_condors_per_expiry: int = 3
    max_daily_loss: Decimal = Decimal(1000)
    max_bid_ask_spread_percent: Decimal = Decimal(10)
    fill_price_buffer_pct: Decimal = Decimal(5)
    zero_dte_close_buffer_minutes: int = 30
    portfolio_max_abs_delta_shares: Decimal | None = None
    portfolio_max_abs_gamma: Decimal | None = None
    portfolio_max_abs_vega: Decimal | None = None
    version: int = 1

    @property
    def caps(self) -> Caps:
        """Return the caps of the book."""
        return Caps(
            delta=self.portfolio_max_abs_delta_shares,
            gamma=self.portfolio_max_abs_gamma,
            vega=self.portfolio_max_abs_vega,
        )


#: Settings that are whole numbers, and the others, each with what it may be.
WHOLE: Final[dict[str, Limits]] = {
    "max_positions": _COUNT,
    "max_condors_per_expiry": _COUNT,
    "zero_dte_close_buffer_minutes": _MINUTES,
}
NUMBERS: Final[dict[str, Limits]] = {
    "max_daily_loss": _DOLLARS,
    "max_bid_ask_spread_percent": _PER_CENT,
    "fill_price_buffer_pct": limits(0, 100),
    "portfolio_max_abs_delta_shares": _CAP,
    "portfolio_max_abs_gamma": _CAP,
    "portfolio_max_abs_vega": _CAP,
}
_DEFAULTS: Final = DeskSettings()


def read_settings(body: object, stored: DeskSettings) -> DeskSettings | tuple[FieldFault, ...]:
    """Return what is stored with the fields that a body names in their place, or what is wrong with it.

    Null puts the default back; `version` is the caller's to judge, the next one is set.
    """
    faults: list[FieldFault] = []
    names = set(body) if isinstance(body, dict) else set()
    reader = BodyReader(body, faults)
    reader.take("version")
    values: dict[str, object] = {field.name: getattr(stored, field.name) for field in fields(stored)}
    for name in names & (WHOLE.keys() | NUMBERS.keys()):
        found = reader.whole(name, WHOLE[name]) if name in WHOLE else reader.number(name, NUMBERS[name])
        values[name] = getattr(_DEFAULTS, name) if found is None else found
    reader.end()
    if faults:
        return tuple(faults)
    values["version"] = stored.version + 1
    return DeskSettings(**values)  # type: ignore[arg-type]  # by field name, each read with its own type
