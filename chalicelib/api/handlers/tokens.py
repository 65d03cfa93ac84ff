"""/api/tokens: personal access tokens."""

from chalicelib.api.answers import Reply
from chalicelib.api.queries import PageQuery
from chalicelib.api.reading import parse_cursor_id
from chalicelib.api.requests import NewTokenBody
from chalicelib.api.routing import Call
from chalicelib.api.shapes.tokens import shape_new_token, shape_token
from chalicelib.api.shapes.values import shape_list
from chalicelib.security.personal_tokens import Scope
from chalicelib.services.sign_in import tokens
from chalicelib.services.sign_in.tokens import Unsaid


def list_all(call: Call) -> Reply:
    """List the caller's tokens, newest first."""
    query = call.query_as(PageQuery)
    before = None if query.cursor is None else parse_cursor_id(query.cursor)
    page = tokens.list_tokens(call.env, call.username, before=before, limit=query.limit)
    return Reply(body=shape_list(page, shape_token))


def create(call: Call) -> Reply:
    """Make a token and show it once."""
    body = call.body_as(NewTokenBody)
    made = tokens.create_token(
        call.env,
        call.username,
        name=body.name,
        scope=Scope(body.scope),
        expires_at=body.expires_at if "expires_at" in body.model_fields_set else Unsaid.UNSAID,
        machine_now=call.context.machine_time(),
    )
    return Reply(status=201, body=shape_new_token(made), headers={"Location": f"/api/tokens/{made.row.id}"})


def delete(call: Call) -> Reply:
    """Take a token back."""
    tokens.delete_token(call.env, call.username, call.id)
    return Reply(status=204)
