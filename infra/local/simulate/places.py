"""Where people have accounts beside Tradier: how each is opened at its emulator, and what its owner has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from infra.local.day.rig import STARTING_CASH
from infra.local.emulators.brokerage.venue import BrokerageEmulator
from infra.local.emulators.schwab.logins import Application
from infra.local.emulators.serving.faults import Vendor
from infra.local.emulators.tastytrade.app import TastytradeEmulator
from infra.local.emulators.world import World
from infra.local.invariants import times
from infra.local.seed.consumers import Credentials, make_credentials
from infra.local.simulate.stage import SITE_ORIGIN

#: What its owner hands over of an account, by the names that connections have.
Given = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A kind of account at one broker: where its calls go, how it is opened, and what its owner then has."""

    mode: str
    broker: str
    environment: str
    vendor: Vendor
    host: str
    number: str
    emulator: Callable[[World], BrokerageEmulator]
    opened: Callable[[World, str, str], tuple[Given, str]]
    """Opens an account of this number for its owner; returns the credentials, and what its calls go by."""

    @property
    def is_live(self) -> bool:
        """Say whether real money trades there."""
        return self.environment == "live"


def _at_tastytrade_cert(world: World, account_id: str, owner: str) -> tuple[Given, str]:
    return _granted(world.tastytrade_cert, "cert", account_id, owner)


def _at_tastytrade_live(world: World, account_id: str, owner: str) -> tuple[Given, str]:
    return _granted(world.tastytrade_live, "live", account_id, owner)


def _granted(venue: TastytradeEmulator, kind: str, account_id: str, owner: str) -> tuple[Given, str]:
    token, secret = f"{kind}-grant-of-{owner}", f"{kind}-secret-of-{owner}"
    venue.open_account(account_id, token, secret, cash=STARTING_CASH)
    return {"refresh_token": token, "client_secret": secret}, token


def _at_schwab(world: World, account_id: str, owner: str) -> tuple[Given, str]:
    world.schwab.open_account(account_id, owner, cash=STARTING_CASH)
    key, secret = f"application-of-{owner}", f"application-secret-of-{owner}"
    world.schwab.register(Application(client_id=key, client_secret=secret, redirect_uri=f"{SITE_ORIGIN}/"))
    return {"client_id": key, "client_secret": secret}, owner


def _at_ibkr(world: World, account_id: str, owner: str) -> tuple[Given, str]:
    credentials = _consumer(consumer_of(account_id, owner))
    world.ibkr.open_account(account_id, credentials, cash=STARTING_CASH)
    return credentials.named(), credentials.access_token


def consumer_of(account_id: str, owner: str) -> str:
    """Return the name under which an account's owner registered at Interactive Brokers."""
    return f"{account_id}OF{owner.upper()}"


@lru_cache(maxsize=64)
def _consumer(name: str) -> Credentials:
    return make_credentials(name, f"access-token-of-{name}")


PLACES: Final = (
    Place(
        mode="TASTYTRADE_CERT",
        broker="tastytrade",
        environment="paper",
        vendor=Vendor.TASTYTRADE,
        host=times.TASTYTRADE_CERT_HOST,
        number="5WT0000{}",
        emulator=lambda world: world.tastytrade_cert,
        opened=_at_tastytrade_cert,
    ),
    Place(
        mode="TASTYTRADE_LIVE",
        broker="tastytrade",
        environment="live",
        vendor=Vendor.TASTYTRADE,
        host=times.TASTYTRADE_HOST,
        number="5WX0000{}",
        emulator=lambda world: world.tastytrade_live,
        opened=_at_tastytrade_live,
    ),
    Place(
        mode="SCHWAB_LIVE",
        broker="schwab",
        environment="live",
        vendor=Vendor.SCHWAB,
        host=times.SCHWAB_HOST,
        number="7000000{}",
        emulator=lambda world: world.schwab,
        opened=_at_schwab,
    ),
    Place(
        mode="IBKR_PAPER",
        broker="ibkr",
        environment="paper",
        vendor=Vendor.IBKR,
        host=times.IBKR_HOST,
        number="DU000000{}",
        emulator=lambda world: world.ibkr,
        opened=_at_ibkr,
    ),
    Place(
        mode="IBKR_LIVE",
        broker="ibkr",
        environment="live",
        vendor=Vendor.IBKR,
        host=times.IBKR_HOST,
        number="U000000{}",
        emulator=lambda world: world.ibkr,
        opened=_at_ibkr,
    ),
)


@dataclass(slots=True, kw_only=True)
class Account:
    """One person's account elsewhere; `renewed` counts how often its owner made new credentials."""

    place: Place
    account_id: str
    owner: str
    renewed: int = 0

    @property
    def registered_as(self) -> str:
        """Return the name under which its present credentials were made."""
        return self.owner if self.renewed == 0 else f"{self.owner}-{self.renewed}"

    @property
    def user_name(self) -> str:
        """Return who signs in with them, at Interactive Brokers."""
        return f"user-of-{consumer_of(self.account_id, self.registered_as)}"
