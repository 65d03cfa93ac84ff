"""What a broker says no to, beside what can go wrong with any vendor (vendors/errors.py).

VendorError
├─ Unsupported           NOT_SENT  the broker cannot do this; nothing was sent
│  └─ MarketOrderDisallowed        at market, without leave to be (B-05)
└─ Refused               REFUSED   the broker said no, with its reason
   ├─ InsufficientFunds
   ├─ Uncovered                    a short call without its shares or a long call that lives as long
   ├─ AlreadyFinal                 a cancel came after the order's end
   └─ UnknownOrder                 no such order of this account (today)
"""

from chalicelib.vendors.errors import Outcome, VendorError


class Unsupported(VendorError):
    """The broker cannot do this; nothing was sent."""

    outcome = Outcome.NOT_SENT


class MarketOrderDisallowed(Unsupported):
    """The order would go out at market and may not; nothing was sent."""


class Refused(VendorError):
    """The broker said no; `reason` is its own text."""

    outcome = Outcome.REFUSED


class InsufficientFunds(Refused):
    """The account lacks the buying power."""


class Uncovered(Refused):
    """What the order leaves could lose without a bound: a short call has neither shares nor a long call."""


class AlreadyFinal(Refused):
    """The order had ended before the cancel; `reason` names the state."""


class UnknownOrder(Refused):
    """The broker shows no such order: foreign, mistyped, or of another day (the list holds today only)."""
