"""The JSON that a call brings."""

import json
from collections.abc import Mapping
from decimal import Decimal

from infra.local.emulators.ibkr.problems import ApiRefusal

Body = Mapping[str, object]


def read_body(raw: bytes) -> Body:
    """Read a JSON object, an empty one where there is none. Raises ApiRefusal."""
    try:
        body = json.loads(raw, parse_float=Decimal) if raw else {}
    except ValueError as error:
        raise ApiRefusal(500, "Malformed request body") from error
    if not isinstance(body, dict):
        raise ApiRefusal(500, "Malformed request body")
    return body
