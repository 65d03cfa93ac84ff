"""Serve the page's files as CloudFront does from its bucket: right types, validators, security headers."""

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from chalicelib.api.problems import method_not_allowed, not_found
from infra.local.front.web import Answer, problem_answer
from infra.page_headers import security_headers

CONTENT_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cached:
    modified_ns: int
    etag: str
    body: bytes


class StaticFiles:
    """The files below one directory; nothing above it, and nothing hidden."""

    def __init__(self, root: Path, *origins: str) -> None:
        self._root = root.resolve()
        self._headers = security_headers(*origins)
        self._cache: dict[Path, _Cached] = {}

    def answer(self, method: str, raw_path: str, if_none_match: str | None) -> Answer:
        """Answer a request; `raw_path` is percent-encoded and starts with a slash."""
        found = self._find(unquote(raw_path))
        if found is None:
            return problem_answer(not_found())
        if method not in {"GET", "HEAD"}:
            return problem_answer(method_not_allowed(["GET", "HEAD"]))
        cached = self._read(found)
        headers = [
            ("Content-Type", CONTENT_TYPES.get(found.suffix, "application/octet-stream")),
            ("ETag", cached.etag),
            ("Cache-Control", "no-cache"),
            *self._headers,
        ]
        if if_none_match is not None and cached.etag in {tag.strip() for tag in if_none_match.split(",")}:
            return Answer(status=304, headers=headers, body=b"")
        return Answer(status=200, headers=headers, body=cached.body)

    def _find(self, path: str) -> Path | None:
        """Return the file that a decoded path names, None for any that leads outside or is hidden."""
        parts = PurePosixPath(path).parts[1:] or ("index.html",)
        if any(part.startswith(".") or "\0" in part or "\\" in part for part in parts):
            return None
        try:
            found = self._root.joinpath(*parts).resolve()
            inside = found.is_relative_to(self._root) and found.is_file()
        except OSError:  # a name longer than the file system allows
            return None
        return found if inside else None

    def _read(self, path: Path) -> _Cached:
        modified_ns = path.stat().st_mtime_ns
        cached = self._cache.get(path)
        if cached is None or cached.modified_ns != modified_ns:
            body = path.read_bytes()
            etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            cached = _Cached(modified_ns=modified_ns, etag=etag, body=body)
            self._cache[path] = cached
        return cached
