"""What a backtest holds and what it has ended: values that are stored between two slices."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from chalicelib.domain.analysis.attribution import Split
from chalicelib.domain.backtest.books import Filled, OrderedLeg
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import last_session_of
from chalicelib.domain.desk.exits.causes import OpenStructure
from chalicelib.domain.desk.exits.judge import ExitState
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OPTION_MULTIPLIER, OptionContract
from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.structures.payoff import Payoff
from chalicelib.domain.structures.prices import structure_sign, unit_multiplier
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.domain.structures.weighed import Share, Weighed, weigh

#: What a lot of shares is called where structures have their type.
SHARES: Final = "shares"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLeg:
    """One leg of a position, `ratio` of it in one structure; `closed_for` sums quantity times price."""

    symbol: str
    side: LegSide
    ratio: int
    entry_price: Decimal
    closed_for: Decimal = ZERO

    @property
    def closing(self) -> OrderedLeg:
        """Return the leg of an order that gives it up."""
        return OrderedLeg(symbol=self.symbol, side=self.side.closes_by, ratio=self.ratio)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An open structure. Prices are its own (W-02), `better` dollars beyond the natural price.

    `bid` and `ask` are what leaving and entering it would have had when it was ordered; `gates` the verdicts
    of its evaluation as JSON; `worst` the lowest result that a mark showed, as `state.best` is the highest.
    """

    number: int
    structure: str
    opened_at: datetime
    legs: tuple[HeldLeg, ...]
    qty: Decimal
    left: Decimal
    entry_price: Decimal
    fees: Decimal
    gates: str
    better: Decimal = ZERO
    bid: Decimal | None = None
    ask: Decimal | None = None
    worst: Decimal | None = None
    cause: str = ""
    state: ExitState = field(default_factory=ExitState)

    @property
    def are_shares(self) -> bool:
        """Say whether it is a lot of shares."""
        return self.structure == SHARES

    @property
    def sign(self) -> int:
        """Return 1 where a higher price is a gain."""
        return structure_sign(terms_of(self.legs))

    @property
    def dollars(self) -> Decimal:
        """Return dollars for a dollar of price, of one structure."""
        return unit_multiplier(terms_of(self.legs))

    @property
    def weights(self) -> Weighed:
        """Return the sign rule of its legs."""
        return weights_of(self.legs)

    @property
    def expiry(self) -> date | None:
        """Return the day on which its first contract ends, None of shares."""
        return min((one.expiry for one in terms_of(self.legs) if one.expiry is not None), default=None)

    @property
    def max_profit(self) -> Decimal:
        """Return the most that what is left can win, 0 without an end."""
        return _bounds(terms_of(self.legs), self.entry_price, self.left)[0]

    @property
    def risk(self) -> Decimal:
        """Return the most that all of it could lose, 0 without an end."""
        return _bounds(terms_of(self.legs), self.entry_price, self.qty)[1]

    def held(self, calendar: MarketCalendar) -> OpenStructure:
        """Return it as exits are judged."""
        contracts = [OptionContract.parse_occ(leg.symbol) for leg in self.legs]
        sessions = [last_session_of(calendar, one) for one in contracts]
        ends = [one for one in sessions if one is not None]
        return OpenStructure(
            filled_at=self.opened_at,
            entry_price=self.entry_price,
            sign=self.sign,
            dollars=self.left * self.dollars,
            max_profit=self.max_profit,
            last_session=min(ends, key=lambda one: one.closes_at, default=None),
        )

    def closed(self, filled: Filled) -> "Position":
        """Return it with some units given up: legs sum what they were closed for."""
        legs = tuple(
            replace(leg, closed_for=leg.closed_for + price * filled.quantity)
            for leg, price in zip(self.legs, filled.leg_prices, strict=True)
        )
        return replace(self, legs=legs, left=self.left - filled.quantity, fees=self.fees + filled.fees)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedLeg:
    """One leg of an ended trade; prices per share, the exit's on average; `split` as of the trade."""

    symbol: str
    side: LegSide
    ratio: int
    entry_price: Decimal
    exit_price: Decimal
    split: Split | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTrade:
    """An ended trade: dollars for the whole quantity, `realized_pnl` net of `fees`.

    `reason` is a close reason of trades, `cause` what made the desk leave. `risk` 0: the loss had no bound.
    `split` is where its P&L came from, once a run is over; `unexplained` intervals of it lack Greeks.
    """

    number: int
    structure: str
    opened_at: datetime
    closed_at: datetime
    qty: Decimal
    entry_price: Decimal
    exit_price: Decimal
    realized_pnl: Decimal
    fees: Decimal
    better: Decimal
    legs: tuple[ClosedLeg, ...]
    gates: str
    reason: str
    cause: str
    risk: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    best: Decimal | None = None
    worst: Decimal | None = None
    split: Split | None = None
    unexplained: int = 0


