"""An API with a site in front of it, two users, and one message of the protocol at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from infra.local.database.postgres import DatabaseUrls
from infra.local.front.server import Origin
from infra.local.front.web import WebServer, listen
from tests.api.support import Answer, Api


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The knowledge server as one user's personal token reaches it."""

    api: Api
    token: str

    def post(self, message: object, **headers: str) -> Answer:
        """Send one message."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.api.send("POST", "/mcp", message, token=self.token, headers=named)

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:  # Any: a tool's own JSON
        """Call a tool; return its result as the protocol has it."""
        params = {"name": tool, "arguments": arguments}
        answer = self.post({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})
        assert answer.status == 200, answer.text
        assert answer.json["id"] == 7
        result: dict[str, Any] = answer.json["result"]
        return result

    def ask(self, tool: str, **arguments: object) -> dict[str, Any]:  # Any: as above
        """Call a tool that answers; return the answer."""
        result = self.call(tool, **arguments)
        assert not result.get("isError"), result
        answer: dict[str, Any] = result["structuredContent"]
        return answer

    def refusal(self, tool: str, **arguments: object) -> str:
        """Call a tool that refuses; return its words."""
        result = self.call(tool, **arguments)
        assert result["isError"], result
        assert "structuredContent" not in result
        return str(result["content"][0]["text"])


def knowledge_of(api: Api, username: str, scope: str = "read") -> Knowledge:
    """Make a personal token and return what it opens."""
    made = api.user(username).post("/api/tokens", {"name": "desktop", "scope": scope})
    assert made.status == 201
    return Knowledge(api, made.json["token"])


@pytest.fixture
def alices(api: Api) -> Knowledge:
    """What alice's token opens."""
    return knowledge_of(api, "alice")


@pytest.fixture
def bobs(api: Api) -> Knowledge:
    """What bob's token opens."""
    return knowledge_of(api, "bob")


@pytest.fixture
def api(database_urls: DatabaseUrls) -> Iterator[Api]:
    """The API over a database of its own."""
    made = Api(database_urls)
    yield made
    made.close()


@pytest.fixture
def site(api: Api, tmp_path: Path) -> Iterator[str]:
    """The same API behind the local stack's own server, as `/mcp` of an origin."""
    (tmp_path / "index.html").write_text("page")
    listener = listen(0)
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    api.context = replace(api.context, site_origin=origin)
    server = WebServer(Origin(api.app, tmp_path), listener, threads=4)
    server.start()
    yield origin
    server.stop()
