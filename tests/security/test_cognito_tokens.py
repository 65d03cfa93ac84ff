"""Access tokens: RS256 of our pool, client and use, unexpired by the machine's time; all else is refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.security.cognito import (
    REFETCH_AFTER_FAILURE_SECONDS,
    REFETCH_SECONDS,
    AccessTokenVerifier,
    PoolKeys,
)
from chalicelib.security.errors import SigninUnavailable, TokenRefused

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
CLIENT = "client-1"
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Claims = dict[str, Any]  # Any: what a token may claim is free


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    """Return the public half as a pool publishes it."""
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


class KeyService:
    """A pool's key set that counts how often it is asked."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.time = 1000.0

    def fetch(self) -> Mapping[str, object]:
        self.asked += 1
        return {"keys": self.keys}

    def monotonic(self) -> float:
        return self.time


def verifier(service: KeyService, now: datetime = NOW) -> AccessTokenVerifier:
    return AccessTokenVerifier(
        issuer=ISSUER,
        client_id=CLIENT,
        keys=PoolKeys(service.fetch, service.monotonic),
        machine_time=lambda: now,
    )


def claims(**changes: object) -> Claims:
    usual: Claims = {
        "iss": ISSUER,
        "sub": "sub-1",
        "client_id": CLIENT,
        "token_use": "access",
        "username": "Alice",
        "exp": int(NOW.timestamp()) + 60,
        "iat": int(NOW.timestamp()) - 60,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def token(payload: Claims, *, key: rsa.RSAPrivateKey = KEY, kid: str = "k1") -> str:
    return jwt.encode(payload, key, algorithm="RS256", headers={"kid": kid})


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def service() -> KeyService:
    return KeyService(jwk(KEY, "k1"))


def test_a_good_token_names_its_holder_in_lower_case(service: KeyService) -> None:
    """A-10: `username` is the claim in lower case; operators are members of a group."""
    found = verifier(service).verify(token(claims(**{"cognito:groups": ["operator", "Elite"]})))

    assert (found.username, found.sub, found.is_operator) == ("alice", "sub-1", True)
    assert found.groups == {"operator", "Elite"}


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(NOW.timestamp())},
        {"exp": int(NOW.timestamp()) - 3600},
        {"exp": None},
        {"exp": "soon"},
        {"iss": ISSUER + "x"},
        {"iss": None},
        {"client_id": "another"},
        {"client_id": None},
        {"token_use": "id"},
        {"token_use": None},
        {"username": None},
        {"username": ""},
        {"username": 5},
        {"sub": None},
        {"sub": ""},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(service: KeyService, changes: Claims) -> None:
    """Expired, of another issuer or client, an id token, without a name: 401 each."""
    with pytest.raises(TokenRefused):
        verifier(service).verify(token(claims(**changes)))


def test_the_clock_of_expiry_is_the_one_handed_in(service: KeyService) -> None:
    """local.md: tokens expire by the machine's time, which the verifier is given."""
    a_token = token(claims())
    later = datetime.fromtimestamp(NOW.timestamp() + 61, tz=UTC)

    assert verifier(service).verify(a_token).username == "alice"
    with pytest.raises(TokenRefused):
        verifier(service, now=later).verify(a_token)


def test_a_token_signed_by_another_key_is_refused(service: KeyService) -> None:
    """A forged signature under a known key id."""
    with pytest.raises(TokenRefused):
        verifier(service).verify(token(claims(), key=OTHER_KEY))


def test_no_algorithm_is_no_signature(service: KeyService) -> None:
    """`alg: none` in any spelling, and an empty signature under RS256."""
    for word in ("none", "None", "NONE", "nOnE", "RS256"):
        forged = f"{segment({'alg': word, 'typ': 'JWT', 'kid': 'k1'})}.{segment(claims())}."
        with pytest.raises(TokenRefused):
            verifier(service).verify(forged)


def test_the_public_key_is_no_shared_secret(service: KeyService) -> None:
    """HS256 keyed with the pool's public key: the classic confusion of algorithms."""
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{segment({'alg': 'HS256', 'kid': 'k1'})}.{segment(claims())}"
    signature = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    forged = f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"

    with pytest.raises(TokenRefused):
        verifier(service).verify(forged)


@pytest.mark.parametrize(
    "text", ["", "x", "a.b", "a.b.c", "....", "é.é.é", "\ud800", "A" * 9000, "e30.e30.e30", "bnVsbA.e30.e30"]
)
def test_any_other_text_is_refused(service: KeyService, text: str) -> None:
    """No bearer text makes the verifier fail."""
    with pytest.raises(TokenRefused):
        verifier(service).verify(text)


