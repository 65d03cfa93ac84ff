"""A user's decisions, as their owner reads them (C-12)."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.validation.entries import judge_wish
from chalicelib.domain.ai.validation.entry_rules import Wish
from chalicelib.domain.ai.validation.facts import Case
from chalicelib.domain.desk.stored import from_json
from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.services.listing import Listing
from chalicelib.services.requests.places import write_place
from chalicelib.store.ai import decisions as store
from chalicelib.store.ai.decisions import DecisionFilter, DecisionRow


def list_decisions(
    env: Environment, username: str, wanted: DecisionFilter, *, limit: int
) -> Listing[DecisionRow]:
    """List decisions, newest first."""

    def work(connection: Connection) -> list[DecisionRow]:
        return store.page(connection, username, wanted, limit=limit + 1)

    rows = env.database.read(work, username=username)
    last = rows[limit - 1] if len(rows) > limit else None
    next_cursor = None if last is None else write_place(last.at, last.id)
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def read_decision(env: Environment, username: str, decision_id: UUID) -> DecisionRow:
    """Read one decision whole; raises NotFound."""
    row = env.database.read(lambda c: store.read(c, username, decision_id), username=username)
    if row is None:
        raise NotFound("decision")
    return row


def entry_of_trade(env: Environment, username: str, trade_id: UUID) -> DecisionRow:
    """Read the decision by which a trade was entered; raises NotFound."""
    row = env.database.read(lambda c: store.read_entry(c, username, trade_id), username=username)
    if row is None:
        raise NotFound("decision")
    return row


def says_the_same(row: DecisionRow) -> bool | None:
    """Say whether an entry's facts, judged again, lead to its constraints (I-41).

    None of what no entry was judged by, or what this code cannot read any more.
    """
    facts, validation = row.facts, row.validation
    if facts is None or validation is None:
        return None
    try:
        case, wish = from_json(Case, facts["case"]), from_json(Wish, facts["wish"])
    except (KeyError, TypeError, ValueError):
        return None
    again = judge_wish(case, wish).validation
    return [one.as_json() for one in again.constraints] == validation.get("constraints")
