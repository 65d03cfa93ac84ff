"""The calls that hold the desk's books against its brokers, and say before what that would take up (B-07)."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, Route

RECONCILE: Final = (
    Route(
        method="GET",
        path="/api/reconcile",
        name="show_reconciliation",
        summary="Show what holding books against brokers would take up; asks and changes nothing",
        handler=Late("reconcile", "show"),
        access=Access.READ,
        answers={200: "Reconciliation"},
    ),
    Route(
        method="POST",
        path="/api/reconcile",
        name="reconcile",
        summary="Hold the desk's books against the caller's brokers now",
        handler=Late("reconcile", "now"),
        access=Access.TRADE,
        answers={200: "Reconciliation"},
        mutates=True,
    ),
)
