"""What happens to short legs by no order of ours: assigned over night, bought back by a risk desk."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from infra.local.emulators.brokerage.assignments import NotAssignable
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import new_york_date, open_session
from infra.local.simulate.people import Person
from infra.local.simulate.population import has_structures
from infra.local.simulate.season import Window, times, within
from infra.local.simulate.stage import Stage, stream

#: In so many runs with structures, and so often a minute, where somebody is short.
ACTS: Final = 0.6
PER_MINUTE: Final = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDesk:
    """Acts on short legs, by choices of its own."""

    stage: Stage
    people: Sequence[Person]
    choices: random.Random
    note: Callable[[str, str], None]
    is_on: bool

    def plan(self, window: Window, minutes: float) -> None:
        """Plan it for a window that is so many minutes long."""
        for _ in range(times(self.choices, PER_MINUTE * minutes) if self.is_on else 0):
            self.stage.engine.at(within(self.choices, window), self._act)

    def _act(self) -> None:
        now = self.stage.engine.now()
        if open_session(now) is None:
            return
        found = [
            (broker.hands, account_id, symbol, short)
            for person in self.people
            for broker, account_id in person.held_at
            for symbol, short in sorted(broker.hands.short(account_id).items())
        ]
        if not found:
            return
        hands, account_id, symbol, short = self.choices.choice(found)
        quantity = self.choices.randint(1, short)
        contract = parse(symbol)
        assert contract is not None, "only contracts are short here"
        if self.choices.random() < 0.5 and contract.expiry > new_york_date(now):
            try:
                hands.assign(account_id, symbol, quantity)
            except NotAssignable:
                return
            done = f"{quantity} of {short} {symbol} are assigned over night"
        else:
            price = hands.buy_back(account_id, symbol, quantity)
            done = f"bought {quantity} of {short} {symbol} back at {price}"
        self.note("risk desk", f"{account_id}: {done}")
        self.stage.work.wrote = True


def risk_desk_of(
    stage: Stage, seed: int, people: Sequence[Person], note: Callable[[str, str], None]
) -> RiskDesk:
    """Choose whether this happens in a run."""
    choices = stream(seed, "risk desk")
    is_on = choices.random() < ACTS and has_structures(seed)
    return RiskDesk(stage=stage, people=people, choices=choices, note=note, is_on=is_on)
