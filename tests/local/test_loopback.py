"""No page of a browser reads or moves what runs on this machine (S9): moto and the emulators."""

from collections.abc import Iterator

import httpx
import pytest

from infra.local.aws.aws import EXPORT_BUCKET, LocalAws, client, make_buckets
from infra.local.emulators.serving.http_server import EmulatorServer
from infra.local.emulators.world import World
from infra.local.loopback import refusal
from tests.services.stage import MORNING

SECRET = "papertape/seen-by-pages"
LINK = f"/{EXPORT_BUCKET}/exports/a/b.json"
ALLOWED = "access-control-allow-origin"
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


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:4000"])
def test_the_link_of_an_export_leads_nowhere_under_another_name(aws: LocalAws, host: str) -> None:
    """S9: a page of a name led here later (DNS rebinding) may name any service in its headers."""
    asked = {
        "host": host,
        "x-amz-target": "secretsmanager.GetSecretValue",
        "authorization": "AWS4-HMAC-SHA256 Credential=a/20260219/us-east-1/secretsmanager/aws4_request",
    }
    answer = httpx.request("GET", aws.endpoint_url + LINK, headers=asked, json={"SecretId": SECRET})

    assert (answer.status_code, answer.json()) == (403, {"error": "this answers on loopback only"})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_page_only_reads_the_link_of_an_export(aws: LocalAws, method: str) -> None:
    """S9: and no preflight allows it a header of its own."""
    answer = httpx.request(method, aws.endpoint_url + LINK, headers={"origin": "http://127.0.0.1:8000"})

    assert answer.status_code == 403


def test_the_link_of_an_export_is_read_by_pages_of_this_machine_alone(aws: LocalAws) -> None:
    """A-16: another page's browser is not allowed to read the answer."""
    make_buckets(aws.endpoint_url)
    wanted = {"Bucket": EXPORT_BUCKET, "Key": "exports/a/b.json"}
    bucket = client("s3", aws.endpoint_url)
    bucket.put_object(**wanted, Body=b"[]")
    link = bucket.generate_presigned_url("get_object", Params=wanted)
    allowed = {
        origin: httpx.get(link, headers={"origin": origin}).headers.get(ALLOWED)
        for origin in ("http://127.0.0.1:8000", "http://localhost:8000", "http://evil.example", "null")
    }

    assert [origin for origin, told in allowed.items() if told] == [
        "http://127.0.0.1:8000",
        "http://localhost:8000",
    ]


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
