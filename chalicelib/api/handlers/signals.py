"""/api/signals, and /api/hooks by which others raise one."""

from contextlib import suppress

from chalicelib.api.ai_bodies import HookBody
from chalicelib.api.ai_queries import SignalsQuery
from chalicelib.api.answers import Reply
from chalicelib.api.dispatch import validated
from chalicelib.api.problems import Problem, unauthenticated
from chalicelib.api.reading import parse_id, parse_idempotency_key, parse_object
from chalicelib.api.routing import Call
from chalicelib.api.shapes.ai import shape_signal
from chalicelib.api.shapes.values import shape_list
from chalicelib.security.webhook_proofs import HEADER, WebhookProof
from chalicelib.services.ai import hooks
from chalicelib.services.ai.hooks import Told
from chalicelib.services.ai.list_signals import list_signals
from chalicelib.services.errors import NotFound
from chalicelib.services.requests.places import read_place
from chalicelib.store.ai.traders import TraderRow

_OVER = "The signature or the secret is not this trader's, or came too late."


def list_all(call: Call) -> Reply:
    """List signals, newest first."""
    query = call.query_as(SignalsQuery)
    before = None if query.cursor is None else read_place(query.cursor)
    page = list_signals(call.env, call.username, trader_id=query.trader, before=before, limit=query.limit)
    return Reply(body=shape_list(page, shape_signal))


def receive(call: Call) -> Reply:
    """Take a webhook: who it comes from first, then how often, then what it says."""
    proof = WebhookProof(
        body=call.raw,
        header=call.headers.get(HEADER),
        secret=_secret(call),
        arrived_at=call.context.machine_time(),
    )
    trader = _prove(call, proof)
    hooks.count_hook(call.env, trader.id)
    body = validated(HookBody, parse_object(call.raw, call.headers.get("content-type")))
    said_as = body.id or parse_idempotency_key(call.headers)
    told = Told(symbol=body.symbol, external_id=said_as, context=body.context())
    try:
        signal_id = hooks.take_signal(call.env, trader, told, signature=proof.signature)
    except NotFound as gone:
        raise unauthenticated(_OVER) from gone
    return Reply(status=202, body={"signal_id": str(signal_id)})


def _prove(call: Call, proof: WebhookProof) -> TraderRow:
    trader_id = parse_id(call.path["trader_id"])
    trader = None if trader_id is None else hooks.prove(call.env, trader_id, proof)
    if trader is None:
        raise unauthenticated(_OVER)
    return trader


def _secret(call: Call) -> str | None:
    """Return the secret in a body; one that cannot be read has none, and is refused for it."""
    with suppress(Problem):
        secret = parse_object(call.raw, call.headers.get("content-type")).get("secret")
        return secret if isinstance(secret, str) else None
    return None
