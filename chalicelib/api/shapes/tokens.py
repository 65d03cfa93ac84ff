"""Personal access tokens: listed without, and shown once with, what speaks for their owner."""

from chalicelib.api.shapes.values import instant, listing
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.sign_in.tokens import NewToken, TokenPage
from chalicelib.store.users.tokens import TokenRow


def shape_new_token(made: NewToken) -> dict[str, JsonValue]:
    """Write a token with its text: this answer only."""
    return {**_token(made.row), "token": made.text}


def shape_tokens(page: TokenPage) -> dict[str, JsonValue]:
    """Write a page of tokens."""
    cursor = None if page.next_before is None else str(page.next_before)
    return listing([_token(row) for row in page.rows], as_of=page.as_of, next_cursor=cursor)


def _token(row: TokenRow) -> dict[str, JsonValue]:
    return {
        "id": str(row.id),
        "name": row.name,
        "scope": row.scope.value,
        "last4": row.last4,
        "created_at": instant(row.created_at),
        "expires_at": instant(row.expires_at),
        "last_used_at": instant(row.last_used_at),
    }
