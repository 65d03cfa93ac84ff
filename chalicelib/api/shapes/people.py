"""Everybody who may sign in or once did, as operators see them."""

from chalicelib.api.shapes.values import instant
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.sign_in.people import KnownPerson


def shape_person(person: KnownPerson) -> dict[str, JsonValue]:
    """Write one person."""
    return {
        "username": person.name,
        "groups": list(person.groups),
        "created_at": instant(person.created_at),
        "state": person.state.value.lower(),
        "open_trades": person.open_trades,
        "personal_tokens": person.personal_tokens,
    }
