"""A-12, tokens at rest: AES-256-GCM bound to owner and field, rotation, nothing said about why not."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.security.errors import CredentialsUnreadable, UnknownKey
from chalicelib.security.key_ring import REREAD_SECONDS_MIN, RenewedKeyRing
from chalicelib.security.sealing import AesSealer, KeyRing
from chalicelib.security.secret_settings import SecretUnavailable

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
RING = KeyRing({"k2": NEW, "k1": OLD}, current="k2")
SEALER = AesSealer(RING, os.urandom)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


@given(secret=TEXTS, owner=TEXTS, field=TEXTS)
def test_what_was_sealed_opens_for_its_owner_and_field(secret: str, owner: str, field: str) -> None:
    """A-12: sealed at rest, and whole again on opening."""
    sealed = SEALER.seal(secret, owner=owner, field=field)

    assert SEALER.open(sealed, owner=owner, field=field) == secret
    assert len(secret) < 4 or secret not in sealed


@given(owner=TEXTS, field=TEXTS, other_owner=TEXTS, other_field=TEXTS)
def test_a_moved_cipher_text_does_not_open(
    owner: str, field: str, other_owner: str, other_field: str
) -> None:
    """A-12: owner and field are associated data, also where their texts run into each other."""
    sealed = SEALER.seal("secret", owner=owner, field=field)
    if (owner, field) == (other_owner, other_field):
        return
    with pytest.raises(CredentialsUnreadable):
        SEALER.open(sealed, owner=other_owner, field=other_field)


@given(position=st.integers(min_value=0, max_value=200), bit=st.integers(min_value=0, max_value=7))
def test_a_changed_bit_is_noticed(position: int, bit: int) -> None:
    """A cipher text that was touched opens to nothing, never to another secret."""
    head, _, encoded = SEALER.seal("a secret token", owner="alice", field="token").rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(encoded))
    raw[position % len(raw)] ^= 1 << bit
    changed = f"{head}.{base64.urlsafe_b64encode(bytes(raw)).decode()}"

    with pytest.raises(CredentialsUnreadable):
        SEALER.open(changed, owner="alice", field="token")


@given(text=TEXTS)
def test_any_other_text_is_unreadable(text: str) -> None:
    """A damaged column reads "Re-enter your broker credentials" and nothing else."""
    with pytest.raises(CredentialsUnreadable, match="Re-enter your broker credentials"):
        SEALER.open(text, owner="alice", field="token")


def test_rotation_seals_with_the_new_key_and_opens_with_the_old_one() -> None:
    """A-12: a key id in front for rotation."""
    before = AesSealer(KeyRing({"k1": OLD}, current="k1"), os.urandom)
    sealed_before = before.seal("secret", owner="alice", field="token")

    assert SEALER.open(sealed_before, owner="alice", field="token") == "secret"
    assert SEALER.seal("secret", owner="alice", field="token").startswith("v1.k2.")


def test_a_key_that_is_gone_leaves_its_secrets_unreadable() -> None:
    """A-12: a token that the present keys cannot open says so."""
    sealed = SEALER.seal("secret", owner="alice", field="token")
    without = AesSealer(KeyRing({"k1": OLD}, current="k1"), os.urandom)

    with pytest.raises(CredentialsUnreadable):
        without.open(sealed, owner="alice", field="token")


def test_two_seals_of_one_secret_differ() -> None:
    """Each seal has its own nonce."""
    first = SEALER.seal("secret", owner="alice", field="token")

    assert first != SEALER.seal("secret", owner="alice", field="token")


def test_the_ring_is_read_from_one_text() -> None:
    """The first key of the text seals."""
    text = f"k2:{base64.b64encode(NEW).decode()}, k1:{base64.b64encode(OLD).decode()}"
    ring = KeyRing.parse(text)

    assert ring.current == "k2"
    assert (ring.key("k1"), ring.key("k2"), ring.key("k3")) == (OLD, NEW, None)


@pytest.mark.parametrize("text", ["", "k1", "k1:!!!", "k1:c2hvcnQ=", "bad id:" + "A" * 44])
def test_an_unusable_ring_is_refused_without_being_repeated(text: str) -> None:
    """Keys are secrets: the error must not hold them."""
    with pytest.raises(ValueError, match="sealing key") as refused:
        KeyRing.parse(text)

    assert "c2hvcnQ" not in str(refused.value)


class Kept:
    """Keys as they are kept, counted how often they are read; None cannot be read."""

    def __init__(self, text: str | None) -> None:
        self.text = text
        self.reads = 0
        self.now = 0.0

    def read(self) -> str:
        """Return the text."""
        self.reads += 1
        if self.text is None:
            raise SecretUnavailable("AWSCURRENT", "OSError")
        return self.text

    def monotonic(self) -> float:
        """Return the time that the test sets."""
        return self.now


def _text(*keys: tuple[str, bytes]) -> str:
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys)


def test_a_warm_process_opens_what_a_newer_key_sealed() -> None:
    """S5: the ring is read again at a key it does not know, and seals with the newer key from then on."""
    kept = Kept(_text(("k2", NEW), ("k1", OLD)))
    warm = AesSealer(
        RenewedKeyRing(KeyRing({"k1": OLD}, current="k1"), kept.read, kept.monotonic), os.urandom
    )
    assert warm.open(warm.seal("a", owner="o", field="f"), owner="o", field="f") == "a"
    assert kept.reads == 0

    assert warm.open(SEALER.seal("b", owner="o", field="f"), owner="o", field="f") == "b"
    assert warm.begins_with == "v1.k2."


@pytest.mark.parametrize("text", [None, _text(("k1", OLD))], ids=["unreadable", "without the key"])
def test_an_unknown_key_is_looked_for_once_a_minute(text: str | None) -> None:
    """S5: however much names it, and it says that the key is unknown, not that the secret is broken."""
    kept = Kept(text)
    warm = AesSealer(
        RenewedKeyRing(KeyRing({"k1": OLD}, current="k1"), kept.read, kept.monotonic), os.urandom
    )
    sealed = SEALER.seal("b", owner="o", field="f")
    for now in (0.0, 1.0, REREAD_SECONDS_MIN - 1, REREAD_SECONDS_MIN):
        kept.now = now
        with pytest.raises(UnknownKey):
            warm.open(sealed, owner="o", field="f")

    assert kept.reads == 2
