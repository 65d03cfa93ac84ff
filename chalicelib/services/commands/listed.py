"""What an entry asks for, found in the market: each leg's contract and quote, and what they make up."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date
from chalicelib.domain.clocks.instrument_calendars import last_session_of
from chalicelib.domain.coins.terms import SymbolFilters
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.quantities import quantity_step
from chalicelib.domain.instruments.roots import is_adjusted, meant_by
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.instruments.tickers import root_of
from chalicelib.domain.market.quotes import OptionQuote, of_one_moment, quote_fault
from chalicelib.domain.money import ZERO
from chalicelib.domain.structures.collateral import Collateral, collateral_of
from chalicelib.domain.structures.exposure import is_unlimited, owed_at_worst, uncovered_units
from chalicelib.domain.structures.prices import (
    NoPrice,
    mid_price,
    natural_entry_price,
    natural_exit_price,
    structure_sign,
    unit_multiplier,
)
from chalicelib.domain.structures.shapes import Shape, recognise
from chalicelib.domain.structures.terms import LegTerms
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg
from chalicelib.domain.trading.limits import heat_of
from chalicelib.marketdata.interface import Chain, MarketDataError, Purpose
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.environment import CredentialsUnreadable, Environment
from chalicelib.services.errors import FieldError, Invalid, Unavailable
from chalicelib.services.market.market_refusals import market_refusal

#: Reads the chain of one expiry of a ticker; without one, the quote of its shares.
ChainReader = Callable[[str, date | None], Chain]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLeg:
    """A leg's contract, or shares, with its quote as it stands, usable or not (`fault`).

    `filters` are its exchange's, of a coin alone.
    """

    wanted: WantedLeg
    symbol: str
    quote: OptionQuote
    fault: str | None
    filters: SymbolFilters | None = None

    @property
    def lot(self) -> Decimal:
        """Return the smallest quantity of it that can be traded."""
        return quantity_step(self.wanted.instrument) if self.filters is None else self.filters.lot

    @property
    def terms(self) -> LegTerms:
        """Return what one structure holds through it."""
        wanted = self.wanted
        is_option = wanted.instrument is Instrument.OPTION
        return LegTerms(
            instrument=wanted.instrument,
            side=wanted.side,
            ratio=wanted.ratio,
            multiplier=self.quote.multiplier if is_option else Decimal(1),
            option_type=wanted.option_type,
            strike=wanted.strike,
            expiry=wanted.expiry,
        )


@dataclass(frozen=True)
class Listed:
    """An entry as the market has it; prices per share are the structure's own (ADR 0030).

    `entry` is what it is expected to be entered at: the limit, or what a market order takes at once; None
    where nothing says.
    """

    legs: tuple[ListedLeg, ...]
    underlying_price: Decimal | None
    entry: Decimal | None

    @cached_property
    def terms(self) -> tuple[LegTerms, ...]:
        """Return the legs' terms."""
        return tuple(leg.terms for leg in self.legs)

    @property
    def quotes(self) -> list[OptionQuote]:
        """Return the legs' quotes."""
        return [leg.quote for leg in self.legs]

    @property
    def fault(self) -> str | None:
        """Return why the quotes may not be used, the first leg's that may not; None when they may."""
        for leg in self.legs:
            if leg.fault is not None:
                return leg.fault if len(self.legs) == 1 else f"{leg.fault} for {leg.symbol}"
        return None if of_one_moment(self.quotes) else "the legs' quotes are not of one moment"

    @property
    def usable(self) -> bool:
        """Say whether all quotes may be used."""
        return self.fault is None

    @property
    def bid(self) -> Decimal | None:
        """Return what leaving at once would bring; of one leg its bid."""
        return self.legs[0].quote.bid if len(self.legs) == 1 else _known(natural_exit_price, self)

    @property
    def ask(self) -> Decimal | None:
        """Return what entering at once would cost; of one leg its ask."""
        return self.legs[0].quote.ask if len(self.legs) == 1 else _known(natural_entry_price, self)

    @property
    def mid(self) -> Decimal | None:
        """Return what lies between."""
        return self.legs[0].quote.mid if len(self.legs) == 1 else _known(mid_price, self)

    @property
    def shape(self) -> Shape:
        """Return what the legs are called together."""
        return recognise(self.terms)

    @property
    def sign(self) -> int:
        """Return 1 where a higher price of it is a gain, -1 where it is a loss."""
        return structure_sign(self.terms)

    @property
    def unit_multiplier(self) -> Decimal:
        """Return dollars per structure for one dollar of its price."""
        return unit_multiplier(self.terms)

    @property
    def is_unlimited(self) -> bool:
        """Say whether it can lose without end: what no shares of its own or of the books could cover."""
        if self.is_coin:
            return False  # a short one comes with a stop, on paper alone (C-02)
        is_short_sale = any(
            leg.terms.instrument is not Instrument.OPTION and leg.terms.side is LegSide.SHORT
            for leg in self.legs
        )
        return is_short_sale or (is_unlimited(self.terms) and not self.is_covered_by_shares)

    @property
    def is_coin(self) -> bool:
        """Say whether it is a coin."""
        return self.shape is Shape.CRYPTO

    @property
    def is_covered_by_shares(self) -> bool:
        """Say whether shares in the books may cover it: a short call alone, each by its hundred."""
        return len(self.legs) == 1 and self.shape is Shape.SHORT_CALL

    @property
    def risk_floor(self) -> Decimal:
        """Return what one structure can come to owe beyond what entering it took, dollars.

        A short coin counts twice what it brought: until then what it put aside covers its loss.
        """
        if self.is_coin:
            return 2 * (self.entry or ZERO) if self.sign < 0 else ZERO
        shares = uncovered_units(self.terms)
        cover = LegTerms(
            instrument=Instrument.EQUITY, side=LegSide.LONG, ratio=max(int(shares), 1), multiplier=Decimal(1)
        )
        return owed_at_worst([*self.terms, cover] if shares else self.terms)

    def collateral(self, qty: Decimal) -> Collateral:
        """Return what so many structures need of the account."""
        assert self.entry is not None, "validated before"
        return collateral_of(self.terms, self.entry, qty)

    def heat(self, stop_price: Decimal | None, qty: Decimal) -> Decimal:
        """Return what so many structures can lose, in dollars (A-07, B-16)."""
        assert self.entry is not None, "validated before"
        return heat_of(
            self.entry, stop_price, qty, self.unit_multiplier, sign=self.sign, risk_floor=self.risk_floor
        )


