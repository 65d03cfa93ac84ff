"""A person's yes or no to a decision that waits for it (C-07): judged anew on yes, at the price of then.

What lapses does so whoever looks first: the minute's tick, or the answer that comes too late.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.adjusted import Adjusted
from chalicelib.domain.ai.decisions.decision import DecisionOutcome, DecisionWord
from chalicelib.domain.ai.validation.constraint import ConstraintName, FailsAs, Validation
from chalicelib.domain.ai.validation.entries import judge_wish
from chalicelib.domain.ai.validation.entry_rules import Wish
from chalicelib.domain.desk.stored import from_json
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.ai.deciding.asked_changes import apply_asked, veto_asked
from chalicelib.services.ai.deciding.door import (
    AiTicket,
    Judgement,
    Said,
    Settled,
    Stopped,
    Withheld,
    enter_for,
)
from chalicelib.services.ai.deciding.draft import stored_facts
from chalicelib.services.ai.deciding.matter import Matter, Wanted, matter_of
from chalicelib.services.ai.deciding.scene import Scene, look_at
from chalicelib.services.commands.once_told import once_told
from chalicelib.services.environment import Environment
from chalicelib.services.errors import (
    DecisionOver,
    FieldError,
    Invalid,
    NotFound,
    StaleDecision,
    Unavailable,
)
from chalicelib.store.ai import decisions, traders
from chalicelib.store.ai.decisions import DecisionRow

#: C-07: a price that is so much worse is another decision.
MOVED_SHARE: Final = Decimal("0.005")
AWAITING: Final = DecisionOutcome.AWAITING_APPROVAL
#: What of a request a rule speaks of.
_FIELDS: Final = {
    **dict.fromkeys(
        (ConstraintName.STOP_REQUIRED, ConstraintName.STOP_SIDE, ConstraintName.MIN_SL_DISTANCE), "stop_loss"
    ),
    **dict.fromkeys((ConstraintName.TP_BEYOND_FEES, ConstraintName.TP_DISTANCE), "take_profits"),
    **dict.fromkeys(
        (
            ConstraintName.MAX_RISK_PER_TRADE,
            ConstraintName.MAX_POSITION_SIZE,
            ConstraintName.CORRELATED_EXPOSURE,
            ConstraintName.BALANCE,
            ConstraintName.LOT,
            ConstraintName.NOTIONAL,
        ),
        "quantity",
    ),
}


def approve(
    env: Environment, username: str, decision_id: UUID, adjusted: Adjusted, version: int | None
) -> DecisionRow:
    """Carry a decision out as its owner wants it; returns it as it stands then.

    Raises NotFound, StaleDecision, DecisionOver for one that lapsed or waits no more, Invalid where rules
    stand against it now: then it waits on. What `enter` refuses with, too.
    """
    row, matter = _waiting(env, username, decision_id, version)
    if row.decision is DecisionWord.MODIFY:
        apply_asked(env, row, adjusted)
        return once_told(lambda: _read(env, username, row.id), row)
    wish = adjusted.applied_to(offered_wish(row))
    scene = look_at(env, matter)
    price = scene.case.moment.fresh_price
    if price is None:
        raise Unavailable("The coin has no price now.")
    if has_moved_away(row.price_then, price, wish.sign):
        raise _lapsed(env, row, "The price has moved away since it was decided.")
    _check(scene, wish, _compared(row))

    ticket = _ticket(env, matter, row, wish, scene)
    said = Said(
        decision_id=row.id,
        word=row.decision.value,
        confidence=row.confidence,
        reasoning=row.reasoning,
    )
    try:
        enter_for(env, username, matter.trader, ticket, said)
    except Withheld as withheld:
        raise Invalid(list(_faults(withheld.judgement.plan.validation))) from withheld
    except Stopped as stopped:
        raise DecisionOver("Its trader is not on.", row) from stopped
    except Settled as settled:
        raise DecisionOver("It does not wait any more.", _read(env, username, row.id)) from settled
    done = replace(row, outcome=DecisionOutcome.EXECUTED, expires_at=None)
    return once_told(lambda: _read(env, username, row.id), done)


def _ticket(env: Environment, matter: Matter, row: DecisionRow, wish: Wish, scene: Scene) -> AiTicket:
    def note(connection: Connection, trade_id: UUID, judgement: Judgement) -> bool:
        more = {
            "trade_id": trade_id,
            "validation": judgement.plan.validation.as_json(),
            "facts": stored_facts(judgement),
            "expires_at": None if wish.limit is None else _next_close(matter, env.clock.now()),
        }
        outcome = DecisionOutcome.EXECUTED
        return decisions.settle(connection, row.username, row.id, before=AWAITING, outcome=outcome, more=more)

    return AiTicket(
        trader_id=row.trader_id,
        mode=matter.trader.trading.broker_mode,
        symbol=row.symbol,
        wish=wish,
        confidence=_compared(row),
        seen=scene.seen,
        funds=scene.funds,
        now=env.clock.now,
        note=note,
        by_owner=True,
    )


def reject(env: Environment, username: str, decision_id: UUID, version: int | None) -> DecisionRow:
    """Have a decision not carried out; raises NotFound, StaleDecision, DecisionOver."""
    row, _ = _waiting(env, username, decision_id, version)
    if row.decision is DecisionWord.MODIFY:
        veto_asked(env, row)
        return _read(env, username, row.id)
    if not _settle(env, row, DecisionOutcome.USER_REJECTED):
        raise DecisionOver("It does not wait any more.", _read(env, username, row.id))
    return _read(env, username, row.id)


def offered_wish(row: DecisionRow) -> Wish:
    """Return the entry that a plain yes takes: at the largest size where the asked one was beyond it."""
    wish = wish_of(row.facts)
    offered = None if row.validation is None else row.validation.get("offered_quantity")
    if isinstance(offered, int | float):
        return replace(wish, quantity=Decimal(repr(offered)))
    return wish


def wish_of(facts: object) -> Wish:
    """Return the entry that a decision's facts tell of."""
    assert isinstance(facts, dict), "what waits was judged"
    return from_json(Wish, facts["wish"])


