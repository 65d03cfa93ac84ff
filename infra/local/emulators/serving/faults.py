"""Faults of the vendors, armed by the control interface (local.md, "Control contract")."""

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

DEFAULT_STATUS: Final = 500
STALE_SECONDS: Final = 600.0
#: An older order that no list shows is not late but gone, and papertape takes it for never placed.
LIST_LAG: Final = timedelta(seconds=60)


class Vendor(StrEnum):
    """Whose faults; `tradier` and `tastytrade` are both of their environments."""

    TRADIER = "tradier"
    ORATS = "orats"
    TELEGRAM = "telegram"
    DISCORD = "discord"
    BINANCE = "binance"
    OPENROUTER = "openrouter"
    TASTYTRADE = "tastytrade"
    SCHWAB = "schwab"
    IBKR = "ibkr"
    COINGECKO = "coingecko"


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    STATUS_AFTER = "status_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    DROP_CONNECTION = "drop_connection"
    SLOW = "slow"
    MALFORMED = "malformed"
    REJECT_AFTER_200 = "reject_after_200"
    PARTIAL_FILL = "partial_fill"
    LIST_MISSES = "list_misses"
    FILL_TWICE = "fill_twice"
    FILL_BEFORE_ORDER = "fill_before_order"
    CANCEL_LOSES = "cancel_loses"
    BOTH_LEGS_FILL = "both_legs_fill"
    OTHER_INSTRUMENT = "other_instrument"
    STALE_QUOTE = "stale_quote"
    CROSSED_QUOTE = "crossed_quote"
    EXPIRE_TOKEN = "expire_token"
    RATE_LIMITED = "rate_limited"
    EMPTY_LISTS = "empty_lists"
    NULL_LISTS = "null_lists"


#: These may strike any call; of the others each vendor says which calls they can strike.
OF_ANY_CALL: Final = frozenset(
    {
        FaultKind.STATUS,
        FaultKind.STATUS_AFTER,
        FaultKind.TIMEOUT_BEFORE,
        FaultKind.TIMEOUT_AFTER,
        FaultKind.DROP_CONNECTION,
        FaultKind.SLOW,
        FaultKind.MALFORMED,
        FaultKind.RATE_LIMITED,
    }
)
#: These say something of orders, so a vendor without orders cannot have them.
OF_ORDERS: Final = frozenset(
    {
        FaultKind.REJECT_AFTER_200,
        FaultKind.PARTIAL_FILL,
        FaultKind.LIST_MISSES,
        FaultKind.FILL_TWICE,
        FaultKind.FILL_BEFORE_ORDER,
        FaultKind.CANCEL_LOSES,
        FaultKind.BOTH_LEGS_FILL,
    }
)
#: What may go wrong with an order at Binance, which says at once what it takes.
_AT_BINANCE: Final = frozenset({FaultKind.PARTIAL_FILL, FaultKind.CANCEL_LOSES})
_WITHOUT_ORDERS: Final = frozenset({Vendor.ORATS, Vendor.OPENROUTER})


class BadFault(ValueError):
    """The fault asked for makes no sense; the message says why."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One armed fault.

    `code`, `body` and `headers` belong to `status` and `status_after`, `fraction` to `partial_fill`, `count`
    to `list_misses`, `at` and `account` to `expire_token`. `seconds` is how late `slow` answers, how much
    older than usual a `stale_quote` is, and the Retry-After of `rate_limited`: none when it is None.
    """

    vendor: Vendor
    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int = 1
    code: int = DEFAULT_STATUS
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    fraction: float = 0.5
    count: int = 1
    at: datetime | None = None
    account: str = ""

    def matches(self, vendor: Vendor, method: str, path: str) -> bool:
        """Say whether a call is one of those that this fault was armed for."""
        if self.times <= 0 or vendor is not self.vendor or self.path not in path:
            return False
        return not self.method or self.method.upper() == method.upper()


#: Returns the tokens of an account, or all of them for an empty text.
TokensOf = Callable[[str], Iterable[str]]


