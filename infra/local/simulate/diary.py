"""When people and the world beside the product act in a window, and who dies at it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from infra.local.simulate.acts import act, send
from infra.local.simulate.habits import come_back, end_removal, tell_token
from infra.local.simulate.outside import PER_MINUTE, Outside
from infra.local.simulate.people import TRY_AGAIN_AFTER, Person
from infra.local.simulate.season import Window, times, within
from infra.local.simulate.stage import Stage
from infra.local.simulate.trouble import Roughness

#: So often a minute each person does something.
_ACTS_PER_MINUTE: Final = 1.1
#: How often the other device does so in the same moment.
_BOTH_AT_ONCE: Final = 0.15
_TRIES_AGAIN: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """Plans the acts of a run's people; `outside` is None where nobody acts beside the product."""

    stage: Stage
    people: Sequence[Person]
    roughness: Roughness
    outside: Outside | None

    def plan_people(self, window: Window, minutes: float) -> None:
        """Plan what people do in a window, which is so many minutes long."""
        for person in self.people:
            choose = person.choices
            for _ in range(times(choose, _ACTS_PER_MINUTE * minutes)):
                at = within(choose, window)
                device = choose.choice(("phone", "desk"))
                self._act(person, device, at)
                if choose.random() < _BOTH_AT_ONCE:
                    self._act(person, "desk" if device == "phone" else "phone", at)

    def plan_outside(self, window: Window, minutes: float) -> None:
        """Plan what owners do by hand at their brokers, and what brokers do by themselves."""
        if self.outside is None:
            return
        choose = self.outside.choices
        for _ in range(times(choose, PER_MINUTE * minutes)):
            self.stage.engine.at(within(choose, window), partial(self._act_outside, self.outside))

    def finish_people(self, after: Callable[[bool], None]) -> None:
        """Let everybody end what they are at, come back, and answer what they are asked."""
        engine = self.stage.engine
        engine.finish_actors(after)
        for person in self.people:
            if person.is_leaving:
                engine.spawn("operator", partial(end_removal, person))
            elif person.is_away:  # the device that was to come back died
                engine.spawn(f"{person.name}/home", partial(come_back, person))
        engine.finish_actors(after)
        for person in self.people:
            if self.outside is not None:
                engine.spawn(f"{person.name}/desk", partial(self.outside.answers, person))
            if not person.token_is_told:
                engine.spawn(f"{person.name}/home", partial(tell_token, person, "home"))
        engine.finish_actors(after)

    def _act(self, person: Person, device: str, at: datetime) -> None:
        self.stage.engine.at(at, lambda: self._begin(person, device))

    def _begin(self, person: Person, device: str) -> None:
        engine, known = self.stage.engine, set(person.sent)

        def died() -> None:
            for key in sorted(set(person.sent) - known):
                if person.choices.random() < _TRIES_AGAIN:
                    later = engine.now() + TRY_AGAIN_AFTER
                    engine.spawn(f"{person.name}/{device}", partial(send, person, device, key), at=later)

        engine.spawn(
            f"{person.name}/{device}",
            lambda: act(person, device),
            kill_at=self.roughness.kill_step(person.choices) if engine.kills_allowed else None,
            on_death=died,
        )

    def _act_outside(self, outside: Outside) -> None:
        done = outside.act()
        if done is not None:
            self.stage.trace.note(self.stage.engine.now(), "-", "outside", done)
            self.stage.work.wrote = True
