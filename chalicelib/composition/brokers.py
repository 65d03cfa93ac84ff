"""From a user's stored, sealed credentials to the broker that holds their account.

Part of the composition root: it joins store, sealing and broker adapters, which do not know one another. A
broker is imported when the first one of its kind is built, since most requests need none.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from chalicelib.brokers.checks import MarketOrders
from chalicelib.brokers.interface import Broker, ConnectionReport
from chalicelib.brokers.offers import OFFERS
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.composition.binance import BinanceDesk
from chalicelib.composition.kept_session import KeptSession, by_oneself
from chalicelib.composition.outside_brokers import KeepAccess, OutsideLine, Wanted, build
from chalicelib.composition.sent_orders import NothingSent, StoredSentOrders
from chalicelib.domain.accounts import AccountRef, BrokerMode, BrokerName
from chalicelib.domain.clocks.calendar import Closure, MarketCalendar
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Clock, Randomness
from chalicelib.marketdata.interface import CoinMarket, Purpose
from chalicelib.marketdata.selection import MarketDataSelection
from chalicelib.services.environment import CredentialsUnreadable, Sealer
from chalicelib.store.ahead import ends_with_next
from chalicelib.store.database import Database
from chalicelib.store.market.closures import closures_ahead
from chalicelib.store.users import settings
from chalicelib.store.users.connections import sealed_as
from chalicelib.store.users.settings import UserSettings
from chalicelib.vendors.access import AccessToken, AccessTokens, OwnTokens
from chalicelib.vendors.deadline import Deadline

if TYPE_CHECKING:
    from chalicelib.brokers.coins.broker import PaperCoins
    from chalicelib.brokers.coins.feed import CoinFeed
    from chalicelib.brokers.paper.broker import PaperBroker
    from chalicelib.brokers.paper.clearing import PaperClearing


class StoredCredentials:
    """Opens the tokens that users stored; each only ever meets its own environment's host (I-29)."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        *,
        urls: Mapping[BrokerMode, str],
        data_token: str | None,
    ) -> None:
        """`urls` are the hosts of the brokers' environments; `data_token` is the operator's at Tradier."""
        self._database = database
        self._sealer = sealer
        self._urls = urls
        self._data_token = data_token

    def settings_of(self, username: str) -> UserSettings:
        """Read a user's settings; raises CredentialsUnreadable when there are none."""
        return self._database.read(
            lambda connection: self.settings_in(connection, username), username=username
        )

    def settings_in(self, connection: Connection, username: str) -> UserSettings:
        """Read a user's settings inside a transaction; raises as `settings_of` does."""
        stored = settings.read(connection, username)
        if stored is None:
            raise CredentialsUnreadable
        return stored

    def secret(self, stored: UserSettings, mode: BrokerMode) -> str:
        """Open what is stored of a broker; raises CredentialsUnreadable."""
        sealed = stored.connection(mode).sealed
        if sealed is None:
            raise CredentialsUnreadable
        return self._sealer.open(sealed, owner=stored.username, field=sealed_as(mode))

    def data_environment(self, username: str | None) -> TradierEnvironment | None:
        """Return whose Tradier token reads quotes: the operator's (live), else the user's own, else none.

        Of several of the user's the first that opens; raises CredentialsUnreadable where none of them does.
        """
        if self._data_token is not None:
            return self._of_tradier(BrokerMode.TRADIER_LIVE, self._data_token)
        if username is None:
            return None
        stored = self.settings_of(username)
        unreadable: CredentialsUnreadable | None = None
        of_tradier = OFFERS[BrokerName.TRADIER].modes
        chosen = [mode for mode in of_tradier if mode is stored.broker_mode]
        for mode in (*chosen, *of_tradier):
            if stored.connection(mode).sealed is None:
                continue
            try:
                return self._of_tradier(mode, self.secret(stored, mode))
            except CredentialsUnreadable as error:
                unreadable = error
        if unreadable is not None:
            raise unreadable
        return None

    def _of_tradier(self, mode: BrokerMode, token: str) -> TradierEnvironment:
        return TradierEnvironment(mode=mode, base_url=self._urls[mode], token=token)

    def keep_access(
        self, stored: UserSettings, account: AccountRef, clock: Clock, randomness: Randomness
    ) -> KeepAccess:
        """Return what keeps the access tokens that a user's stored credentials renew."""
        sealed = stored.connection(account.mode).sealed
        assert sealed is not None, "what is stored was opened"

        def keep(renew: Callable[[], AccessToken]) -> AccessTokens:
            from chalicelib.composition.kept_access import KeptAccess

            return KeptAccess(
                account,
                sealed,
                renew,
                database=self._database,
                sealer=self._sealer,
                clock=clock,
                randomness=randomness,
            )

        return keep


