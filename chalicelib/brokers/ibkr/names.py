"""Our names at Interactive Brokers: a tag with what its legs are for, and ids that still know it.

The Web API says BUY or SELL and nets, so an order's own reference (`cOID`, which comes back as `order_ref`)
says besides its tag what each leg does: `o` opens, `c` closes; `T` and `S` are the target and the stop of an
OCO. A tag has no underscore. Reading one order by its id tells no reference, and yesterday's orders are found
by it alone: so an id of ours is the vendor's number and the reference, `1234~pt-…_o`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.domain.instruments.sides import OrderSide

OPENS: Final = "o"
CLOSES: Final = "c"
TARGET: Final = "T"
STOP: Final = "S"
_REFERENCE: Final = re.compile(r"(?P<tag>[A-Za-z0-9-]{1,255})_(?P<parts>[oc]{1,4}|[TS])")
_ID: Final = re.compile(
    r"(?P<numbers>[0-9]{1,18}(?:\+[0-9]{1,18})?)(?:~(?P<reference>[A-Za-z0-9_-]{1,260}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An order's own reference: our tag, and what each of its legs does, or which half of an OCO it is."""

    tag: str
    parts: str

    def __str__(self) -> str:
        return f"{self.tag}_{self.parts}"

    @property
    def is_half(self) -> bool:
        """Say whether it is the target or the stop of an OCO."""
        return self.parts in {TARGET, STOP}

    def side(self, number: int, *, buys: bool) -> OrderSide:
        """Return what the leg of a number does; both halves of an OCO close."""
        closes = self.is_half or self.parts[number : number + 1] == CLOSES
        if closes:
            return OrderSide.BUY_TO_CLOSE if buys else OrderSide.SELL_TO_CLOSE
        return OrderSide.BUY_TO_OPEN if buys else OrderSide.SELL_TO_OPEN


def reference_of(tag: str, sides: Sequence[OrderSide]) -> Reference:
    """Return the reference of an order over these legs."""
    return Reference(tag=tag, parts="".join(CLOSES if side.is_closing else OPENS for side in sides))


def read_reference(text: str | None) -> Reference | None:
    """Read a reference of ours; None for none, or for another's."""
    found = None if text is None else _REFERENCE.fullmatch(text)
    return None if found is None else Reference(tag=found["tag"], parts=found["parts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderName:
    """One order, or the target and the stop of an OCO, with the reference where it is known."""

    numbers: tuple[str, ...]
    reference: str | None

    def __str__(self) -> str:
        joined = "+".join(self.numbers)
        return joined if self.reference is None else f"{joined}~{self.reference}"

    @classmethod
    def parse(cls, text: str) -> "OrderName | None":
        """Read an id of ours; None for what is none."""
        found = _ID.fullmatch(text)
        if found is None:
            return None
        return cls(numbers=tuple(found["numbers"].split("+")), reference=found["reference"])
