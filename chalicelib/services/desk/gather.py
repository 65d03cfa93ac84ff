"""Gather the market once a scan, for all users and strategies (B-02): few calls, side by side.

First what says which chains are needed (quotes, what is listed), then the chains, each underlying's in one
question. What a source refuses is not known, and is the trouble of its underlying alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from chalicelib.domain.desk.pipeline.facts import Facts, Reading
from chalicelib.domain.desk.pipeline.vix import vix_in_force
from chalicelib.domain.desk.selection.expiries import expiries_to_read
from chalicelib.domain.desk.strategies.strategy import MAX_QUOTE_AGE_S
from chalicelib.marketdata.interface import Chain as VendorsChain
from chalicelib.marketdata.interface import MarketData, UnderlyingQuote
from chalicelib.services.desk.data_sources import DataSources
from chalicelib.services.desk.gathered import Gathered, Origin, UnderlyingMarket, Wanted
from chalicelib.services.desk.questions import Question
from chalicelib.services.desk.stored_facts import VIX, StoredFacts, read_stored_facts
from chalicelib.services.environment import Environment

if TYPE_CHECKING:
    from chalicelib.domain.desk.selection.chains import Chain

VIX3M: Final = "VIX3M"
Quotes = Mapping[str, UnderlyingQuote]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the vendors showed of one underlying."""

    listed: Question[tuple[date, ...]]
    chain: Question[VendorsChain]

    @property
    def trouble(self) -> tuple[str, ...]:
        return tuple(one.trouble for one in (self.listed, self.chain) if one.trouble is not None)


def gather(env: Environment, wanted: Sequence[Wanted]) -> Gathered:
    """Return the market of these underlyings as it stands now; raises DatabaseUnavailable alone."""
    sources = DataSources(env)
    stored = read_stored_facts(env, [one.underlying for one in wanted])
    quotes = Question(partial(_read_quotes, sources, wanted))
    listed = [Question(partial(_read_listed, sources, one)) for one in wanted]
    first_round: list[Callable[[], None]] = [quotes, *listed]
    env.side_by_side.each(first_round)
    shown = quotes.value or {}
    market = _market(env, stored, shown)
    chains = [
        Question(partial(_read_chain, sources, one, _expiries(market, stored, one, days.value or ())))
        for one, days in zip(wanted, listed, strict=True)
    ]
    env.side_by_side.each(chains)
    market = replace(market, at=env.clock.now())
    trouble = () if quotes.trouble is None else (quotes.trouble,)
    return Gathered(
        market=market,
        session=stored.session,
        underlyings={
            one.underlying: _of_underlying(
                market, stored, one.underlying, shown, _Seen(listed=days, chain=chain), trouble
            )
            for one, days, chain in zip(wanted, listed, chains, strict=True)
        },
        origins=_origins(shown, {"vix": VIX, "vix3m": VIX3M}),
    )


def _read_quotes(sources: DataSources, wanted: Sequence[Wanted]) -> Quotes:
    """Read every underlying and both indices in one call."""
    users = sorted({name for one in wanted for name in one.usernames})
    symbols = [*(one.underlying for one in wanted), VIX, VIX3M]
    found = sources.ask_underlyings(users, lambda source: source.underlying_quotes(symbols))
    return {one.symbol: one for one in found}


def _read_listed(sources: DataSources, wanted: Wanted) -> tuple[date, ...]:
    return sources.ask_underlyings(wanted.usernames, lambda source: source.expirations(wanted.underlying))


def _read_chain(sources: DataSources, wanted: Wanted, expiries: Sequence[date]) -> VendorsChain:
    def ask(source: MarketData) -> VendorsChain:
        return source.chain(wanted.underlying, expiries)

    if not expiries:
        return VendorsChain(underlying=wanted.underlying, underlying_price=None, quotes={})
    return sources.ask_chain(wanted.usernames, ask)


def _expiries(market: Facts, stored: StoredFacts, wanted: Wanted, listed: Sequence[date]) -> tuple[date, ...]:
    vix = vix_in_force(market, MAX_QUOTE_AGE_S)
    return expiries_to_read(listed, stored.today, wanted.conditions, None if vix is None else vix.value)


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


def _of_underlying(
    market: Facts,
    stored: StoredFacts,
    underlying: str,
    shown: Quotes,
    seen: _Seen,
    trouble: tuple[str, ...],
) -> UnderlyingMarket:
    spot = _reading(shown.get(underlying))
    chain = _laid_out(market, spot, seen.chain.value)
    facts = replace(
        market,
        underlying=underlying,
        spot=spot,
        expirations=None if seen.listed.value is None else len(seen.listed.value),
        implied_volatility=_month_iv(chain, spot),
        iv_range=stored.iv_ranges.get(underlying),
    )
    return UnderlyingMarket(
        facts=facts,
        chain=chain,
        origins=_origins(shown, {"spot": underlying}),
        trouble=(*trouble, *seen.trouble),
    )


def _reading(quote: UnderlyingQuote | None) -> Reading | None:
    if quote is None or quote.last is None or quote.as_of is None:
        return None
    return Reading(value=float(quote.last), at=quote.as_of, delay_s=quote.delay_seconds)


def _laid_out(market: Facts, spot: Reading | None, chain: VendorsChain | None) -> "Chain | None":
    """Lay a chain out once for all strategies, with IV and Greeks wherever they can be had."""
    if chain is None or not chain.quotes:
        return None
    # numpy comes with it: where nothing is scanned nobody pays for it.
    from chalicelib.domain.desk.selection.chains import chain_of
    from chalicelib.domain.desk.selection.solving import with_greeks
    from chalicelib.domain.desk.selection.view import years_left

    laid = chain_of(chain.quotes.values(), market.at)
    price = float(chain.underlying_price) if chain.underlying_price else spot and spot.value
    if not price:
        return laid
    return replace(
        laid,
        expiries=tuple(
            with_greeks(one, price, years_left(one.dte, market.at, market.closes_at)) for one in laid.expiries
        ),
    )


def _month_iv(chain: "Chain | None", spot: Reading | None) -> float | None:
    if chain is None or spot is None:
        return None
    from chalicelib.domain.desk.selection.surface import month_iv, smiles

    return month_iv(smiles(chain, spot.value))


def _origins(shown: Quotes, asked: Mapping[str, str]) -> dict[str, Origin]:
    return {
        name: Origin(source=shown[symbol].source, at=shown[symbol].as_of)
        for name, symbol in asked.items()
        if symbol in shown
    }
