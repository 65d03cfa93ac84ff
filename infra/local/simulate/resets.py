"""The sandbox is wiped over night, and the owner says yes to what is asked then (A-12, sandbox reset).

Orders and positions are gone, cash stays; nobody tells the product. Two empty answers later it asks, and the
yes ends what was held as BROKER_RESET.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from infra.local.simulate.people import Person
from infra.local.simulate.stage import Stage

#: How many runs have it, and how often at an evening's rest.
WIPES: Final = 0.1
WIPED: Final = 0.5
#: A call may lose a race: asked again, it is done.
_TRIES_MAX: Final = 5
_YES: Final = {"accept": True}


@dataclass(slots=True, kw_only=True)
class Resets:
    """Wipes somebody's account, by choices of its own."""

    stage: Stage
    people: Sequence[Person]
    choices: random.Random
    wiped: list[Person] = field(default_factory=list)
    has_wiped: bool = False
    _is_on: bool = field(init=False)

    def __post_init__(self) -> None:
        self._is_on = self.choices.random() < WIPES

    def wipe(self) -> None:
        """Wipe the accounts that hold something, now and then."""
        self.wiped.clear()
        if not self._is_on or self.choices.random() >= WIPED:
            return
        hands = self.stage.world.sandbox.hands
        for person in self.people:
            if not person.is_gone and hands.held(person.account_id):
                self.stage.world.sandbox.reset_account(person.account_id)
                self.wiped.append(person)
                self.has_wiped = True
                text = f"{person.account_id} is wiped"
                self.stage.trace.note(self.stage.engine.now(), "-", "outside", text)

    def confirm(self) -> None:
        """Have the owners say yes to what was asked of them."""
        for person in self.wiped:
            self.stage.engine.spawn(f"{person.name}/desk", partial(_say_yes, person))


def _say_yes(person: Person) -> None:
    for _ in range(_TRIES_MAX):
        answer = person.call("desk", "GET", "/api/alerts?open=true&limit=100")
        if answer.status != 200:
            continue
        ids = [one["id"] for one in answer.body["items"] if one["kind"] == "broker_reset"]
        if all(person.call("desk", "POST", f"/api/alerts/{one}/ack", _YES).status == 200 for one in ids):
            return
