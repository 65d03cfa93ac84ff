"""OAuth 1.0a at Interactive Brokers: both sides come to one token, and nothing else signs for it (B-10)."""

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.brokers.ibkr.signing import (
    Stamp,
    base_string,
    challenge_of,
    exchange_header,
    is_genuine,
    live_session_token,
    prepend_of,
    read_consumer,
    signed_header,
)
from infra.local.emulators.brokerage.refusals import Refusal
from infra.local.emulators.ibkr.oauth import Consumers, register
from infra.local.emulators.serving.exchange import EmulatorRequest
from infra.local.seed.consumers import PRIME, make_credentials, make_keys
from tests.brokers.ibkr_support import credentials

NOW = datetime(2026, 2, 18, 15, 0, tzinfo=UTC)
EXCHANGE = "https://api.ibkr.com/v1/api/oauth/live_session_token"
TICKLE = "https://api.ibkr.com/v1/api/tickle"
SECRET = int("9f" * 32, 16)


def stamp(number: int = 1) -> Stamp:
    return Stamp(nonce=f"{number:016x}", seconds=int(NOW.timestamp()))


def signed(header: str, method: str = "POST") -> EmulatorRequest:
    return EmulatorRequest(method=method, path="/", headers={"authorization": header})


@pytest.fixture
def vendor() -> Consumers:
    """A vendor that knows one consumer."""
    made = Consumers()
    made.add(register("user", credentials()))
    return made


def exchanged(vendor: Consumers) -> str:
    """Return the token that both sides came to, checked by its signature."""
    consumer = read_consumer(credentials().named())
    header = exchange_header(consumer, EXCHANGE, challenge_of(SECRET, PRIME), stamp())
    told = vendor.exchange(signed(header), EXCHANGE, NOW)
    token = live_session_token(str(told["diffie_hellman_response"]), SECRET, consumer)
    assert is_genuine(token, str(told["live_session_token_signature"]), consumer)
    return token


def test_both_sides_come_to_the_same_token_and_it_signs_calls(vendor: Consumers) -> None:
    """B-10: the vendor's side is written from the wire notes alone."""
    token = exchanged(vendor)
    consumer = read_consumer(credentials().named())
    header = signed_header(consumer, token, "POST", TICKLE, stamp(2))

    assert vendor.caller(signed(header), TICKLE, NOW).username == "user"


@pytest.mark.parametrize("broken", ["method", "address", "token", "nonce", "late"])
def test_a_signature_is_of_one_call_alone(vendor: Consumers, broken: str) -> None:
    """I-29: another method or address, another token, the same stamp again, or another time."""
    token = exchanged(vendor)
    consumer = read_consumer(credentials().named())
    used = base64.b64encode(b"another token of 20 ").decode() if broken == "token" else token
    header = signed_header(consumer, used, "POST", TICKLE, stamp(1 if broken == "nonce" else 2))
    request = signed(header, "GET" if broken == "method" else "POST")
    address = TICKLE.replace("tickle", "logout") if broken == "address" else TICKLE
    with pytest.raises(Refusal):
        vendor.caller(request, address, NOW + timedelta(hours=1 if broken == "late" else 0))


def test_what_another_key_signed_is_refused(vendor: Consumers) -> None:
    consumer = read_consumer(credentials().named())
    stranger = replace(consumer, signature_key=consumer.encryption_key)
    header = exchange_header(stranger, EXCHANGE, challenge_of(SECRET, PRIME), stamp())
    with pytest.raises(Refusal):
        vendor.exchange(signed(header), EXCHANGE, NOW)


def test_a_token_that_the_vendor_did_not_come_to_is_not_genuine() -> None:
    consumer = read_consumer(credentials().named())
    token = live_session_token("2", SECRET, consumer)

    assert not is_genuine(token, "00" * 20, consumer)


@settings(max_examples=6, deadline=None)
@given(st.integers(min_value=2, max_value=2**256 - 1), st.integers(min_value=2, max_value=2**256 - 1))
def test_the_key_of_a_token_has_a_zero_byte_where_its_top_bit_is_set(ours: int, theirs: int) -> None:
    """As Java writes numbers (wire, 5.1); said here by hexadecimal digits."""
    consumer = read_consumer(credentials().named())
    digits = f"{pow(pow(2, theirs, PRIME), ours, PRIME):x}"
    digits = digits if len(digits) % 2 == 0 else f"0{digits}"
    key = bytes.fromhex(f"00{digits}" if digits[0] in "89abcdef" else digits)
    expected = hmac.new(key, prepend_of(consumer), hashlib.sha1).digest()

    assert (
        live_session_token(f"{pow(2, theirs, PRIME):x}", ours, consumer)
        == base64.b64encode(expected).decode()
    )


def test_what_is_signed_is_quoted_and_sorted() -> None:
    said = base_string("GET", "https://a.test/b c", {"oauth_token": "x", "oauth_nonce": "y"})

    assert said == "GET&https%3A%2F%2Fa.test%2Fb+c&oauth_nonce%3Dy%26oauth_token%3Dx"


def test_a_header_is_a_sorted_list_with_the_realm_ahead() -> None:
    consumer = read_consumer(credentials().named())
    header = signed_header(consumer, base64.b64encode(b"x" * 20).decode(), "GET", TICKLE, stamp())

    assert header.startswith('OAuth realm="limited_poa", oauth_consumer_key="TESTCONSX", ')
    names = re.findall(r'(\w+)="', header)[1:]
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("signature_key", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", "signature_key"),
        ("dh_prime", "abc", "dh_prime"),
        ("dh_prime", "no number", "dh_prime"),
        ("access_token_secret", "AAAA", "access_token_secret"),
        ("access_token", "two words", "access_token"),
    ],
)
def test_credentials_that_cannot_be_are_named_and_not_shown(field: str, value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        read_consumer({**credentials().named(), field: value})
    assert value not in str(caught.value)


def test_no_secret_of_a_consumer_prints() -> None:
    given = make_credentials("TESTCONSX", "a-token-that-is-secret")
    shown = repr(read_consumer(given.named()))

    assert "a-token-that-is-secret" not in shown
    assert "PRIVATE" not in shown
    assert str(make_keys()[0].private_numbers().d) not in shown
