"""/mcp: the knowledge server (A-16), stateless, JSON answers.

A call of a tool weighs like several requests: each reads more, and is written down.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.api.answers import Reply, to_json
from chalicelib.api.knowledge.calling import Outcome, call_tool
from chalicelib.api.knowledge.server import build_server, exchange
from chalicelib.api.problems import Problem, unavailable
from chalicelib.api.requests import McpMessageBody
from chalicelib.api.routing import Call
from chalicelib.api.throttle import check_weight
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.requests.tool_audit import Asked

BODY_BYTES_MAX: Final = 64 * 1024
#: 600 requests a minute leave 60 calls of a tool, besides the request that carries each.
_WEIGHT_OF_A_CALL: Final = 9


def answer(call: Call) -> Reply:
    """Answer one message of the protocol; a notification is accepted without a word."""
    _check_origin(call)
    message = call.body_as(McpMessageBody)
    body = to_json(message.model_dump(exclude_unset=True)).encode()
    if len(body) > BODY_BYTES_MAX:
        raise Problem(kind="too-large", detail="A message may have 64 KB.")
    if message.method == "tools/call":
        check_weight(call.context, call.user, _WEIGHT_OF_A_CALL)

    def carry_out(tool: str, arguments: Mapping[str, JsonValue]) -> Outcome:
        asked = Asked(username=call.username, token_id=call.user.token_id, tool=tool, arguments=arguments)
        return call_tool(call.env, asked)

    answered = exchange(build_server(carry_out), body, call.headers)
    if answered.status >= 500:
        raise unavailable("The request could not be carried out.")
    text = answered.body.decode() or None
    return Reply(status=answered.status, text=text)


def _check_origin(call: Call) -> None:
    """A page of another origin may not speak for a user (the protocol's rule against DNS rebinding)."""
    origin = call.headers.get("origin")
    if origin is not None and origin != call.context.site_origin:
        raise Problem(kind="forbidden", detail="Pages of other origins may not call this.")
