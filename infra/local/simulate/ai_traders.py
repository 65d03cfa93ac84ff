"""AI traders of a run: models that lie, owners who veto, pause and close, coins that jump (C-01 to C-07).

Whoever has a trader trades options by hand, too. Minutes of coins are lived through in the run's windows
alone: what lies between them is a downtime that the next tick makes up for.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from infra.local.emulators.openrouter.saying import rounded
from infra.local.invariants.view import View
from infra.local.simulate.exchange import Exchange, exchange_of
from infra.local.simulate.liar import Liar
from infra.local.simulate.people import Beside, Person
from infra.local.simulate.season import MINUTE, Window, times, within
from infra.local.simulate.stage import Stage, stream

#: How many runs have AI traders, and how often somebody of theirs does something about one.
TRADERS: Final = 0.2
#: Of the streams for this choice the first that leaves every day recorded for a guard as it was.
_STREAM: Final = "traders 53"
ACTS: Final = 0.35
#: How often a minute a coin jumps or begins to move.
MOVES_PER_MINUTE: Final = 0.5
JOBS: Final = frozenset({"crypto_tick", "candle_close", "decide", "ai_change"})
_COINS: Final = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT")
_ALWAYS: Final = {"required": [{"left": {"indicator": "price"}, "op": ">", "right": 0}]}
_RISES: Final = {
    "required": [
        {
            "left": {"indicator": "EMA", "params": {"period": 5}},
            "op": ">",
            "right": {"indicator": "EMA", "params": {"period": 30}},
        }
    ]
}


def has_traders(seed: int) -> bool:
    """Say whether people of this run have AI traders."""
    return stream(seed, _STREAM).random() < TRADERS


def set_up(person: Person, seed: int) -> None:
    """Make traders, as their owner does on the first morning."""
    choose = stream(seed, f"traders of {person.name}")
    for number in range(choose.choice((1, 2))):
        answer = person.call("home", "POST", "/api/traders", _trader(choose, number))
        if answer.status != 201:
            person.stage.unexpected(f"a trader of {person.name} got {answer.status}: {answer.body}")


def _trader(choose: random.Random, number: int) -> dict[str, object]:
    return {
        "name": f"trader {number}",
        "symbols": choose.sample(_COINS, choose.choice((1, 2, 3))),
        "timeframe": choose.choice(("1m", "1m", "5m")),
        "filter": choose.choice((_ALWAYS, _ALWAYS, _RISES)),
        "trading": {
            "enabled": True,
            "require_approval": choose.random() < 0.25,
            "veto_seconds": choose.choice((0, 30, 60, 60)),
            "max_positions": choose.choice((1, 3)),
            "breakeven_at_pct": choose.choice((None, 0.5, 2)),
            "trailing_pct": choose.choice((None, None, 0.5)),
            "max_daily_drawdown_pct": choose.choice((0.1, 5)),
            "max_total_drawdown_pct": choose.choice((0.2, 20)),
            "max_holding_minutes": choose.choice((None, 3)),
        },
    }


def _mind_traders(person: Person, device: str, choose: random.Random) -> None:
    """Do one thing about a trader, or about what it holds or waits for."""
    what = choose.choice(("state", "state", "change", "change", "close", "approve", "all", "pause-ai"))
    if what in {"change", "close", "pause-ai"}:
        _mind_position(person, device, what, choose)
    elif what == "approve":
        _answer_decision(person, device, choose)
    elif what == "all" and choose.random() < 0.3:
        person.call(device, "POST", "/api/ai/close-all", {})
    else:
        trader = _one_of(person, device, "/api/traders", choose)
        if trader is not None:
            act = choose.choice(("pause", "resume", "resume", "close-all"))
            person.call(device, "POST", f"/api/traders/{trader['id']}/{act}", {})


def _mind_position(person: Person, device: str, what: str, choose: random.Random) -> None:
    trade = _one_of(person, device, "/api/trades?status=OPEN&originator=AI&limit=50", choose)
    if trade is None:
        return
    path = f"/api/trades/{trade['id']}"
    if what == "close":
        person.call(device, "POST", f"{path}/close", {"version": trade["version"]})
    elif what == "pause-ai":
        person.call(device, "POST", f"{path}/ai", {"paused": choose.random() < 0.5})
    else:
        listed = person.call(device, "GET", f"{path}/changes")
        items = listed.body["items"] if listed.status == 200 else []
        for change in [one for one in items if one["state"] == "PENDING"][:1]:
            verb = choose.choice(("veto", "veto", "apply"))
            person.call(device, "POST", f"{path}/changes/{change['id']}/{verb}", {})


def _answer_decision(person: Person, device: str, choose: random.Random) -> None:
    waiting = _one_of(person, device, "/api/decisions?outcome=AWAITING_APPROVAL", choose)
    if waiting is not None:
        verb = choose.choice(("approve", "approve", "reject"))
        person.call(device, "POST", f"/api/decisions/{waiting['id']}/{verb}", {})


def _one_of(
    person: Person, device: str, path: str, choose: random.Random
) -> Mapping[str, Any] | None:  # Any: JSON of the API
    listed = person.call(device, "GET", path)
    found = listed.body["items"] if listed.status == 200 else []
    return choose.choice(found) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AiTraders:
    """The traders of a run, their clock, their model and their coins; nothing where nobody has one."""

    stage: Stage
    seed: int
    people: Sequence[Person]
    choices: random.Random
    is_on: bool
    exchange: Exchange | None

    def begin(self, after: Callable[[bool], None]) -> None:
        """Have everybody make traders."""
        if not self.is_on:
            return
        for person in self.people:
            self.stage.engine.spawn(person.name, partial(set_up, person, self.seed))
        self.stage.engine.finish_actors(after)
        if self.exchange is not None:
            self.exchange.begin()
            self.stage.engine.finish_actors(after)

    def plan(self, window: Window, minutes: float) -> None:
        """Plan the minutes of coins in a window that is so many long, and how coins move in it."""
        if not self.is_on:
            return
        engine, delivery = self.stage.engine, self.stage.delivery
        at = window.begins_at.replace(second=0, microsecond=0)
        while at < window.ends_at:
            for job in ("crypto_tick", "candle_close"):
                engine.at(at, partial(delivery.deliver, job, at, {}, at=at))
            at += MINUTE
        if self.exchange is not None:
            self.exchange.plan(window, minutes)
        for _ in range(times(self.choices, MOVES_PER_MINUTE * minutes)):
            engine.at(within(self.choices, window).replace(microsecond=0), self._move)

    def calm(self) -> None:
        """End what goes wrong for a time."""
        if self.exchange is not None:
            self.exchange.calm()

    @property
    def faults(self) -> Counter[str]:
        """Return what went wrong at the exchange."""
        return Counter() if self.exchange is None else self.exchange.troubles.armed

    def check_at_rest(self, view: View) -> None:
        """Check what must hold at rest of accounts at the exchange."""
        if self.exchange is not None:
            self.exchange.check_at_rest(view)

    def rest(self, after: Callable[[bool], None]) -> None:
        """Have one tick of coins run calmly."""
        if self.is_on:
            self.stage.delivery.run_calmly("crypto_tick", forced=True)
            self.stage.engine.finish_actors(after)
        if self.exchange is not None:
            self.exchange.rest(after)

    def _move(self) -> None:
        engine, world = self.stage.engine, self.stage.world
        symbol = self.choices.choice(_COINS)
        last = world.binance.coins.price(symbol, engine.now())
        to = rounded(last * self.choices.choice((0.96, 0.985, 0.995, 1.004, 1.012, 1.03)))
        seconds = self.choices.choice((1, 40, 120))
        world.simulated.path(symbol, [(seconds, to)])
        engine.trace.note(engine.now(), "-", "market", f"{symbol} from {last} to {to} in {seconds} s")
        self.stage.work.wrote = True


def traders_of(
    stage: Stage, seed: int, people: Sequence[Person], kinds: frozenset[str] | None = None
) -> AiTraders:
    """Return the AI traders of a run; where there are none, their jobs are left out.

    `kinds` limits the faults of single calls at the exchange.
    """
    is_on = has_traders(seed)
    if is_on:
        stage.delivery.ignored -= JOBS
        stage.world.openrouter.answer_by(Liar(choices=stream(seed, "model")))
    for person in people if is_on else ():
        person.groups = ("elite",)
        choices = stream(seed, f"traders' owner {person.name}")
        does = partial(_mind_traders, choose=choices)
        person.beside.append(Beside(choices=choices, chance=ACTS, does=does))
    return AiTraders(
        stage=stage,
        seed=seed,
        people=people,
        choices=stream(seed, "coins"),
        is_on=is_on,
        exchange=exchange_of(stage, seed, people, kinds) if is_on else None,
    )
