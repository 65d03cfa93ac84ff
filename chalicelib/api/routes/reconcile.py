"""The call that holds the desk's books against its brokers now (B-07)."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, Route

RECONCILE: Final = (
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
