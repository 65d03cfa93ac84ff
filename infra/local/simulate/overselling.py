"""Both exits of brackets fill between two looks, and the answer of what buys that back is lost (I-09)."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from infra.local.emulators.market.sessions import open_session
from infra.local.simulate.people import Person
from infra.local.simulate.season import Window, times, within
from infra.local.simulate.stage import Stage, stream
from infra.local.simulate.trouble import Troubles

#: In so many runs, and so often a minute, where a bracket works.
OVERSELLS: Final = 0.15
PER_MINUTE: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overselling:
    """Fills both exits of somebody's brackets, by choices of its own."""

    stage: Stage
    people: Sequence[Person]
    troubles: Troubles
    choices: random.Random
    is_on: bool

    def plan(self, window: Window, minutes: float) -> None:
        """Plan it for a window that is so many minutes long."""
        for _ in range(times(self.choices, PER_MINUTE * minutes) if self.is_on else 0):
            self.stage.engine.at(within(self.choices, window), self._oversell)

    def _oversell(self) -> None:
        engine = self.stage.engine
        if open_session(engine.now()) is None or not engine.kills_allowed:
            return  # on calm days nothing of the kind happens
        for broker, account_id in (one for person in self.people for one in person.held_at):
            if broker.hands.fill_both(account_id):
                self.troubles.lose_purchase(broker.vendor, account_id)
                text = f"both exits filled in {account_id}; the next answer is lost"
                self.stage.trace.note(engine.now(), "-", "oversold", text)
                return


def overselling_of(stage: Stage, seed: int, people: Sequence[Person], troubles: Troubles) -> Overselling:
    """Choose whether this happens in a run."""
    choices = stream(seed, "excesses")
    is_on = choices.random() < OVERSELLS
    return Overselling(stage=stage, people=people, troubles=troubles, choices=choices, is_on=is_on)
