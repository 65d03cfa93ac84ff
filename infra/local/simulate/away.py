"""One broker is away for an hour, and nobody at another is held up by it (W-03: trouble is an account's own).

In that hour all else is calm, and deliveries are prompt: whoever is late is late because of that broker. It
hangs until its callers give up, refuses connections, or says that it is out of order.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.times import HOMES, OF_LIVE, SANDBOX_HOST, SCHWAB_HOST
from infra.local.invariants.view import VendorCall, View
from infra.local.simulate.other_brokers import TRADIER, TRADIER_LIVE, has_brokers
from infra.local.simulate.people import Person
from infra.local.simulate.places import PLACES
from infra.local.simulate.season import MINUTE, Day, Window
from infra.local.simulate.stage import Stage, stream
from infra.local.simulate.trouble import Roughness
from infra.local.simulate.unreachable import Manner

#: How many runs with people at several brokers have such an hour.
GOES: Final = 0.2
WINDOW: Final = "broker away"
LASTS: Final = 60 * MINUTE
#: Between the opening window and the earliest bell that is ever decreed.
_AFTER_OPEN: Final = (4, 12)
#: In that hour people act this much less often: an hour is long.
SELDOMER: Final = 0.35
#: The hour's own roughness: nothing is lost, late or killed but by the broker that is away.
PROMPT: Final = Roughness(lag=0.0)
#: A look at an account takes seconds; who waits for one that hangs waits for half a minute.
LOOKED_WITHIN: Final = timedelta(seconds=20)
#: A call about a trade elsewhere, a turn at the account that another device has included.
ANSWERED_WITHIN: Final = timedelta(seconds=20)
#: Trades that a look is due for.
_ALIVE: Final = frozenset({"OPEN", "PARTIALLY_FILLED", "CLOSING"})


def with_hour(days: Sequence[Day], seed: int) -> list[Day]:
    """Return the days with an hour early on one of them in which a broker is away, in some runs."""
    choices = stream(seed, "away hour")
    if not has_brokers(seed) or choices.random() >= GOES:
        return list(days)
    chosen = choices.choice(days)
    begins_at = chosen.session.open_at + choices.randrange(*_AFTER_OPEN) * MINUTE
    hour = Window(name=WINDOW, begins_at=begins_at, ends_at=begins_at + LASTS)
    return [_with(day, hour) if day is chosen else day for day in days]


def _with(day: Day, hour: Window) -> Day:
    """Return a day with the hour; what would overlap it begins after it."""
    free_at = hour.ends_at + 2 * MINUTE
    before = [one for one in day.windows if one.ends_at < hour.begins_at]
    after = [one for one in day.windows if one.ends_at >= hour.begins_at]
    moved = [
        one
        if one.begins_at >= free_at
        else replace(one, begins_at=free_at, ends_at=free_at + (one.ends_at - one.begins_at))
        for one in after
    ]
    return replace(day, windows=(*before, hour, *moved))


@dataclass(slots=True, kw_only=True)
class AwayHour:
    """The hour of a run, by choices of its own; `seen` returns the last look at the stack."""

    stage: Stage
    people: Sequence[Person]
    choices: random.Random
    findings: Findings
    seen: Callable[[], View | None]
    note: Callable[[str, str], None]
    _hosts: frozenset[str] = frozenset()
    _gone_chance: float = 0.0

    def is_in(self, window: Window) -> bool:
        """Say whether a window is the hour."""
        return window.name == WINDOW

    def plan(self, window: Window) -> None:
        """Have a broker go away and come back, and look each minute whether others are kept waiting."""
        if not self.is_in(window):
            return
        chosen = self.choices.choice([one.place for person in self.people for one in person.accounts])
        manner = self.choices.choice((Manner.HANGS, Manner.HANGS, Manner.REFUSES, Manner.FAILS))
        self._hosts = frozenset(one.host for one in PLACES if one.vendor is chosen.vendor)
        engine = self.stage.engine
        engine.at(window.begins_at, partial(self._go, f"{chosen.broker} {manner}", manner))
        for minute in range(2, int(LASTS / MINUTE)):
            due_at = window.begins_at + minute * MINUTE
            engine.at(due_at + LOOKED_WITHIN, partial(self._check_looks, due_at))
        engine.at(window.ends_at - MINUTE, self._come_back)

    def _go(self, text: str, manner: Manner) -> None:
        self.note("away", text)
        self.stage.away.update(dict.fromkeys(self._hosts, manner))
        # A lease that its call could not let go of has whoever comes next wait, too.
        self._gone_chance, self.stage.seams.gone_chance = self.stage.seams.gone_chance, 0.0
        for person in self.people:
            person.waits = partial(self._check_wait, person)

    def _come_back(self) -> None:
        self.note("away", "is back")
        self.stage.away.clear()
        self.stage.seams.gone_chance = self._gone_chance
        for person in self.people:
            person.waits = None

    def _check_looks(self, due_at: datetime) -> None:
        """Each account elsewhere in which something was alive has been looked at in this minute."""
        view = self.seen()
        if view is None:
            return
        heard = {call.owner.partition("/")[0] for call in self._since(due_at) if call.status == 200}
        alive = {
            (trade.username, trade.broker_mode)
            for trade in view.trades.values()
            if trade.status in _ALIVE and trade.created_at < due_at - MINUTE
        }
        for username, mode in sorted(alive):
            host = _host_of(mode)
            if host is not None and host not in self._hosts:
                text = f"{username} at {mode} was not looked at by {due_at + LOOKED_WITHIN:%H:%M:%S}"
                self.findings.check(36, f"{username}{_mark_of(mode)}" in heard, text)

    def _since(self, at: datetime) -> Sequence[VendorCall]:
        calls = self.stage.calls
        first = next((n for n in range(len(calls), 0, -1) if calls[n - 1].at < at), 0)
        return calls[first:]

    def _check_wait(self, person: Person, method: str, path: str, body: object, seconds: float) -> None:
        """A call about a trade elsewhere, or an entry there, is answered as ever.

        Who reads quotes by their own login at the broker that is away reads none, wherever they trade.
        """
        mode = self._mode_of(person, method, path, body)
        reads_there = not self.stage.with_orats and person.accounts[0].place.host == SCHWAB_HOST
        if mode is None or _host_of(mode) in self._hosts or (reads_there and SCHWAB_HOST in self._hosts):
            return
        text = f"{method} {path} of {person.name} at {mode} took {seconds:.0f} s"
        self.findings.check(36, timedelta(seconds=seconds) <= ANSWERED_WITHIN, text)

    def _mode_of(self, person: Person, method: str, path: str, body: object) -> str | None:
        """Return at which broker something was asked for, None where it was not at one."""
        view = self.seen()
        if method != "POST" or view is None:
            return None
        if path == "/api/trades" and isinstance(body, Mapping):
            return str(body.get("broker_mode") or person.accounts[0].place.mode)
        named = next((one for one in view.trades.values() if f"/api/trades/{one.id}/" in path), None)
        return None if named is None else named.broker_mode


def away_hour_of(
    stage: Stage,
    seed: int,
    people: Sequence[Person],
    findings: Findings,
    *,
    seen: Callable[[], View | None],
    note: Callable[[str, str], None],
) -> AwayHour:
    """Return the hour of a run, which comes with a window of its day."""
    choices = stream(seed, "who is away")
    return AwayHour(stage=stage, people=people, choices=choices, findings=findings, seen=seen, note=note)


def _mark_of(mode: str) -> str:
    """Return what stands in the name of a mode's owner, as calls are written down."""
    return {TRADIER: "", TRADIER_LIVE: OF_LIVE}.get(mode, f"@{mode}")


def _host_of(mode: str) -> str | None:
    """Return where a mode's calls go; None for what no vendor is asked about."""
    return SANDBOX_HOST if mode == TRADIER else HOMES.get(_mark_of(mode))