def _known(
    price_of: Callable[[Sequence[LegTerms], Sequence[OptionQuote]], Decimal | NoPrice], listed: Listed
) -> Decimal | None:
    price = price_of(listed.terms, listed.quotes)
    return None if isinstance(price, NoPrice) else price


def find_legs(
    env: Environment, command: PlaceTrade, calendar: MarketCalendar, read_chain: ChainReader
) -> Listed:
    """Find each leg's contract in its chain; raises Invalid when one does not exist or has expired."""
    now = env.clock.now()
    chains: dict[date | None, Chain] = {}
    for number, leg in enumerate(command.legs):
        if leg.expiry is not None and _has_expired(calendar, leg.expiry, now):
            message = "This contract has expired."
            raise Invalid([FieldError(field=field_of(command, number, "expiry"), message=message)])
        if leg.expiry not in chains:
            chains[leg.expiry] = read_chain(command.ticker, leg.expiry)
    legs = tuple(
        _find(command, number, chains[leg.expiry], calendar, now) for number, leg in enumerate(command.legs)
    )
    prices = [chain.underlying_price for chain in chains.values()]
    found = Listed(legs=legs, underlying_price=prices[0], entry=None)
    return Listed(legs=legs, underlying_price=prices[0], entry=_expected_entry(command, found))


def field_of(command: PlaceTrade, number: int, name: str) -> str:
    """Return how a leg's field is named to whoever asked: a single leg's stand in the body itself."""
    return f"legs.{number}.{name}" if command.names_legs else name


class _Candidate(NamedTuple):
    """A quote of a chain as what may be meant by a leg."""

    root: str
    multiplier: Decimal
    quote: OptionQuote


def _find(
    command: PlaceTrade, number: int, chain: Chain, calendar: MarketCalendar, now: datetime
) -> ListedLeg:
    leg = command.legs[number]
    meant = meant_by(_candidates(command, leg, chain), leg.root)
    if meant is None:
        name = "strike" if chain.quotes and leg.strike is not None else "expiry"
        what = "strike for this expiry" if chain.quotes else "expiry for this ticker"
        message = f"There is no such {what}."
        raise Invalid([FieldError(field=field_of(command, number, name), message=message)])
    if leg.instrument is Instrument.OPTION and is_adjusted(meant.root, meant.multiplier):
        message = f"{meant.quote.symbol} is an adjusted contract: it is not opened here."
        raise Invalid([FieldError(field=field_of(command, number, "strike"), message=message)])
    quote = meant.quote
    if leg.instrument is Instrument.OPTION:
        last = last_session_of(calendar, OptionContract.parse_occ(quote.symbol))
        if last is not None and now >= last.closes_at:
            message = "This contract does not trade any more."
            raise Invalid([FieldError(field=field_of(command, number, "expiry"), message=message)])
    fault = quote_fault(quote, quote.symbol, now)
    told = None if fault is None else str(fault)
    return ListedLeg(wanted=leg, symbol=quote.symbol, quote=quote, fault=told)


def _candidates(command: PlaceTrade, leg: WantedLeg, chain: Chain) -> Iterator[_Candidate]:
    wanted = (leg.expiry, leg.option_type, leg.strike)
    for symbol, quote in chain.quotes.items():
        if leg.instrument is not Instrument.OPTION:
            if symbol == command.ticker:
                yield _Candidate(root=symbol, multiplier=Decimal(1), quote=quote)
            continue
        contract = OptionContract.parse_occ(symbol)
        is_wanted = (contract.expiry, contract.option_type, contract.strike) == wanted
        if is_wanted and contract.root.startswith(root_of(command.ticker)):
            yield _Candidate(root=contract.root, multiplier=quote.multiplier, quote=quote)


def _expected_entry(command: PlaceTrade, listed: Listed) -> Decimal | None:
    if command.limit_price is not None:
        return command.limit_price
    (leg,) = listed.legs
    quote = leg.quote
    if leg.wanted.side is LegSide.SHORT:
        return quote.bid if quote.has_bid else quote.last
    return quote.ask if quote.has_ask else quote.last


def chain_reader(env: Environment, username: str, purpose: Purpose) -> ChainReader:
    """Return what reads a chain as it stands, by the calls of one purpose; raises Unavailable, TooSoon."""

    def read(ticker: str, expiry: date | None) -> Chain:
        try:
            source = env.market_data.for_user(username, purpose=purpose)
            if expiry is None:
                return leg_quotes(source, ticker, [ticker])
            return source.chain(ticker, [expiry])
        except MarketDataError as error:
            raise market_refusal(error, "The option chain cannot be read now") from error
        except CredentialsUnreadable as error:
            raise Unavailable(str(error)) from error

    return read


def _has_expired(calendar: MarketCalendar, expiry: date, now: datetime) -> bool:
    if expiry < new_york_date(now):
        return True
    session = calendar.expiry_session(expiry)
    return session is not None and now >= session.closes_at
