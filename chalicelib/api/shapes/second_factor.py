"""What the authenticator app is given."""

from chalicelib.domain.json_value import JsonValue
from chalicelib.services.sign_in.second_factor import NewFactor


def shape_new_factor(factor: NewFactor) -> dict[str, JsonValue]:
    """Write the secret, in base 32, and the address that a QR code shows."""
    return {"secret": factor.secret, "otpauth": factor.otpauth}
