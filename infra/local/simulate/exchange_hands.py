"""What owners do at the exchange itself, beside us: trade by hand, end our orders, pay in and out (C-06)."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading.orders import CoinOrder, Side
from infra.local.emulators.binance.trading.till import QUOTE
from infra.local.invariants.coin_truth import lot_of
from infra.local.simulate.exchange_accounts import Account
from infra.local.simulate.stage import Stage

#: In so many runs somebody does, so often a minute.
CHANCE: Final = 0.6
PER_MINUTE: Final = 0.35
_COINS: Final = ("BTC", "ETH", "SOL", "ADA")
_CENT: Final = Decimal("0.01")


@dataclass(slots=True, kw_only=True)
class ExchangeHands:
    """Acts on the accounts of a run's people."""

    stage: Stage
    choices: random.Random
    accounts: Sequence[Account]
    acts: Counter[str] = field(default_factory=Counter)

    def act(self) -> str:
        """Do one thing in one account, and describe it."""
        at_work = [one for one in self.accounts if any(order.is_open for order in one.book.orders.values())]
        is_at_work = bool(at_work) and self.choices.random() < 0.85
        account = self.choices.choice(at_work if is_at_work else self.accounts)
        kinds: Sequence[Callable[[Account], str]] = (
            self._cancels,
            self._cancels,
            self._sells,
            self._sells,
            self._sells_all,
            self._buys,
            self._moves_money,
            self._moves_coins,
        )
        account.exchange.catch_up()
        try:
            done = self.choices.choice(kinds)(account)
        except BinanceRefusal as refusal:
            done = f"tried in vain: {refusal}"
        self.acts[done.split()[0]] += 1
        return f"{account.account_id}: {done}"

    def _cancels(self, account: Account) -> str:
        resting = [one for one in account.book.orders.values() if one.is_open]
        if not resting:
            return "nothing to cancel"
        order = self.choices.choice(resting)
        self._cancel(account, order)
        return f"cancelled {order.kind} {order.id} of {order.symbol} by hand"

    def _sells(self, account: Account) -> str:
        """Sell a part of a coin, mostly once what sells it is cancelled."""
        return self._sell(account, self.choices.choice((Decimal("0.3"), Decimal("0.7"))))

    def _sells_all(self, account: Account) -> str:
        return self._sell(account, Decimal(1))

    def _sell(self, account: Account, share: Decimal) -> str:
        held = [coin for coin in _COINS if (one := account.book.balance(coin)).free + one.locked > 0]
        if not held:
            return "nothing to sell"
        coin = self.choices.choice(held)
        symbol = f"{coin}{QUOTE}"
        if self.choices.random() < 0.8:
            for order in [one for one in account.book.of_symbol(symbol) if one.is_open]:
                if order.is_open:
                    self._cancel(account, order)
        quantity = self._whole(account, symbol, account.book.balance(coin).free * share)
        return self._trade(account, symbol, Side.SELL, quantity)

    def _buys(self, account: Account) -> str:
        symbol = f"{self.choices.choice(_COINS)}{QUOTE}"
        money = min(account.book.balance(QUOTE).free, Decimal(self.choices.choice((20, 200))))
        price = account.exchange.desk.floor.till.best(symbol, self.stage.engine.now(), Side.BUY)
        return self._trade(account, symbol, Side.BUY, self._whole(account, symbol, money / price))

    def _moves_money(self, account: Account) -> str:
        free = account.book.balance(QUOTE).free
        amount = self.choices.choice((Decimal(1000), Decimal(3), -free / 2, -free / 10)).quantize(_CENT)
        account.exchange.desk.move_money(account.account_id, QUOTE, amount)
        return f"moved {amount} {QUOTE}"

    def _moves_coins(self, account: Account) -> str:
        coin = self.choices.choice(_COINS)
        free = account.book.balance(coin).free
        amount = self.choices.choice((Decimal("0.02"), -free, -free / 2))
        account.exchange.desk.move_money(account.account_id, coin, amount)
        return f"moved {amount} {coin}"

    def _trade(self, account: Account, symbol: str, side: Side, quantity: Decimal) -> str:
        if quantity <= 0:
            return f"nothing to trade of {symbol}"
        now = self.stage.engine.now()
        account.exchange.desk.trade_by_hand(account.account_id, symbol, side, quantity, now)
        return f"{side.lower()} {quantity} {symbol} by hand"

    def _cancel(self, account: Account, order: CoinOrder) -> None:
        account.exchange.desk.cancel_by_hand(account.account_id, order.id, self.stage.engine.now())

    def _whole(self, account: Account, symbol: str, quantity: Decimal) -> Decimal:
        lot = lot_of(account.exchange.coins.pair(symbol))
        return (quantity / lot).to_integral_value(ROUND_FLOOR) * lot
