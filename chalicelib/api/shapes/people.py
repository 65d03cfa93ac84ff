"""Everybody who may sign in or once did, as operators see them."""

from chalicelib.api.shapes.values import instant, listing
from chalicelib.domain.json_value import JsonValue
from chalicelib.services.sign_in.people import Everybody, KnownPerson


def shape_people(everybody: Everybody) -> dict[str, JsonValue]:
    """Write all people as one page."""
    return listing([_person(one) for one in everybody.people], as_of=everybody.as_of)


def _person(person: KnownPerson) -> dict[str, JsonValue]:
    return {
        "username": person.name,
        "groups": list(person.groups),
        "created_at": instant(person.created_at),
        "state": person.state.value.lower(),
        "open_trades": person.open_trades,
        "personal_tokens": person.personal_tokens,
    }
