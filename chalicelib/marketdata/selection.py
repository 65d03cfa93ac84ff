"""Which source serves whom: ORATS when its token is set, else Tradier by the operator's token, else what a
user has: the chains of the broker that new trades go to, Tradier by a token, or another broker's chains.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from chalicelib.brokers.tradier.client import TradierClient
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.ports import Clock
from chalicelib.marketdata.interface import MarketData, MarketDataError, Purpose
from chalicelib.marketdata.no_source import NoMarketData
from chalicelib.marketdata.orats_client import OratsClient, OratsEnvironment
from chalicelib.marketdata.orats_data import OratsData
from chalicelib.marketdata.tradier_data import TradierData
from chalicelib.security.errors import CredentialsUnreadable
from chalicelib.vendors.budget import CallBudget, PurposeBudget, Share, ShareKind, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool

#: Data by a user's own broker, None where there is none; the callable returns who has bars and calendars.
BrokerData = Callable[[str, Deadline | None, Urgency, Callable[[], MarketData | None]], MarketData | None]
#: Whose Tradier token reads quotes for a user; None is for jobs over all users. None: there is no token.
TradierTokenFor = Callable[[str | None], TradierEnvironment | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What every vendor's client is built with."""

    clock: Clock
    http: HttpPool
    tradier_budget: CallBudget
    orats_budget: CallBudget

    def serving(self, purpose: Purpose, tradier_share: Share | None, orats_share: Share | None) -> "Wiring":
        """Return the same with budgets of which only what this purpose may take is seen."""
        urgency = URGENCY[purpose]
        return replace(
            self,
            tradier_budget=PurposeBudget(self.tradier_budget, urgency, tradier_share),
            orats_budget=PurposeBudget(self.orats_budget, urgency, orats_share),
        )


#: A change reads with the urgency of data, bounded by its user's share: it is no page, and no exit. Entries
#: are looked for once marks and exits have what they need.
URGENCY: Final = {
    Purpose.EXIT: Urgency.EXIT,
    Purpose.MARKS: Urgency.DATA,
    Purpose.CHANGE: Urgency.DATA,
    Purpose.PAGE: Urgency.BROWSING,
    Purpose.ENTRY: Urgency.BROWSING,
}
_SHARE: Final = {Purpose.CHANGE: ShareKind.CHANGES, Purpose.PAGE: ShareKind.PAGES}


class MarketDataSelection:
    """Builds the market data of a user; clients are cheap, connections are shared in `wiring.http`."""

    def __init__(
        self,
        wiring: Wiring,
        *,
        orats: OratsEnvironment | None,
        tradier_token_for: TradierTokenFor,
        of_broker: BrokerData = lambda *_: None,
    ) -> None:
        """`of_broker` says whose broker serves them where no token of the operator's serves all."""
        self._wiring = wiring
        self._orats = orats
        self._tradier_token_for = tradier_token_for
        self._of_broker = of_broker

    def serves_all(self) -> bool:
        """Say whether chains come by the operator's token, whoever asks: then no user's token is opened."""
        return self._orats is not None or self._operator_has_tradier()

    def serves_underlyings_to(self, username: str) -> bool:
        """Say whether expiries and quotes come by the operator's token; False when that cannot be told."""
        if self._orats is None or self._operator_has_tradier():
            return self._operator_has_tradier()
        try:
            return self._tradier_token_for(username) is None
        except CredentialsUnreadable:
            return False

    def for_user(
        self, username: str | None, *, deadline: Deadline | None = None, purpose: Purpose = Purpose.MARKS
    ) -> MarketData:
        """Return the source for this user's trades; None is for jobs over all users.

        Where a token serves all, pages and changes come out of their user's share of its calls (I-36); a user
        with a token of their own has all of it, but for what marks and exits need.
        Without any token the source is one whose every call raises MarketDataError. Raises
        CredentialsUnreadable where Tradier serves by a token that cannot be opened.
        """
        orats, wiring = self._orats, self._wiring_for(username, purpose)
        underlyings = partial(self._underlyings_for, wiring, username, deadline)
        if orats is not None:
            return _orats(wiring, orats, underlyings, deadline)
        if username is not None:
            own = self._of_broker(username, deadline, URGENCY[purpose], underlyings)
            if own is not None:
                return own
        tradier = self._tradier_token_for(username)
        return build_market_data(wiring, orats=None, tradier=tradier, deadline=deadline)

    def _wiring_for(self, username: str | None, purpose: Purpose) -> Wiring:
        kind = _SHARE.get(purpose)
        if kind is None or username is None:
            return self._wiring.serving(purpose, tradier_share=None, orats_share=None)
        share = Share(username=username, kind=kind)
        return self._wiring.serving(
            purpose, tradier_share=share if self._operator_has_tradier() else None, orats_share=share
        )

    def _operator_has_tradier(self) -> bool:
        return self._tradier_token_for(None) is not None

    def _underlyings_for(
        self, wiring: Wiring, username: str | None, deadline: Deadline | None
    ) -> MarketData | None:
        """Open the token for what ORATS does not have; raises MarketDataError when it cannot be opened."""
        try:
            tradier = self._tradier_token_for(username)
        except CredentialsUnreadable as error:
            raise MarketDataError("the stored Tradier token cannot be opened") from error
        return None if tradier is None else _tradier(wiring, tradier, deadline)


def build_market_data(
    wiring: Wiring,
    *,
    orats: OratsEnvironment | None,
    tradier: TradierEnvironment | None,
    deadline: Deadline | None = None,
) -> MarketData:
    """Build the source: ORATS' chains with Tradier's underlyings, or either alone, or none."""
    underlyings = None if tradier is None else _tradier(wiring, tradier, deadline)
    if orats is None:
        return underlyings if underlyings is not None else NoMarketData()
    return _orats(wiring, orats, lambda: underlyings, deadline)


def _tradier(wiring: Wiring, tradier: TradierEnvironment, deadline: Deadline | None) -> MarketData:
    client = TradierClient(
        tradier, budget=wiring.tradier_budget, clock=wiring.clock, http=wiring.http, deadline=deadline
    )
    return TradierData(client, wiring.clock)


def _orats(
    wiring: Wiring,
    orats: OratsEnvironment,
    underlyings: Callable[[], MarketData | None],
    deadline: Deadline | None,
) -> MarketData:
    client = OratsClient(
        orats, budget=wiring.orats_budget, clock=wiring.clock, http=wiring.http, deadline=deadline
    )
    return OratsData(client, wiring.clock, underlyings)
