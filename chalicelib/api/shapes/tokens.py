"""Personal access tokens: listed without, and shown once with, what speaks for their owner."""

from chalicelib.api.shapes.values import instant
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.sign_in.tokens import NewToken
from chalicelib.store.users.tokens import TokenRow


def shape_new_token(made: NewToken) -> dict[str, JsonValue]:
    """Write a token with its text: this answer only."""
    return {**shape_token(made.row), "token": made.text}


def shape_token(row: TokenRow) -> dict[str, JsonValue]:
    """Write what is kept of a token."""
    return {
        "id": str(row.id),
        "name": row.name,
        "scope": row.scope.value,
        "last4": row.last4,
        "created_at": instant(row.created_at),
        "expires_at": instant(row.expires_at),
        "last_used_at": instant(row.last_used_at),
    }