class Brokers:
    """Builds brokers for accounts."""

    def __init__(
        self,
        database: Database,
        credentials: StoredCredentials,
        market_data: MarketDataSelection,
        *,
        coin_market: CoinMarket,
        outside: OutsideLine,
        clock: Clock,
        randomness: Randomness,
        closures: Callable[[Connection], dict[date, Closure]],
        disallow_market_orders: bool,
        binance: BinanceDesk,
    ) -> None:
        self._binance = binance
        self._database = database
        self._credentials = credentials
        self._market_data = market_data
        self._coin_market = coin_market
        self._outside = outside
        self._clock = clock
        self._randomness = randomness
        self._closures = closures
        self._market_orders = MarketOrders(desk_allowed=not disallow_market_orders)

    def broker_for(
        self,
        account: AccountRef,
        *,
        deadline: Deadline | None = None,
        purpose: Purpose = Purpose.MARKS,
        stored: UserSettings | None = None,
    ) -> Broker:
        """Return the broker that holds this account; raises CredentialsUnreadable."""
        if account.meets_minutes:
            return self._coins_within(account.username, deadline)
        if account.mode.is_simulated:
            return self._paper(account.username, deadline, purpose)
        rules = stored or self._credentials.settings_of(account.username)
        if account.mode.is_of_coins_alone:
            return self._binance.broker(account, self._credentials.secret(rules, account.mode), deadline)
        wanted = Wanted(
            mode=account.mode,
            secret=self._credentials.secret(rules, account.mode),
            account_id=account.account_id,
            keep_access=self._credentials.keep_access(rules, account, self._clock, self._randomness),
            alone=KeptSession(
                account, database=self._database, clock=self._clock, randomness=self._randomness
            ),
            sent=StoredSentOrders(self._database, account),
            deadline=deadline,
            market_orders=replace(
                self._market_orders, override_allowed=rules.allow_market_live or not account.mode.is_live
            ),
        )
        try:
            return build(self._outside, wanted)
        except ValueError as error:
            raise CredentialsUnreadable from error

    def match(self, username: str, quotes: Mapping[str, OptionQuote]) -> None:
        """Let a user's working paper orders meet these quotes; raises VendorError."""
        self._paper(username, None, Purpose.MARKS).match(quotes)

    def clearing(self, username: str) -> "PaperClearing":
        """Return what settles, assigns and pays dividends in a user's paper books."""
        return self._paper(username, None, Purpose.MARKS).clearing

    def coins(
        self, username: str, *, feed: "CoinFeed | None" = None, protects_from: datetime | None = None
    ) -> "PaperCoins":
        """Return a user's paper exchange of coins."""
        from chalicelib.brokers.coins.broker import PaperCoins
        from chalicelib.marketdata.coin_feeds import LiveCoins

        return PaperCoins(
            self._database,
            username,
            feed=feed or LiveCoins(self._coin_market.within(None, Purpose.EXIT)),
            clock=self._clock,
            randomness=self._randomness,
            protects_from=protects_from,
        )

    def _coins_within(self, username: str, deadline: Deadline | None) -> "PaperCoins":
        from chalicelib.marketdata.coin_feeds import LiveCoins

        return self.coins(username, feed=LiveCoins(self._coin_market.within(deadline, Purpose.EXIT)))

    def _paper(self, username: str, deadline: Deadline | None, purpose: Purpose) -> "PaperBroker":
        from chalicelib.brokers.paper.broker import PaperBroker
        from chalicelib.marketdata.paper_feed import PaperFeed

        def read(connection: Connection) -> tuple[UserSettings, dict[date, Closure]]:
            closures_ahead(connection)
            ends_with_next(connection)
            return self._credentials.settings_in(connection, username), self._closures(connection)

        stored, closures = self._database.run(read, username=username)
        return PaperBroker(
            self._database,
            username,
            feed=PaperFeed(self._market_data.for_user(username, deadline=deadline, purpose=purpose)),
            exit_feed=PaperFeed(
                self._market_data.for_user(username, deadline=deadline, purpose=Purpose.EXIT)
            ),
            calendar=MarketCalendar(closures=closures),
            clock=self._clock,
            randomness=self._randomness,
            starting_cash=stored.account_balance,
            market_orders=self._market_orders,
        )


class Connections:
    """Tries credentials that are not stored yet."""

    def __init__(self, outside: OutsideLine, binance: BinanceDesk, clock: Clock) -> None:
        self._binance = binance
        self._outside = outside
        self._clock = clock

    def test(self, mode: BrokerMode, token: str, account_id: str | None) -> ConnectionReport:
        """Ask the broker of this mode about credentials; raises VendorError when it gives no answer."""
        try:
            broker = self._stranger(mode, token, account_id)
        except ValueError as error:
            return ConnectionReport(
                ok=False,
                account_id=account_id,
                account_type=None,
                status=None,
                options_level=None,
                reason=str(error),
            )
        return broker.test_connection()

    def _stranger(self, mode: BrokerMode, token: str, account_id: str | None) -> Broker:
        if mode.is_of_coins_alone:
            return self._binance.stranger(mode, token, account_id)
        wanted = Wanted(
            mode=mode,
            secret=token,
            account_id=account_id or "",
            keep_access=lambda renew: OwnTokens(renew, self._clock),
            alone=by_oneself,
            sent=NothingSent(),
            deadline=Deadline(self._clock),
        )
        return build(self._outside, wanted)
