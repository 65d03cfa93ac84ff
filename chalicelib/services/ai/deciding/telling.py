"""What a user hears of decisions (C-07): what waits for an answer at once, the rest of each kind seldom."""

from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.instants import rfc3339
from chalicelib.services.ai.deciding.asking import Unasked
from chalicelib.services.ai.deciding.draft import Draft
from chalicelib.services.ai.told import AiAlert, tell
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import Severity, raise_alert, resolve_alert
from chalicelib.store.ai.decisions import DecisionRow
from chalicelib.store.turns import take_turn

QUEUED: Final = "Trade queued - will execute when position slot available"
BLOCKED: Final = "AI suggested a risky trade - blocked by the safety rules"
WAITING: Final = "ai_decision_waiting"
COST_LIMIT: Final = "ai_cost_limit"


def tell_of(env: Environment, connection: Connection, draft: Draft, row: DecisionRow) -> None:
    """Tell of a decision as it is stored, in the transaction that stores it."""
    username, whose = row.username, f"{draft.matter.trader.name}, {row.symbol}"
    match row.outcome:
        case DecisionOutcome.AWAITING_APPROVAL:
            raise_alert(
                env,
                connection,
                username,
                severity=Severity.WARNING,
                kind=WAITING,
                message=f"{whose}: {row.decision.value} waits for your answer{_until(row)}.",
            )
        case DecisionOutcome.QUEUED:
            _seldom(env, connection, username, AiAlert.QUEUED, f"{whose}: {QUEUED}")
        case DecisionOutcome.VALIDATION_FAILED:
            errors = (row.validation or {}).get("errors")
            why = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
            _seldom(env, connection, username, AiAlert.BLOCKED, f"{whose}: {BLOCKED} ({why})")
    _tell_of_trouble(env, connection, draft, whose)


def _tell_of_trouble(env: Environment, connection: Connection, draft: Draft, whose: str) -> None:
    """Tell why no model answered; a limit of costs is told once, until a model is asked again."""
    asked, username = draft.asked, draft.matter.username
    if asked is None:
        return
    if asked.unasked is None:
        resolve_alert(connection, username, kind=COST_LIMIT, topic=str(draft.matter.trader.id))
        return
    why = asked.unasked
    if why is Unasked.COST_LIMIT:
        raise_alert(
            env,
            connection,
            username,
            severity=Severity.WARNING,
            kind=COST_LIMIT,
            message=f"{whose}: {why.value} Positions go on by rules.",
            lasting=True,
            topic=str(draft.matter.trader.id),
        )
        return
    kind = AiAlert.OUT_OF_CREDIT if why is Unasked.OUT_OF_CREDIT else AiAlert.ERROR
    text = f"{whose}: {why.value} {asked.reason}".rstrip()
    _seldom(env, connection, username, kind, text, severity=Severity.WARNING)


def _seldom(
    env: Environment,
    connection: Connection,
    username: str,
    kind: AiAlert,
    text: str,
    *,
    severity: Severity = Severity.INFO,
) -> None:
    """Tell at most one of a kind in five minutes, counted in turn: decisions are made side by side."""
    take_turn(connection, username)
    tell(env, connection, username, kind, text, severity=severity)


def _until(row: DecisionRow) -> str:
    return "" if row.expires_at is None else f" until {rfc3339(row.expires_at)}"
