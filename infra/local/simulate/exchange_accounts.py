"""Accounts at the exchange of coins that people of a run have, and their keys."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from infra.local.emulators.binance.app import BinanceEmulator
from infra.local.emulators.binance.trading.orders import CoinBook
from infra.local.invariants.coin_truth import LIVE, TESTNET
from infra.local.simulate.live_switch import LiveOff
from infra.local.simulate.people import Person
from infra.local.simulate.stage import EXCHANGE_HOSTS, Stage

#: How often somebody has an account at the testnet, and live; how often own coins, and fees taken in BNB.
_AT_TESTNET, _AT_LIVE, _OWN_COINS, _IN_BNB = 0.8, 0.5, 0.5, 0.25


@dataclass(slots=True, kw_only=True)
class Account:
    """One account at the exchange and the key that its owner gave us; in `live_off` no entry may leave."""

    owner: Person
    mode: str
    account_id: str
    exchange: BinanceEmulator
    key: str
    secret: str
    live_off: list[LiveOff] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        """Say whether its money is real."""
        return self.mode == LIVE

    @property
    def book(self) -> CoinBook:
        """Return its books there."""
        return self.exchange.desk.book(self.account_id)

    def give_key(self) -> None:
        """Have the exchange know its key."""
        self.exchange.desk.add_account(self.account_id, key=self.key, secret=self.secret)


def open_accounts(stage: Stage, person: Person, choices: random.Random) -> Iterator[Account]:
    """Open one account or two for a person."""
    chances = ((TESTNET, _AT_TESTNET), (LIVE, _AT_LIVE))
    modes = [mode for mode, chance in chances if choices.random() < chance]
    for mode in modes or [TESTNET]:
        exchange = stage.world.binance if mode == LIVE else stage.world.binance_testnet
        key, secret = (f"{choices.getrandbits(256):064x}" for _ in range(2))
        account_id = str(choices.randrange(10_000_000, 100_000_000))
        balances = {"USDT": Decimal(choices.choice((600, 5_000, 10_000)))}
        if choices.random() < _OWN_COINS:
            balances |= {"BTC": Decimal("0.05"), "SOL": Decimal(3)}
        book = exchange.desk.add_account(account_id, key=key, secret=secret, balances=balances)
        if choices.random() < _IN_BNB:
            book.pays_in_bnb, book.balance("BNB").free = True, Decimal("0.5")
        stage.work.key_hosts[key] = EXCHANGE_HOSTS[mode]
        yield Account(
            owner=person, mode=mode, account_id=account_id, exchange=exchange, key=key, secret=secret
        )
