"""The brokers outside, each built from what is sealed for it; the next one is a row of the table at the end.

A broker is imported when the first one of its kind is built, since most requests need none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from chalicelib.brokers.checks import NO_MARKET_ORDERS, MarketOrders
from chalicelib.brokers.ibkr.shared import Alone, KnownContracts
from chalicelib.brokers.interface import Broker
from chalicelib.brokers.offers import ACCOUNT_HASH, OFFERS, REFRESH_TOKEN
from chalicelib.brokers.schwab.naming import SentOrders
from chalicelib.domain.accounts import BrokerMode, BrokerName
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.vendors.access import AccessToken, AccessTokens
from chalicelib.vendors.budget import CallBudget
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool

if TYPE_CHECKING:
    from chalicelib.brokers.schwab.broker import SchwabBroker
    from chalicelib.brokers.schwab.client import SchwabClient
    from chalicelib.brokers.schwab.environment import SchwabEnvironment

#: From how a token is renewed to who keeps it.
KeepAccess = Callable[[Callable[[], AccessToken]], AccessTokens]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLine:
    """What calls to any broker outside go by; `urls` are the hosts of the modes, `budgets` of the brokers."""

    urls: Mapping[BrokerMode, str]
    budgets: Mapping[BrokerName, CallBudget]
    clock: Clock
    http: HttpPool
    randomness: Randomness
    contract_ids: KnownContracts


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which account is to be traded in, with what: `secret` never prints.

    `keep_access` keeps access tokens of brokers that have such, `alone` is the lock of one that has a single
    session for all functions,
    `sent` tells what they were sent those whose orders bear nothing of ours.
    """

    mode: BrokerMode
    secret: str
    account_id: str
    keep_access: KeepAccess
    alone: Alone
    sent: SentOrders
    deadline: Deadline | None
    market_orders: MarketOrders = NO_MARKET_ORDERS

    def __repr__(self) -> str:
        return f"Wanted({self.mode}, {self.account_id})"


def build(line: OutsideLine, wanted: Wanted) -> Broker:
    """Return the broker; raises ValueError for what cannot be its credentials."""
    return _BUILDERS[wanted.mode.broker](line, wanted)


def _tradier(line: OutsideLine, wanted: Wanted) -> Broker:
    from chalicelib.brokers.tradier.broker import TradierBroker
    from chalicelib.brokers.tradier.environment import TradierEnvironment

    environment = TradierEnvironment(mode=wanted.mode, base_url=line.urls[wanted.mode], token=wanted.secret)
    return TradierBroker(
        environment,
        wanted.account_id,
        budget=line.budgets[BrokerName.TRADIER],
        clock=line.clock,
        http=line.http,
        deadline=wanted.deadline,
        market_orders=wanted.market_orders,
    )


def _tastytrade(line: OutsideLine, wanted: Wanted) -> Broker:
    from chalicelib.brokers.tastytrade.broker import TastytradeBroker
    from chalicelib.brokers.tastytrade.client import TastytradeClient, line_to, renew
    from chalicelib.brokers.tastytrade.environment import TastytradeEnvironment

    given = OFFERS[BrokerName.TASTYTRADE].parted(wanted.secret)
    environment = TastytradeEnvironment(
        mode=wanted.mode,
        base_url=line.urls[wanted.mode],
        client_secret=given["client_secret"],
        refresh_token=given["refresh_token"],
    )
    way = line_to(
        environment,
        budget=line.budgets[BrokerName.TASTYTRADE],
        clock=line.clock,
        http=line.http,
        deadline=wanted.deadline,
    )
    access = wanted.keep_access(lambda: renew(environment, way, line.clock))
    client = TastytradeClient(environment, way, access=access)
    return TastytradeBroker(
        wanted.mode, client, wanted.account_id, clock=line.clock, market_orders=wanted.market_orders
    )


def _ibkr(line: OutsideLine, wanted: Wanted) -> Broker:
    from chalicelib.composition.ibkr import build_ibkr

    return build_ibkr(line, wanted)


def _schwab(line: OutsideLine, wanted: Wanted) -> "SchwabBroker":
    from chalicelib.brokers.schwab.broker import SchwabBroker

    environment, given = schwab_environment(line, wanted.mode, wanted.secret)
    return SchwabBroker(
        wanted.mode,
        schwab_client(line, environment, wanted.keep_access, wanted.deadline),
        wanted.account_id,
        sent=wanted.sent,
        clock=line.clock,
        account_hash=given.get(ACCOUNT_HASH),
        market_orders=wanted.market_orders,
    )


def schwab_client(
    line: OutsideLine,
    environment: "SchwabEnvironment",
    keep_access: KeepAccess,
    deadline: Deadline | None,
    *,
    budget: CallBudget | None = None,
) -> "SchwabClient":
    """Return what calls Schwab for one login, out of the broker's budget or out of another."""
    from chalicelib.brokers.schwab.client import SchwabClient, line_to
    from chalicelib.brokers.schwab.sign_in import renew

    way = line_to(
        environment,
        budget=budget or line.budgets[BrokerName.SCHWAB],
        clock=line.clock,
        http=line.http,
        deadline=deadline,
    )
    return SchwabClient(environment, way, access=keep_access(lambda: renew(environment, way, line.clock)))


def schwab_environment(
    line: OutsideLine, mode: BrokerMode, secret: str
) -> "tuple[SchwabEnvironment, Mapping[str, str]]":
    """Return where an application's credentials go, and all that is kept of them; raises ValueError."""
    from chalicelib.brokers.schwab.environment import SchwabEnvironment

    given = OFFERS[mode.broker].parted(secret)
    environment = SchwabEnvironment(
        mode=mode,
        base_url=line.urls[mode],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        refresh_token=given.get(REFRESH_TOKEN),
    )
    return environment, given


_BUILDERS: Final[Mapping[BrokerName, Callable[[OutsideLine, Wanted], Broker]]] = MappingProxyType(
    {
        BrokerName.TRADIER: _tradier,
        BrokerName.TASTYTRADE: _tastytrade,
        BrokerName.IBKR: _ibkr,
        BrokerName.SCHWAB: _schwab,
    }
)
