"""Tradier's envelopes, read with its habits in mind (wire, section 2).

A list of one is an object; nothing is `"null"`, null, `{}` or an inner key that is not there; numbers are
padded and may be `"NaN"`. The outer key is always there: without it the answer is another one than was asked
for, and is not read as nothing (I-06).
"""

from chalicelib.vendors.wire import NOTHING, Node, UnreadablePayload, as_list, as_node


def inner(body: Node, key: str) -> Node:
    """Return the object under a key that must be there."""
    if key not in body:
        raise UnreadablePayload(f"{key} is missing")
    return as_node(body[key], key)


def rows(body: Node, plural: str, singular: str) -> list[Node]:
    """Return the objects of `{plural: {singular: [...]}}` in any of its forms, none included."""
    return [as_node(value, singular) for value in values(body, plural, singular)]


def values(body: Node, plural: str, singular: str) -> list[object]:
    """Return the members of `{plural: {singular: ...}}`; the plural itself must be there."""
    if plural not in body:
        raise UnreadablePayload(f"{plural} is missing")
    holder = body[plural]
    if holder in NOTHING:
        return []
    return as_list(as_node(holder, plural).get(singular))
