"""What every use case is handed: adapters behind protocols, nothing global.

A use case is a function of an Environment, a username and its arguments; there is no way to build one
without a user (A-10). `database` acts as the application's role for API calls and as the jobs' role in jobs.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import Connection

from chalicelib.brokers.interface import Broker, ConnectionReport
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.alerts import ChannelKind
from chalicelib.domain.clocks.calendar import Closure
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Clock, InTurn, MessageBus, Randomness, SideBySide
from chalicelib.domain.trading.order_tags import TagMark
from chalicelib.marketdata.interface import CoinMarket, MarketData, Purpose
from chalicelib.marketdata.kept_candles import KeptCandles
from chalicelib.marketdata.kept_chains import KeptChains
from chalicelib.marketdata.no_source import NoCoinMarket
from chalicelib.marketdata.spare_coins import NoSpareCoins, SpareCoins
from chalicelib.models.interface import ModelDirectory
from chalicelib.notify.interface import Channel
from chalicelib.observability.metrics import Meter, SilentMeter
from chalicelib.security.errors import CredentialsUnreadable as CredentialsUnreadable
from chalicelib.security.errors import NoKeyRing as NoKeyRing
from chalicelib.security.errors import UnknownKey as UnknownKey
from chalicelib.store.database import Database
from chalicelib.store.files.objects import ObjectStore
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.deadline import Deadline

if TYPE_CHECKING:
    from chalicelib.brokers.coins.broker import PaperCoins
    from chalicelib.brokers.coins.feed import CoinFeed
    from chalicelib.brokers.paper.clearing import PaperClearing
    from chalicelib.store.files.whole_database import Snapshot


#: C-09: seven years at least, unless a deployment's owner says otherwise.
LIVE_RECORDS_YEARS: Final = 7


class BrokerDirectory(Protocol):
    """Builds the broker that holds an account, from its owner's sealed credentials."""

    def broker_for(
        self,
        account: AccountRef,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.MARKS,
        stored: UserSettings | None = None,
    ) -> Broker:
        """Return a broker for this account, whose calls together end before `deadline`.

        `stored` are its owner's settings where the caller has just read them.
        `purpose` is what a broker of our own reads its quotes for; its exits are always exits.
        Raises CredentialsUnreadable when the stored token cannot be opened with the present keys or is gone.
        """
        ...


@dataclass(frozen=True, slots=True)
class BrokersFor:
    """A directory whose brokers read quotes for one purpose, whoever asks for them."""

    brokers: BrokerDirectory
    purpose: Purpose

    def broker_for(
        self,
        account: AccountRef,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.MARKS,
        stored: UserSettings | None = None,
    ) -> Broker:
        """Return the broker, reading for this directory's purpose; raises CredentialsUnreadable."""
        del purpose
        return self.brokers.broker_for(account, deadline=deadline, purpose=self.purpose, stored=stored)


class MarketDataDirectory(Protocol):
    """Chooses the source of quotes (ORATS when its token is set, else Tradier, or Schwab by an own login)."""

    def for_user(
        self, username: str | None, *, deadline: Deadline | None = None, purpose: Purpose = Purpose.MARKS
    ) -> MarketData:
        """Return the data source for this user's trades; None is for jobs over all users.

        Its calls together end before `deadline`, and may take what `purpose` leaves them.
        """
        ...

    def serves_all(self) -> bool:
        """Say whether chains come by the operator's token, whoever asks: then no user's token is opened."""
        ...

    def serves_underlyings_to(self, username: str) -> bool:
        """Say whether this user's expiries and quotes of underlyings come by the operator's token."""
        ...


class PaperFloor(Protocol):
    """Where paper orders meet the quotes that somebody read anyway."""

    def match(self, username: str, quotes: Mapping[str, OptionQuote]) -> None:
        """Let a user's working paper orders meet these quotes; raises VendorError."""
        ...

    def clearing(self, username: str) -> "PaperClearing":
        """Return what settles, assigns and pays dividends in a user's paper books."""
        ...

    def coins(
        self, username: str, *, feed: "CoinFeed | None" = None, protects_from: datetime | None = None
    ) -> "PaperCoins":
        """Return a user's paper exchange of coins, by the prices of `feed` instead of the exchange's own.

        `protects_from`: while minutes are made up for, what closes is placed as of this instant.
        """
        ...


