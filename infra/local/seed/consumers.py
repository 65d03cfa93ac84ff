"""What a user makes and registers at Interactive Brokers, and hands to a client that is to act for them."""

import base64
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

#: RFC 3526, group 14: what a user's own parameters would be, without the minute that finding them takes.
PRIME: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)
_BITS: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a user hands to a client that is to act for them, as texts."""

    consumer_key: str
    access_token: str
    access_token_secret: str
    signature_key: str
    encryption_key: str
    dh_prime: str

    def named(self) -> dict[str, str]:
        """Return them by the names that connections have."""
        return {
            "consumer_key": self.consumer_key,
            "access_token": self.access_token,
            "access_token_secret": self.access_token_secret,
            "signature_key": self.signature_key,
            "encryption_key": self.encryption_key,
            "dh_prime": self.dh_prime,
        }


def make_credentials(consumer_key: str, access_token: str) -> Credentials:
    """Return credentials as the self-service page and its user would make them."""
    signature_key, encryption_key = make_keys()
    sealed = encryption_key.public_key().encrypt(secrets.token_bytes(32), padding.PKCS1v15())
    return Credentials(
        consumer_key=consumer_key,
        access_token=access_token,
        access_token_secret=base64.b64encode(sealed).decode(),
        signature_key=_pem(signature_key),
        encryption_key=_pem(encryption_key),
        dh_prime=f"{PRIME:x}",
    )


@lru_cache(maxsize=1)
def make_keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """Return a key to sign and one to encrypt with; a process makes them once, since that takes a while."""
    made = [rsa.generate_private_key(public_exponent=65537, key_size=_BITS) for _ in range(2)]
    return made[0], made[1]


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