def ended(position: Position, at: datetime, reason: str) -> ClosedTrade:
    """Return the trade that a position, all given up, has been: P&L from fills, leg by leg."""
    legs = tuple(
        ClosedLeg(
            symbol=leg.symbol,
            side=leg.side,
            ratio=leg.ratio,
            entry_price=leg.entry_price,
            exit_price=to_price(leg.closed_for / position.qty),
        )
        for leg in position.legs
    )
    gain = sum(
        (
            term.units * (leg.closed_for - leg.entry_price * position.qty)
            for leg, term in zip(position.legs, terms_of(position.legs), strict=True)
        ),
        ZERO,
    )
    exit_price = sum(
        (weight * one.exit_price for weight, one in zip(position.weights.weights, legs, strict=True)), ZERO
    )
    return ClosedTrade(
        number=position.number,
        structure=position.structure,
        opened_at=position.opened_at,
        closed_at=at,
        qty=position.qty,
        entry_price=position.entry_price,
        exit_price=exit_price if len(legs) > 1 else legs[0].exit_price,
        realized_pnl=to_cents(gain - position.fees),
        fees=position.fees,
        better=to_cents(position.better),
        legs=legs,
        gates=position.gates,
        reason=reason,
        cause=position.cause,
        risk=position.risk,
        bid=position.bid,
        ask=position.ask,
        best=position.state.best,
        worst=position.worst,
    )


def payoff_of(trade: ClosedTrade) -> Payoff:
    """Return what a trade could win and lose as it was entered, at its first expiry, before fees."""
    terms = tuple(_term(leg.symbol, leg.side, leg.ratio) for leg in trade.legs)
    return Payoff(legs=terms, price=trade.entry_price, qty=trade.qty)


def terms_of(legs: tuple[HeldLeg, ...]) -> tuple[LegTerms, ...]:
    """Return legs as their structure's terms."""
    return tuple(_term(leg.symbol, leg.side, leg.ratio) for leg in legs)


def weights_of(legs: tuple[HeldLeg, ...]) -> Weighed:
    """Return the sign rule of legs."""
    terms = terms_of(legs)
    return weigh(tuple(Share(one.instrument, one.side, one.ratio, one.multiplier) for one in terms))


@lru_cache(maxsize=4096)
def _term(symbol: str, side: LegSide, ratio: int) -> LegTerms:
    if not symbol[-1].isdigit() or len(symbol) < len("A250101C00000000"):
        return LegTerms(instrument=Instrument.EQUITY, side=side, ratio=ratio, multiplier=Decimal(1))
    contract = OptionContract.parse_occ(symbol)
    return LegTerms(
        instrument=Instrument.OPTION,
        side=side,
        ratio=ratio,
        multiplier=OPTION_MULTIPLIER,
        option_type=contract.option_type,
        strike=contract.strike,
        expiry=contract.expiry,
    )


@lru_cache(maxsize=4096)
def _bounds(terms: tuple[LegTerms, ...], price: Decimal, qty: Decimal) -> tuple[Decimal, Decimal]:
    if terms[0].instrument is Instrument.EQUITY:
        return ZERO, price * qty
    bounds = Payoff(legs=terms, price=price, qty=qty).bounds()
    return bounds.max_profit or ZERO, bounds.max_loss or ZERO
