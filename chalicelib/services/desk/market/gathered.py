"""What a scan is handed of the market, gathered once for all users and strategies."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.desk.pipeline.evaluate import Snapshot
from chalicelib.domain.desk.pipeline.facts import AccountFacts, Facts
from chalicelib.domain.desk.pipeline.vix import VixInForce, vix3m_in_force, vix_in_force
from chalicelib.domain.desk.strategies.strategy import MAX_QUOTE_AGE_S, EntryConditions, Strategy

if TYPE_CHECKING:
    from chalicelib.domain.desk.selection.chains import Chain

#: Sources by the names that the kill switch counts them under.
VIX_SOURCE: Final = "vix"
QUOTES_SOURCE: Final = "quotes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One underlying with what its strategies may enter, and whose they are: their tokens may read for it."""

    underlying: str
    conditions: tuple[EntryConditions, ...]
    usernames: tuple[str, ...]


def wanted_by(strategies: Iterable[tuple[str, Strategy]]) -> tuple[Wanted, ...]:
    """Return what these strategies, each with its owner's name, need to see; one for each underlying."""
    conditions: dict[str, dict[EntryConditions, None]] = {}
    owners: dict[str, set[str]] = {}
    for username, strategy in strategies:
        conditions.setdefault(strategy.underlying, {})[strategy.entry_conditions] = None
        owners.setdefault(strategy.underlying, set()).add(username)
    return tuple(
        Wanted(
            underlying=underlying,
            conditions=tuple(conditions[underlying]),
            usernames=tuple(sorted(owners[underlying])),
        )
        for underlying in sorted(conditions)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a fact is from; `at` is the time that its source gives it, None: it gives none."""

    source: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnderlyingMarket:
    """One underlying: facts without an account's, and the chain of every expiry that may be entered.

    `origins` are by what they tell of: spot, chain, expirations, bars, earnings, dividends. `trouble` says
    what a source refused; what is missing without it is what the source does not have.
    """

    facts: Facts
    chain: "Chain | None"
    origins: Mapping[str, Origin] = field(default_factory=dict)
    trouble: tuple[str, ...] = ()

    @property
    def is_readable(self) -> bool:
        """Say whether price and chain could be read."""
        return self.facts.spot is not None and self.chain is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """One scan's market. `market` are the facts that no underlying has to itself; `session` is today's."""

    market: Facts
    session: Session | None
    underlyings: Mapping[str, UnderlyingMarket]
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """Return the instant for which everything stands."""
        return self.market.at

    @property
    def vix(self) -> VixInForce | None:
        """Return today's VIX, or the close that stands in for it; None is not known."""
        return vix_in_force(self.market, MAX_QUOTE_AGE_S)

    @property
    def vix3m(self) -> float | None:
        """Return today's VIX3M; None is not known."""
        return vix3m_in_force(self.market, MAX_QUOTE_AGE_S)

    @property
    def in_contango(self) -> bool | None:
        """Say whether VIX is below VIX3M; None where one of them is not known."""
        near, far = self.vix, self.vix3m
        return None if near is None or far is None else near.value < far

    @property
    def macro_window(self) -> str | None:
        """Return the name of the window that is open, None in none."""
        return next((one.name for one in self.market.windows if one.starts_at <= self.at < one.ends_at), None)

    def facts_for(self, underlying: str, account: AccountFacts) -> Facts:
        """Return an underlying's facts with an account's; of one that was not gathered nothing is known."""
        found = self.underlyings.get(underlying)
        facts = replace(self.market, underlying=underlying) if found is None else found.facts
        return replace(facts, account=account)

    def snapshot_for(self, underlying: str, account: AccountFacts) -> Snapshot:
        """Return what an evaluation is made of."""
        found = self.underlyings.get(underlying)
        return Snapshot(
            facts=self.facts_for(underlying, account), chain=None if found is None else found.chain
        )

    def unreadable(self, underlyings: Collection[str]) -> tuple[str, ...]:
        """Name the sources that could not be read for whoever trades these underlyings.

        Quotes are when none of them could be read: a single one blocks its own entries alone.
        """
        names = [] if self.vix is not None else [VIX_SOURCE]
        found = [self.underlyings[one] for one in underlyings if one in self.underlyings]
        if found and not any(one.is_readable for one in found):
            names.append(QUOTES_SOURCE)
        return tuple(names)
