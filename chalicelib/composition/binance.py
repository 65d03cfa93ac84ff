"""From a stored key to the account at Binance that it opens; the adapter is imported for the first one."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from chalicelib.brokers.interface import Broker
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.ports import Clock
from chalicelib.store.accounts.at_work import read_symbols_at_work
from chalicelib.store.database import Database
from chalicelib.vendors.budget import CallBudget
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.http import HttpPool

if TYPE_CHECKING:
    from chalicelib.brokers.binance.memory import ExchangeMemory


class BinanceDesk:
    """Builds brokers of accounts at Binance, which share what a process remembers of the exchange."""

    def __init__(
        self,
        database: Database,
        urls: Mapping[BrokerMode, str],
        *,
        budget: CallBudget,
        clock: Clock,
        http: HttpPool,
    ) -> None:
        self._database = database
        self._urls = urls
        self._budget = budget
        self._clock = clock
        self._http = http
        self._memory: ExchangeMemory | None = None

    def broker(self, account: AccountRef, sealed: str, deadline: Deadline | None) -> Broker:
        """Return the broker of an account by its opened credentials; raises ValueError for what is none."""

        def symbols() -> Iterable[str]:
            return self._database.read(
                lambda connection: read_symbols_at_work(connection, account, self._clock.now()),
                username=account.username,
            )

        return self._build(account.mode, sealed, account.account_id, symbols, deadline)

    def stranger(self, mode: BrokerMode, sealed: str, account_id: str | None) -> Broker:
        """Return a broker whose credentials are tried; raises ValueError for what is none."""
        return self._build(mode, sealed, account_id or "", tuple, Deadline(self._clock))

    def _build(
        self,
        mode: BrokerMode,
        sealed: str,
        account_id: str,
        symbols: Callable[[], Iterable[str]],
        deadline: Deadline | None,
    ) -> Broker:
        from chalicelib.brokers.binance.broker import BinanceBroker
        from chalicelib.brokers.binance.client import BinanceTrading
        from chalicelib.brokers.binance.credentials import BinanceCredentials
        from chalicelib.brokers.binance.environment import BinanceEnvironment
        from chalicelib.brokers.binance.memory import ExchangeMemory

        if self._memory is None:
            self._memory = ExchangeMemory()
        client = BinanceTrading(
            BinanceEnvironment(
                mode=mode, base_url=self._urls[mode], credentials=BinanceCredentials.parse(sealed)
            ),
            memory=self._memory,
            budget=self._budget,
            clock=self._clock,
            http=self._http,
            deadline=deadline,
        )
        return BinanceBroker(client, account_id, memory=self._memory, clock=self._clock, symbols=symbols)
