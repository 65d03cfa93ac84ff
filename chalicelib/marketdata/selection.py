"""Which source serves whom: ORATS when its token is set, else Tradier by the operator's or user's token."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.brokers.budget import CallBudget, token_key
from chalicelib.brokers.deadline import Deadline
from chalicelib.brokers.http import HttpPool
from chalicelib.brokers.interface import Urgency
from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.data_budget import quota_month
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.cache import AnswerCache, CachedMarketData
from chalicelib.marketdata.interface import MarketData
from chalicelib.marketdata.no_source import NoMarketData
from chalicelib.marketdata.orats_client import OratsClient, OratsEnvironment
from chalicelib.marketdata.orats_data import OratsData
from chalicelib.marketdata.orats_rows import SOURCE as ORATS
from chalicelib.marketdata.tradier_data import TradierData
from chalicelib.store.budget import VendorUsage

#: Whose Tradier token reads quotes for a user; None is for jobs over all users. None: there is no token.
TradierTokenFor = Callable[[str | None], TradierEnvironment | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What every vendor's client is built with."""

    clock: Clock
    http: HttpPool
    tradier_budget: CallBudget
    orats_budget: CallBudget


class MarketDataSelection:
    """Builds the market data of a user; clients are cheap, connections are shared in `wiring.http`."""

    def __init__(
        self, wiring: Wiring, *, orats: OratsEnvironment | None, tradier_token_for: TradierTokenFor
    ) -> None:
        self._wiring = wiring
        self._orats = orats
        self._tradier_token_for = tradier_token_for
        self._cache = AnswerCache(wiring.clock)

    def for_user(self, username: str | None, *, deadline: Deadline | None = None) -> MarketData:
        """Return the source for this user's trades; None is for jobs over all users.

        Without any token the source is one whose every call raises MarketDataError.
        """
        return build_market_data(
            self._wiring, orats=self._orats, tradier=self._tradier_token_for(username), deadline=deadline
        )

    def for_ticket(self, username: str, *, deadline: Deadline | None = None) -> MarketData:
        """Return the same source with answers kept for a moment, shared by whoever uses the same tokens."""
        tradier = self._tradier_token_for(username)
        data = build_market_data(self._wiring, orats=self._orats, tradier=tradier, deadline=deadline)
        tokens = [] if tradier is None else [tradier.budget_key]
        if self._orats is not None:
            tokens.append(token_key(self._orats.token))
        return CachedMarketData(data, self._cache, "+".join(tokens))


def build_market_data(
    wiring: Wiring,
    *,
    orats: OratsEnvironment | None,
    tradier: TradierEnvironment | None,
    deadline: Deadline | None = None,
) -> MarketData:
    """Build the source: ORATS' chains with Tradier's underlyings, or either alone, or none."""
    underlyings: MarketData | None = None
    if tradier is not None:
        client = TradierClient(
            tradier,
            budget=wiring.tradier_budget,
            clock=wiring.clock,
            http=wiring.http,
            deadline=deadline,
        )
        underlyings = TradierData(client, wiring.clock)
    if orats is None:
        return underlyings if underlyings is not None else NoMarketData()
    vendor = OratsClient(
        orats, budget=wiring.orats_budget, clock=wiring.clock, http=wiring.http, deadline=deadline
    )
    return OratsData(vendor, wiring.clock, underlyings)


class MonthlyCountedBudget:
    """A budget that also counts the calls of the month, for a plan with a quota (A-02)."""

    def __init__(self, inner: CallBudget, usage: VendorUsage, vendor: str = ORATS) -> None:
        self._inner = inner
        self._usage = usage
        self._vendor = vendor

    def take(self, token_key: str, urgency: Urgency, *, at: datetime) -> None:
        """Count one call made at `at`, for its minute and its month; raises BudgetSpent."""
        self._inner.take(token_key, urgency, at=at)
        self._usage.count(self._vendor, quota_month(at))

    def vendor_left(self, token_key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        """Take note of how many calls the vendor says are left in its window."""
        self._inner.vendor_left(token_key, left, at=at, ends_at=ends_at)
