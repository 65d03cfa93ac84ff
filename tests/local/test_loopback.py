"""No page of a browser reads or moves what runs on this machine (S9): moto and the emulators."""

from collections.abc import Iterator

import httpx
import pytest

from infra.local.aws import LocalAws, client
from infra.local.emulators.http_server import EmulatorServer
from infra.local.emulators.world import World
from infra.local.loopback import refusal
from tests.services.stage import MORNING

SECRET = "papertape/seen-by-pages"
PAGES = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:8000"},
    {"host": "evil.example"},
    {"host": "127.0.0.1.evil.example:4000"},
    {"sec-fetch-site": "cross-site"},
]


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """The local AWS with a secret in it."""
    started = LocalAws()
    started.start()
    manager = client("secretsmanager", started.endpoint_url)
    manager.create_secret(Name=SECRET, SecretString="postgresql://owner:password@db")
    yield started
    manager.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    started.stop()


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    """An emulated vendor over HTTP."""
    with EmulatorServer(World.create(7, lambda: MORNING, lambda _: None).sandbox) as server:
        yield server


@pytest.mark.parametrize("page", PAGES, ids=str)
@pytest.mark.parametrize("path", ["/", "/moto-api/data.json"])
def test_a_page_gets_nothing_of_the_local_aws(aws: LocalAws, page: dict[str, str], path: str) -> None:
    """S9: neither an answer nor a header that would let it be read, preflights included."""
    asked = {"x-amz-target": "secretsmanager.GetSecretValue", **page}
    for method in ("POST", "GET", "OPTIONS"):
        answer = httpx.request(method, aws.endpoint_url + path, headers=asked, json={"SecretId": SECRET})
        assert answer.status_code == 403
        assert "password" not in answer.text
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_program_reads_its_secret(aws: LocalAws) -> None:
    """The product and its tools speak to it as before."""
    manager = client("secretsmanager", aws.endpoint_url)

    assert "password" in manager.get_secret_value(SecretId=SECRET)["SecretString"]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_gets_nothing_of_an_emulator(emulator: EmulatorServer, page: dict[str, str]) -> None:
    """S9: nor does its call count as one."""
    answer = httpx.get(emulator.url + "/v1/markets/clock", headers=page)

    assert answer.status_code == 403
    assert httpx.get(emulator.url + "/v1/markets/clock").status_code == 401  # a program without a token


@pytest.mark.parametrize("host", ["127.0.0.1:40001", "localhost", "localhost:8000"])
def test_programs_on_this_machine_are_let_in(host: str) -> None:
    assert refusal({"host": host, "sec-fetch-site": "none"}) is None
