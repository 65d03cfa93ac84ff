"""How roughly a run handles the product: faults of vendors, kills, lost races, deliveries gone wrong."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from infra.local.emulators.serving.faults import Fault, FaultBook, FaultKind, Vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Roughness:
    """Chances, each from 0 to 1: of a message lost, late, doubled; of a death; of a fault per minute.

    `lag` is how much of their usual seconds messages are under way.
    """

    never: float = 0.0
    late: float = 0.0
    twice: float = 0.0
    kill: float = 0.0
    race: float = 0.0
    faults_per_minute: float = 0.0
    lag: float = 1.0

    def kill_step(self, choices: random.Random) -> int | None:
        """Choose the step before which a function dies, None for one that lives."""
        if choices.random() >= self.kill:
            return None
        return 1 + min(int(choices.expovariate(1 / 14)), 90)


CALM: Final = Roughness()
LEVELS: Final[Mapping[str, Roughness]] = {
    "none": CALM,
    "light": Roughness(never=0.03, late=0.05, twice=0.08, kill=0.05, race=0.003, faults_per_minute=0.3),
    "heavy": Roughness(never=0.08, late=0.1, twice=0.15, kill=0.15, race=0.01, faults_per_minute=1.2),
}

#: What strikes which calls: (kind, method, path, more), by the words of the control contract.
Strikes = Sequence[Mapping[str, object]]
STRIKES: Final[Strikes] = (
    {"kind": FaultKind.TIMEOUT_AFTER, "method": "POST", "path": "/orders"},
    {"kind": FaultKind.TIMEOUT_AFTER, "method": "POST", "path": "/orders"},
    {"kind": FaultKind.TIMEOUT_BEFORE, "method": "POST", "path": "/orders"},
    {"kind": FaultKind.DROP_CONNECTION, "method": "POST", "path": "/orders"},
    {"kind": FaultKind.MALFORMED, "method": "POST", "path": "/orders"},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/orders", "code": 500},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/orders", "code": 400, "body": "no"},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/orders", "code": 429},
    {"kind": FaultKind.STATUS, "method": "POST", "path": "/orders", "code": 400, "body": "no", "times": 12},
    {"kind": FaultKind.REJECT_AFTER_200},
    {"kind": FaultKind.REJECT_AFTER_200},
    {"kind": FaultKind.REJECT_AFTER_200, "times": 8},
    {"kind": FaultKind.PARTIAL_FILL},
    {"kind": FaultKind.PARTIAL_FILL},
    {"kind": FaultKind.PARTIAL_FILL},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/orders", "code": 502, "times": 3},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/orders", "code": 429, "times": 2},
    {"kind": FaultKind.MALFORMED, "method": "GET", "path": "/orders"},
    {"kind": FaultKind.TIMEOUT_BEFORE, "method": "GET", "path": "/orders"},
    {"kind": FaultKind.DROP_CONNECTION, "method": "GET", "path": "/orders"},
    {"kind": FaultKind.SLOW, "method": "", "path": "/orders", "seconds": 12.0},
    {"kind": FaultKind.SLOW, "method": "POST", "path": "/orders", "seconds": 25.0},
    {"kind": FaultKind.TIMEOUT_AFTER, "method": "DELETE", "path": "/orders"},
    {"kind": FaultKind.TIMEOUT_BEFORE, "method": "DELETE", "path": "/orders"},
    {"kind": FaultKind.STATUS, "method": "DELETE", "path": "/orders", "code": 503, "times": 3},
    {"kind": FaultKind.STATUS, "method": "GET", "path": "/positions", "code": 500, "times": 3},
    {"kind": FaultKind.STATUS, "method": "", "path": "", "code": 401},
    {"kind": FaultKind.LIST_MISSES, "count": 1},
    {"kind": FaultKind.LIST_MISSES, "count": 3, "times": 3},
    {"kind": FaultKind.FILL_TWICE, "times": 2},
    {"kind": FaultKind.FILL_BEFORE_ORDER},
    {"kind": FaultKind.CANCEL_LOSES},
    {"kind": FaultKind.CANCEL_LOSES},
    {"kind": FaultKind.BOTH_LEGS_FILL},
    {"kind": FaultKind.OTHER_INSTRUMENT, "vendor": None, "times": 2},
    {"kind": FaultKind.STALE_QUOTE, "vendor": None, "seconds": 600.0, "times": 6},
    {"kind": FaultKind.STALE_QUOTE, "vendor": None, "seconds": 90.0, "times": 2},
    {"kind": FaultKind.CROSSED_QUOTE, "vendor": None, "times": 2},
    {"kind": FaultKind.EMPTY_LISTS, "path": "/orders", "times": 2},
    {"kind": FaultKind.NULL_LISTS, "path": "/orders"},
    {"kind": FaultKind.EMPTY_LISTS, "path": "/accounts", "times": 4},
    {"kind": FaultKind.RATE_LIMITED, "path": "/orders", "seconds": 2.0},
    {"kind": FaultKind.RATE_LIMITED, "path": "/orders", "times": 3},
    {"kind": FaultKind.EXPIRE_TOKEN},
    {"kind": FaultKind.STATUS, "vendor": Vendor.ORATS, "code": 500, "times": 3},
    {"kind": FaultKind.TIMEOUT_AFTER, "vendor": Vendor.ORATS},
    {"kind": FaultKind.MALFORMED, "vendor": Vendor.ORATS},
    {"kind": FaultKind.SLOW, "vendor": Vendor.ORATS, "seconds": 8.0},
)


@dataclass(slots=True, kw_only=True)
class Troubles:
    """Arms faults of one vendor's, and of whose quotes are read (`quotes_by`), by seeded choice.

    `kinds` limits them.
    """

    book: FaultBook
    choices: random.Random
    quotes_by: Vendor
    kinds: frozenset[str] | None = None
    vendor: Vendor = Vendor.TRADIER
    strikes: Strikes = STRIKES
    armed: Counter[str] = field(default_factory=Counter)

    def arm_one(self, now: datetime, accounts: Sequence[str]) -> str:
        """Arm a fault and describe it."""
        wishes = [one for one in self.strikes if self.kinds is None or str(one["kind"]) in self.kinds]
        wish = dict(self.choices.choice(wishes))
        if wish["kind"] is FaultKind.PARTIAL_FILL:
            wish["fraction"] = self.choices.choice((0.3, 0.5, 0.8))
        if wish["kind"] is FaultKind.EXPIRE_TOKEN:
            wish |= {"at": now, "account": self.choices.choice(accounts)}
        if "vendor" in wish and wish["vendor"] is None:
            wish["vendor"] = self.quotes_by
        self.book.arm(Fault(**({"vendor": self.vendor} | wish)))  # type: ignore[arg-type]  # a table's words
        kind = str(wish["kind"])
        self.armed[kind] += 1
        return f"{kind} {wish.get('method', '')} {wish.get('path', wish.get('vendor', ''))}"

    def lose_purchase(self, vendor: Vendor, account_id: str) -> None:
        """Lose the answer of the next order in an account: both exits of a bracket there have filled."""
        path = f"/{account_id}/orders" if vendor is not Vendor.SCHWAB else "/orders"
        kind = FaultKind.TIMEOUT_AFTER
        self.book.arm(Fault(vendor=vendor, kind=kind, method="POST", path=path))
        self.armed[str(FaultKind.BOTH_LEGS_FILL)] += 1
        self.armed[str(kind)] += 1


def kinds_of(text: str) -> frozenset[str]:
    """Read kinds of faults with commas between; raises ValueError for a word that is none."""
    known = {str(one["kind"]) for one in STRIKES}
    wanted = frozenset(text.split(","))
    if not wanted <= known:
        unknown = ", ".join(sorted(wanted - known))
        raise ValueError(f"{unknown}: no kind of fault here; there are {', '.join(sorted(known))}")
    return wanted
