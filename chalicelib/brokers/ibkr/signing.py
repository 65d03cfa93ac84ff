"""OAuth 1.0a as Interactive Brokers has it (wire/ibkr.md, 5.1); pure: randomness and time are handed in.

A live session token comes of a Diffie-Hellman exchange that is signed by RSA; it is good for about a day, and
every other call is signed by it. No secret of these values prints.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote_plus

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

GENERATOR: Final = 2
REALM: Final = "limited_poa"
BY_RSA: Final = "RSA-SHA256"
BY_SESSION: Final = "HMAC-SHA256"
_TOKEN: Final = re.compile(r"[!-~]{1,1024}")
_PRIME_BITS_MIN: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """What was registered once: the consumer, its access token with its encrypted secret, keys and prime."""

    consumer_key: str
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    signature_key: RSAPrivateKey = field(repr=False)
    encryption_key: RSAPrivateKey = field(repr=False)
    prime: int = field(repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must never be shown."""
        return (self.access_token, self.access_token_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What makes one signature unlike any other: 16 letters and digits, and seconds since 1970."""

    nonce: str
    seconds: int


def read_consumer(given: Mapping[str, str]) -> Consumer:
    """Read credentials as they were handed in; raises ValueError, whose text names the field alone."""
    for name in ("consumer_key", "access_token", "access_token_secret"):
        if _TOKEN.fullmatch(given[name]) is None:
            raise ValueError(f"{name} holds characters that none has")
    try:
        prime = int(given["dh_prime"].strip().replace(":", ""), 16)
    except ValueError as error:
        raise ValueError("dh_prime is not a number in hexadecimal") from error
    if prime.bit_length() < _PRIME_BITS_MIN:
        raise ValueError("dh_prime is too short")
    consumer = Consumer(
        consumer_key=given["consumer_key"],
        access_token=given["access_token"],
        access_token_secret=given["access_token_secret"],
        signature_key=_read_key(given["signature_key"], "signature_key"),
        encryption_key=_read_key(given["encryption_key"], "encryption_key"),
        prime=prime,
    )
    prepend_of(consumer)
    return consumer


def _read_key(text: str, name: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(text.strip().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{name} is not a private key in PEM without a password") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"{name} is not an RSA key")
    return key


def prepend_of(consumer: Consumer) -> bytes:
    """Return what the access token's secret is once decrypted; raises ValueError for another key's."""
    try:
        sealed = base64.b64decode(consumer.access_token_secret, validate=True)
        return consumer.encryption_key.decrypt(sealed, PKCS1v15())
    except ValueError as error:
        raise ValueError("access_token_secret does not belong to encryption_key") from error


def challenge_of(secret: int, prime: int) -> str:
    """Return our half of the exchange in hexadecimal; `secret` has 256 bits."""
    return format(pow(GENERATOR, secret, prime), "x")


def exchange_header(consumer: Consumer, url: str, challenge: str, stamp: Stamp) -> str:
    """Return the header Authorization of `POST /oauth/live_session_token`."""
    params = _params(consumer, stamp, BY_RSA) | {"diffie_hellman_challenge": challenge}
    base = prepend_of(consumer).hex() + base_string("POST", url, params)
    signature = consumer.signature_key.sign(base.encode(), PKCS1v15(), SHA256())
    return _header(params, signature)


def live_session_token(response: str, secret: int, consumer: Consumer) -> str:
    """Return the token that both halves come to, in base64; raises ValueError for no hexadecimal."""
    shared = pow(int(response, 16), secret, consumer.prime)
    # Big-endian, with a zero byte ahead where the top bit is set.
    key = shared.to_bytes(shared.bit_length() // 8 + 1, "big")
    return base64.b64encode(hmac.new(key, prepend_of(consumer), hashlib.sha1).digest()).decode()


def is_genuine(token: str, signature: str, consumer: Consumer) -> bool:
    """Say whether the vendor came to the same token, by the signature that it sent along."""
    made = hmac.new(base64.b64decode(token), consumer.consumer_key.encode(), hashlib.sha1).hexdigest()
    return hmac.compare_digest(made, signature.lower())


def signed_header(consumer: Consumer, token: str, method: str, url: str, stamp: Stamp) -> str:
    """Return the header Authorization of any other call; query and body are not signed (wire, 5.1)."""
    params = _params(consumer, stamp, BY_SESSION)
    base = base_string(method, url, params)
    return _header(params, hmac.new(base64.b64decode(token), base.encode(), hashlib.sha256).digest())


def base_string(method: str, url: str, params: Mapping[str, str]) -> str:
    """Return what is signed: method, address and sorted parameters, each quoted."""
    listed = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    return f"{method}&{quote_plus(url)}&{quote_plus(listed)}"


def _params(consumer: Consumer, stamp: Stamp, method: str) -> dict[str, str]:
    return {
        "oauth_consumer_key": consumer.consumer_key,
        "oauth_nonce": stamp.nonce,
        "oauth_signature_method": method,
        "oauth_timestamp": str(stamp.seconds),
        "oauth_token": consumer.access_token,
    }


def _header(params: Mapping[str, str], signature: bytes) -> str:
    whole = {**params, "oauth_signature": quote_plus(base64.b64encode(signature).decode())}
    said = ", ".join(f'{name}="{value}"' for name, value in sorted(whole.items()))
    return f'OAuth realm="{REALM}", {said}'
