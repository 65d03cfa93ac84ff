"""Whose call it is: the token in the header that opens an account."""

from collections.abc import Callable, Iterable

from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.emulators.tradier.problems import expired_token, invalid_token


def bearer_token(request: EmulatorRequest, known: Iterable[str], has_expired: Callable[[str], bool]) -> str:
    """Return a call's token. Raises Refusal (401) for none, an unknown one, one that has expired."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.strip() not in set(known):
        raise invalid_token()
    if has_expired(token.strip()):
        raise expired_token()
    return token.strip()
