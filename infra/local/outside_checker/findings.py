"""What the checker found."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """What must be so, in words of a report."""

    ONE_OWNER = "each broker order belongs to exactly one trade and intent"
    SAME_ORDER = "an order is the same here and there"
    QUANTITIES = "quantities are those of the broker's executions"
    PRICES = "average prices are those of the broker's executions"
    MONEY = "realised P&L is the broker's executions less fees, to the cent"
    NO_STRAY = "no live order without an open trade"
    POSITIONS = "a position is the sum of the open quantities"
    STATES = "states follow the transitions"
    NOT_LOST = "nothing that was held ends as CANCELED"
    READABLE = "what was exported can be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One contradiction: which rule, at which account and trade ('' for none), what was seen."""

    rule: Rule
    account: str
    trade_id: str
    text: str

    def __str__(self) -> str:
        where = f" (trade {self.trade_id})" if self.trade_id else ""
        return f"{self.rule}: {self.account}: {self.text}{where}"
