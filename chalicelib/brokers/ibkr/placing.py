"""How orders are sent to Interactive Brokers: once, with its questions answered by rule (wire/ibkr.md, 10).

Four answers come with status 200: taken, a question, and two forms of no. A question must be answered before
anything else is asked within the session, else it is void: so all of it goes on under the session's lock.
"""

from collections.abc import Sequence
from typing import Final

from chalicelib.brokers.ibkr.answers import refusal
from chalicelib.brokers.ibkr.questions import Question, read_question
from chalicelib.brokers.ibkr.rules import Document
from chalicelib.brokers.ibkr.session import BrokerageSession
from chalicelib.domain.json_value import JsonValue
from chalicelib.vendors.budget import Urgency
from chalicelib.vendors.errors import OutcomeUnknown, VendorError
from chalicelib.vendors.wire import Node, UnreadablePayload, as_node

#: One order asks a few; whoever asks without an end takes nothing.
_QUESTIONS_MAX: Final = 6


def send_orders(
    session: BrokerageSession, path: str, documents: Sequence[Document], urgency: Urgency
) -> list[str]:
    """Send orders as one request and return their ids in turn; raises VendorError.

    Where some of them were taken and others were not, those taken are cancelled and Refused is raised.
    """
    wanted: JsonValue = {"orders": list(documents)}
    with session.alone(urgency):
        answer = session.post(path, wanted, urgency=urgency)
        for _ in range(_QUESTIONS_MAX):
            rows = _rows(answer)
            question = _asked(rows)
            if question is None:
                return _taken(session, path, rows, len(documents))
            if not question.may_be_confirmed:
                _decline(session, question, urgency)
                raise refusal(f"Interactive Brokers asks, and this is not confirmed: {question.text}")
            answer = session.answer(_reply(question), {"confirmed": True}, urgency=urgency)
    raise OutcomeUnknown("Interactive Brokers asks without an end")


def _decline(session: BrokerageSession, question: Question, urgency: Urgency) -> None:
    """Say no; whether it is heard does not matter, since an order is taken by a yes alone."""
    try:
        session.answer(_reply(question), {"confirmed": False}, urgency=urgency)
    except VendorError:
        return


def _reply(question: Question) -> str:
    return f"/iserver/reply/{question.question_id}"


def _rows(answer: object) -> Sequence[Node]:
    values = answer if isinstance(answer, list) else [answer]
    try:
        return [as_node(value, "an order's answer") for value in values]
    except UnreadablePayload as error:
        raise OutcomeUnknown("Interactive Brokers' answer to an order cannot be read") from error


def _asked(rows: Sequence[Node]) -> Question | None:
    try:
        return read_question(rows)
    except UnreadablePayload as error:
        raise OutcomeUnknown("a question cannot be read") from error


def _taken(session: BrokerageSession, path: str, rows: Sequence[Node], count: int) -> list[str]:
    ids, said = [], []
    for row in rows:
        order_id, error = row.get("order_id"), row.get("error")
        if isinstance(order_id, str | int) and not isinstance(order_id, bool):
            ids.append(str(order_id))
        elif isinstance(error, str):
            said.append(error)
    if len(ids) == count and not said:
        return ids
    if not said:
        raise OutcomeUnknown("Interactive Brokers' answer to an order names no order")
    room = path.removesuffix("s")
    for order_id in ids:
        session.delete(f"{room}/{order_id}", urgency=Urgency.EXIT)
    raise refusal("; ".join(said))