def has_moved_away(then: Decimal | None, now: Decimal, sign: int) -> bool:
    """Say whether a price is more than half a per cent worse than when it was decided."""
    return then is None or (now / then - 1) * sign > MOVED_SHARE


def _waiting(
    env: Environment, username: str, decision_id: UUID, version: int | None
) -> tuple[DecisionRow, Matter]:
    now = env.clock.now()

    def read(connection: Connection) -> tuple[DecisionRow, Matter | None]:
        row = decisions.read(connection, username, decision_id)
        if row is None:
            raise NotFound("decision")
        trader = traders.read(connection, username, row.trader_id)
        if trader is None:
            return row, None
        wanted = Wanted(trader_id=row.trader_id, symbol=row.symbol, candle=row.candle)
        return row, matter_of(connection, username, trader, wanted, now)

    row, matter = env.database.run(read, username=username)
    if version is not None and version != row.version:
        raise StaleDecision(row)
    if row.outcome is not AWAITING or matter is None:
        raise DecisionOver(f"A decision that is {row.outcome.value} has nothing to answer.", row)
    if row.expires_at is not None and row.expires_at <= now:
        raise _lapsed(env, row, "Nobody answered in time.")
    return row, matter


def _lapsed(env: Environment, row: DecisionRow, why: str) -> DecisionOver:
    _settle(env, row, DecisionOutcome.EXPIRED)
    return DecisionOver(f"{why} It has lapsed.", _read(env, row.username, row.id))


def _settle(env: Environment, row: DecisionRow, outcome: DecisionOutcome) -> bool:
    def work(connection: Connection) -> bool:
        return decisions.settle(connection, row.username, row.id, before=AWAITING, outcome=outcome)

    return env.database.run(work, username=row.username)


def _read(env: Environment, username: str, decision_id: UUID) -> DecisionRow:
    row = env.database.read(lambda c: decisions.read(c, username, decision_id), username=username)
    if row is None:
        raise NotFound("decision")
    return row


def _compared(row: DecisionRow) -> Decimal:
    """Return the confidence that the decision was judged by."""
    case: JsonValue = None if row.facts is None else row.facts.get("case")
    found = case.get("confidence") if isinstance(case, dict) else None
    return row.confidence if found is None else Decimal(str(found))


def _next_close(matter: Matter, now: datetime) -> datetime:
    return matter.trader.timeframe.next_close(now)


def _check(scene: Scene, wish: Wish, confidence: Decimal) -> None:
    """Raise Invalid for what rules have against an entry, before the core is asked."""
    trading = replace(scene.case.trading, require_approval=False)
    found = judge_wish(replace(scene.case, trading=trading, confidence=confidence), wish)
    if found.outcome is not DecisionOutcome.EXECUTED:
        raise Invalid(list(_faults(found.validation)))


def _faults(found: Validation) -> Iterator[FieldError]:
    """Yield what stands against an entry, by the field of the request that it speaks of."""
    for one in found.constraints:
        if not one.satisfied and one.fails_as is not FailsAs.WARNING:
            field = _FIELDS.get(one.name, one.name.value)
            yield FieldError(field=field, message=one.message)