class Sealer(Protocol):
    """Seals secrets at rest, bound to their owner and field (A-12)."""

    @property
    def begins_with(self) -> str:
        """Return what everything that is sealed now begins with: the form's version and the key's id."""
        ...

    def seal(self, secret: str, *, owner: str, field: str) -> str:
        """Return the cipher text with its key id in front."""
        ...

    def open(self, sealed: str, *, owner: str, field: str) -> str:
        """Return the secret; raises CredentialsUnreadable."""
        ...


class TagMarks(Protocol):
    """What marks the orders of a user of this deployment as ours (A-12)."""

    def mark(self, username: str) -> TagMark:
        """Return the user's mark. Not for use inside a transaction; raises DatabaseUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserLogin:
    """What a login in a browser brings: all that is to be sealed, whose account it is, and when it ends."""

    secret: str = field(repr=False)
    report: ConnectionReport
    until: datetime


class BrowserLoginMaker(Protocol):
    """Sends users out to a broker's page, and makes a login of what they come back with."""

    def url(self, mode: BrokerMode, secret: str, state: str) -> str:
        """Return the broker's page on which a program is let in; raises Unavailable without a way back."""
        ...

    def redeem(self, mode: BrokerMode, secret: str, code: str, account_id: str | None) -> BrowserLogin:
        """Turn what a browser came back with into a login; raises VendorError where it is not taken."""
        ...


class ConnectionTester(Protocol):
    """Tries credentials that are not stored yet."""

    def test(self, mode: BrokerMode, token: str, account_id: str | None) -> ConnectionReport:
        """Ask the broker of this mode about a token, and about this account or the token's first one.

        A token that the broker does not accept, or an account that is not the token's, is a report with ok
        False. Raises VendorError when the broker gives no answer.
        """
        ...


class DataPlan(Protocol):
    """A data vendor's plan with a monthly quota of calls (A-02)."""

    @property
    def monthly_quota(self) -> int:
        """Return how many calls the plan has a month."""
        ...

    def used(self, now: datetime) -> int:
        """Return how many calls were made in the month of `now`."""
        ...

    def note_cadence(self, now: datetime, seconds: int) -> None:
        """Keep how many seconds lie between snapshots at present, for pages to tell."""
        ...

    def cadence(self, now: datetime) -> int | None:
        """Return the seconds between snapshots as last kept in the month of `now`, None when never."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupParts:
    """What a backup needs: the database as the role that only reads sees it, and a bucket."""

    snapshot: Callable[[], AbstractContextManager["Snapshot"]]
    objects: ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    """How much of a tick one function does itself; what is more goes out in parts, by message.

    Decided from measured times: docs/scale.md.
    """

    accounts_inline_max: int = 40
    underlyings_inline_max: int = 30
    strategies_inline_max: int = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The outside, as use cases see it."""

    database: Database
    clock: Clock
    randomness: Randomness
    bus: MessageBus
    brokers: BrokerDirectory
    paper_floor: PaperFloor
    connections: ConnectionTester
    market_data: MarketDataDirectory
    models: ModelDirectory
    sealer: Sealer
    channels: Mapping[ChannelKind, Channel]
    closures: Callable[[Connection], dict[date, Closure]]
    tags: TagMarks
    objects: ObjectStore
    """Where files go that are too large for an answer."""
    meter: Meter = field(default_factory=SilentMeter)
    force_market_open: bool = False
    histories: ObjectStore | None = None
    """Where loaded histories lie, which backtests read."""
    data_plan: DataPlan | None = None
    backup: BackupParts | None = None
    """None where no backup is configured."""
    fan_out: FanOut = FanOut()
    browser_logins: BrowserLoginMaker | None = None
    side_by_side: SideBySide = field(default_factory=InTurn)
    """How calls to vendors that do not wait for one another are made."""
    kept_chains: KeptChains = field(default_factory=KeptChains)
    """Chains that this container's scans have read."""
    coin_market: CoinMarket = field(default_factory=NoCoinMarket)
    spare_coins: SpareCoins = field(default_factory=NoSpareCoins)
    """What coins are marked by while their exchange does not answer."""
    kept_candles: KeptCandles = field(default_factory=KeptCandles)
    """Candles of coins that this container has read."""
    live_records_years: int = LIVE_RECORDS_YEARS
    """How long live records of who left are kept (C-09)."""

    def with_database(self, database: Database) -> "Environment":
        """Return the same environment on another role's connections."""
        return replace(self, database=database)
