"""Gather the market once a scan, for all users and strategies (B-02): few calls, side by side.

First what says which chains are needed (quotes, what is listed), then the chains, each expiry in one call at
most. What a source refuses is not known, and is the trouble of its underlying alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from chalicelib.domain.desk.pipeline.company_dates import EarningsCalendar, next_dividend, next_earnings
from chalicelib.domain.desk.pipeline.facts import Facts, Reading
from chalicelib.domain.desk.pipeline.vix import vix_in_force
from chalicelib.domain.desk.selection.expiries import expiries_to_read
from chalicelib.domain.desk.strategies.strategy import MAX_QUOTE_AGE_S
from chalicelib.domain.desk.volatility.technicals import Technicals
from chalicelib.domain.instruments.kinds import kind_of
from chalicelib.marketdata.interface import Purpose, UnderlyingQuote
from chalicelib.services.desk.market.chain_reading import ChainReading, ReadChain
from chalicelib.services.desk.market.daily_facts import DailyFacts, Paid
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.gathered import Gathered, Origin, UnderlyingMarket, Wanted
from chalicelib.services.desk.market.questions import Question
from chalicelib.services.desk.market.stored_facts import VIX, StoredFacts, read_stored_facts
from chalicelib.services.environment import Environment
from chalicelib.store.database import Isolation
from chalicelib.store.desk.underlying_facts import FactKind, KeptFact, forget_facts
from chalicelib.vendors.deadline import Deadline

if TYPE_CHECKING:
    from chalicelib.domain.desk.selection.chains import Chain

VIX3M: Final = "VIX3M"
Quotes = Mapping[str, UnderlyingQuote]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the market is looked at: a scan's way unless said otherwise.

    `known` are the day's facts that the caller has besides those that are stored; chains read within
    `chains_good_for` are not asked for again. One that only shows something stores nothing.
    """

    purpose: Purpose = Purpose.ENTRY
    known: tuple[KeptFact, ...] = ()
    chains_good_for: timedelta = timedelta(0)
    is_kept: bool = True


SCAN: Final = Look()


def gather(
    env: Environment, wanted: Sequence[Wanted], *, deadline: Deadline | None = None, look: Look = SCAN
) -> Gathered:
    """Return the market of these underlyings as it stands now; vendors' calls end before `deadline`.

    Raises DatabaseUnavailable alone: what a vendor does not say is not known.
    """
    sources = DataSources(env, deadline, look.purpose)
    stored = read_stored_facts(env, [one.underlying for one in wanted])
    stored = replace(stored, kept=(*look.known, *stored.kept))
    daily = DailyFacts(sources, stored, wanted, env.clock.now())
    quotes = Question(partial(_read_quotes, sources, wanted))
    _ask(env, [quotes, *daily.questions()])
    daily.take()
    shown = quotes.value or {}
    market = _market(env, stored, shown)
    chains = ChainReading(env, sources, look.chains_good_for)
    expiries = {one.underlying: _expiries(market, stored, daily, one) for one in wanted}
    for one in wanted:
        chains.want(one, expiries[one.underlying])
    _ask(env, chains.questions())
    if look.is_kept:
        daily.keep(env)
    seen = _Seen(replace(market, at=env.clock.now()), stored, daily, quotes)
    return Gathered(
        market=seen.market,
        session=stored.session,
        underlyings={
            one: seen.of_underlying(chains.read(seen.market, one, days, seen.spot(one)), one)
            for one, days in expiries.items()
        },
        origins=_origins(shown, {"vix": VIX, "vix3m": VIX3M}),
    )


def ask_daily_facts(env: Environment, wanted: Wanted, look: Look, deadline: Deadline) -> tuple[KeptFact, ...]:
    """Return the day's facts of an underlying that nobody has stored, for a look that stores none either."""
    stored = read_stored_facts(env, [wanted.underlying])
    daily = DailyFacts(DataSources(env, deadline, look.purpose), stored, [wanted], env.clock.now())
    _ask(env, daily.questions())
    return daily.answered()


def forget_market(env: Environment) -> None:
    """Have everything asked for anew: the market was moved by hand (local.md). Raises DatabaseUnavailable."""
    env.kept_chains.forget()
    env.database.run(forget_facts, username=None, isolation=Isolation.READ_COMMITTED)


def _ask(env: Environment, questions: Sequence[Callable[[], None]]) -> None:
    env.side_by_side.each(questions)


