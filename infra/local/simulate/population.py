"""Who lives through a run: how many people, on what, and what some of them do beside trading."""

from functools import partial
from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.simulate import agents, habits
from infra.local.simulate.ai_traders import has_traders
from infra.local.simulate.call_writers import write_calls
from infra.local.simulate.desks import has_desks
from infra.local.simulate.other_brokers import PEOPLE_MIN, has_brokers, spread
from infra.local.simulate.people import NARROW, WIDE, Beside, Person
from infra.local.simulate.stage import Stage, stream
from infra.local.simulate.structures import trade_structures

NAMES: Final = ("alice", "bob", "carol", "dave")
#: How often somebody who is not on paper trades at the live host.
LIVE: Final = 0.2
#: How many runs have people with several accounts at work, who name one of them when placing.
SEVERAL: Final = 0.25
#: How many runs have somebody who asks for many chains at once, and how often they then do. Not where days
#: are long, for desks and traders: they would ask for most of what a run costs.
READERS: Final = 0.3
READS: Final = 0.06
#: How many have somebody whom the operator disables for a moment, and how often.
AWAY: Final = 0.1
LEAVES: Final = 0.1
#: How many have somebody who is removed for good, and how likely at each act.
REMOVED: Final = 0.07
GOES: Final = 0.15
#: How many have an agent that calls without end, and how often; there calls are counted.
AGENTS: Final = 0.08
LOOPS: Final = 0.1


#: How many have somebody who tries to store another's account, and how often.
BORROWERS: Final = 0.1
BORROWS: Final = 0.08


#: How many have people who trade structures beside single contracts, and how often.
STRUCTURED: Final = 0.4
STRUCTURES: Final = 0.5
#: How many have somebody who writes calls against shares, and how often.
WRITERS: Final = 0.1
WRITES: Final = 0.5
#: Of the streams for these choices the first that leaves every day recorded for a guard as it was.
_STREAM: Final = "structures 346"
_STREAM_OF_WRITERS: Final = "call writer 16"


def has_structures(seed: int) -> bool:
    """Say whether people of this run trade structures."""
    return stream(seed, _STREAM).random() < STRUCTURED


def has_long_days(seed: int) -> bool:
    """Say whether more of each day is lived through, so that scans and signals follow each other."""
    return has_desks(seed) or has_traders(seed)


def _has_call_writer(seed: int) -> bool:
    return stream(seed, _STREAM_OF_WRITERS).random() < WRITERS


def has_agent(seed: int) -> bool:
    """Say whether this run has an agent: its API counts calls."""
    return stream(seed, "agent").random() < AGENTS


def populate(stage: Stage, seed: int, findings: Findings) -> list[Person]:
    """Choose the people of a run."""
    choices, least = stream(seed, "people"), PEOPLE_MIN if has_brokers(seed) else 1
    people = [
        Person(
            name=name,
            account_id=f"VA0000000{index}",
            on_paper=choices.random() < 0.3,
            limits=choices.choice((WIDE, WIDE, NARROW)),
            stage=stage,
            choices=stream(seed, f"acts of {name}"),
            findings=findings,
        )
        for index, name in enumerate(NAMES[: max(choices.choice((1, 2, 2, 3)), least)], start=1)
    ]
    live = stream(seed, "live")
    for person in people:
        person.is_live = live.random() < LIVE and not person.on_paper
        person.others = [other for other in people if other is not person]
    if stream(seed, "several").random() < SEVERAL:
        for person in people:
            person.elsewhere = stream(seed, f"brokers that {person.name} names")
    _give_habits(people, seed, with_orats=stage.with_orats)
    if has_brokers(seed):
        spread(people, seed)
    return people


def _give_habits(people: list[Person], seed: int, *, with_orats: bool) -> None:
    reader = stream(seed, "reader")
    if reader.random() < READERS and with_orats and not has_long_days(seed):
        people[-1].beside.append(Beside(choices=reader, chance=READS, does=habits.browse))
    away = stream(seed, "disabled")
    if away.random() < AWAY:
        people[0].beside.append(Beside(choices=away, chance=LEAVES, does=habits.be_away))
    removed = stream(seed, "removed")
    if removed.random() < REMOVED:
        people[-1].beside.append(Beside(choices=removed, chance=GOES, does=habits.be_removed))
    borrower = stream(seed, "borrower")
    if borrower.random() < BORROWERS and len(people) > 1:
        people[0].beside.append(Beside(choices=borrower, chance=BORROWS, does=habits.borrow_account))
    if has_structures(seed):
        for person in people:
            choices = stream(seed, f"structures of {person.name}")
            does = partial(trade_structures, choose=choices)
            person.beside.append(Beside(choices=choices, chance=STRUCTURES, does=does))
    if _has_call_writer(seed):
        writer = stream(seed, "call writer's acts")
        does = partial(write_calls, choose=writer)
        people[0].beside.append(Beside(choices=writer, chance=WRITES, does=does))
    if has_agent(seed):
        agent = stream(seed, "agent's acts")
        people[0].beside.append(Beside(choices=agent, chance=LOOPS, does=agents.loop))
