"""The origin: static files, routing, and refusals in one form (api.md, rules for every call)."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice, Request, Response

from infra.local.front.gateway import BODY_BYTES_MAX
from infra.local.front.server import THREADS, Origin
from infra.local.front.web import PortTaken, WebServer, listen
from infra.local.loopback import LOOPBACK

JSON = {"Content-Type": "application/json"}


def current(app: Chalice) -> Request:
    """Return the request that this thread answers."""
    request = app.current_request
    assert request is not None
    return request


def small_app() -> Chalice:
    """An application with one route of each kind."""
    app = Chalice(app_name="small")

    @app.route("/api/things", methods=["GET", "POST"])
    def things() -> dict[str, Any]:
        request = current(app)
        given = request.query_params
        query = {} if given is None else {key: given.getlist(key) for key in given}
        return {"method": request.method, "query": query, "body": request.json_body}

    @app.route("/api/things/{thing_id}", methods=["GET"])
    def thing(thing_id: str) -> Response:
        return Response(body={"id": thing_id}, headers={"ETag": '"7"', "Cache-Control": "private"})

    @app.route("/api/wait/{word}", methods=["GET"])
    def wait(word: str) -> dict[str, str]:
        time.sleep(0.05)
        return {"asked": word, "seen": (current(app).uri_params or {})["word"]}

    @app.route("/api/file", methods=["GET"])
    def file() -> Response:
        return Response(
            body="naïve,1\r\n",
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": 'attachment; filename="a.csv"',
            },
        )

    @app.route("/api/large-file", methods=["GET"])
    def large_file() -> Response:
        return Response(
            body="", status_code=303, headers={"Location": "https://bucket.example/a.csv?x=1&y=%2F"}
        )

    @app.route("/api/broken", methods=["GET"])
    def broken() -> dict[str, str]:
        raise RuntimeError("secret of the stack")

    return app


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    root: Path = tmp_path_factory.mktemp("site")
    site = root / "static"
    (site / "js").mkdir(parents=True)
    (site / "index.html").write_text("<!doctype html><title>page</title>")
    (site / "js" / "app.js").write_text("export {};")
    (site / ".hidden").write_text("hidden")
    (root / "outside.txt").write_text("outside")
    (site / "link.txt").symlink_to(root / "outside.txt")
    server = WebServer(Origin(small_app(), site), listen(0), threads=THREADS)
    server.start()
    yield server
    server.stop()


class Reply:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self) -> str:
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.json()["status"] == self.status
        return str(self.json()["type"]).rsplit("/", 1)[-1]


def call(
    origin: WebServer,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    *,
    chunked: bool = False,
) -> Reply:
    connection = http.client.HTTPConnection(LOOPBACK, origin.port, timeout=10)
    try:
        connection.request(method, path, body, dict(headers or {}), encode_chunked=chunked)
        return Reply(connection.getresponse())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/js/app.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_page_comes_with_its_type_and_a_strict_policy(origin: WebServer, path: str, kind: str) -> None:
    reply = call(origin, "GET", path)

    assert (reply.status, reply.headers["Content-Type"]) == (200, kind)
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-cache"


def test_an_export_passes_through_as_it_is(origin: WebServer) -> None:
    """api.md, export: the file with its name and every byte of it, or 303 with the link unchanged."""
    file = call(origin, "GET", "/api/file")
    elsewhere = call(origin, "GET", "/api/large-file")

    assert (file.status, file.body) == (200, "naïve,1\r\n".encode())
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Content-Disposition"] == 'attachment; filename="a.csv"'
    assert (elsewhere.status, elsewhere.body) == (303, b"")
    assert elsewhere.headers["Location"] == "https://bucket.example/a.csv?x=1&y=%2F"


def test_an_unchanged_file_is_not_sent_again(origin: WebServer) -> None:
    etag = call(origin, "GET", "/").headers["ETag"]
    reply = call(origin, "GET", "/", headers={"If-None-Match": etag})

    assert (reply.status, reply.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/js/../../outside.txt",
        "/js/..%5c..%5coutside.txt",
        "//outside.txt",
        "/link.txt",
        "/.hidden",
        "/js",
        "/index.html%00",
        "/" + "x" * 5000,
        "/nothing",
    ],
)
def test_nothing_outside_the_site_and_nothing_hidden_is_served(origin: WebServer, path: str) -> None:
    reply = call(origin, "GET", path)

    assert (reply.status, reply.problem()) == (404, "not-found")
    assert b"outside" not in reply.body
    assert b"hidden" not in reply.body


def test_a_file_takes_no_other_method(origin: WebServer) -> None:
    reply = call(origin, "POST", "/index.html", b"x")

    assert (reply.status, reply.problem(), reply.headers["Allow"]) == (405, "method-not-allowed", "GET, HEAD")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/things/1/2", "/mcp", "/api//[x"])
@pytest.mark.parametrize("token", [{}, {"Authorization": "Bearer x"}])
def test_an_unknown_path_is_404_with_and_without_a_token(
    origin: WebServer, path: str, token: dict[str, str]
) -> None:
    assert call(origin, "GET", path, headers=token).problem() == "not-found"


def test_a_method_that_a_path_lacks_is_405_and_names_those_it_has(origin: WebServer) -> None:
    for method in ("DELETE", "OPTIONS", "PUT"):
        reply = call(origin, method, "/api/things")

        assert (reply.status, reply.problem()) == (405, "method-not-allowed")
        assert reply.headers["Allow"] == "GET, POST"


def test_a_body_of_another_media_type_is_415(origin: WebServer) -> None:
    reply = call(origin, "POST", "/api/things", b"a=1", {"Content-Type": "text/plain"})

    assert (reply.status, reply.problem()) == (415, "media-type")
    with_charset = {"Content-Type": "application/json; charset=utf-8"}
    assert call(origin, "POST", "/api/things", b"{}", with_charset).status == 200


@pytest.mark.parametrize("size", [BODY_BYTES_MAX + 1, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_past_the_bound_is_413_however_it_is_sent(origin: WebServer, size: int, chunked: bool) -> None:
    body: Any = iter([b"x" * 65_536] * (size // 65_536 + 1)) if chunked else b"x" * size
    headers = {**JSON, "Transfer-Encoding": "chunked"} if chunked else JSON
    reply = call(origin, "POST", "/api/things", body, headers, chunked=chunked)

    assert (reply.status, reply.problem()) == (413, "too-large")


def test_a_body_of_just_the_bound_is_read(origin: WebServer) -> None:
    body = json.dumps("x" * (BODY_BYTES_MAX - 2))

    assert call(origin, "POST", "/api/things", body, JSON).status == 200


def test_repeated_and_encoded_query_values_arrive_whole(origin: WebServer) -> None:
    reply = call(origin, "GET", "/api/things?a=1&a=2&b=x%26y+z&empty=&%C3%BC=%E2%82%AC")

    assert reply.json()["query"] == {"a": ["1", "2"], "b": ["x&y z"], "empty": [""], "ü": ["€"]}


def test_head_is_get_without_the_body(origin: WebServer) -> None:
    got, head = call(origin, "GET", "/api/things/7"), call(origin, "HEAD", "/api/things/7")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
    assert head.headers["ETag"] == '"7"'
    assert head.headers["Cache-Control"] == "private"


def test_a_failure_inside_shows_nothing_of_itself(origin: WebServer) -> None:
    reply = call(origin, "GET", "/api/broken")

    assert reply.status >= 500
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert b"secret" not in reply.body
    assert b"Traceback" not in reply.body


def test_requests_at_once_never_see_each_other(origin: WebServer) -> None:
    """Each thread has a current request of its own; slow ones run side by side."""
    words = [f"word-{number}" for number in range(16)]
    seen: dict[str, str] = {}

    def ask(word: str) -> None:
        seen[word] = call(origin, "GET", f"/api/wait/{word}").json()["seen"]

    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(word,)) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == {word: word for word in words}
    assert time.monotonic() - started < 0.05 * len(words)


def test_a_small_get_is_answered_quickly(origin: WebServer) -> None:
    """Chalice's own server does some 20 a second; the bar here is 200, on one connection."""
    connection = http.client.HTTPConnection(LOOPBACK, origin.port, timeout=10)
    started = time.monotonic()
    for _ in range(100):
        connection.request("GET", "/api/things/1")
        connection.getresponse().read()
    seconds = time.monotonic() - started
    connection.close()

    assert seconds < 0.5


def test_a_taken_port_is_told_with_the_way_out(origin: WebServer) -> None:
    with pytest.raises(PortTaken, match=f"port {origin.port} .* is taken.*--port"):
        listen(origin.port)
