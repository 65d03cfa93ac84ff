"""Which source serves whom: ORATS when its token is set, else Tradier by the operator's or user's token."""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.brokers.budget import CallBudget
from chalicelib.brokers.deadline import Deadline
from chalicelib.brokers.http import HttpPool
from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.interface import MarketData
from chalicelib.marketdata.no_source import NoMarketData
from chalicelib.marketdata.orats_client import OratsClient, OratsEnvironment
from chalicelib.marketdata.orats_data import OratsData
from chalicelib.marketdata.tradier_data import TradierData

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

    def serves_all(self) -> bool:
        """Say whether chains come by the operator's token, whoever asks: then no user's token is opened."""
        return self._orats is not None or self._tradier_token_for(None) is not None

    def for_user(self, username: str | None, *, deadline: Deadline | None = None) -> MarketData:
        """Return the source for this user's trades; None is for jobs over all users.

        Without any token the source is one whose every call raises MarketDataError.
        """
        return build_market_data(
            self._wiring, orats=self._orats, tradier=self._tradier_token_for(username), deadline=deadline
        )


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
