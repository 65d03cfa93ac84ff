"""What an account must set aside for short options: the worst loss at expiry, or a share of a naked one."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from infra.local.emulators.market.occ import Contract, Right

NAKED_SHARE: Final = 0.2


def requirement(holdings: Iterable[tuple[Contract, int, float]]) -> Decimal:
    """Return the dollars to set aside for (contract, signed quantity, spot), expiry by expiry.

    Within one root and expiry: the worst payoff over all strikes and zero, and for each naked call a fifth
    of the underlying.
    """
    groups: dict[tuple[str, date], list[tuple[Contract, int, float]]] = defaultdict(list)
    for contract, quantity, spot in holdings:
        groups[contract.root, contract.expiry].append((contract, quantity, spot))
    total = 0.0
    for group in groups.values():
        points = [0.0, *(contract.strike for contract, _, _ in group)]
        worst = min(
            sum(_payoff(contract, quantity, point) for contract, quantity, _ in group) for point in points
        )
        calls = sum(quantity for contract, quantity, _ in group if contract.right is Right.CALL)
        naked = max(0, -calls) * NAKED_SHARE * group[0][2]
        total += max(0.0, -worst, naked) * 100
    return Decimal(str(round(total, 2)))


def _payoff(contract: Contract, quantity: int, spot: float) -> float:
    inside = spot - contract.strike if contract.right is Right.CALL else contract.strike - spot
    return quantity * max(0.0, inside)
