"""A key of Binance's: HMAC with a secret, or Ed25519 with a private key (wire/binance.md, 2.2)."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Final

_KEY: Final = re.compile(r"[A-Za-z0-9]{8,128}")
_PEM: Final = "-----BEGIN PRIVATE KEY-----"


class NoCredentials(ValueError):
    """What was given cannot be such credentials; the text never shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinanceCredentials:
    """A key and what signs for it; neither is ever printed. Raises NoCredentials for what can be neither."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if _KEY.fullmatch(self.api_key) is None:
            raise NoCredentials("the key holds characters that no key has")
        if not self.api_secret.isprintable() and not self.is_ed25519:
            raise NoCredentials("the secret holds characters that no secret has")
        if self.is_ed25519:
            self.sign(b"")  # a PEM that is none is told now, not with the first order

    @classmethod
    def parse(cls, sealed: str) -> "BinanceCredentials":
        """Read what is kept under one seal."""
        try:
            found = json.loads(sealed)
            return cls(api_key=str(found["api_key"]), api_secret=str(found["api_secret"]))
        except (ValueError, KeyError, TypeError) as error:
            raise NoCredentials("the stored credentials cannot be read") from error

    @property
    def is_ed25519(self) -> bool:
        """Say whether a private key signs, not a shared secret."""
        return self.api_secret.lstrip().startswith(_PEM)

    def sign(self, payload: bytes) -> str:
        """Sign the exact bytes that are sent: hex of HMAC-SHA256, or base64 of Ed25519."""
        if not self.is_ed25519:
            return hmac.new(self.api_secret.encode(), payload, hashlib.sha256).hexdigest()
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(self.api_secret.encode(), password=None)
        except (ValueError, TypeError) as error:
            raise NoCredentials("the private key cannot be read") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise NoCredentials("the private key is not an Ed25519 key")
        return base64.b64encode(key.sign(payload)).decode()
