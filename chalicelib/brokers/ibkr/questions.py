"""Questions that Interactive Brokers asks before it takes an order, answered by rule (wire/ibkr.md, 10).

What is in the table is confirmed. Everything else is declined, and its text is told as the refusal: size and
value limits, missing market data, a price that trades at once where it should rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from chalicelib.vendors.wire import Node, UnreadablePayload, as_list

#: Why each may be confirmed.
CONFIRMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "o163": "a limit far from the market is a target that rests",
        "o10151": "a market order is wanted where one is sent",
        "o10152": "a stop is wanted where one is sent",
        "o10153": "the exchange's cap of a market order's price is as good as the order",
        "o10331": "a stop is wanted where one is sent",
    }
)
#: Questions that come without an id, by how they begin (as recorded).
_BY_TEXT: Final = ("You are about to submit a stop order.",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: its own id, the ids of its messages, and what it says."""

    question_id: str
    message_ids: tuple[str, ...]
    text: str

    @property
    def may_be_confirmed(self) -> bool:
        """Say whether every one of its messages is in the table."""
        if self.message_ids:
            return all(message_id in CONFIRMED for message_id in self.message_ids)
        return self.text.startswith(_BY_TEXT)


def read_question(rows: Sequence[Node]) -> Question | None:
    """Read an answer that asks; None for one that does not."""
    if not rows or "message" not in rows[0]:
        return None
    row = rows[0]
    question_id = row.get("id")
    if not isinstance(question_id, str) or not question_id:
        raise UnreadablePayload("a question without its id")
    said = [one for one in as_list(row.get("message")) if isinstance(one, str)]
    ids = tuple(one for one in as_list(row.get("messageIds")) if isinstance(one, str))
    return Question(question_id=question_id, message_ids=ids, text=" ".join(" ".join(said).split()))
