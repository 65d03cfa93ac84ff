"""One past trade as a value: what was executed of it, and the figures that follow from that alone."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER, OptionContract, OptionType
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.structures.exposure import owed_at_worst
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.domain.trading.orders import OrderRole
from chalicelib.domain.trading.trades import CloseReason

_SECONDS_PER_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFill:
    """One execution: price per share, fees in dollars, instant UTC; `role` ENTRY opens, EXIT closes."""

    role: OrderRole
    is_buy: bool
    quantity: Decimal
    price: Decimal
    at: datetime
    fees: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTrade:
    """One closed trade of the file; `contract` is None for shares, whose symbol is their ticker."""

    row: int
    symbol: str
    contract: OptionContract | None
    ticker: str
    side: LegSide
    fills: tuple[PastFill, ...]
    close_reason: CloseReason
    strategy: str | None = None
    sl_price: Decimal | None = None
    tp_price: Decimal | None = None
    ai_verdict: str | None = None
    card_score: Decimal | None = None
    context: Mapping[str, JsonValue] | None = None
    told: Mapping[str, Decimal | str | None] = field(default_factory=dict)
    """Further columns of a trade that only our own export has, by their names."""
    exported_id: str | None = None
    """The id under which our own export knew it."""
    fingerprint: str = ""
    """The same row again, in this file or another, has the same one."""

    @property
    def multiplier(self) -> Decimal:
        """Return how many shares one of `qty` stands for."""
        return Decimal(1) if self.contract is None else OPTION_MULTIPLIER

    @property
    def qty(self) -> Decimal:
        """Return what was opened."""
        return sum((fill.quantity for fill in self._entries), ZERO)

    @property
    def entry_price(self) -> Decimal:
        """Return the average price of the opening."""
        return to_price(self._worth(self._entries) / self.qty)

    @property
    def close_price(self) -> Decimal:
        """Return the average price of the closing; what was closed too often and given back counts off."""
        return to_price(abs(self._cash(self._exits)) / self.qty)

    @property
    def entry_at(self) -> datetime:
        """Return when it was opened."""
        return min(fill.at for fill in self._entries)

    @property
    def closed_at(self) -> datetime:
        """Return when the last of it was closed."""
        return max(fill.at for fill in self._exits)

    @property
    def held_hours(self) -> Decimal:
        """Return the hours between first opening and last closing."""
        return to_price(Decimal((self.closed_at - self.entry_at).total_seconds()) / _SECONDS_PER_HOUR)

    @property
    def fees(self) -> Decimal:
        """Return dollars for the whole trade."""
        return to_cents(sum((fill.fees for fill in self.fills), ZERO))

    @property
    def cost(self) -> Decimal:
        """Return what the opening was worth, in dollars."""
        return self._worth(self._entries) * self.multiplier

    @property
    def terms(self) -> LegTerms:
        """Return what one of it held."""
        contract = self.contract
        return LegTerms(
            instrument=Instrument.EQUITY if contract is None else Instrument.OPTION,
            side=self.side,
            ratio=1,
            multiplier=self.multiplier,
            option_type=None if contract is None else contract.option_type,
            strike=None if contract is None else contract.strike,
            expiry=None if contract is None else contract.expiry,
        )

    @property
    def risk_basis(self) -> Decimal:
        """Return the dollars that its per cents are of: of a put that was sold its maximum loss (W-02)."""
        if self.side is LegSide.LONG or self.contract is None or self.contract.option_type is OptionType.CALL:
            return self.cost
        return max(owed_at_worst([self.terms]) * self.qty - self.cost, ZERO) or self.cost

    @property
    def gross_pnl(self) -> Decimal:
        """Return dollars, before fees."""
        return to_cents(self._cash(self.fills) * self.multiplier)

    @property
    def net_pnl(self) -> Decimal:
        """Return dollars, after fees (I-13)."""
        return to_cents(self._cash(self.fills) * self.multiplier - self.fees)

    @property
    def _entries(self) -> list[PastFill]:
        return [fill for fill in self.fills if fill.role is OrderRole.ENTRY]

    @property
    def _exits(self) -> list[PastFill]:
        return [fill for fill in self.fills if fill.role is not OrderRole.ENTRY]

    def _worth(self, fills: Iterable[PastFill]) -> Decimal:
        return sum((fill.price * fill.quantity for fill in fills), ZERO)

    def _cash(self, fills: Iterable[PastFill]) -> Decimal:
        """Return the cash that came in per share, purchases counting off."""
        return sum((fill.price * fill.quantity * (-1 if fill.is_buy else 1) for fill in fills), ZERO)


def numbered(trades: Iterable[PastTrade]) -> tuple[PastTrade, ...]:
    """Give each trade its fingerprint: two equal rows of one file are two trades, the file again is none.

    However its numbers are written: spreadsheets drop trailing zeros when they save.
    """
    seen: dict[str, int] = {}
    found = []
    for trade in trades:
        key = "|".join([trade.symbol, *(_key(fill) for fill in trade.fills)])
        seen[key] = seen.get(key, 0) + 1
        mark = hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest()
        found.append(replace(trade, fingerprint=mark))
    return tuple(found)


def _key(fill: PastFill) -> str:
    way = "buy" if fill.is_buy else "sell"
    return f"{way}|{fill.at.isoformat()}|{fill.quantity.normalize():f}|{fill.price.normalize():f}"
