"""What happens to accounts beside the product: owners trade by hand at the broker, brokers act by themselves.

Sold by hand, in part or as a whole; a bracket cancelled; liquidated; taken away without an order, as an
assignment or a wipe of one contract is. Nobody tells the product (A-04, books against positions; I-31).
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from infra.local.emulators.brokerage.hands import Hands
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import new_york_date, open_session
from infra.local.simulate.people import Person
from infra.local.simulate.stage import Stage

#: In this share of runs somebody acts beside the product, so often a minute.
CHANCE: Final = 0.5
PER_MINUTE: Final = 0.35
#: In this share of runs the broker shows resting orders no more from the next day on.
HIDES: Final = 0.2
#: How likely an owner answers what he is asked before the evening's rest.
ANSWERS: Final = 0.6


@dataclass(slots=True, kw_only=True)
class Outside:
    """Acts on the accounts of a run's people, by choices of its own."""

    stage: Stage
    people: Sequence[Person]
    choices: random.Random
    acts: Counter[str] = field(default_factory=Counter)

    def act(self) -> str | None:
        """Do one thing to one position, and describe it; None when there is nothing to do it to."""
        now = self.stage.engine.now()
        if open_session(now) is None:
            return None
        today = new_york_date(now)
        found = [
            (broker.hands, account_id, symbol, quantity)
            for person in self.people
            if not person.on_paper or person.accounts
            for broker, account_id in person.held_at
            for symbol, quantity in sorted(broker.hands.held(account_id).items())
            if (contract := parse(symbol)) is not None and contract.expiry >= today
        ]
        if not found:
            return None
        hands, account_id, symbol, held = self.choices.choice(found)
        kinds: Sequence[Callable[[Hands, str, str, int], str]] = (
            self._sells,
            self._sells,
            self._sells_what_is_free,
            self._cancels,
            self._liquidates,
            self._takes_away,
        )
        done = self.choices.choice(kinds)(hands, account_id, symbol, held)
        self.acts[done.split()[0]] += 1
        return f"{account_id}: {done}"

    def _sells(self, hands: Hands, account_id: str, symbol: str, held: int) -> str:
        """Cancel the bracket first, as one must, and sell a part or all."""
        hands.cancel_exits(account_id, symbol)
        quantity = self.choices.randint(1, held)
        price = hands.sell(account_id, symbol, quantity)
        return f"sold {quantity} of {held} {symbol} by hand at {price}"

    def _sells_what_is_free(self, hands: Hands, account_id: str, symbol: str, held: int) -> str:
        """Try it without: a broker lets nobody sell what a working sale reserves."""
        price = hands.sell(account_id, symbol, 1)
        return f"sold 1 of {held} free {symbol} by hand at {price}"

    def _cancels(self, hands: Hands, account_id: str, symbol: str, held: int) -> str:
        count = hands.cancel_exits(account_id, symbol)
        return f"cancelled {count} exits of {held} {symbol} by hand"

    def _liquidates(self, hands: Hands, account_id: str, symbol: str, held: int) -> str:
        hands.cancel_exits(account_id, symbol)
        price = hands.sell(account_id, symbol, held)
        return f"liquidated {held} {symbol} at {price}"

    def _takes_away(self, hands: Hands, account_id: str, symbol: str, held: int) -> str:
        hands.cancel_exits(account_id, symbol)
        quantity = self.choices.randint(1, held)
        hands.take_away(account_id, symbol, quantity)
        return f"assigned {quantity} of {held} {symbol}"

    def answers(self, person: Person) -> None:
        """Have a person answer what is asked about contracts that went, mostly."""
        answer = person.call("desk", "GET", "/api/alerts?open=true&limit=100")
        if answer.status != 200:
            return
        seen = [trade for trades in person.seen.values() for trade in trades]
        several = {trade["id"] for trade in seen if len(trade["legs"]) > 1}
        for alert in answer.body["items"]:
            if alert["trade_id"] in several:
                continue  # no price says that a leg was assigned
            if alert["kind"] == "position_missing" and self.choices.random() < ANSWERS:
                price = self.choices.choice((0.05, 1.0, 2.5))
                body = {"accept": True, "price": price}
                person.call("desk", "POST", f"/api/alerts/{alert['id']}/ack", body)
