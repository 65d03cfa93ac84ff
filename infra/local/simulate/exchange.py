"""Traders with accounts at the exchange of coins, its testnet and live (C-06, C-08).

Whoever has traders connects an account or two there on the first morning, and most of their traders trade in
one of them. Live is in place before the run: the switch itself wants Cognito's second factor, and a trader's
50 trades on paper.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from infra.local.emulators.binance.app import BinanceEmulator
from infra.local.invariants.coin_truth import LIVE, TESTNET
from infra.local.simulate.people import Person
from infra.local.simulate.season import MINUTE, Window
from infra.local.simulate.stage import EXCHANGE_HOSTS, Stage, stream

#: How many of the runs with traders have accounts at the exchange.
EXCHANGES: Final = 0.4
#: Of the streams for this choice the first that leaves every day recorded for a guard as it was.
_STREAM: Final = "exchange 19327"
RECONCILE: Final = "crypto_reconcile"
#: How often somebody has an account at the testnet, and live; how often a trader stays on paper all the same.
_AT_TESTNET, _AT_LIVE, _ON_PAPER = 0.8, 0.5, 0.2
_ENVIRONMENTS: Final[Mapping[str, str]] = {TESTNET: "paper", LIVE: "live"}


def is_exchange(seed: int) -> bool:
    """Say whether the traders of a run, where it has any, have accounts at the exchange."""
    return stream(seed, _STREAM).random() < EXCHANGES


@dataclass(slots=True, kw_only=True)
class Account:
    """One account at the exchange and the key that its owner gave us."""

    owner: Person
    mode: str
    account_id: str
    exchange: BinanceEmulator
    key: str
    secret: str

    @property
    def is_live(self) -> bool:
        """Say whether its money is real."""
        return self.mode == LIVE


@dataclass(slots=True, kw_only=True)
class Exchange:
    """The accounts of a run's people."""

    stage: Stage
    choices: random.Random
    accounts: Sequence[Account]

    def begin(self) -> None:
        """Have everybody connect their accounts and hand them to traders."""
        for person in {account.owner.name: account.owner for account in self.accounts}.values():
            self.stage.engine.spawn(person.name, partial(self._settle, person))

    def plan(self, window: Window) -> None:
        """Plan the looks that hold accounts against the books."""
        at = window.begins_at.replace(second=0, microsecond=0)
        while at < window.ends_at:
            if at.minute % 2:
                deliver = self.stage.delivery.deliver
                self.stage.engine.at(at, partial(deliver, RECONCILE, at, {}, at=at))
            at += MINUTE

    def rest(self, after: Callable[[bool], None]) -> None:
        """Have one look hold the accounts against the books, calmly."""
        self.stage.delivery.run_calmly(RECONCILE, forced=True)
        self.stage.engine.finish_actors(after)

    def _settle(self, person: Person) -> None:
        own = [account for account in self.accounts if account.owner is person]
        for account in own:
            body = {
                "environment": _ENVIRONMENTS[account.mode],
                "credentials": {"api_key": account.key, "api_secret": account.secret},
            }
            answer = person.call("home", "PUT", "/api/connections/binance", body)
            if answer.status != 200:
                person.stage.unexpected(f"{account.mode} of {person.name} got {answer.status}: {answer.body}")
            if account.is_live:
                self.stage.switch_coins_live(person.name, self.choices.random() < 0.8)
        listed = person.call("home", "GET", "/api/traders")
        for trader in listed.body["items"] if own else ():
            if self.choices.random() >= _ON_PAPER:
                self._hand_over(person, trader, self.choices.choice(own))

    def _hand_over(
        self,
        person: Person,
        trader: Mapping[str, Any],  # Any: JSON of the API
        account: Account,
    ) -> None:
        size = self.choices.choice((40, 90, 100, 150) if account.is_live else (60, 100, 400))
        trading = {**trader["trading"], "exchange": "BINANCE", "position_size_usd": size}
        kept = {name: one for name, one in trader.items() if name not in {"id", "state"}}
        body = {**kept, "trading": trading}
        answer = person.call("home", "PUT", f"/api/traders/{trader['id']}", body)
        if answer.status != 200:
            person.stage.unexpected(f"a trader of {person.name} got {answer.status}: {answer.body}")
        if account.is_live:
            self.stage.switch_trader_live(str(trader["id"]))


def exchange_of(stage: Stage, seed: int, people: Sequence[Person]) -> Exchange | None:
    """Open the accounts of a run's people; None where nobody has any."""
    if not is_exchange(seed):
        return None
    stage.delivery.ignored -= {RECONCILE}
    choices = stream(seed, "accounts at the exchange")
    accounts = [account for person in people for account in _accounts_of(stage, person, choices)]
    return Exchange(stage=stage, choices=choices, accounts=accounts)


def _accounts_of(stage: Stage, person: Person, choices: random.Random) -> list[Account]:
    modes = [mode for mode, chance in ((TESTNET, _AT_TESTNET), (LIVE, _AT_LIVE)) if choices.random() < chance]
    found = []
    for mode in modes or [TESTNET]:
        exchange = stage.world.binance if mode == LIVE else stage.world.binance_testnet
        key, secret = (f"{choices.getrandbits(256):064x}" for _ in range(2))
        account_id = str(choices.randrange(10_000_000, 100_000_000))
        balances = {"USDT": Decimal(choices.choice((600, 5_000, 10_000)))}
        if choices.random() < 0.5:
            balances |= {"BTC": Decimal("0.05"), "SOL": Decimal(3)}
        book = exchange.desk.add_account(account_id, key=key, secret=secret, balances=balances)
        if choices.random() < 0.25:
            book.pays_in_bnb, book.balance("BNB").free = True, Decimal("0.5")
        stage.work.key_hosts[key] = EXCHANGE_HOSTS[mode]
        found.append(
            Account(owner=person, mode=mode, account_id=account_id, exchange=exchange, key=key, secret=secret)
        )
    return found
