"""Tries to sign in, by name and by address, where the deployment counts them (api.md, Time)."""

import hashlib
import math
from collections.abc import Mapping
from typing import Final

from chalicelib.api.context import ApiContext
from chalicelib.api.problems import too_many_requests

SIGN_INS_PER_MINUTE: Final = 10
#: Where there is no proxy in front, everybody comes from one place.
_NO_ADDRESS: Final = "direct"
#: What stands to the right of the caller's own address: the gateway's hop.
_HOPS_OF_OURS: Final = 2


def check_sign_in(context: ApiContext, username: str, headers: Mapping[str, str]) -> None:
    """Count a try to sign in by its name and by its address, before the sign-in service is asked.

    Raises Problem 429 beyond ten a minute of either: names cannot be guessed through from one place, nor one
    name from many. Counted in the machine's time, as all of security is.
    """
    if context.requests_per_minute is None:
        return
    for what, value in (("address", _address(headers)), ("name", username)):
        key = f"sign-in:{what}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"
        refused = context.sign_ins.take(key, limit=SIGN_INS_PER_MINUTE, at=context.machine_time())
        if refused is not None:
            raise too_many_requests(
                "Too many tries to sign in within this minute.", math.ceil(refused.wait_seconds)
            )


def _address(headers: Mapping[str, str]) -> str:
    """Return where a request came from: what the distribution wrote, before the gateway added its own hop.

    Whatever a caller writes into the header himself stands further left.
    """
    hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    return hops[-_HOPS_OF_OURS] if len(hops) >= _HOPS_OF_OURS else (hops or [_NO_ADDRESS])[0]
