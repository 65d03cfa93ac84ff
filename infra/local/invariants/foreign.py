"""Orders of other deployments in the same broker accounts: I-32."""

from typing import Final

from infra.local.invariants.findings import Findings
from infra.local.invariants.truth import WORKING, TruthOrder
from infra.local.invariants.view import View

FOREIGN_PREFIX: Final = "pt-00ff00ff-"
"""What tags of the deployment that a simulation plays begin with, before and since tags name anybody."""
_ENDED_BY_ITSELF: Final = frozenset({"expired", "filled"})


def is_foreign(tag: str | None) -> bool:
    """Say whether an order with this tag is the other deployment's."""
    return (tag or "").startswith(FOREIGN_PREFIX)


def check_foreign(view: View, findings: Findings) -> None:
    """Check that nobody but its owner, who never does, cancelled an order."""
    for order in view.foreign_orders:
        findings.check(32, _is_untouched(order), f"order {order.order_id} of another is {order.status}")


def _is_untouched(order: TruthOrder) -> bool:
    return order.status in WORKING or order.status in _ENDED_BY_ITSELF
