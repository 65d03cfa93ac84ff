"""`dev.py mcp`: the knowledge server over stdio, for desktop clients of the Model Context Protocol.

It has no database and no tools of its own: each message goes on to `/mcp` of a running papertape, by a
personal access token of scope `read`. So limits, audit and isolation are the server's, whoever asks.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import anyio
import httpx
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    INTERNAL_ERROR,
    CallToolRequestParams,
    CallToolResult,
    InitializeResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)
from mcp_types.version import LATEST_HANDSHAKE_VERSION
from pydantic import ValidationError

URL_SETTING: Final = "PAPERTAPE_URL"
TOKEN_SETTING: Final = "PAPERTAPE_TOKEN"  # noqa: S105  # the name of a setting
CANNOT_START: Final = 2
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_SECONDS_MAX: Final = 30.0

_Context = ServerRequestContext[Any]  # Any: nothing is kept between messages


class Unusable(Exception):
    """The settings, or the server that they name, cannot be used; the text says why."""


def main(arguments: Sequence[str]) -> int:
    """Serve until the client hangs up; return 2 when papertape cannot be reached with these settings."""
    if arguments:
        print(f"usage: dev.py mcp   (settings: {URL_SETTING}, {TOKEN_SETTING})", file=sys.stderr)
        return 0 if arguments[0] in {"-h", "--help"} else CANNOT_START
    try:
        url, token = read_settings(os.environ)
        anyio.run(_serve, url, token)
    except Unusable as error:
        print(f"papertape's knowledge server cannot start: {error}", file=sys.stderr)
        return CANNOT_START
    return 0


def read_settings(environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the address of `/mcp` and the token; raises Unusable.

    The address may be the site's or the API's. A token goes unencrypted to this machine alone.
    """
    address, token = environ.get(URL_SETTING, "").strip(), environ.get(TOKEN_SETTING, "").strip()
    if not address or not token:
        raise Unusable(
            f"set {URL_SETTING} to the page's address and {TOKEN_SETTING} to a personal access token"
        )
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unusable(f"{URL_SETTING} is no address: it looks like https://papertape.example")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise Unusable(f"{URL_SETTING} must be https: the token would be readable on its way")
    if not token.startswith("pt_"):
        raise Unusable(f"{TOKEN_SETTING} is no personal access token: those begin with pt_")
    return f"{parts.scheme}://{parts.netloc}/mcp", token


async def _serve(url: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=_SECONDS_MAX) as http:
        upstream = Upstream(http, url)
        server = await _relay(upstream)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())


class NoAnswer(Exception):
    """papertape did not answer a message; the text says why, and may be shown."""


class Upstream:
    """`/mcp` of a running papertape, a message at a time: an outage ends with the message it met."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def ask(
        self, method: str, params: Mapping[str, object]
    ) -> dict[str, Any]:  # Any: the protocol's JSON
        """Return the result of one request; raises NoAnswer."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            answer = await self._http.post(self._url, json=message)
            body = answer.json()
        except httpx.HTTPError as error:
            raise NoAnswer(f"{self._url} does not answer ({type(error).__name__})") from error
        except ValueError as error:
            raise NoAnswer(f"{self._url} is no knowledge server") from error
        if answer.status_code == 401:
            raise NoAnswer(f"the token in {TOKEN_SETTING} is not valid, or no longer")
        result: dict[str, Any] | None = body.get("result") if isinstance(body, dict) else None
        if not isinstance(result, dict):
            raise NoAnswer(_refusal(body, answer.status_code))
        return result


def _refusal(body: object, status: int) -> str:
    """Word a problem document or an error of the protocol."""
    if isinstance(body, dict):
        error = body.get("error")
        told = error.get("message") if isinstance(error, dict) else body.get("detail")
        if isinstance(told, str):
            return f"papertape refused: {told}"
    return f"papertape answered {status}"


async def _relay(upstream: Upstream) -> "Server[Any]":  # Any: as above
    """Build a server that passes everything on, under the name that papertape gives itself."""
    me = {"name": "papertape-stdio", "version": "1.0.0"}
    hello = {"protocolVersion": LATEST_HANDSHAKE_VERSION, "capabilities": {}, "clientInfo": me}
    try:
        known = InitializeResult.model_validate(await upstream.ask("initialize", hello))
    except (NoAnswer, ValidationError) as error:
        raise Unusable(str(error)) from error

    async def list_tools(_context: _Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        try:
            return ListToolsResult.model_validate(await upstream.ask("tools/list", {}))
        except NoAnswer as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error

    async def call_tool(_context: _Context, params: CallToolRequestParams) -> CallToolResult:
        asked = {"name": params.name, "arguments": params.arguments or {}}
        try:
            return CallToolResult.model_validate(await upstream.ask("tools/call", asked))
        except NoAnswer as error:
            return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)

    return Server(
        known.server_info.name,
        version=known.server_info.version,
        instructions=known.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
