"""Traders with accounts at the exchange of coins, its testnet and live (C-06, C-08).

Whoever has traders connects an account or two there on the first morning, and most of their traders trade in
one of them. Live is in place before the run: the switch itself wants Cognito's second factor, and a trader's
50 trades on paper.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from infra.local.invariants.coin_truth import LIVE, TESTNET
from infra.local.invariants.exchange import TOLD_FROM, is_looked_at, own_of, price_of
from infra.local.invariants.view import View
from infra.local.simulate.exchange_accounts import Account, open_accounts
from infra.local.simulate.exchange_hands import CHANCE, PER_MINUTE, ExchangeHands
from infra.local.simulate.exchange_tickets import BUYS, buy_coins
from infra.local.simulate.exchange_trouble import ExchangeTroubles
from infra.local.simulate.live_switch import LiveOff, check_no_entry_while_off
from infra.local.simulate.people import Beside, Person
from infra.local.simulate.season import MINUTE, Window, times, within
from infra.local.simulate.stage import Stage, stream

#: How many of the runs with traders have accounts at the exchange.
EXCHANGES: Final = 0.4
#: Of the streams for this choice the first that leaves every day recorded for a guard as it was.
_STREAM: Final = "exchange 19327"
RECONCILE: Final = "crypto_reconcile"
#: How often a trader stays on paper all the same.
_ON_PAPER: Final = 0.2
#: How often somebody with a live account switches it off or on again.
_SWITCHES: Final = 0.12
_ENVIRONMENTS: Final[Mapping[str, str]] = {TESTNET: "paper", LIVE: "live"}
_NAMED: Final = "moved_outside"


def has_accounts_there(seed: int) -> bool:
    """Say whether the traders of a run, where it has any, have accounts at the exchange."""
    return stream(seed, _STREAM).random() < EXCHANGES


@dataclass(slots=True, kw_only=True)
class Exchange:
    """The accounts of a run's people, what they do there and what goes wrong there."""

    stage: Stage
    seed: int
    choices: random.Random
    accounts: Sequence[Account]
    hands: ExchangeHands | None
    troubles: ExchangeTroubles
    _own: dict[str, Mapping[str, Decimal]] = field(default_factory=dict)
    _checked_at: dict[str, datetime] = field(default_factory=dict)

    def begin(self) -> None:
        """Have everybody connect their accounts and hand them to traders."""
        for person in {account.owner.name: account.owner for account in self.accounts}.values():
            self.stage.engine.spawn(person.name, partial(self._settle, person))

    def plan(self, window: Window, minutes: float) -> None:
        """Plan the looks that hold accounts against the books, what owners do there, and what goes wrong."""
        engine, delivery = self.stage.engine, self.stage.delivery
        at = window.begins_at.replace(second=0, microsecond=0)
        while at < window.ends_at:
            if at.minute % 2:
                engine.at(at, partial(delivery.deliver, RECONCILE, at, {}, at=at))
            at += MINUTE
        rate = delivery.roughness.faults_per_minute
        for _ in range(times(self.troubles.choices, rate * minutes)):
            engine.at(within(self.troubles.choices, window), self._begin_trouble)
        if self.hands is not None:
            for _ in range(times(self.hands.choices, PER_MINUTE * minutes)):
                engine.at(within(self.hands.choices, window), partial(self._act_by_hand, self.hands))

    def calm(self) -> None:
        """End what goes wrong for a time."""
        self.troubles.end_all()

    def rest(self, after: Callable[[bool], None]) -> None:
        """Have one look hold the accounts against the books, calmly."""
        self.stage.delivery.run_calmly(RECONCILE, forced=True)
        self.stage.engine.finish_actors(after)

    def check_at_rest(self, view: View) -> None:
        """C-06: what came into an account or left it beside trades is named; no entry while live is off."""
        told = [one for one in view.alerts if one.kind == _NAMED]
        for account in self.accounts:
            owner, findings = account.owner.name, account.owner.findings
            check_no_entry_while_off(view, owner, account.live_off, findings, mode=LIVE)
            truth = view.accounts[account.mode, account.account_id]
            if not is_looked_at(view, owner, truth):
                continue
            now = own_of(view, truth)
            before = self._own.get(account.account_id, now)
            self._own[account.account_id] = now
            since = self._checked_at.get(account.account_id, view.now)
            self._checked_at[account.account_id] = view.now
            said = " ".join(one.text for one in told if account.account_id in one.text and one.at >= since)
            for asset in sorted(now.keys() | before.keys()):
                off = now.get(asset, Decimal(0)) - before.get(asset, Decimal(0))
                is_little = abs(off) * price_of(view, asset) < 2 * TOLD_FROM
                text = f"{off} {asset} came into {account.account_id} or left it, and nobody was told"
                findings.check(31, is_little or f" {asset}" in said, text)

    # Within.

    def _begin_trouble(self) -> None:
        self._note("fault", f"exchange: {self.troubles.begin_one()}")

    def _act_by_hand(self, hands: ExchangeHands) -> None:
        self._note("outside", hands.act())
        self.stage.work.wrote = True

    def _note(self, kind: str, text: str) -> None:
        self.stage.trace.note(self.stage.engine.now(), "-", kind, text)

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
                self._may_switch(account)
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

    def _may_switch(self, account: Account) -> None:
        """Have an account's owner switch live off now and then, and on again."""
        choices = stream(self.seed, f"live switch of {account.account_id}")
        does = partial(self._switch, account=account)
        account.owner.beside.append(Beside(choices=choices, chance=_SWITCHES, does=does))

    def _switch(self, person: Person, device: str, account: Account) -> None:
        now = self.stage.engine.now
        if account.live_off and account.live_off[-1].until is None:
            account.live_off[-1].until = now()
            self.stage.switch_coins_live(person.name, self.choices.random() < 0.8)
            for trader_id in self._live_traders_of(person, device):
                self.stage.switch_trader_live(trader_id)
            return
        answer = person.call(device, "POST", "/api/connections/binance/live", {"enable": False})
        if answer.status == 200:
            account.live_off.append(LiveOff(since=now()))

    def _live_traders_of(self, person: Person, device: str) -> list[str]:
        listed = person.call(device, "GET", "/api/traders")
        found = listed.body["items"] if listed.status == 200 else []
        at_exchange = [str(one["id"]) for one in found if one["trading"]["exchange"] == "BINANCE"]
        return at_exchange[:1]


def exchange_of(
    stage: Stage, seed: int, people: Sequence[Person], kinds: frozenset[str] | None
) -> Exchange | None:
    """Open the accounts of a run's people; None where nobody has any."""
    if not has_accounts_there(seed):
        return None
    stage.delivery.ignored -= {RECONCILE}
    choices = stream(seed, "accounts at the exchange")
    accounts = [account for person in people for account in open_accounts(stage, person, choices)]
    for person in people:
        own = [one for one in accounts if one.owner is person]
        choose = stream(seed, f"coins of {person.name}")
        does = partial(buy_coins, choose=choose, accounts=own)
        person.beside.append(Beside(choices=choose, chance=BUYS, does=does))
    by_hand = stream(seed, "hands at the exchange")
    acts = by_hand.random() < CHANCE
    return Exchange(
        stage=stage,
        seed=seed,
        choices=choices,
        accounts=accounts,
        hands=ExchangeHands(stage=stage, choices=by_hand, accounts=accounts) if acts else None,
        troubles=ExchangeTroubles(
            stage=stage, choices=stream(seed, "troubles at the exchange"), accounts=accounts, kinds=kinds
        ),
    )
