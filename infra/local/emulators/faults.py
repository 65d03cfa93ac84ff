"""Faults of the vendors, armed by the control interface (local.md, "Control contract")."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

DEFAULT_STATUS: Final = 500


class Vendor(StrEnum):
    """Whose faults; `tradier` is both of its environments."""

    TRADIER = "tradier"
    ORATS = "orats"


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    DROP_CONNECTION = "drop_connection"
    SLOW = "slow"
    MALFORMED = "malformed"
    REJECT_AFTER_200 = "reject_after_200"
    PARTIAL_FILL = "partial_fill"


# These say something of an order, so only the sending of one uses them up.
OF_ORDERS: Final = frozenset({FaultKind.REJECT_AFTER_200, FaultKind.PARTIAL_FILL})


class BadFault(ValueError):
    """The fault asked for makes no sense; the message says why."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One armed fault; `seconds` belongs to `slow`, `fraction` to `partial_fill`, the rest to `status`."""

    vendor: Vendor
    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int = 1
    code: int = DEFAULT_STATUS
    body: str = ""
    seconds: float = 0.0
    fraction: float = 0.5

    def matches(self, vendor: Vendor, method: str, path: str, *, places_order: bool) -> bool:
        """Say whether a call is one that this fault strikes."""
        if self.times <= 0 or vendor is not self.vendor or self.path not in path:
            return False
        if self.kind in OF_ORDERS and not places_order:
            return False
        return not self.method or self.method.upper() == method.upper()


@dataclass(slots=True)
class FaultBook:
    """The armed faults, used up in the order in which they were armed."""

    _armed: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, fault: Fault) -> None:
        """Arm one fault."""
        with self._lock:
            self._armed.append(fault)

    def arm_from(self, wish: Mapping[str, object]) -> Fault:
        """Arm the fault that a body of `POST /faults` describes. Raises BadFault."""
        fault = parse_fault(wish)
        self.arm(fault)
        return fault

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    def armed(self) -> list[Fault]:
        """Return what is still armed."""
        with self._lock:
            return list(self._armed)

    def take(self, vendor: Vendor, method: str, path: str, *, places_order: bool = False) -> Fault | None:
        """Return the fault that strikes this call, and use it up by one."""
        with self._lock:
            for fault in self._armed:
                if fault.matches(vendor, method, path, places_order=places_order):
                    fault.times -= 1
                    self._armed = [armed for armed in self._armed if armed.times > 0]
                    return fault
        return None


def parse_fault(wish: Mapping[str, object]) -> Fault:
    """Read `{vendor, match: {method?, path?}, kind, times, …}`. Raises BadFault."""
    try:
        vendor = Vendor(str(wish.get("vendor")))
        kind = FaultKind(str(wish.get("kind")))
    except ValueError as error:
        raise BadFault(str(error)) from error
    match = wish.get("match") or {}
    if not isinstance(match, Mapping):
        raise BadFault("match must be an object")
    body = wish.get("body", "")
    fault = Fault(
        vendor=vendor,
        kind=kind,
        method=str(match.get("method") or ""),
        path=str(match.get("path") or ""),
        times=int(_number(wish, "times", 1)),
        code=int(_number(wish, "code", DEFAULT_STATUS)),
        body=body if isinstance(body, str) else json.dumps(body),
        seconds=_number(wish, "seconds", 0.0),
        fraction=_number(wish, "fraction", 0.5),
    )
    if fault.times < 1 or fault.seconds < 0 or not 0 < fault.fraction <= 1:
        raise BadFault("times must be at least 1, seconds not negative, fraction over 0 and at most 1")
    return fault


def _number(wish: Mapping[str, object], name: str, default: float) -> float:
    value = wish.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadFault(f"{name} must be a number")
    return float(value)