def _read_quotes(sources: DataSources, wanted: Sequence[Wanted]) -> Quotes:
    """Read every underlying and both indices in one call."""
    users = sorted({name for one in wanted for name in one.usernames})
    symbols = [*(one.underlying for one in wanted), VIX, VIX3M]
    found = sources.ask_underlyings(users, lambda source: source.underlying_quotes(symbols))
    return {one.symbol: one for one in found}


def _market(env: Environment, stored: StoredFacts, shown: Quotes) -> Facts:
    """Return the facts that all underlyings share."""
    session = stored.session
    return Facts(
        at=env.clock.now(),
        underlying="",
        vix=_reading(shown.get(VIX)),
        vix_close=stored.vix_close,
        vix3m=_reading(shown.get(VIX3M)),
        previous_session=stored.previous_session,
        windows=stored.windows,
        window_rows_in_month=stored.window_rows_in_month,
        opens_at=None if session is None else session.opens_at,
        closes_at=None if session is None else session.closes_at,
    )


def _expiries(market: Facts, stored: StoredFacts, daily: DailyFacts, wanted: Wanted) -> tuple[date, ...]:
    vix = vix_in_force(market, MAX_QUOTE_AGE_S)
    return expiries_to_read(
        daily.listed(wanted.underlying) or (),
        stored.today,
        wanted.conditions,
        None if vix is None else vix.value,
    )


class _Seen:
    """What was seen of all underlyings, to be told of each."""

    def __init__(
        self, market: Facts, stored: StoredFacts, daily: DailyFacts, quotes: Question[Quotes]
    ) -> None:
        self.market = market
        self._stored = stored
        self._daily = daily
        self._shown = quotes.value or {}
        self._trouble = () if quotes.trouble is None else (quotes.trouble,)

    def spot(self, underlying: str) -> float | None:
        """Return an underlying's price."""
        reading = _reading(self._shown.get(underlying))
        return None if reading is None else reading.value

    def of_underlying(self, read: ReadChain, underlying: str) -> UnderlyingMarket:
        """Return an underlying's facts with its chain."""
        daily, listed = self._daily, self._daily.listed(underlying)
        spot = self.spot(underlying)
        facts = replace(
            self.market,
            underlying=underlying,
            spot=_reading(self._shown.get(underlying)),
            expirations=None if listed is None else len(listed),
            technicals=daily.value(Technicals, underlying, FactKind.BARS) or Technicals(),
            implied_volatility=_month_iv(read.chain, spot) if read.is_whole else None,
            iv_range=self._stored.iv_ranges.get(underlying),
        )
        origins = _origins(self._shown, {"spot": underlying}) | daily.origins(underlying)
        if read.origin is not None:
            origins["chain"] = read.origin
        return UnderlyingMarket(
            facts=self._with_company(facts),
            chain=read.chain,
            origins=origins,
            trouble=(*self._trouble, *daily.trouble(underlying), *read.trouble),
        )

    def _with_company(self, facts: Facts) -> Facts:
        """Add the dates of the company; what a fund has none of is not missing."""
        underlying, today = facts.underlying, self._stored.today
        calendar = self._daily.value(EarningsCalendar, underlying, FactKind.EARNINGS)
        paid = self._daily.value(Paid, underlying, FactKind.DIVIDENDS)
        quote = self._shown.get(underlying)
        kind = None if quote is None else quote.kind
        return replace(
            facts,
            earnings=None
            if calendar is None
            else next_earnings(calendar, kind or kind_of(underlying), today),
            dividend=None if paid is None else next_dividend(paid.items, today),
        )


def _reading(quote: UnderlyingQuote | None) -> Reading | None:
    if quote is None or quote.last is None or quote.as_of is None:
        return None
    return Reading(value=float(quote.last), at=quote.as_of, delay_s=quote.delay_seconds)


def _month_iv(chain: "Chain | None", spot: float | None) -> float | None:
    if chain is None or spot is None:
        return None
    from chalicelib.domain.desk.selection.surface import month_iv_of

    return month_iv_of(chain, spot)


def _origins(shown: Quotes, asked: Mapping[str, str]) -> dict[str, Origin]:
    return {
        name: Origin(source=shown[symbol].source, at=shown[symbol].as_of)
        for name, symbol in asked.items()
        if symbol in shown
    }
