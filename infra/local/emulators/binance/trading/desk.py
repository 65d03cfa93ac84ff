"""The accounts of one exchange and whoever calls for them; what a person does there by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from infra.local.emulators.binance.trading import reports
from infra.local.emulators.binance.trading.call import Answer, Bent, SignedCall
from infra.local.emulators.binance.trading.calls import answer as answer_call
from infra.local.emulators.binance.trading.calls import weight_of
from infra.local.emulators.binance.trading.counts import OrderCounts
from infra.local.emulators.binance.trading.floor import Floor
from infra.local.emulators.binance.trading.given import Given
from infra.local.emulators.binance.trading.orders import CoinBook, CoinOrder, Force, Kind, Numbers, Side
from infra.local.emulators.binance.trading.signing import ApiKey, signer_of
from infra.local.emulators.binance.trading.till import QUOTE
from infra.local.emulators.binance.weights import Weights
from infra.local.emulators.market.coins import CoinPrices
from infra.local.emulators.serving.exchange import EmulatorRequest

#: What a testnet account is given; a live one gets what its owner brings.
GIVEN_USDT: Final = Decimal(10_000)


@dataclass(slots=True, kw_only=True)
class DeskState:
    """What is kept of an exchange's accounts between two runs."""

    books: dict[str, CoinBook] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=Numbers)


class TradingDesk:
    """All accounts of one exchange; `placed_by_hand` are orders that no caller placed."""

    def __init__(self, coins: CoinPrices) -> None:
        self._state = DeskState()
        self._counts: dict[str, OrderCounts] = {}
        self.placed_by_hand: set[int] = set()
        self.floor = Floor.over(coins, self._state.numbers)

    def state(self) -> DeskState:
        """Return what is to be kept."""
        return self._state

    def restore(self, state: DeskState) -> None:
        """Take up what was kept."""
        self._state = state
        self.floor.till.numbers = state.numbers

    def add_account(
        self,
        account_id: str,
        *,
        key: str,
        secret: str | None = None,
        public_key: str | None = None,
        balances: Mapping[str, Decimal] | None = None,
    ) -> CoinBook:
        """Open an account, or give one that there is another key."""
        self._state.keys[key] = ApiKey(key=key, account_id=account_id, secret=secret, public_key=public_key)
        book = self._state.books.get(account_id)
        if book is None:
            book = CoinBook(account_id=account_id)
            for asset, amount in ({QUOTE: GIVEN_USDT} if balances is None else balances).items():
                book.balance(asset).free = amount
            self._state.books[account_id] = book
        return book

    def revoke(self, key: str) -> None:
        """Have a key be refused from now on."""
        del self._state.keys[key]

    def revoke_all(self, account_id: str) -> None:
        """Have every key of an account be refused from now on."""
        for key in [one.key for one in self._state.keys.values() if one.account_id == account_id]:
            self.revoke(key)

    def book(self, account_id: str) -> CoinBook:
        """Return an account's books; KeyError for an unknown one."""
        return self._state.books[account_id]

    def catch_up(self, now: datetime) -> None:
        """Let everything happen that is due, in all accounts."""
        for book in self._state.books.values():
            self.floor.catch_up(book, now)

    def answer(
        self,
        request: EmulatorRequest,
        path: str,
        weights: Weights,
        now: datetime,
        bent: Bent,
        clock_ahead: timedelta,
    ) -> tuple[Answer, dict[str, str]]:
        """Answer a signed call with its headers; raises BinanceRefusal, KeyError for a path there is not.

        `clock_ahead` is how far the exchange's clock is ahead of `now`, by which all else happens.
        """
        fields = {**request.form, **request.query}  # the query wins where both say something
        weight = weight_of(request.method, path, fields)
        weights.use(weight, now)
        key = signer_of(request, self._state.keys, now + clock_ahead)
        counts = self._counts.setdefault(key.account_id, OrderCounts())
        call = SignedCall(
            floor=self.floor,
            book=self.book(key.account_id),
            counts=counts,
            key=key,
            given=Given(fields),
            now=now,
            new_client_id=self._client_id,
            bent=bent,
        )
        body = answer_call(call, request.method, path)
        if request.method != "GET":
            weights.give_back(weight)  # what went well weighs nothing since 2026-04
        return body, counts.headers(now) if call.placed else {}

    def _client_id(self) -> str:
        return f"web_{self._state.numbers.next_order():022d}"

    # What a person does there by hand.

    def trade_by_hand(
        self, account_id: str, symbol: str, side: Side, quantity: Decimal, now: datetime
    ) -> dict[str, Any]:  # Any: JSON
        """Trade at market, as the account's owner does on the exchange's own page."""
        book = self.book(account_id)
        self.floor.catch_up(book, now)
        order = CoinOrder(
            id=self._state.numbers.next_order(),
            client_id=self._client_id(),
            symbol=symbol,
            side=side,
            kind=Kind.MARKET,
            force=Force.GTC,
            quantity=quantity,
            created_at=now,
            updated_at=now,
        )
        self.placed_by_hand.add(order.id)
        return reports.placed(order, self.floor.enter(book, order, now), "FULL")

    def cancel_by_hand(self, account_id: str, order_id: int, now: datetime) -> None:
        """Cancel an order, as the account's owner does on the exchange's own page."""
        book = self.book(account_id)
        self.floor.catch_up(book, now)
        self.floor.cancel(book, book.orders[order_id], now)

    def move_money(self, account_id: str, asset: str, amount: Decimal) -> None:
        """Pay in, or with less than 0 take out."""
        held = self.book(account_id).balance(asset)
        if held.free + amount < 0:
            raise ValueError("the account has not so much")
        held.free += amount

    def wipe(self, account_id: str) -> None:
        """Forget an account's orders and give it its first balances, as the testnet does each month."""
        self._state.books[account_id] = CoinBook(account_id=account_id)
        self._state.books[account_id].balance(QUOTE).free = GIVEN_USDT

    # The exchange's own truth.

    def orders(self, account_id: str) -> list[dict[str, Any]]:  # Any: JSON
        """Return every order of an account, as a query shows it."""
        return [reports.queried(one) for one in self.book(account_id).orders.values()]

    def order_lists(self, account_id: str) -> list[dict[str, Any]]:  # Any: JSON
        """Return every order list of an account."""
        book = self.book(account_id)
        return [reports.list_row(book, one) for one in book.lists.values()]

    def balances(self, account_id: str) -> list[dict[str, Any]]:  # Any: JSON
        """Return what an account has."""
        book = self.book(account_id)
        row = reports.account_row(book, may_trade=True, omits_zero=True)
        found: list[dict[str, Any]] = row["balances"]  # Any: as above
        return found

    def trades(self, account_id: str) -> list[dict[str, Any]]:  # Any: JSON
        """Return every execution of an account."""
        return [reports.trade_row(one) for one in self.book(account_id).trades]
