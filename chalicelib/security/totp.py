"""One-time codes of an authenticator app: RFC 6238, SHA-1, six digits, thirty seconds, as apps have it."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime
from typing import Final
from urllib.parse import quote

STEP_SECONDS: Final = 30
_DIGITS: Final = 6
#: Clocks of telephones differ: the step before and the one after count (RFC 6238, 5.2).
_STEPS_APART: Final = 1
_ISSUER: Final = "papertape"


def code_at(secret: str, step: int) -> str:
    """Return the code of a step, counted from 1970 (RFC 4226, 5.3). Raises ValueError for no base 32."""
    try:
        key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    except binascii.Error as error:
        raise ValueError("the secret is not base 32") from error
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step that this code is of, None unless it is the present one's or a neighbour's."""
    present = int(now.timestamp()) // STEP_SECONDS
    around = range(present - _STEPS_APART, present + _STEPS_APART + 1)
    return next((step for step in around if hmac.compare_digest(code_at(secret, step), code)), None)


def address(secret: str, name: str) -> str:
    """Return the address that apps read from a QR code (Key Uri Format of Google Authenticator)."""
    return f"otpauth://totp/{_ISSUER}:{quote(name, safe='')}?secret={secret}&issuer={_ISSUER}"
