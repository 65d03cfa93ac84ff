"""What strikes which calls of the brokers beside Tradier, by the words of the control contract."""

from collections.abc import Iterator, Mapping
from typing import Final

from infra.local.emulators.serving.faults import FaultKind, Vendor
from infra.local.simulate.trouble import Strikes

#: A part of the path of each broker's calls: placing, listing, cancelling, what is held, tokens.
_PATHS: Final[Mapping[Vendor, Mapping[str, str]]] = {
    Vendor.TASTYTRADE: {
        "place": "orders",
        "list": "/orders/live",
        "cancel": "orders/",
        "held": "/positions",
        "token": "/oauth/token",
    },
    Vendor.SCHWAB: {
        "place": "/orders",
        "list": "/orders",
        "cancel": "/orders/",
        "held": "/trader/v1/accounts/",
        "token": "/v1/oauth/token",
    },
    Vendor.IBKR: {
        "place": "/orders",
        "list": "/iserver/account/orders",
        "cancel": "/order/",
        "held": "/positions/0",
        "token": "/oauth/live_session_token",
    },
}
#: Interactive Brokers' alone: the answer to its question, and its session.
_REPLY: Final = "/iserver/reply/"
_SESSION: Final = "/iserver/auth/ssodh/init"


def strikes_at(vendor: Vendor) -> Strikes:
    """Return what may strike calls of a broker."""
    found = [*_of_all(_PATHS[vendor])]
    if vendor is not Vendor.SCHWAB:  # which shows a list or none
        found.append({"kind": FaultKind.NULL_LISTS})
    if vendor is Vendor.IBKR:
        found += [
            {"kind": FaultKind.TIMEOUT_AFTER, "method": "POST", "path": _REPLY},
            {"kind": FaultKind.TIMEOUT_BEFORE, "method": "POST", "path": _REPLY},
            {"kind": FaultKind.STATUS, "method": "POST", "path": _SESSION, "code": 503},
        ]
    return found


def _of_all(path: Mapping[str, str]) -> Iterator[Mapping[str, object]]:
    placing = {"method": "POST", "path": path["place"]}
    listing = {"method": "GET", "path": path["list"]}
    cancelling = {"method": "DELETE", "path": path["cancel"]}
    token = {"method": "POST", "path": path["token"]}
    yield from ({"kind": FaultKind.TIMEOUT_AFTER, **placing},) * 2
    yield {"kind": FaultKind.TIMEOUT_BEFORE, **placing}
    yield {"kind": FaultKind.DROP_CONNECTION, **placing}
    yield {"kind": FaultKind.MALFORMED, **placing}
    yield {"kind": FaultKind.STATUS, **placing, "code": 500}
    yield {"kind": FaultKind.STATUS, **placing, "code": 400, "body": "no", "times": 12}
    yield {"kind": FaultKind.RATE_LIMITED, **placing}
    yield {"kind": FaultKind.SLOW, **placing, "seconds": 25.0}
    yield from ({"kind": FaultKind.REJECT_AFTER_200},) * 2
    yield {"kind": FaultKind.REJECT_AFTER_200, "times": 8}
    yield from ({"kind": FaultKind.PARTIAL_FILL},) * 3
    yield {"kind": FaultKind.FILL_BEFORE_ORDER}
    yield {"kind": FaultKind.STATUS, **listing, "code": 502, "times": 3}
    yield {"kind": FaultKind.MALFORMED, **listing}
    yield {"kind": FaultKind.TIMEOUT_BEFORE, **listing}
    yield {"kind": FaultKind.DROP_CONNECTION, **listing}
    yield {"kind": FaultKind.SLOW, **listing, "seconds": 12.0}
    yield {"kind": FaultKind.RATE_LIMITED, **listing, "times": 3}
    yield {"kind": FaultKind.RATE_LIMITED, **listing, "seconds": 2.0}
    yield {"kind": FaultKind.LIST_MISSES, "count": 1}
    yield {"kind": FaultKind.LIST_MISSES, "count": 3, "times": 3}
    yield {"kind": FaultKind.EMPTY_LISTS, "times": 2}
    yield {"kind": FaultKind.FILL_TWICE, "times": 2}
    yield {"kind": FaultKind.BOTH_LEGS_FILL}
    yield {"kind": FaultKind.TIMEOUT_AFTER, **cancelling}
    yield {"kind": FaultKind.TIMEOUT_BEFORE, **cancelling}
    yield {"kind": FaultKind.STATUS, **cancelling, "code": 503, "times": 3}
    yield from ({"kind": FaultKind.CANCEL_LOSES},) * 2
    yield {"kind": FaultKind.STATUS, "method": "GET", "path": path["held"], "code": 500, "times": 3}
    # Whoever renews a login and is refused asks no more until its owner made another.
    yield {"kind": FaultKind.STATUS, **listing, "code": 401}
    yield {"kind": FaultKind.TIMEOUT_BEFORE, **token}
    yield {"kind": FaultKind.TIMEOUT_AFTER, **token}
    yield {"kind": FaultKind.STATUS, **token, "code": 503, "times": 2}
