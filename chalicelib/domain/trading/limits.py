"""Limits on entries (A-07) and the figures they are counted by; exits are never limited (I-24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO, percent, to_cents
from chalicelib.domain.trading.trades import ENTERING, TradeStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What a user has at stake now. Dollars; `realized_today` is net of fees, negative for a loss."""

    open_positions: int
    heat: Decimal
    realized_today: Decimal
    stored_trades: int = 0
    stored_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A user's limits: dollars, and per cent of the balance as 6 for six per cent."""

    account_balance: Decimal
    max_positions: int
    daily_loss_limit: Decimal
    heat_limit_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A limit that an entry would pass, what it would make of it (None: not known), and what is allowed."""

    limit: str
    value: Decimal | None
    allowed: Decimal


def heat_of(
    entry_price: Decimal,
    stop_price: Decimal | None,
    quantity: Decimal,
    multiplier: Decimal,
    *,
    sign: int = 1,
    risk_floor: Decimal = ZERO,
) -> Decimal:
    """Return what a trade can lose down to its stop: at most without one, nothing with one past the entry."""
    of_one = risk_of_one(entry_price, stop_price, multiplier, sign=sign, risk_floor=risk_floor)
    return to_cents(of_one * quantity)


class Stake(NamedTuple):
    """A trade that has not ended, as its heat is counted. Prices per share (W-02); None: not known."""

    trade_id: UUID
    status: TradeStatus
    qty: Decimal
    filled_qty: Decimal
    open_qty: Decimal
    entry_price: Decimal | None
    limit_price: Decimal | None
    asked_price: Decimal | None
    stop_price: Decimal | None
    instrument: Instrument
    multiplier: Decimal
    sign: int = 1
    risk_floor: Decimal = ZERO
    is_asked_for: bool = False

    @property
    def heat(self) -> Decimal:
        """Return what it can lose, exact: what has not filled yet risks what it was asked at.

        Shares that nobody asked for count nothing, so that an exercise bars nobody's entries (ADR 0019).
        """
        if self.instrument is Instrument.EQUITY and not self.is_asked_for:
            return ZERO
        prices = (self.entry_price, self.limit_price, self.asked_price)
        price = next((price for price in prices if price is not None), ZERO)
        to_come = self.qty - self.filled_qty if self.status in ENTERING else ZERO
        of_one = risk_of_one(
            price, self.stop_price, self.multiplier, sign=self.sign, risk_floor=self.risk_floor
        )
        return of_one * (to_come + self.open_qty)


def heat_at_stake(stakes: Iterable[Stake]) -> Decimal:
    """Add up what trades that have not ended can lose, in dollars."""
    return to_cents(sum((stake.heat for stake in stakes), ZERO))


def risk_of_one(
    price: Decimal,
    stop_price: Decimal | None,
    multiplier: Decimal,
    *,
    sign: int = 1,
    risk_floor: Decimal = ZERO,
) -> Decimal:
    """Return what one structure can lose in dollars: at worst, or to its stop where that is nearer (B-16).

    `sign` and `price` are W-02's; `risk_floor` is what it can come to owe beyond what entering it took.
    """
    at_worst = max(risk_floor + sign * price * multiplier, ZERO)
    if stop_price is None:
        return at_worst
    return min(max(sign * (price - stop_price) * multiplier, ZERO), at_worst)


def heat_pct(heat: Decimal, balance: Decimal) -> Decimal:
    """Return heat in per cent of the balance."""
    return percent(heat, balance) or ZERO


def breaches(exposure: Exposure, limits: Limits, added_heat: Decimal) -> Iterable[Breach]:
    """Return the limits that one more entry of `added_heat` dollars would pass."""
    if exposure.open_positions + 1 > limits.max_positions:
        yield Breach(
            limit="max_positions",
            value=Decimal(exposure.open_positions + 1),
            allowed=Decimal(limits.max_positions),
        )
    loss = -exposure.realized_today
    if loss >= limits.daily_loss_limit:
        yield Breach(limit="daily_loss_limit", value=loss, allowed=limits.daily_loss_limit)
    heat = exposure.heat + added_heat
    # Compared in dollars: the share is rounded for showing, and is not defined for an empty account.
    if heat * 100 > limits.heat_limit_pct * limits.account_balance:
        share = heat_pct(heat, limits.account_balance)
        yield Breach(limit="heat_limit_pct", value=share, allowed=limits.heat_limit_pct)
