"""Desks of a run: strategies at random, bots switched, causes that trip, markets that turn (B-01 to B-08).

Whoever has a desk trades by hand, too. What the operator tells of macro windows and of a year's volatility is
told once, before anybody acts.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from chalicelib.security.groups import OPERATOR_GROUP
from infra.local.emulators.market.sessions import new_york_date
from infra.local.invariants.findings import Findings
from infra.local.simulate.desk_weather import OPERATOR, DeskWeather
from infra.local.simulate.people import Beside, Person
from infra.local.simulate.season import Window, times, within
from infra.local.simulate.stage import Stage, stream
from infra.local.told_desk import tell_desk_data

#: How many runs have desks, and how often somebody of theirs does something about one.
DESKS: Final = 0.2
#: Of the streams for this choice the first that leaves every day recorded for a guard as it was.
_STREAM: Final = "desks 58"
ACTS: Final = 0.3
#: How often a minute the market turns against them.
TURNS_PER_MINUTE: Final = 0.25
JOBS: Final = frozenset(
    {"desk_scan", "desk_exits", "desk_reconcile", "desk_summary", "iv_history", "kill_switch", "risk_book"}
)
UNDERLYINGS: Final = ("SPY", "QQQ", "IWM", "AAPL")
_TYPES: Final = (
    "iron_condor",
    "iron_condor",
    "credit_put_spread",
    "credit_call_spread",
    "iron_fly",
    "butterfly",
    "cash_secured_put",
)
_WINGED: Final = frozenset(
    {"iron_condor", "credit_put_spread", "credit_call_spread", "iron_fly", "butterfly"}
)
_BY_DELTA: Final = frozenset(
    {"iron_condor", "credit_put_spread", "credit_call_spread", "cash_secured_put", "covered_call", "wheel"}
)


def has_desks(seed: int) -> bool:
    """Say whether people of this run have desks."""
    return stream(seed, _STREAM).random() < DESKS


def tell_market(stage: Stage) -> None:
    """Tell what an operator tells before a desk can decide anything."""
    token = stage.sign_in.access_token(OPERATOR, groups=(OPERATOR_GROUP,))

    def tell(method: str, path: str, body: Mapping[str, object]) -> None:
        answer = stage.call(method, f"/api{path}", token=token, body=body)
        if answer.status >= 300:
            stage.unexpected(f"{method} {path} of the operator got {answer.status}: {answer.body}")

    tell_desk_data(tell, stage.world.simulated, new_york_date(stage.engine.now()), UNDERLYINGS)


def set_up(person: Person, seed: int) -> None:
    """Store strategies and switch the bot on, as their owner does on the first morning."""
    choose = stream(seed, f"strategies of {person.name}")
    for number in range(choose.choice((1, 2, 3))):
        answer = person.call(
            "home", "POST", "/api/strategies", _strategy(choose, number, on_paper=person.on_paper)
        )
        if answer.status != 201:
            person.stage.unexpected(f"a strategy of {person.name} got {answer.status}: {answer.body}")
    # What people hold could mostly lose more by tomorrow than the desk's own limit: some are stopped by it.
    limit = stream(seed, f"desk limits of {person.name}").choice((1_000, 50_000, 50_000, 50_000))
    person.call("home", "PUT", "/api/desk/settings", {"max_daily_loss": limit})
    person.call("home", "POST", "/api/bot/on", {})


def _strategy(choose: random.Random, number: int, *, on_paper: bool) -> dict[str, object]:
    kind = choose.choice(_TYPES)
    first = choose.choice((0, 0, 7, 30))
    entry: dict[str, object] = {
        "dte_min": first,
        "dte_max": first + choose.choice((3, 7, 10)),  # each day of it is a chain of hundreds a scan
        "liquidity": {
            "max_spread_pct": choose.choice((10, 60, 90)),
            "min_open_interest": choose.choice((0, 100)),
        },
        "adx_max": choose.choice((25, 100)),
    }
    if kind in _BY_DELTA:
        entry["short_delta"] = choose.choice((0.16, 0.3, {"min": 0.1, "max": 0.4}))
    if kind in _WINGED:
        entry["wing_width"] = choose.choice((2, 5, {"min": 2, "max": 10}))
    if kind != "butterfly":
        entry["min_credit"] = choose.choice((0.05, 0.1, 0.4))
    leaving = choose.choice(
        (
            {"profit_target_pct": 25, "stop_pct": 100},
            {"profit_target_usd": 5, "stop_usd": 20},
            {"stop_pct": 30, "time_stop_at": "11:15"},
            {"stop_usd": 10, "time_stop_at": choose.choice(("10:30", "12:00", "15:00"))},
        )
    )
    return {
        "name": f"{kind} {number}",
        "type": kind,
        "underlying": choose.choice(UNDERLYINGS),
        "mode": "paper",
        "preferred_broker": "paper" if on_paper else "tradier",
        "entry_conditions": entry,
        "exit_conditions": dict(leaving),
        "sizing": choose.choice(
            ({"kind": "fixed", "qty": choose.choice((1, 2))}, {"kind": "risk", "pct": 2})
        ),
        "max_positions": choose.choice((1, 3)),
    }


def _mind_desk(person: Person, device: str, choose: random.Random) -> None:
    """Do one thing about the desk."""
    what = choose.choice(("switch", "switch", "bot", "look", "look", "strategy", "flatten"))
    if what == "bot":
        person.call(device, "POST", f"/api/bot/{choose.choice(('on', 'on', 'off'))}", {})
    elif what == "switch":
        mode = choose.choice(("safe-mode", "reset", "reset"))
        person.call(device, "POST", f"/api/kill-switch/{mode}", {"reason": "the run's"})
    elif what == "flatten" and choose.random() < 0.3:
        body = {"reason": "the run's", "confirm": "FLATTEN"}
        person.call(device, "POST", "/api/kill-switch/hard-stop", body)
    elif what == "strategy":
        _change_strategy(person, device, choose)
    else:
        _look(person, device)


def _change_strategy(person: Person, device: str, choose: random.Random) -> None:
    listed = person.call(device, "GET", "/api/strategies")
    if listed.status != 200 or not listed.body["items"]:
        return
    one: Mapping[str, Any] = choose.choice(listed.body["items"])  # Any: JSON
    path = f"/api/strategies/{one['id']}"
    if choose.random() < 0.2:
        person.call(device, "DELETE", f"{path}?version={one['version']}")
        return
    told = {name: value for name, value in one.items() if name not in {"id", "created_at", "updated_at"}}
    person.call(device, "PUT", path, {**told, "enabled": choose.random() < 0.8})


def _look(person: Person, device: str) -> None:
    """I-25: flat is said only when the broker shows nothing."""
    answer = person.call(device, "GET", "/api/kill-switch")
    if answer.status != 200 or not answer.body["flat"]:
        return
    stage = person.stage
    held = stage.world.sandbox.truth_positions(person.account_id) if not person.on_paper else []
    text = f"{person.name} was told to be flat and holds {held}"
    person.findings.check(25, not held, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """The desks of a run, and what turns the market against them; nothing where nobody has one."""

    stage: Stage
    seed: int
    people: Sequence[Person]
    choices: random.Random
    weather: DeskWeather
    is_on: bool

    def begin(self, after: Callable[[bool], None]) -> None:
        """Have the operator tell the market, and everybody set a desk up."""
        if not self.is_on:
            return
        engine = self.stage.engine
        engine.spawn("operator", partial(tell_market, self.stage))
        engine.finish_actors(after)
        for person in self.people:
            engine.spawn(person.name, partial(set_up, person, self.seed))
        engine.finish_actors(after)

    def plan(self, window: Window, minutes: float) -> None:
        """Plan how volatility spikes, and the weather, in a window that is so many minutes long."""
        if self.is_on:
            self.weather.plan(window)
        for _ in range(times(self.choices, TURNS_PER_MINUTE * minutes) if self.is_on else 0):
            self.stage.engine.at(within(self.choices, window).replace(microsecond=0), self._turn)

    def _turn(self) -> None:
        engine, market = self.stage.engine, self.stage.world.simulated
        quote = market.stock_quote("VIX", engine.now())
        if quote is None:
            return
        spiked = round(quote.last * self.choices.choice((1.12, 1.3, 0.85)), 2)
        market.jump("VIX", spiked)
        engine.trace.note(engine.now(), "-", "market", f"VIX from {quote.last} to {spiked} at once")
        if self.choices.random() < 0.7:
            back = engine.now() + timedelta(minutes=self.choices.choice((1, 3, 12)))
            engine.at(back, lambda: market.jump("VIX", quote.last))
        self.stage.work.wrote = True


def desks_of(stage: Stage, seed: int, people: Sequence[Person], findings: Findings) -> Desks:
    """Return the desks of a run; where there are none, their jobs are left out."""
    is_on = has_desks(seed)
    if not is_on:
        stage.delivery.ignored |= JOBS
    for person in people if is_on else ():
        choices = stream(seed, f"desk of {person.name}")
        does = partial(_mind_desk, choose=choices)
        person.beside.append(Beside(choices=choices, chance=ACTS, does=does))
    weather = DeskWeather(
        stage=stage, choices=stream(seed, "weather"), findings=findings, underlyings=UNDERLYINGS
    )
    return Desks(
        stage=stage,
        seed=seed,
        people=people,
        choices=stream(seed, "turns"),
        weather=weather,
        is_on=is_on,
    )
