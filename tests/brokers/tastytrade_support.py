"""What the tests of tastytrade share: a broker over a transport, with access tokens of its own."""

from pathlib import Path
from typing import Final

from chalicelib.brokers.tastytrade.broker import TastytradeBroker
from chalicelib.brokers.tastytrade.client import TastytradeClient, line_to, renew
from chalicelib.brokers.tastytrade.environment import TastytradeEnvironment
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ports import Clock
from chalicelib.vendors.access import OwnTokens
from chalicelib.vendors.budget import CallBudget
from chalicelib.vendors.http import HttpPool
from tests.brokers.support import OpenBudget

ACCOUNT: Final = "5WT00001"
REFRESH_TOKEN: Final = "a-refresh-token"
CLIENT_SECRET: Final = "a-client-secret"
BASE: Final = "https://api.cert.tastyworks.com"
FIXTURES: Final = Path(__file__).parents[2] / "../shared/fixtures/tastytrade"


def tastytrade(
    http: HttpPool,
    clock: Clock,
    *,
    url: str = BASE,
    account: str = ACCOUNT,
    refresh_token: str = REFRESH_TOKEN,
    client_secret: str = CLIENT_SECRET,
    budget: CallBudget | None = None,
    mode: BrokerMode = BrokerMode.TASTYTRADE_CERT,
) -> TastytradeBroker:
    """Return a broker whose calls go by `http`."""
    environment = TastytradeEnvironment(
        mode=mode, base_url=url, client_secret=client_secret, refresh_token=refresh_token
    )
    line = line_to(environment, budget=budget or OpenBudget(), clock=clock, http=http, deadline=None)
    access = OwnTokens(lambda: renew(environment, line, clock), clock)
    return TastytradeBroker(mode, TastytradeClient(environment, line, access=access), account, clock=clock)
