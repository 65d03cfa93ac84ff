"""Secrets as a function meets them: read from the extension, renewed by Secrets Manager's own steps."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

import app
from chalicelib.jobs.rotate_keys import rotate, with_new_key, without_unused
from chalicelib.security.sealing import AesSealer, KeyRing
from chalicelib.security.secret_settings import SecretUnavailable, from_extension, secret_settings

SESSION_TOKEN = "session-token-of-the-function"
SECRET = "papertape/prod"
STORED = {
    "database-app": '{"DATABASE_URL_APP": "postgresql://papertape_app:x@db/papertape"}',
    "AWSCURRENT": "k1:AAAA",
    "broken": "[1]",
}
NOW = datetime(2026, 3, 2, 15, 0, 1, tzinfo=UTC)


class _Extension(BaseHTTPRequestHandler):
    """The extension's one call, refusing as it does."""

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        asked = query.get("versionStage", [""])[0] if query["secretId"] == [SECRET] else ""
        if self.headers["X-Aws-Parameters-Secrets-Token"] != SESSION_TOKEN:
            self.send_error(401)
        elif asked not in STORED:
            self.send_error(400)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"Name": asked, "SecretString": STORED[asked]}).encode())

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    """Serve the extension on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Extension)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_settings_come_out_of_secrets_by_their_names(port: int) -> None:
    """A-12: keys from Secrets Manager; the key ring is plain text, every other part of the secret JSON."""
    found = secret_settings(list(STORED)[:2], from_extension(SECRET, SESSION_TOKEN, port=port))

    assert found == {
        "DATABASE_URL_APP": "postgresql://papertape_app:x@db/papertape",
        "SEALING_KEYS": "k1:AAAA",
    }


@pytest.mark.parametrize("asked", ["unknown", "broken"])
def test_a_secret_that_cannot_be_read_is_named_and_nothing_of_it_told(port: int, asked: str) -> None:
    with pytest.raises(SecretUnavailable, match=asked) as failure:
        secret_settings([asked], from_extension(SECRET, SESSION_TOKEN, port=port))

    assert STORED.get(asked, "no such text") not in str(failure.value)


def test_an_extension_that_is_not_there_is_told(port: int) -> None:
    with pytest.raises(SecretUnavailable, match="ConnectionRefusedError"):
        secret_settings(["database-app"], from_extension(SECRET, SESSION_TOKEN, port=1))


@pytest.fixture
def manager() -> Iterator[Any]:  # Any: boto3 has no types
    """Secrets Manager with a ring of one key."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="us-east-1", **keys)
        client.create_secret(Name="sealing-keys", SecretString="k1:" + "A" * 43 + "=")
        yield client


def _step(manager: Any, name: str, version: str) -> None:  # Any: as above
    event = {"SecretId": "sealing-keys", "ClientRequestToken": version, "Step": name}
    rotate(manager, event, now=NOW, token_bytes=lambda count: bytes([7]) * count)


def test_a_new_key_seals_from_the_rotation_after_its_own_and_what_was_sealed_still_opens(
    manager: Any,  # Any: as above
) -> None:
    """A-12, S5: nobody seals with a key that a warm container does not know; each step may be repeated."""
    before = AesSealer(KeyRing.parse("k1:" + "A" * 43 + "="), bytes)
    sealed = before.seal("broker-token", owner="alice", field="tradier_sandbox_token")
    version = "0" * 32

    for name in ("createSecret", "createSecret", "setSecret", "testSecret", "finishSecret", "finishSecret"):
        _step(manager, name, version)

    current = {"SecretId": "sealing-keys", "VersionStage": "AWSCURRENT"}
    ring = manager.get_secret_value(**current)["SecretString"]
    after = AesSealer(KeyRing.parse(ring), bytes)
    assert [key.partition(":")[0] for key in ring.split(",")] == ["k1", "k20260302T150001"]
    assert after.open(sealed, owner="alice", field="tradier_sandbox_token") == "broker-token"
    assert before.open(after.seal("x", owner="a", field="f"), owner="a", field="f") == "x"
    again = with_new_key(ring, NOW + timedelta(days=90), bytes)
    assert [key.partition(":")[0] for key in again.split(",")] == [
        "k20260302T150001",
        "k1",
        "k20260531T150001",
    ]
    newest = AesSealer(KeyRing.parse(again), bytes).seal("x", owner="a", field="f")
    assert newest.startswith("v1.k20260302T150001.")
    assert after.open(newest, owner="a", field="f") == "x"


@pytest.mark.parametrize(
    ("named", "left"), [((), ["k3", "k4"]), (("k1",), ["k3", "k1", "k4"]), (("k9",), ["k3", "k4"])]
)
def test_keys_that_nobody_names_are_dropped(named: tuple[str, ...], left: list[str]) -> None:
    """S5: never the key that seals, nor the one that waits to."""
    kept = without_unused("k3:a,k2:b,k1:c,k4:d", named)

    assert [key.partition(":")[0] for key in kept.split(",")] == left


def test_switching_rotation_on_tests_nothing_while_there_is_nothing_to_test(manager: Any) -> None:
    """Secrets Manager calls `testSecret` then too: an error would wake somebody in the first minutes."""
    _step(manager, "testSecret", "0" * 32)


def test_an_unknown_step_is_refused(manager: Any) -> None:
    with pytest.raises(ValueError, match="noSuchStep"):
        _step(manager, "noSuchStep", "0" * 32)


def test_the_functions_handler_carries_a_step_out(manager: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets Manager calls `app.run_rotate`, which needs no settings: they hold the keys it renews."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    version = "0" * 32
    event = {"SecretId": "sealing-keys", "ClientRequestToken": version, "Step": "createSecret"}

    assert vars(app)["run_rotate"](event, None) == {"step": "createSecret"}

    pending = {"SecretId": "sealing-keys", "VersionId": version, "VersionStage": "AWSPENDING"}
    assert manager.get_secret_value(**pending)["SecretString"].count(":") == 2
