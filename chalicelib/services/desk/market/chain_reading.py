"""Chains of a scan: each read once for all strategies, laid out, and kept for a scan that is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from chalicelib.domain.desk.pipeline.facts import Facts
from chalicelib.domain.market.data_budget import CADENCES_SECONDS
from chalicelib.marketdata.interface import Chain as VendorsChain
from chalicelib.marketdata.interface import MarketData
from chalicelib.marketdata.kept_chains import KeptChain
from chalicelib.services.desk.market.data_sources import DataSources
from chalicelib.services.desk.market.gathered import Origin, Wanted
from chalicelib.services.desk.market.questions import Question
from chalicelib.services.environment import Environment

if TYPE_CHECKING:
    from chalicelib.domain.desk.selection.chains import Chain, ExpiryChain

#: While the data plan's month is stretched, what was read so long ago is good enough.
_GOOD_ENOUGH: Final = timedelta(seconds=240)

#: A source's chains with its name.
Answer = tuple[VendorsChain, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A question about some expiries of one underlying; `kept_for` is how old the oldest kept one is."""

    underlying: str
    expiries: tuple[date, ...]
    kept_for: timedelta
    question: Question[Answer]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadChain:
    """One underlying's chain; not `is_whole`: an expiry that was wanted could not be read."""

    chain: "Chain | None" = None
    is_whole: bool = False
    origin: Origin | None = None
    trouble: tuple[str, ...] = ()


class ChainReading:
    """One scan's reading of chains: first the questions, then what came of them."""

    def __init__(self, env: Environment, sources: DataSources, good_for: timedelta = timedelta(0)) -> None:
        self._env = env
        self._sources = sources
        self._now = env.clock.now()
        self._good_for = max(good_for, _GOOD_ENOUGH) if _is_stretched(env) else good_for
        self._parts: list[_Part] = []

    def want(self, wanted: Wanted, expiries: tuple[date, ...]) -> None:
        """Put the questions for these expiries, one for as many as a call brings."""
        underlying = wanted.underlying
        ages = {one: self._kept_for(underlying, one) for one in expiries}
        asked = [one for one, age in ages.items() if age >= self._good_for]
        size = self._sources.expiries_a_call(wanted.usernames) if asked else 1
        for start in range(0, len(asked), size):
            days = tuple(asked[start : start + size])
            ask = partial(self._sources.ask_chain, wanted.usernames, _bare_chain(underlying, days))
            kept_for = max(ages[one] for one in days)
            self._parts.append(
                _Part(underlying=underlying, expiries=days, kept_for=kept_for, question=Question(ask))
            )

    def questions(self) -> list[Question[Answer]]:
        """Return the questions; what was read longest ago goes first, since a budget may end before them."""
        ordered = sorted(self._parts, key=lambda one: one.kept_for, reverse=True)
        return [one.question for one in ordered]

    def read(
        self, market: Facts, underlying: str, expiries: tuple[date, ...], spot: float | None
    ) -> ReadChain:
        """Return an underlying's chain as it stands at the market's instant, with IV and Greeks solved."""
        parts = [one for one in self._parts if one.underlying == underlying]
        answered: set[date] = set()
        for part in parts:
            if part.question.value is not None:
                answered |= set(part.expiries)
                self._keep(market, underlying, part.question.value, spot)
        found = {one: self._env.kept_chains.find(underlying, one, market.at) for one in expiries}
        kept = [one for one in found.values() if one is not None]
        return ReadChain(
            chain=_chain([one.at(market.at) for one in kept]),
            is_whole=all(found[one] is not None or one in answered for one in expiries),
            origin=_oldest(kept),
            trouble=tuple(one.question.trouble for one in parts if one.question.trouble is not None),
        )

    def _keep(self, market: Facts, underlying: str, answer: Answer, spot: float | None) -> None:
        vendors, source = answer
        for laid in _laid_out(market, vendors, spot):
            self._env.kept_chains.keep(underlying, KeptChain(chain=laid, source=source, read_at=market.at))

    def _kept_for(self, underlying: str, expiry: date) -> timedelta:
        kept = self._env.kept_chains.find(underlying, expiry, self._now)
        return timedelta.max if kept is None else self._now - kept.read_at


def _is_stretched(env: Environment) -> bool:
    """Say whether snapshots come more rarely than usual, so that the data plan's month lasts."""
    cadence = None if env.data_plan is None else env.data_plan.cadence(env.clock.now())
    return cadence is not None and cadence > CADENCES_SECONDS[0]


def _oldest(kept: Sequence[KeptChain]) -> Origin | None:
    oldest = min(kept, key=lambda one: one.read_at, default=None)
    return None if oldest is None else Origin(source=oldest.source, at=oldest.read_at)


def _bare_chain(underlying: str, expiries: tuple[date, ...]) -> Callable[[MarketData], Answer]:
    return lambda source: (source.bare_chain(underlying, expiries), source.source)


def _laid_out(market: Facts, chain: VendorsChain, spot: float | None) -> "list[ExpiryChain]":
    """Lay a chain out once for all strategies, with IV and Greeks wherever they can be had."""
    # numpy comes with it: where nothing is scanned nobody pays for it.
    from chalicelib.domain.desk.selection.chains import chain_of
    from chalicelib.domain.desk.selection.solving import Unsolved, all_with_greeks
    from chalicelib.domain.desk.selection.view import years_left

    laid = chain_of(chain.quotes.values(), market.at).expiries
    price = spot if chain.underlying_price is None else float(chain.underlying_price)
    if not price:
        return list(laid)
    return all_with_greeks(
        [
            Unsolved(chain=one, spot=price, years=years_left(one.dte, market.at, market.closes_at))
            for one in laid
        ]
    )


def _chain(expiries: "list[ExpiryChain]") -> "Chain | None":
    if not expiries:
        return None
    from chalicelib.domain.desk.selection.chains import Chain

    return Chain(expiries=tuple(expiries))