@dataclass(slots=True)
class FaultBook:
    """The armed faults, used up in the order in which they were armed, and the tokens that have expired."""

    _armed: list[Fault] = field(default_factory=list)
    _tokens: list[tuple[Vendor, TokensOf]] = field(default_factory=list)
    _expired: set[tuple[Vendor, str]] = field(default_factory=set)
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
        """Disarm all, and let expired tokens in again."""
        with self._lock:
            self._armed.clear()
            self._expired.clear()

    def armed(self) -> list[Fault]:
        """Return what is still armed."""
        with self._lock:
            return list(self._armed)

    def take(
        self, vendor: Vendor, method: str, path: str, can_strike: Callable[[FaultKind], bool]
    ) -> Fault | None:
        """Return the fault that strikes this call, and use it up by one.

        `can_strike` says which kinds mean anything for this call: the others stay armed.
        """
        with self._lock:
            for fault in self._armed:
                if fault.matches(vendor, method, path) and can_strike(fault.kind):
                    fault.times -= 1
                    self._armed = [armed for armed in self._armed if armed.times > 0]
                    return fault
        return None

    # Tokens that expire.

    def watch_tokens(self, vendor: Vendor, tokens_of: TokensOf) -> None:
        """Take note of who knows the tokens of a vendor."""
        with self._lock:
            self._tokens.append((vendor, tokens_of))

    def expire_due(self, now: datetime) -> None:
        """Let the tokens expire whose instant has come; one made known later is a renewed one."""
        with self._lock:
            due = [
                fault
                for fault in self._armed
                if fault.kind is FaultKind.EXPIRE_TOKEN and (fault.at is None or fault.at <= now)
            ]
            for fault in due:
                self._armed.remove(fault)
                for vendor, tokens_of in self._tokens:
                    if vendor is fault.vendor:
                        self._expired.update((vendor, token) for token in tokens_of(fault.account))

    def renew(self, vendor: Vendor, token: str) -> None:
        """Let a token in again."""
        with self._lock:
            self._expired.discard((vendor, token))

    def has_expired(self, vendor: Vendor, token: str) -> bool:
        """Say whether a token is refused."""
        with self._lock:
            return (vendor, token) in self._expired


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
        headers=_headers(wish),
        seconds=None if wish.get("seconds") is None else _number(wish, "seconds", 0.0),
        fraction=_number(wish, "fraction", 0.5),
        count=int(_number(wish, "count", 1)),
        at=_instant(wish),
        account=str(wish.get("account") or ""),
    )
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    if fault.times < 1 or (fault.seconds or 0) < 0 or not 0 < fault.fraction <= 1:
        raise BadFault("times must be at least 1, seconds not negative, fraction over 0 and at most 1")
    if fault.count < 1:
        raise BadFault("count must be at least 1")
    if fault.vendor is Vendor.BINANCE and fault.kind in OF_ORDERS - _AT_BINANCE:
        raise BadFault(f"{fault.vendor} has no {fault.kind}: it says at once what it takes")
    if fault.vendor in _WITHOUT_ORDERS and fault.kind in OF_ORDERS:
        raise BadFault(f"{fault.vendor} takes no orders: {fault.kind} means nothing there")


def _number(wish: Mapping[str, object], name: str, default: float) -> float:
    value = wish.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadFault(f"{name} must be a number")
    return float(value)


def _headers(wish: Mapping[str, object]) -> dict[str, str]:
    """Read the headers of an answer; one that would break the line is none."""
    value = wish.get("headers") or {}
    if not isinstance(value, Mapping):
        raise BadFault("headers must be an object")
    headers = {str(name): str(said) for name, said in value.items()}
    if any(not (name + said).isprintable() or not (name + said).isascii() for name, said in headers.items()):
        raise BadFault("headers must be one printable line each")
    return headers


def _instant(wish: Mapping[str, object]) -> datetime | None:
    value = wish.get("at")
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadFault("at must be an instant") from error
    if at.tzinfo is None:
        raise BadFault("at must have an offset")
    return at
