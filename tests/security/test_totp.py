"""One-time codes against the vectors of RFC 6238, appendix B (their last six digits)."""

import base64
from datetime import UTC, datetime

import pytest

from chalicelib.security import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
     (2000000000, "279037"), (20000000000, "353130")],
)  # fmt: skip
def test_codes_are_those_of_the_standard(at: int, code: str) -> None:
    assert totp.code_at(SECRET, at // totp.STEP_SECONDS) == code
    assert totp.step_of(SECRET, code, datetime.fromtimestamp(at, UTC)) == at // totp.STEP_SECONDS


@pytest.mark.parametrize(
    ("seconds", "counts"), [(-61, False), (-29, True), (0, True), (31, True), (91, False)]
)
def test_a_code_counts_for_its_step_and_its_neighbours(seconds: int, counts: bool) -> None:
    """RFC 6238, 5.2: one step of drift either way."""
    step = 37037036
    now = datetime.fromtimestamp(step * totp.STEP_SECONDS + seconds, UTC)

    assert (totp.step_of(SECRET, totp.code_at(SECRET, step), now) == step) is counts


def test_secrets_are_read_as_apps_read_them() -> None:
    """Small letters and a missing filling are taken; what is no base 32 is a fault."""
    assert totp.code_at(SECRET.lower(), 1) == totp.code_at(SECRET, 1)
    assert len(totp.code_at("asdfasdfasdf", 1)) == 6
    with pytest.raises(ValueError, match="base 32"):
        totp.code_at("0189", 1)


def test_the_address_is_what_apps_scan() -> None:
    assert totp.address("ABC", "a b") == "otpauth://totp/papertape:a%20b?secret=ABC&issuer=papertape"
