"""The site's one origin: the page's files, and `/api` behind the gateway (CloudFront's part, locally)."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from chalice.app import Chalice

from infra.local.front.gateway import Gateway, path_of, target_of
from infra.local.front.static_files import StaticFiles
from infra.local.front.web import Environ, StartResponse, request_headers, send

THREADS: Final = 24
"""More than the database's pool: a request that waits for a broker must not stop the page."""
BEHIND_THE_GATEWAY: Final = ("/api", "/mcp")


class Origin:
    """The WSGI application of the origin."""

    def __init__(self, app: Chalice, static_root: Path, *origins: str) -> None:
        self._gateway = Gateway(app)
        self._files = StaticFiles(static_root, *origins)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = path_of(target_of(environ))
        method = str(environ["REQUEST_METHOD"]).upper()
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in BEHIND_THE_GATEWAY):
            answer = self._gateway.answer(environ)
        else:
            answer = self._files.answer(method, path, request_headers(environ).get("if-none-match"))
        return send(answer, start_response, head=method == "HEAD")
