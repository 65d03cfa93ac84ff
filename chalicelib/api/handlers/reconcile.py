"""/api/reconcile: books against brokers, now."""

from chalicelib.api.answers import Reply
from chalicelib.api.routing import Call
from chalicelib.api.shapes.reconcile import shape_reconciled
from chalicelib.services.accounts.lease import WAIT_SECONDS_MAX
from chalicelib.services.sync.reconcile import outlook, reconcile


def show(call: Call) -> Reply:
    """Show what a look would take up."""
    return Reply(body={"results": [shape_reconciled(one) for one in outlook(call.env, call.username)]})


def now(call: Call) -> Reply:
    """Look at each account in which the caller's desk acts."""
    looked = reconcile(call.env, call.username, wait_seconds=WAIT_SECONDS_MAX)
    return Reply(body={"results": [shape_reconciled(one) for one in looked]})