def test_keys_are_fetched_when_the_first_token_comes_and_kept(service: KeyService) -> None:
    """The key set costs one call, not one a request."""
    checked = verifier(service)
    assert service.asked == 0
    for _ in range(5):
        checked.verify(token(claims()))

    assert service.asked == 1


def test_unknown_key_ids_ask_again_at_a_bounded_rate(service: KeyService) -> None:
    """A rotated key is found; a flood of forged key ids is one call in half a minute."""
    checked = verifier(service)
    checked.verify(token(claims()))
    service.keys.append(jwk(OTHER_KEY, "k2"))
    for number in range(20):
        with pytest.raises(TokenRefused):
            checked.verify(token(claims(), kid=f"forged-{number}"))
    asked_by_the_flood = service.asked
    service.time += REFETCH_SECONDS

    assert checked.verify(token(claims(), key=OTHER_KEY, kid="k2")).username == "alice"
    assert (asked_by_the_flood, service.asked) == (1, 2)


@pytest.mark.parametrize("answer", [{}, {"keys": 5}, {"keys": [{"kty": "RSA", "kid": "k1"}]}])
def test_an_unreadable_key_set_is_trouble_not_a_refusal(answer: Mapping[str, object]) -> None:
    """Without keys nothing is known of the token: 503, not 401."""
    fetch: Callable[[], Mapping[str, object]] = lambda: answer  # noqa: E731 one word of a fake
    keys = PoolKeys(fetch, lambda: 0.0)
    checked = AccessTokenVerifier(issuer=ISSUER, client_id=CLIENT, keys=keys, machine_time=lambda: NOW)

    with pytest.raises(SigninUnavailable):
        checked.verify(token(claims()))


def test_a_sign_in_service_that_is_away_is_asked_at_a_bounded_rate() -> None:
    """S21: each try takes seconds under a lock; between two of them unknown keys are trouble at once, 503."""
    now, asked = [0.0], [0]

    def fetch() -> Mapping[str, object]:
        asked[0] += 1
        raise SigninUnavailable("no answer")

    checked = AccessTokenVerifier(
        issuer=ISSUER, client_id=CLIENT, keys=PoolKeys(fetch, lambda: now[0]), machine_time=lambda: NOW
    )
    for at in (0.0, 1.0, REFETCH_AFTER_FAILURE_SECONDS - 0.1, REFETCH_AFTER_FAILURE_SECONDS):
        now[0] = at
        with pytest.raises(SigninUnavailable):
            checked.verify(token(claims()))

    assert asked[0] == 2


def test_a_polls_token_is_decoded_once_and_its_expiry_looked_at_each_time(
    service: KeyService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """performance.md, list: a page polls with one token; what was signed stays signed, until it expires."""
    decoded: list[str] = []
    decode = jwt.decode

    def counted(text: str, *args: Any, **kwargs: Any) -> Any:  # Any: the library's own
        decoded.append(text)
        return decode(text, *args, **kwargs)

    monkeypatch.setattr(jwt, "decode", counted)
    now = [NOW]
    checked = AccessTokenVerifier(
        issuer=ISSUER,
        client_id=CLIENT,
        keys=PoolKeys(service.fetch, service.monotonic),
        machine_time=lambda: now[0],
    )
    polled = token(claims())
    assert [checked.verify(polled).username for _ in range(3)] == ["alice"] * 3
    assert decoded == [polled]

    now[0] = NOW + timedelta(seconds=60)
    with pytest.raises(TokenRefused, match="expired"):
        checked.verify(polled)


def test_a_kept_token_is_refused_once_the_pool_has_taken_its_key_away(service: KeyService) -> None:
    """A-10: what is kept goes with the very key that it was checked with."""
    checked = verifier(service)
    kept = token(claims())
    checked.verify(kept)
    service.keys = [jwk(OTHER_KEY, "k2")]
    service.time += REFETCH_SECONDS
    checked.verify(token(claims(), key=OTHER_KEY, kid="k2"))

    with pytest.raises(TokenRefused):
        checked.verify(kept)


def test_a_changed_copy_of_a_kept_token_is_refused(service: KeyService) -> None:
    """A-10: a kept answer is for the same text alone, whatever its head says."""
    checked = verifier(service)
    kept = token(claims())
    checked.verify(kept)
    head, _, signature = kept.split(".")
    with pytest.raises(TokenRefused):
        checked.verify(".".join((head, segment(claims(username="bob")), signature)))
