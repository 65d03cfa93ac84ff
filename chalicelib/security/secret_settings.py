"""Settings that are secret, read from Secrets Manager through the extension on localhost.

AWS' Parameters and Secrets extension keeps them, so that neither boto3 nor its signing is imported at a cold
start (AWS Secrets Manager user guide, "Use AWS Secrets Manager secrets in AWS Lambda functions").
"""

import http.client
import json
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

EXTENSION_HOST: Final = "localhost"
EXTENSION_PORT: Final = 2773
_SECONDS: Final = 5.0
_PATH: Final = "/secretsmanager/get?secretId="
#: The one secret that is no JSON: the key ring as rotation writes it.
_KEY_RING: Final = "sealing-keys"
_KEY_RING_SETTING: Final = "SEALING_KEYS"

#: Reads a secret's text by its id.
FetchSecret = Callable[[str], str]


class SecretUnavailable(Exception):
    """A secret could not be read; its id is told, nothing of it."""

    def __init__(self, secret_id: str, reason: str) -> None:
        super().__init__(f"the secret {secret_id} could not be read: {reason}")


def secret_settings(secret_ids: Iterable[str], fetch: FetchSecret) -> dict[str, str]:
    """Return the settings that these secrets hold, by their names. Raises SecretUnavailable."""
    found: dict[str, str] = {}
    for secret_id in secret_ids:
        text = fetch(secret_id)
        if secret_id.rpartition("/")[2] == _KEY_RING:
            found[_KEY_RING_SETTING] = text
        else:
            found.update(_settings(secret_id, text))
    return found


def _settings(secret_id: str, text: str) -> dict[str, str]:
    try:
        held = json.loads(text)
    except ValueError as error:
        raise SecretUnavailable(secret_id, "it is not JSON") from error
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise SecretUnavailable(secret_id, "it is not an object of texts")
    return held


def from_extension(session_token: str, *, port: int = EXTENSION_PORT) -> FetchSecret:
    """Return a reader of secrets by the extension, which takes the function's own session token."""

    def fetch(secret_id: str) -> str:
        connection = http.client.HTTPConnection(EXTENSION_HOST, port, timeout=_SECONDS)
        try:
            headers = {"X-Aws-Parameters-Secrets-Token": session_token}
            connection.request("GET", _PATH + quote(secret_id, safe=""), headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            raise SecretUnavailable(secret_id, type(error).__name__) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise SecretUnavailable(secret_id, f"status {answer.status}")
        return str(json.loads(body)["SecretString"])

    return fetch
