"""Alerts as their owner meets them: listed, acknowledged, questions answered.

What a yes does is the business of the service that asked; it is registered here by the alert's kind.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.errors import FieldError, Invalid, NotFound
from chalicelib.services.listing import Listing
from chalicelib.services.requests.places import read_place, write_place
from chalicelib.services.sync import broker_reset, drift
from chalicelib.services.sync.books import missing_price
from chalicelib.services.sync.books.check_books import MISSING
from chalicelib.store.users import alerts as store
from chalicelib.store.users.alerts import AlertFilter, AlertRow


class Answer(Protocol):
    """Carries out a yes or a no, and the price where the question asks for one."""

    def __call__(
        self, env: Environment, username: str, alert_id: UUID, *, accept: bool, price: Decimal | None = None
    ) -> None:
        """Do what the answer means, once however often it is given."""
        ...


ANSWERS: Final[Mapping[str, Answer]] = {
    broker_reset.KIND: broker_reset.answer,
    MISSING: missing_price.answer,
    drift.KIND: drift.answer,
}
_ASKS_FOR_A_PRICE: Final = frozenset({MISSING})


def list_alerts(
    env: Environment,
    username: str,
    *,
    since: datetime | None,
    is_open: bool | None,
    cursor: str | None,
    limit: int,
) -> Listing[AlertRow]:
    """List a user's alerts, newest first; open ones are neither acknowledged nor over by themselves."""
    below = None if cursor is None else read_place(cursor)
    wanted = AlertFilter(since=since, is_open=is_open, below=below)
    rows = env.database.run(
        lambda connection: store.page(connection, username, wanted, limit=limit + 1), username=username
    )
    next_cursor = write_place(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else None
    return Listing(items=rows[:limit], as_of=env.clock.now(), next_cursor=next_cursor)


def acknowledge(
    env: Environment,
    username: str,
    alert_id: UUID,
    *,
    accept: bool | None,
    price: Decimal | None = None,
) -> AlertRow:
    """Acknowledge an alert and answer its question; the same again changes nothing.

    `price` is dollars per share, for a question that asks for one.

    Raises NotFound, and Invalid for an answer nobody asked for or one that contradicts an earlier answer.
    """

    def look(connection: Connection) -> AlertRow:
        return _require(connection, username, alert_id)

    asked = env.database.run(look, username=username)
    _check_answer(asked, accept, price)
    answer = ANSWERS.get(asked.kind)
    if accept is not None and asked.accepted is None and answer is not None:
        # Before the acknowledgement: were it lost between the two, the question would stand again.
        answer(env, username, alert_id, accept=accept, price=price)

    def work(connection: Connection) -> AlertRow:
        row = _require(connection, username, alert_id, lock=True)
        accepted = accept if row.accepted is None else None
        if row.acked_at is None or accepted is not None:
            at = row.acked_at or env.clock.now()
            store.acknowledge(connection, username, alert_id, at=at, accepted=accepted)
        return _require(connection, username, alert_id)

    return env.database.run(work, username=username)


def _require(connection: Connection, username: str, alert_id: UUID, *, lock: bool = False) -> AlertRow:
    row = store.read(connection, username, alert_id, lock=lock)
    if row is None:
        raise NotFound("alert")
    return row


def _check_answer(alert: AlertRow, accept: bool | None, price: Decimal | None) -> None:
    if price is not None and not (accept and alert.kind in _ASKS_FOR_A_PRICE):
        raise Invalid([FieldError(field="price", message="only a yes to a question for a price has one")])
    if accept is None:
        return
    if alert.question is None:
        raise Invalid([FieldError(field="accept", message="this alert asks nothing")])
    if alert.accepted is not None and alert.accepted != accept:
        raise Invalid([FieldError(field="accept", message="the question was answered already")])
