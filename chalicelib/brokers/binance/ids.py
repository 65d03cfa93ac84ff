"""Our names at Binance: tags as client ids of 36 characters, and orders of all pairs by one id.

A tag (`pt-<8>-<8>-<uuid>`) is longer than the exchange takes, so its 24 bytes travel in base64; a shorter one
goes as it is. The exchange numbers orders by pair, so that an id names the pair too.
"""

import base64
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chalicelib.brokers.errors import Unsupported
from chalicelib.domain.trading.order_tags import TAG_PREFIX

_OURS: Final = re.compile(rf"{TAG_PREFIX}([0-9a-f]{{8}})-([0-9a-f]{{8}})-([0-9a-f-]{{36}})")
_PACKED: Final = re.compile(r"_([A-Za-z0-9_-]{32})([ts]?)")
_PLAIN: Final = re.compile(r"([A-Za-z0-9-]{1,34})(?:_([ts]))?")
_BYTES: Final = 4
#: What ends the client id of an OCO's target and of its stop.
TARGET, STOP, WHOLE = "t", "s", ""
_ID: Final = re.compile(r"([A-Z0-9]{2,20}):(list-)?([0-9]{1,18})")


def client_id(tag: str, part: str = WHOLE) -> str:
    """Return what a tag is at the exchange; raises Unsupported for one that it cannot bear."""
    ours = _OURS.fullmatch(tag)
    if ours is not None:
        packed = bytes.fromhex(ours[1]) + bytes.fromhex(ours[2]) + UUID(ours[3]).bytes
        return f"_{base64.urlsafe_b64encode(packed).decode()}{part}"
    if _PLAIN.fullmatch(tag) is None:
        raise Unsupported("a tag has 1 to 34 letters, digits or hyphens here")
    return f"{tag}_{part}" if part else tag


def tag_of(given: str) -> str:
    """Return the tag behind a client id; what is none of ours stays as it is."""
    packed = _PACKED.fullmatch(given)
    if packed is not None:
        raw = base64.urlsafe_b64decode(packed[1])
        first, second, rest = raw[:_BYTES], raw[_BYTES : 2 * _BYTES], raw[2 * _BYTES :]
        return f"{TAG_PREFIX}{first.hex()}-{second.hex()}-{UUID(bytes=rest)}"
    plain = _PLAIN.fullmatch(given)
    return given if plain is None else plain[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderName:
    """An order, or an order list, of a pair."""

    symbol: str
    number: int
    is_list: bool = False

    def __str__(self) -> str:
        return f"{self.symbol}:{'list-' if self.is_list else ''}{self.number}"

    @classmethod
    def parse(cls, text: str) -> "OrderName | None":
        """Read an id of ours; None for what is none."""
        read = _ID.fullmatch(text)
        if read is None:
            return None
        return cls(symbol=read[1], number=int(read[3]), is_list=read[2] is not None)
