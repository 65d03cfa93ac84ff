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
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
)

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
    async with httpx2.AsyncClient(headers=headers, timeout=_SECONDS_MAX) as http:
        await _check(http, url)
        async with Client(streamable_http_client(url, http_client=http)) as upstream:
            server = _relay(upstream)
            async with stdio_server() as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())


async def _check(http: httpx2.AsyncClient, url: str) -> None:
    """Say at once, and in plain words, what a client would only show as a failed start."""
    try:
        answer = await http.post(url, json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    except httpx2.HTTPError as error:
        raise Unusable(f"{url} does not answer ({type(error).__name__})") from error
    if answer.status_code == 401:
        raise Unusable(f"the token in {TOKEN_SETTING} is not valid, or no longer")
    if answer.status_code != 200:
        raise Unusable(f"{url} answered {answer.status_code}")


def _relay(upstream: Client) -> "Server[Any]":  # Any: as above
    """Build a server that passes everything on."""

    async def list_tools(_context: _Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return await upstream.list_tools()

    async def call_tool(_context: _Context, params: CallToolRequestParams) -> CallToolResult:
        try:
            return await upstream.call_tool(params.name, params.arguments)
        except MCPError as error:
            # Refused as a whole: too many calls in a minute, a token taken back, the server gone.
            text = f"papertape did not answer: {error}"
            return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)

    info = upstream.server_info
    return Server(
        "papertape" if info is None else info.name,
        version="" if info is None else info.version,
        instructions=upstream.instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
