"""Secrets of authenticator apps for moto, which hands everybody the same: each set-up gets one of its own."""

import base64
import secrets
from typing import Any, Final

from moto.cognitoidp.models import CognitoIdpBackend

_BYTES: Final = 20
_told: Final = CognitoIdpBackend.associate_software_token


def teach_authenticator_secrets() -> None:
    """Replace the call of moto's Cognito; doing it twice is as good as once."""
    setattr(CognitoIdpBackend, "associate_software_token", _associate)  # noqa: B010  # as mypy would have it


def _associate(backend: CognitoIdpBackend, *args: Any, **named: Any) -> dict[str, str]:  # Any: moto's
    answer = _told(backend, *args, **named)
    return {**answer, "SecretCode": base64.b32encode(secrets.token_bytes(_BYTES)).decode()}
