"""Secrets at rest: AES-256-GCM, bound to their owner and field, a key id in front for rotation (A-12).

The form is `v1.<key id>.<base64url of nonce and cipher text>`. Owner and field name are associated data: a
cipher text that was moved to another row or column does not open.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from chalicelib.security.errors import CredentialsUnreadable, NoKeyRing, UnknownKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = "v1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEY_ID: Final = re.compile(r"^[A-Za-z0-9_-]{1,32}$")


class KeyRing:
    """The sealing keys by id, and which of them seals."""

    def __init__(self, keys: Mapping[str, bytes], *, current: str) -> None:
        """Raises ValueError for a key that is not 32 bytes, an unusable id, or a missing current key."""
        for key_id, key in keys.items():
            if not _KEY_ID.match(key_id) or len(key) != _KEY_BYTES:
                raise ValueError(f"the sealing key {key_id[:32]!r} needs a plain id and {_KEY_BYTES} bytes")
        if current not in keys:
            raise ValueError("the current sealing key is not among the keys")
        self._keys = dict(keys)
        self.current = current

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:base64,id:base64`, the first of which seals; as kept in Secrets Manager.

        Raises ValueError without repeating the text.
        """
        entries = [entry.strip().partition(":") for entry in text.split(",") if entry.strip()]
        if not entries:
            raise ValueError("there is no sealing key")
        try:
            keys = {key_id: base64.b64decode(encoded, validate=True) for key_id, _, encoded in entries}
        except binascii.Error as error:
            raise ValueError("a sealing key is not base64") from error
        return cls(keys, current=entries[0][0])

    def key(self, key_id: str) -> bytes | None:
        """Return the key of this id, None when it is not there any more."""
        return self._keys.get(key_id)


class SealingKeys(Protocol):
    """Keys by id, and which of them seals now."""

    @property
    def current(self) -> str:
        """Return the id of the key that seals."""
        ...

    def key(self, key_id: str) -> bytes | None:
        """Return the key of this id, None when it is not there."""
        ...


class AesSealer:
    """Seals with the current key and opens with any key of the ring."""

    def __init__(self, keys: SealingKeys, token_bytes: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._token_bytes = token_bytes

    @property
    def begins_with(self) -> str:
        """Return what everything that is sealed now begins with."""
        return f"{_VERSION}.{self._keys.current}."

    def seal(self, secret: str, *, owner: str, field: str) -> str:
        """Return the cipher text with its key id in front."""
        key = self._keys.key(self._keys.current)
        assert key is not None
        nonce = self._token_bytes(_NONCE_BYTES)
        sealed = _cipher(key).encrypt(nonce, secret.encode(), _associated(owner, field))
        encoded = base64.urlsafe_b64encode(nonce + sealed).decode()
        return f"{self.begins_with}{encoded}"

    def open(self, sealed: str, *, owner: str, field: str) -> str:
        """Return the secret; raises CredentialsUnreadable, never saying which part did not fit.

        A key that is not at hand is an UnknownKey: the secret may be newer than the keys are.
        """
        version, _, rest = sealed.partition(".")
        key_id, _, encoded = rest.partition(".")
        key = self._keys.key(key_id)
        if version != _VERSION:
            raise CredentialsUnreadable
        if key is None:
            raise UnknownKey
        return _open(key, encoded, _associated(owner, field))


class NoSealer:
    """Stands where no keys are given: most jobs never meet a sealed secret."""

    @property
    def begins_with(self) -> str:
        """Raises NoKeyRing."""
        raise NoKeyRing

    def seal(self, secret: str, *, owner: str, field: str) -> str:  # noqa: ARG002  # a sealer's call
        """Raises NoKeyRing."""
        raise NoKeyRing

    def open(self, sealed: str, *, owner: str, field: str) -> str:  # noqa: ARG002  # as above
        """Raises NoKeyRing."""
        raise NoKeyRing


def _open(key: bytes, encoded: str, associated: bytes) -> str:
    from cryptography.exceptions import InvalidTag

    try:
        raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
        return _cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], associated).decode()
    except (ValueError, InvalidTag) as error:  # binascii's and Unicode's errors are ValueErrors
        raise CredentialsUnreadable from error


def _cipher(key: bytes) -> "AESGCM":
    # Imported on use: most requests never open a secret, and a cold start pays for every import.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _associated(owner: str, field: str) -> bytes:
    """Join owner and field unambiguously: the owner's length stands in front."""
    return f"{len(owner)}:{owner}:{field}".encode()
