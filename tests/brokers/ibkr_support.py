"""What the tests of Interactive Brokers share: a broker over a transport, with a session of its own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from chalicelib.brokers.ibkr.broker import IbkrBroker
from chalicelib.brokers.ibkr.client import IbkrClient, line_to, renew
from chalicelib.brokers.ibkr.environment import IbkrEnvironment
from chalicelib.brokers.ibkr.session import BrokerageSession
from chalicelib.brokers.ibkr.shared import Alone
from chalicelib.brokers.ibkr.signing import read_consumer
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.vendors.access import OwnTokens
from chalicelib.vendors.budget import CallBudget, Urgency
from chalicelib.vendors.http import HttpPool
from infra.local.emulators.world import World
from infra.local.seed.consumers import Credentials, make_credentials
from tests.brokers.conformance import WorldClock
from tests.brokers.support import CountedRandomness, OpenBudget

ACCOUNT: Final = "DU1234567"
BASE: Final = "https://api.ibkr.com/v1/api"
FIXTURES: Final = Path(__file__).parents[2] / "../shared/fixtures/ibkr"


@lru_cache(maxsize=8)
def credentials(name: str = "TESTCONSX") -> Credentials:
    """Return the credentials of a consumer, the same ones for a whole run."""
    return make_credentials(name, f"access-token-of-{name}")


@dataclass
class MemoryContracts:
    """Conids kept in a process, with how many were found."""

    known: dict[str, int] = field(default_factory=dict)

    def conids(self, symbols: Sequence[str]) -> Mapping[str, int]:
        return {symbol: self.known[symbol] for symbol in symbols if symbol in self.known}

    def symbols(self, conids: Sequence[int]) -> Mapping[int, str]:
        return {conid: symbol for symbol, conid in self.known.items() if conid in conids}

    def keep(self, symbol: str, conid: int) -> None:
        self.known[symbol] = conid


@dataclass
class MovingClock(WorldClock):
    """Product time that passes while somebody waits: the vendor's pace is one of seconds."""

    world: World | None = None

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.at += timedelta(seconds=seconds)
        if self.world is not None:
            self.world.catch_up()


@contextmanager
def nobody_else(_urgency: Urgency) -> Iterator[None]:
    """Stand for the lock where there is one process."""
    yield


def ibkr(
    http: HttpPool,
    clock: Clock,
    *,
    url: str = BASE,
    account: str = ACCOUNT,
    given: Credentials | None = None,
    budget: CallBudget | None = None,
    known: MemoryContracts | None = None,
    alone: Alone = nobody_else,
    randomness: Randomness | None = None,
) -> IbkrBroker:
    """Return a broker whose calls go by `http`."""
    environment = IbkrEnvironment(
        mode=BrokerMode.IBKR_PAPER,
        base_url=url,
        consumer=read_consumer((given or credentials()).named()),
    )
    budget, randomness = budget or OpenBudget(left=100_000), randomness or CountedRandomness()
    line = line_to(environment, budget=budget, clock=clock, http=http, deadline=None)
    access = OwnTokens(lambda: renew(environment, line, clock, randomness), clock)
    client = IbkrClient(environment, line, access=access, budget=budget, clock=clock, randomness=randomness)
    session = BrokerageSession(client, alone, clock)
    return IbkrBroker(BrokerMode.IBKR_PAPER, session, account, known=known or MemoryContracts(), clock=clock)
