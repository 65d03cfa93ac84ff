"""The official SDK's server, driven for one request and one user.

Importing this module costs half a second, so only `/mcp` does. Nothing of a request outlives it: no session,
no stream, no background task. The SDK is an ASGI application; a loop runs for the length of the request, in
the thread that serves it.
"""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from chalicelib.api.knowledge.calling import Outcome
from chalicelib.api.knowledge.tools import TOOLS
from chalicelib.domain.json_value import JsonValue

NAME: Final = "papertape"
VERSION: Final = "1.0.0"
INSTRUCTIONS: Final = (
    "Tools over the caller's own paper and live trades and options desk; they read, and change nothing. "
    "Money is account "
    "money for the whole quantity, net of fees where realised; prices are per share; iv is a fraction. null "
    "means not known. Every answer says on how many closed trades it rests: under 50 they prove little."
)
#: Headers of the protocol itself; no other reaches the SDK, the caller's token least of all.
_PROTOCOL_HEADERS: Final = "mcp-"

CallTool: TypeAlias = Callable[[str, Mapping[str, JsonValue]], Outcome]
_Context: TypeAlias = ServerRequestContext[Any]  # Any: nothing lives longer than a request
_Message: TypeAlias = MutableMapping[str, Any]  # Any: ASGI's events


@dataclass(slots=True)
class Exchange:
    """What the SDK answered."""

    status: int = 503
    body: bytearray = field(default_factory=bytearray)


def listed_tools() -> list[Tool]:
    """Describe every tool as the protocol has it."""
    reads_only = ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return [
        Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.input_schema(),
            annotations=reads_only,
        )
        for tool in TOOLS
    ]


def build_server(call_tool: CallTool) -> "Server[Any]":  # Any: as above
    """Build a server whose tools are carried out by `call_tool`, for one user."""

    async def list_tools(_context: _Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=listed_tools())

    async def call(_context: _Context, params: CallToolRequestParams) -> CallToolResult:
        return _result(call_tool(params.name, params.arguments or {}))

    return Server(
        NAME,
        version=VERSION,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call,
    )


def _result(outcome: Outcome) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=outcome.text)],
        structured_content=outcome.answer,
        is_error=outcome.error is not None,
    )


def exchange(server: "Server[Any]", body: bytes, headers: Mapping[str, str]) -> Exchange:  # Any: as above
    """Have the server answer one POST; `headers` are the request's, names in lower case."""
    sent = {name: value for name, value in headers.items() if name.startswith(_PROTOCOL_HEADERS)}
    # Answers are JSON always: a client that would take a stream is not given one.
    sent |= {"content-type": "application/json", "accept": "application/json"}
    answered = Exchange()
    anyio.run(_serve, server, body, sent, answered)
    return answered


async def _serve(
    server: "Server[Any]",  # Any: as above
    body: bytes,
    headers: Mapping[str, str],
    answered: Exchange,
) -> None:
    manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
    requests: list[_Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> _Message:
        if requests:
            return requests.pop()
        await anyio.sleep_forever()  # nobody hangs up: the gateway waits for the whole answer
        raise AssertionError("unreachable")

    async def send(message: _Message) -> None:
        if message["type"] == "http.response.start":
            answered.status = message["status"]
        elif message["type"] == "http.response.body":
            answered.body += message.get("body", b"")

    async with manager.run():
        await manager.handle_request(_scope(headers), receive, send)


def _scope(headers: Mapping[str, str]) -> dict[str, Any]:  # Any: as above
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": "/mcp",
        "raw_path": b"/mcp",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": None,
        "server": None,
    }
