"""Calls of the API in this process: Chalice's local gateway over the registered routes."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway

from chalicelib.api.context import ApiContext
from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES

LAMBDA_SECONDS: Final = 30
_IDS: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any  # Any: JSON, read by whoever asked

    @property
    def kind(self) -> str:
        """Return the word that a problem's type ends in, '' for none."""
        return str(self.body.get("type", "")).rpartition("/")[2] if isinstance(self.body, dict) else ""


@dataclass(slots=True)
class Gateway:
    """The API, and a count of what it answered by call."""

    context: ApiContext
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    _gateway: LocalGateway = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        app = Chalice(app_name="papertape-day")
        register_routes(app, ROUTES, lambda: self.context)
        self._gateway = LocalGateway(app, Config.create(lambda_timeout=LAMBDA_SECONDS))

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one call of a signed-in user."""
        sent = {"authorization": f"Bearer {token}", **(headers or {})}
        raw = b""
        if body is not None:
            raw, sent["content-type"] = json.dumps(body).encode(), "application/json"
        response = self._gateway.handle_request(method, path, sent, raw)
        many = {name: ", ".join(values) for name, values in response["multiValueHeaders"].items()}
        text = response["body"]
        answer = Answer(
            status=response["statusCode"],
            headers={name.lower(): value for name, value in {**response["headers"], **many}.items()},
            body=json.loads(text) if text else None,
        )
        with self._lock:
            self.answers[f"{method} {_shape(path)}", answer.status] += 1
        return answer


def _shape(path: str) -> str:
    """Return a path without its query, ids replaced by a name."""
    parts = path.partition("?")[0].split("/")
    return "/".join("{id}" if len(part) == _IDS and part.count("-") == 4 else part for part in parts)
