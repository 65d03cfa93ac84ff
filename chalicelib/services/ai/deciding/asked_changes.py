"""A yes or no, given to its decision, to a change that a model proposed against a stop set by hand (C-07).

The question is the change's: it is judged, carried out, vetoed or lapses as one. Its decision says which.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Final

from chalicelib.domain.ai.decisions.adjusted import Adjusted
from chalicelib.services.ai.positions.answer_changes import apply_change, veto_change
from chalicelib.services.environment import Environment
from chalicelib.services.errors import DecisionOver, FieldError, Invalid, TransitionRefused
from chalicelib.store.ai import decisions
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.trades import proposals

_OVER: Final = "It does not wait any more."


def apply_asked(env: Environment, row: DecisionRow, adjusted: Adjusted) -> None:
    """Carry a decision's change out now; raises as `apply_change`, DecisionOver for one that is over."""
    told = [field.name for field in fields(adjusted) if getattr(adjusted, field.name) is not None]
    if told:
        message = "a change is taken as it is proposed, or not"
        raise Invalid([FieldError(field=name, message=message) for name in told])
    _answer(env, row, apply_change)


def veto_asked(env: Environment, row: DecisionRow) -> None:
    """End a decision's change; raises DecisionOver for one that is over."""
    _answer(env, row, veto_change)


def _answer(env: Environment, row: DecisionRow, answer: Callable[..., object]) -> None:
    change = env.database.run(
        lambda connection: proposals.read_of_decision(connection, row.username, row.id),
        username=row.username,
    )
    if change is None:
        raise DecisionOver(_OVER, row)
    try:
        answer(env, row.username, change.trade_id, change.id, None)
    except TransitionRefused as refused:
        raise DecisionOver(_OVER, row) from refused
    finally:
        env.database.run(decisions.end_answered, username=row.username)
