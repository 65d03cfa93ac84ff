"""What an account must set aside for short options: the worst loss at expiry, or a share of a naked one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.orders import SHARES_PER_CONTRACT
from infra.local.emulators.market.occ import Contract, Right

NAKED_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Contracts of one option: signed quantity, and the last price of what it is written on."""

    contract: Contract
    quantity: int
    spot: float


def requirement(holdings: Iterable[Holding], shares: Mapping[str, int] | None = None) -> Decimal:
    """Return the dollars to set aside for options, beside these shares of their underlyings.

    Expiry by expiry, the worst payoff over all strikes and zero, and for each naked call a fifth of the
    underlying. Shares cover calls; a long option whose own expiry has nothing to cover covers earlier ones.
    """
    groups: dict[str, list[Holding]] = defaultdict(list)
    for holding in holdings:
        groups[holding.contract.underlying].append(holding)
    total = 0.0
    for underlying, group in groups.items():
        total += _of_underlying(without_covered(group, (shares or {}).get(underlying, 0)))
    return Decimal(str(round(total, 2)))


def without_covered(group: Sequence[Holding], shares: int) -> list[Holding]:
    """Return the holdings of one underlying less the short calls that shares cover, the earliest first."""
    left, kept = max(0, shares // SHARES_PER_CONTRACT), []
    for holding in sorted(group, key=lambda one: one.contract.expiry):
        covered = 0
        if holding.quantity < 0 and holding.contract.right is Right.CALL:
            covered = min(left, -holding.quantity)
            left -= covered
        kept.append(replace(holding, quantity=holding.quantity + covered))
    return kept


def _of_underlying(group: Sequence[Holding]) -> float:
    by_expiry: dict[date, list[Holding]] = defaultdict(list)
    for holding in group:
        by_expiry[holding.contract.expiry].append(holding)
    spare = [one for own in by_expiry.values() for one in own if _covers_nothing(one, own)]
    total = 0.0
    for expiry in sorted(by_expiry):
        later = [one for one in spare if one.contract.expiry > expiry]
        alone, helped = _worst(by_expiry[expiry]), _worst([*by_expiry[expiry], *later])
        total += min(alone, helped)
        if helped < alone:
            spare = [one for one in spare if one not in later]
    return total


def _covers_nothing(long: Holding, own: Sequence[Holding]) -> bool:
    return long.quantity > 0 and not any(
        other.quantity < 0 and other.contract.right is long.contract.right for other in own
    )


def _worst(group: Sequence[Holding]) -> float:
    """Return the dollars that can be lost at one expiry."""
    points = [0.0, *(one.contract.strike for one in group)]
    worst = min(sum(_payoff(one, point) for one in group) for point in points)
    calls = sum(one.quantity for one in group if one.contract.right is Right.CALL)
    naked = max(0, -calls) * NAKED_SHARE * group[0].spot
    return max(0.0, -worst, naked) * SHARES_PER_CONTRACT


def _payoff(holding: Holding, spot: float) -> float:
    contract = holding.contract
    inside = spot - contract.strike if contract.right is Right.CALL else contract.strike - spot
    return holding.quantity * max(0.0, inside)
