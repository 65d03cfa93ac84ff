"""Settings that are secret, read from Secrets Manager through the extension on localhost.

A deployment has one secret, whose versions are told apart by their staging labels: one for each connection
string, one for the vendors' tokens, and the current one, which rotation renews, for the key ring. A
function's role may read the labels that it is given and no other. AWS' Parameters and Secrets extension
keeps what was read, so that neither boto3 nor its signing is imported at a cold start (AWS Secrets Manager
user guide, "Use AWS Secrets Manager secrets in AWS Lambda functions").
"""

import http.client
import json
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlencode

EXTENSION_HOST: Final = "localhost"
EXTENSION_PORT: Final = 2773
_SECONDS: Final = 5.0
_PATH: Final = "/secretsmanager/get?"
#: The label of the one part that is no JSON: the key ring, as rotation writes it.
KEY_RING: Final = "AWSCURRENT"
_KEY_RING_SETTING: Final = "SEALING_KEYS"

#: Reads a part's text by its label.
FetchSecret = Callable[[str], str]


class SecretUnavailable(Exception):
    """A part of the secret could not be read; its label is told, nothing of it."""

    def __init__(self, label: str, reason: str) -> None:
        super().__init__(f"the secret part {label} could not be read: {reason}")


def secret_settings(labels: Iterable[str], fetch: FetchSecret) -> dict[str, str]:
    """Return the settings that these parts hold, by their names. Raises SecretUnavailable."""
    found: dict[str, str] = {}
    for label in labels:
        text = fetch(label)
        if label == KEY_RING:
            found[_KEY_RING_SETTING] = text
        else:
            found.update(_settings(label, text))
    return found


def _settings(label: str, text: str) -> dict[str, str]:
    try:
        held = json.loads(text)
    except ValueError as error:
        raise SecretUnavailable(label, "it is not JSON") from error
    if not isinstance(held, dict) or not all(isinstance(value, str) for value in held.values()):
        raise SecretUnavailable(label, "it is not an object of texts")
    return held


def from_extension(secret_id: str, session_token: str, *, port: int = EXTENSION_PORT) -> FetchSecret:
    """Return a reader of a secret's parts by the extension, which takes the function's own session token."""

    def fetch(label: str) -> str:
        connection = http.client.HTTPConnection(EXTENSION_HOST, port, timeout=_SECONDS)
        try:
            headers = {"X-Aws-Parameters-Secrets-Token": session_token}
            asked = urlencode({"secretId": secret_id, "versionStage": label})
            connection.request("GET", _PATH + asked, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except OSError as error:
            raise SecretUnavailable(label, type(error).__name__) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise SecretUnavailable(label, f"status {answer.status}")
        return str(json.loads(body)["SecretString"])

    return fetch
