"""OAuth 1.0a from the vendor's side: who registered what, live session tokens, signatures (wire, 5.1).

Written from the notes and not from the product, which it is to find out.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote_plus, unquote_plus

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from infra.local.emulators.ibkr.problems import unauthorized
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.seed.consumers import Credentials

LIVES: Final = timedelta(hours=24)
_GENERATOR: Final = 2
_PART: Final = re.compile(r'(\w+)="([^"]*)"')
#: A signature of another time is refused; the notes do not say from when on.
_DRIFT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a user registered, and what was handed out: `secret` is the access token's, decrypted."""

    username: str
    consumer_key: str
    access_token: str
    secret: bytes
    signature_key: rsa.RSAPublicKey
    prime: int


def register(username: str, credentials: Credentials) -> Registration:
    """Return what the vendor knows of credentials; raises ValueError for texts that are none."""
    signature_key = serialization.load_pem_private_key(credentials.signature_key.encode(), password=None)
    encryption_key = serialization.load_pem_private_key(credentials.encryption_key.encode(), password=None)
    if not isinstance(signature_key, rsa.RSAPrivateKey) or not isinstance(encryption_key, rsa.RSAPrivateKey):
        raise ValueError("only RSA keys are registered")
    sealed = base64.b64decode(credentials.access_token_secret)
    return Registration(
        username=username,
        consumer_key=credentials.consumer_key,
        access_token=credentials.access_token,
        secret=encryption_key.decrypt(sealed, padding.PKCS1v15()),
        signature_key=signature_key.public_key(),
        prime=int(credentials.dh_prime, 16),
    )


class Consumers:
    """Who is registered, and the live session tokens that are good; the newest of an access token alone."""

    def __init__(self) -> None:
        self._known: dict[str, Registration] = {}
        self._tokens: dict[str, tuple[bytes, datetime]] = {}
        self._nonces: dict[tuple[str, str], datetime] = {}
        #: How often live session tokens were asked for.
        self.exchanges = 0

    def add(self, registration: Registration) -> None:
        """Let a registered consumer in."""
        self._known[registration.access_token] = registration

    def end_tokens(self) -> None:
        """Let every live session token end before its time."""
        self._tokens.clear()

    def exchange(self, request: EmulatorRequest, url: str, now: datetime) -> dict[str, object]:
        """Answer `POST /oauth/live_session_token`. Raises Refusal."""
        given = _given(request)
        who = self._caller(given, "RSA-SHA256", now)
        signature = given.pop("oauth_signature", "")
        base = who.secret.hex() + _base("POST", url, given)
        try:
            who.signature_key.verify(_unpacked(signature), base.encode(), padding.PKCS1v15(), hashes.SHA256())
            theirs = int(given.get("diffie_hellman_challenge", ""), 16)
        except (InvalidSignature, ValueError) as error:
            raise unauthorized("invalid signature") from error
        own = secrets.randbits(256)
        shared = pow(theirs, own, who.prime)
        digits = f"{shared:x}"
        key = bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")
        if key[0] >= 0x80:
            key = b"\x00" + key
        token = hmac.new(key, who.secret, hashlib.sha1).digest()
        self.exchanges += 1
        self._tokens[who.access_token] = (token, now + LIVES)
        return {
            "diffie_hellman_response": f"{pow(_GENERATOR, own, who.prime):x}",
            "live_session_token_signature": hmac.new(
                token, who.consumer_key.encode(), hashlib.sha1
            ).hexdigest(),
            "live_session_token_expiration": int((now + LIVES).timestamp() * 1000),
        }

    def caller(self, request: EmulatorRequest, url: str, now: datetime) -> Registration:
        """Return who signed a call by a live session token. Raises Refusal (401)."""
        given = _given(request)
        who = self._caller(given, "HMAC-SHA256", now)
        signature = given.pop("oauth_signature", "")
        token, until = self._tokens.get(who.access_token, (b"", now))
        made = hmac.new(token, _base(request.method, url, given).encode(), hashlib.sha256).digest()
        if now >= until or not hmac.compare_digest(made, _unpacked(signature)):
            raise unauthorized("invalid live session token")
        return who

    def _caller(self, given: dict[str, str], method: str, now: datetime) -> Registration:
        who = self._known.get(given.get("oauth_token", ""))
        if who is None or who.consumer_key != given.get("oauth_consumer_key"):
            raise unauthorized("invalid consumer")
        if given.pop("realm", "") != "limited_poa" or given.get("oauth_signature_method") != method:
            raise unauthorized("invalid request")
        seconds, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
        if not seconds.isdigit() or abs(int(seconds) - now.timestamp()) > _DRIFT.total_seconds():
            raise unauthorized("invalid timestamp")
        self._nonces = {known: at for known, at in self._nonces.items() if now - at < 2 * _DRIFT}
        if not nonce or (who.access_token, nonce) in self._nonces:
            raise unauthorized("invalid nonce")
        self._nonces[who.access_token, nonce] = now
        return who


def _given(request: EmulatorRequest) -> dict[str, str]:
    said = request.headers.get("authorization", "")
    if not said.startswith("OAuth "):
        raise unauthorized("not authenticated")
    return dict(_PART.findall(said))


def _base(method: str, url: str, given: dict[str, str]) -> str:
    listed = "&".join(f"{name}={given[name]}" for name in sorted(given))
    return "&".join((method, quote_plus(url), quote_plus(listed)))


def _unpacked(signature: str) -> bytes:
    try:
        return base64.b64decode(unquote_plus(signature), validate=True)
    except ValueError as error:
        raise unauthorized("invalid signature") from error
