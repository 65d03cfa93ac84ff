"""Personal access tokens: `pt_` and 32 random bytes, of which only the SHA-256 is kept.

A fast hash is right here: the secret has 256 bits of its own, so there is nothing to guess. The lookup goes
by the hash, which tells a timing observer nothing about the token.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "pt_"
_SECRET_BYTES: Final = 32
_LAST_CHARACTERS: Final = 4
#: Longer texts are no tokens of ours and are not even hashed.
_LENGTH_MAX: Final = 100


class Scope(StrEnum):
    """What a personal token may do; `trade` includes `read`."""

    READ = "read"
    TRADE = "trade"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token just made; `token` is shown once and never stored."""

    token: str
    token_hash: bytes
    last4: str


def new_token(token_bytes: Callable[[int], bytes]) -> NewToken:
    """Make a token out of `token_bytes`, a source fit for secrets."""
    secret = base64.urlsafe_b64encode(token_bytes(_SECRET_BYTES)).rstrip(b"=").decode()
    token = PREFIX + secret
    return NewToken(token=token, token_hash=hash_token(token), last4=token[-_LAST_CHARACTERS:])


def is_personal_token(text: str) -> bool:
    """Say whether this bearer text claims to be a personal token."""
    return text.startswith(PREFIX) and len(text) <= _LENGTH_MAX


def hash_token(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
