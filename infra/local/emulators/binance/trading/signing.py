"""Who asks: keys, signatures over what was sent, and the clock rule (wire/binance.md, 2.1 to 2.3)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from re import fullmatch
from typing import Final
from urllib.parse import unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from infra.local.emulators.binance.problems import BinanceRefusal, illegal, missing
from infra.local.emulators.binance.rows import milliseconds
from infra.local.emulators.serving.exchange import EmulatorRequest

KEY_HEADER: Final = "x-mbx-apikey"
WINDOW_MS, WINDOW_MS_MAX, AHEAD_MS = Decimal(5000), Decimal(60_000), 1000
_KEY: Final = r"[A-Za-z0-9]{8,128}"
_SIGNATURE: Final = "signature"
_WINDOW: Final = r"[0-9]{1,5}(\.[0-9]{1,3})?"
_MICROSECOND_DIGITS: Final = 16
_NOT_VALID: Final = "Signature for this request is not valid."


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of one account: its secret, or the public half of an Ed25519 pair (PEM)."""

    key: str
    account_id: str
    secret: str | None = field(default=None, repr=False)
    public_key: str | None = None
    may_trade: bool = True

    def verifies(self, payload: bytes, signature: str) -> bool:
        """Say whether a signature is this key's over the bytes that were sent."""
        if self.secret is not None:
            made = hmac.new(self.secret.encode(), payload, hashlib.sha256).hexdigest()
            return hmac.compare_digest(made, signature.lower())
        public = load_pem_public_key((self.public_key or "").encode())
        if not isinstance(public, Ed25519PublicKey):
            return False
        try:
            public.verify(base64.b64decode(signature, validate=True), payload)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def signer_of(request: EmulatorRequest, keys: Mapping[str, ApiKey], now: datetime) -> ApiKey:
    """Return whose call it is; raises BinanceRefusal where key, time or signature are not right."""
    given = request.headers.get(KEY_HEADER, "")
    if fullmatch(_KEY, given) is None:
        raise BinanceRefusal(-2014, "API-key format invalid.", 401)
    payload, signature = _split(request)
    _check_time(request.fields, now)
    if not signature:
        raise missing(_SIGNATURE)
    key = keys.get(given)
    if key is None:
        raise BinanceRefusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)
    if not key.verifies(payload, signature):
        raise BinanceRefusal(-1022, _NOT_VALID)
    return key


def _split(request: EmulatorRequest) -> tuple[bytes, str]:
    """Return the text that was signed, query and body with nothing between, and its signature."""
    signature = ""
    kept = []
    for part in (request.raw_query, request.body.decode("ascii", "replace")):
        pairs = part.split("&") if part else []
        for pair in pairs:
            if pair.startswith(f"{_SIGNATURE}="):
                # A `+` that was not encoded is one of base64's, not a blank.
                signature = unquote_plus(pair.removeprefix(f"{_SIGNATURE}=").replace("+", "%2B"))
        kept.append("&".join(pair for pair in pairs if not pair.startswith(f"{_SIGNATURE}=")))
    return "".join(kept).encode(), signature


def _check_time(fields: Mapping[str, str], now: datetime) -> None:
    told = fields.get("timestamp", "")
    if fullmatch("[0-9]{1,20}", told) is None:
        raise missing("timestamp")
    window = fields.get("recvWindow", str(WINDOW_MS))
    if fullmatch(_WINDOW, window) is None:
        raise illegal("recvWindow", _WINDOW)
    allowed = _decimal(window)
    if allowed > WINDOW_MS_MAX:
        raise BinanceRefusal(-1131, "recvWindow must be less than 60000.")
    at = int(told) // 1000 if len(told) >= _MICROSECOND_DIGITS else int(told)
    here = milliseconds(now)
    if at >= here + AHEAD_MS:
        raise BinanceRefusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if here - at > allowed:
        raise BinanceRefusal(-1021, "Timestamp for this request is outside of the recvWindow.")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise illegal("recvWindow", _WINDOW) from error
