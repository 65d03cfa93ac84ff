"""From an answer of Binance to its JSON, or to the error that says what is then known (wire/binance.md, 10).

| code                                    | error                                     |
|-----------------------------------------|-------------------------------------------|
| -1000, -1001, -1006, -1007, -1008       | OutcomeUnknown                            |
| -1021                                   | ClockOff: measured anew, tried once more  |
| -1022, -2014, -2015                     | AuthenticationFailed                      |
| -2010 for the lack of balance           | InsufficientFunds                         |
| -2010 for an id that an order has       | Duplicate: it is ours                     |
| -2011, -2013, -2026                     | UnknownOrder                              |
| all others                              | Refused, with the exchange's sentence     |
"""

from typing import Final

from chalicelib.brokers.errors import InsufficientFunds, Refused, UnknownOrder
from chalicelib.vendors.errors import AuthenticationFailed, OutcomeUnknown, VendorError
from chalicelib.vendors.http import HttpReply
from chalicelib.vendors.wire import UnreadablePayload, read_body, read_json

_UNKNOWN: Final = frozenset({-1000, -1001, -1006, -1007, -1008})
_NOT_LET_IN: Final = frozenset({-1022, -2014, -2015})
_NO_SUCH_ORDER: Final = frozenset({-2011, -2013, -2026})
_CLOCK: Final = -1021
_REJECTED: Final = -2010
_REASON_CHARACTERS_MAX: Final = 300


class ClockOff(Refused):
    """Our clock and the exchange's are too far apart; nothing was done."""


class Duplicate(Refused):
    """An open order has this client id already."""


class NotOpen(UnknownOrder):
    """There is no such order, or it has ended: the exchange tells one from the other by reading alone."""


def read_answer(reply: HttpReply) -> object:
    """Return the JSON of an accepted call; raises the VendorError that the answer amounts to."""
    if reply.status == 200:
        try:
            return read_json(reply.text)
        except UnreadablePayload as error:
            raise OutcomeUnknown("Binance's answer cannot be read") from error
    raise failure(reply)


def failure(reply: HttpReply) -> VendorError:
    """Return what a refusal amounts to."""
    try:
        error = read_body(reply.text)
    except UnreadablePayload:
        return Refused(f"Binance refused the request with status {reply.status}")
    code, said = error.get("code"), str(error.get("msg") or "")[:_REASON_CHARACTERS_MAX]
    if not isinstance(code, int):
        return Refused(f"Binance refused the request with status {reply.status}")
    if code in _UNKNOWN:
        return OutcomeUnknown(f"Binance does not say what became of it (code {code})")
    if code == _CLOCK:
        return ClockOff(said)
    if code in _NOT_LET_IN:
        return AuthenticationFailed(said or f"Binance refuses the key (code {code})")
    if code in _NO_SUCH_ORDER:
        return NotOpen("Binance has no such open order")
    if code == _REJECTED and "insufficient balance" in said:
        return InsufficientFunds(said)
    if code == _REJECTED and said.startswith("Duplicate order"):
        return Duplicate(said)
    return Refused(said or f"Binance refused the request with code {code}")
