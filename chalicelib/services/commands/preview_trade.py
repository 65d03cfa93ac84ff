"""What a trade would cost, risk and earn, and which limits it would break; places nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.instrument_calendars import calendar_of_all
from chalicelib.domain.desk.book import BookWith
from chalicelib.domain.desk.kill_switch.rows import stopping
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import to_cents
from chalicelib.domain.options.black_scholes import Conditions
from chalicelib.domain.structures.before_expiry import LegNow, results_now, spread_over
from chalicelib.domain.structures.chance import StructureGreeks, chance_of_profit, greeks_in_sum
from chalicelib.domain.structures.exposure import first_expiry
from chalicelib.domain.structures.payoff import LaterLegUnpriced, Payoff
from chalicelib.domain.structures.shapes import Shape
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.limits import Breach, breaches, heat_pct
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import Originator
from chalicelib.marketdata.interface import Chain, Purpose
from chalicelib.services.commands.book_gate import book_with, breach_of
from chalicelib.services.commands.check_switch import STOPPED
from chalicelib.services.commands.chosen_mode import chosen_mode
from chalicelib.services.commands.collateral import lacking_shares
from chalicelib.services.commands.listed import ChainReader, Listed, chain_reader
from chalicelib.services.commands.open_trade import account_of, limits_of
from chalicelib.services.commands.validate import payoff_of, validate
from chalicelib.services.environment import Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.market.market_quotes import read_chain
from chalicelib.services.market_hours import read_calendar
from chalicelib.store.desk.door import read_at_the_door
from chalicelib.store.trades.exposure import exposure
from chalicelib.store.users import settings

#: A-03: a market order over a spread wider than this share of mid asks again.
WIDE_SPREAD: Final = Decimal("0.10")
_SECONDS_A_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class AtExpiry:
    """What the legs make at their first expiry, dollars before fees; None: unlimited, or not known.

    `points` are prices of the underlying with the result there, `now` the same today, empty where a leg's
    volatility is not known; `chance` of a profit is a fraction.
    """

    max_profit: Decimal | None
    max_loss: Decimal | None
    break_evens: Sequence[Decimal]
    points: Sequence[tuple[Decimal, Decimal]]
    now: Sequence[tuple[Decimal, Decimal]]
    chance: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A trade that is not placed. Dollars: `cost` is below 0 where entering brings money, `at_stop` and
    `reward` are sizes, `collateral` is what is put aside while it is open.

    None is unbounded, unknown, or of a stop or target that is not there. `quoted_at` is the vendor's time, of
    several legs the oldest, and `now` ours.
    """

    structure: Shape
    cost: Decimal
    at_stop: Decimal | None
    reward: Decimal | None
    risk_reward: float | None
    at_expiry: AtExpiry
    greeks: StructureGreeks
    collateral: Decimal
    heat_after: Decimal
    heat_after_pct: Decimal
    bid: Decimal | None
    ask: Decimal | None
    quoted_at: datetime | None
    now: datetime
    is_delayed: bool
    breaks: Sequence[Breach]
    book: BookWith | None
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    """The account with the trade in it: heat in dollars and per cent, limits it would pass, and the book."""

    heat: Decimal
    heat_pct: Decimal
    breaks: Sequence[Breach]
    book: BookWith | None


def preview(env: Environment, kept: KeptAnswers, username: str, command: PlaceTrade) -> Preview:
    """Work a trade out by the chain that pages show; raises what placing would."""
    calendar = read_calendar(env)
    listed = validate(env, command, calendar, _shown_chains(env, kept, username))
    entry = listed.entry
    assert entry is not None
    quantity = command.qty
    now = env.clock.now()
    at_expiry = _at_expiry(listed, entry, quantity, now)
    risk = listed.heat(command.sl_price, quantity)
    at_stop = None if command.sl_price is None else risk
    reward = _reward(command, listed, entry, at_expiry)

    stands = env.database.run(
        lambda connection: _stands(env, connection, username, command, listed, risk), username=username
    )
    times = [quote.quoted_at for quote in listed.quotes if quote.quoted_at is not None]
    return Preview(
        structure=listed.shape,
        cost=to_cents(listed.sign * entry * listed.unit_multiplier * quantity),
        at_stop=at_stop,
        reward=reward,
        risk_reward=None if command.tp_price is None else _ratio(reward, at_stop),
        at_expiry=at_expiry,
        greeks=greeks_in_sum(listed.terms, listed.quotes, quantity),
        collateral=listed.collateral(quantity).reserve,
        heat_after=stands.heat,
        heat_after_pct=stands.heat_pct,
        bid=listed.bid,
        ask=listed.ask,
        quoted_at=min(times, default=None),
        now=now,
        is_delayed=any(quote.is_delayed for quote in listed.quotes),
        breaks=stands.breaks,
        book=stands.book,
        warnings=_warnings(command, listed, _can_trade(listed, calendar, now)),
    )


def _stands(
    env: Environment,
    connection: Connection,
    username: str,
    command: PlaceTrade,
    listed: Listed,
    risk: Decimal,
) -> _Stands:
    rules = settings.read(connection, username)
    assert rules is not None, "a signed-in user has settings"
    mode = chosen_mode(rules, command.broker_mode)
    door = read_at_the_door(connection, username)
    stands = exposure(connection, username, mode, env.clock.now(), of_coins=command.is_of_coins)
    heat = stands.heat + risk
    broken = [] if stopping(door.rows, Originator.PERSON) is None else [STOPPED]
    broken += breaches(stands, limits_of(rules, door.max_daily_loss), risk)
    lacking = lacking_shares(connection, account_of(rules, command), command, listed)
    book = book_with(env, connection, username, mode, listed, command.qty, door.caps)
    past_a_cap = None if book is None else breach_of(book)
    broken += [one for one in (lacking, past_a_cap) if one is not None]
    return _Stands(heat=heat, heat_pct=heat_pct(heat, rules.account_balance), breaks=broken, book=book)


