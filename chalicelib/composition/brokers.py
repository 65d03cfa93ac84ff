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
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.composition.binance import BinanceDesk
from chalicelib.domain.accounts import AccountRef, BrokerMode
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
from chalicelib.vendors.budget import CallBudget
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool

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
        sandbox_url: str,
        live_url: str,
        data_token: str | None,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._urls = {BrokerMode.TRADIER_SANDBOX: sandbox_url, BrokerMode.TRADIER_LIVE: live_url}
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

    def environment(self, mode: BrokerMode, token: str) -> TradierEnvironment:
        """Join a token with its own environment's host; raises ValueError for what cannot be a token."""
        return TradierEnvironment(mode=mode, base_url=self._urls[mode], token=token)

    def secret(self, stored: UserSettings, mode: BrokerMode) -> str:
        """Open what is stored of a broker; raises CredentialsUnreadable."""
        sealed = stored.connection(mode).sealed
        if sealed is None:
            raise CredentialsUnreadable
        return self._sealer.open(sealed, owner=stored.username, field=sealed_as(mode))

    def opened(self, stored: UserSettings, mode: BrokerMode) -> TradierEnvironment:
        """Open a stored token; raises CredentialsUnreadable."""
        return self.environment(mode, self.secret(stored, mode))

    def data_environment(self, username: str | None) -> TradierEnvironment | None:
        """Return whose Tradier token reads quotes: the operator's (live), else the user's own, else none.

        Of several of the user's the first that opens; raises CredentialsUnreadable where none of them does.
        """
        if self._data_token is not None:
            return self.environment(BrokerMode.TRADIER_LIVE, self._data_token)
        if username is None:
            return None
        stored = self.settings_of(username)
        unreadable: CredentialsUnreadable | None = None
        for mode in (stored.broker_mode, BrokerMode.TRADIER_SANDBOX, BrokerMode.TRADIER_LIVE):
            if stored.connection(mode).sealed is None:
                continue
            try:
                return self.opened(stored, mode)
            except CredentialsUnreadable as error:
                unreadable = error
        if unreadable is not None:
            raise unreadable
        return None


class Brokers:
    """Builds brokers for accounts."""

    def __init__(
        self,
        database: Database,
        credentials: StoredCredentials,
        market_data: MarketDataSelection,
        *,
        coin_market: CoinMarket,
        budget: CallBudget,
        http: HttpPool,
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
        self._budget = budget
        self._http = http
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
        from chalicelib.brokers.tradier.broker import TradierBroker

        return TradierBroker(
            self._credentials.opened(rules, account.mode),
            account.account_id,
            budget=self._budget,
            clock=self._clock,
            http=self._http,
            deadline=deadline,
            market_orders=replace(
                self._market_orders, override_allowed=rules.allow_market_live or not account.mode.is_live
            ),
        )

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
    """Tries tokens that are not stored yet."""

    def __init__(
        self,
        credentials: StoredCredentials,
        binance: BinanceDesk,
        *,
        budget: CallBudget,
        http: HttpPool,
        clock: Clock,
    ) -> None:
        self._binance = binance
        self._credentials = credentials
        self._budget = budget
        self._http = http
        self._clock = clock

    def test(self, mode: BrokerMode, token: str, account_id: str | None) -> ConnectionReport:
        """Ask the broker of this mode about a token; raises VendorError when it gives no answer."""
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
        from chalicelib.brokers.tradier.broker import TradierBroker

        return TradierBroker(
            self._credentials.environment(mode, token),
            account_id or "",
            budget=self._budget,
            clock=self._clock,
            http=self._http,
            deadline=Deadline(self._clock),
        )
