"""How a webhook proves where it comes from (C-01): a signature over time and body, or the secret itself.

The header is `t=<epoch seconds>,v1=<hex>`, the hex being HMAC-SHA256 of `<t>.<body>` under the UTF-8 text of
the trader's secret. Compared in constant time; the time counts by the machine's clock.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

HEADER: Final = "x-papertape-signature"
#: C-01: both ways, since either clock may be ahead.
TOLERANCE: Final = timedelta(seconds=300)
PREFIX: Final = "pth_"
_SECRET_BYTES: Final = 32
_SIGNED: Final = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-fA-F]{64})")
#: What the proof of nobody's trader is held against: it takes as long as a real one.
_NOBODYS: Final = "nobody's"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookProof:
    """What came: the body as it was sent, its header if it is signed, else the secret that the body names."""

    body: bytes = field(repr=False)
    header: str | None
    secret: str | None = field(repr=False)
    arrived_at: datetime
    """The machine's time."""

    @property
    def signature(self) -> str | None:
        """Return what tells this very message from every other one, None where it is not signed."""
        found = None if self.header is None else _read(self.header)
        return None if found is None else ".".join(found)

    def holds(self, secret: str | None) -> bool:
        """Say whether the sender knows this secret; None is nobody's, which nobody knows."""
        known = (secret or _NOBODYS).encode()
        if self.header is None:
            holds = hmac.compare_digest(known, (self.secret or "").encode())
        else:
            holds = self._is_signed(known)
        return holds and secret is not None

    def _is_signed(self, secret: bytes) -> bool:
        found = _read(self.header or "")
        if found is None:
            return False
        at, given = found
        expected = hmac.new(secret, f"{at}.".encode() + self.body, hashlib.sha256).hexdigest()
        is_right = hmac.compare_digest(expected, given)
        return is_right and abs(self.arrived_at.timestamp() - int(at)) <= TOLERANCE.total_seconds()


def new_secret(token_bytes: Callable[[int], bytes]) -> str:
    """Make a secret out of `token_bytes`, a source fit for secrets."""
    return PREFIX + base64.urlsafe_b64encode(token_bytes(_SECRET_BYTES)).rstrip(b"=").decode()


def _read(header: str) -> tuple[str, str] | None:
    """Return the time, as it was signed, and the hex of a header; None for one that is none."""
    found = _SIGNED.fullmatch(header.replace(" ", ""))
    return None if found is None else (found[1], found[2].lower())