def _reward(command: PlaceTrade, listed: Listed, entry: Decimal, at_expiry: AtExpiry) -> Decimal | None:
    """Return what the target earns, without one what is earned at best; None: unlimited."""
    if command.tp_price is None:
        return at_expiry.max_profit
    gained = (command.tp_price - entry) * listed.sign
    return to_cents(gained * listed.unit_multiplier * command.qty)


def _can_trade(listed: Listed, market: MarketCalendar, now: datetime) -> bool:
    legs = ((leg.terms.instrument, leg.symbol) for leg in listed.legs)
    return calendar_of_all(market, legs, now).is_open(now)


def _shown_chains(env: Environment, kept: KeptAnswers, username: str) -> ChainReader:
    of_shares = chain_reader(env, username, Purpose.PAGE)

    def read(ticker: str, expiry: date | None) -> Chain:
        if expiry is None:
            return of_shares(ticker, None)
        return read_chain(env, kept, username, ticker, expiry).answer

    return read


def _at_expiry(listed: Listed, entry: Decimal, quantity: Decimal, now: datetime) -> AtExpiry:
    try:
        payoff = payoff_of(listed, entry, quantity)
    except LaterLegUnpriced:
        return AtExpiry(max_profit=None, max_loss=None, break_evens=(), points=(), now=(), chance=None)
    bounds = payoff.bounds()
    shown = () if listed.underlying_price is None else (listed.underlying_price,)
    points = payoff.points(*shown)
    return AtExpiry(
        max_profit=bounds.max_profit,
        max_loss=bounds.max_loss,
        break_evens=payoff.break_evens(),
        points=points,
        now=_results_now(listed, payoff, points, now),
        chance=_chance(listed, payoff, now),
    )


def _results_now(
    listed: Listed, payoff: Payoff, points: Sequence[tuple[Decimal, Decimal]], now: datetime
) -> Sequence[tuple[Decimal, Decimal]]:
    """Return what the trade would have made now over the same prices."""
    spot = listed.underlying_price
    if spot is None or first_expiry(listed.terms) is None:
        return ()
    legs = [
        LegNow(
            terms=leg.terms,
            years=0.0 if leg.wanted.expiry is None else _years_to(leg.wanted.expiry, now),
            volatility=None if leg.quote.iv is None else float(leg.quote.iv),
            mark=None if leg.quote.mid is None else float(leg.quote.mid),
        )
        for leg in listed.legs
    ]
    prices = spread_over(points[0][0], points[-1][0], spot)
    return results_now(legs, cost=payoff.cost, qty=payoff.qty, spot=float(spot), prices=prices)


def _years_to(expiry: date, now: datetime) -> float:
    ends = datetime.combine(expiry, now.timetz()).replace(hour=21, minute=0)
    return max((ends - now).total_seconds(), 0.0) / _SECONDS_A_YEAR


def _chance(listed: Listed, payoff: Payoff, now: datetime) -> Decimal | None:
    """Return the chance of a profit under the legs' own implied volatility, without drift."""
    expiry = first_expiry(listed.terms)
    known = [leg.quote.iv for leg in listed.legs if leg.wanted.expiry == expiry and leg.quote.iv]
    if expiry is None or not known or not listed.underlying_price:
        return None
    conditions = Conditions(
        spot=float(listed.underlying_price),
        years=_years_to(expiry, now),
        rate=0.0,
        volatility=float(sum(known, Decimal(0)) / len(known)),
    )
    return chance_of_profit(payoff, conditions)


def _ratio(reward: Decimal | None, at_stop: Decimal | None) -> float | None:
    """Return what a typed target earns for each dollar that a typed stop loses; undefined without both."""
    return None if reward is None or not at_stop else float(round(reward / at_stop, 4))


def _warnings(command: PlaceTrade, listed: Listed, is_open: bool) -> list[str]:
    warnings = []
    if not is_open:
        warnings.append("The market is closed: the order waits for the next session.")
    if listed.fault is not None:
        warnings.append(f"The quote cannot be relied on: {listed.fault}.")
    if any(quote.is_delayed for quote in listed.quotes):
        warnings.append("Quotes are 15 minutes old.")
    if command.sl_price is None:
        warnings.append(_without_a_stop(listed))
    if command.is_structure and not command.protection.is_none:
        warnings.append("Stop and target of several legs are watched here with each mark, not at the broker.")
    mid, bid, ask = listed.mid, listed.bid, listed.ask
    is_wide = mid is not None and bid is not None and ask is not None and ask - bid > WIDE_SPREAD * mid
    if command.order_type is OrderType.MARKET and is_wide:
        warnings.append("The spread is over 10 % of mid: a limit order may fill much better.")
    return warnings


def _without_a_stop(listed: Listed) -> str:
    is_one_long_option = len(listed.legs) == 1 and listed.sign > 0
    if is_one_long_option and listed.legs[0].wanted.instrument is Instrument.OPTION:
        return "Without a stop the whole premium is at risk."
    return "Without a stop the whole maximum loss is at risk."
