"""POST /mcp as clients of the protocol meet it: sign-in, limits, audit, and the SDK's own client (A-16)."""

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import anyio
import httpx2
import psycopg
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import Closure
from infra.knowledge.stdio import Unusable, read_settings
from infra.local.front.server import Origin
from infra.local.front.web import WebServer, listen
from tests.api.ended_trades import EndedTrades
from tests.api.support import MACHINE_NOW, Api
from tests.knowledge.conftest import Knowledge, knowledge_of

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
Work = Callable[[Client], Awaitable[T]]


def by_http(site: str, token: str, work: "Work[T]", *, mode: Literal["legacy", "auto"] = "auto") -> T:
    """Let the SDK's own client talk to the site."""

    async def run() -> T:
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http,
            Client(streamable_http_client(f"{site}/mcp", http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return anyio.run(run)


def by_stdio(site: str, token: str, work: "Work[T]") -> T:
    """Let the SDK's own client start our program beside itself."""
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "infra.knowledge.stdio"],
        cwd=str(ROOT),
        env={"PAPERTAPE_URL": site, "PAPERTAPE_TOKEN": token},
    )

    async def run() -> T:
        async with Client(stdio_client(program)) as client:
            return await work(client)

    return anyio.run(run)


async def tour(client: Client) -> dict[str, Any]:
    """Do what a desktop client does: look at the tools, list trades, ask about one."""
    assert client.server_info is not None
    tools = await client.list_tools()
    listed = await client.call_tool("list_trades", {})
    assert listed.structured_content is not None
    first = listed.structured_content["items"][0]["id"]
    explained = await client.call_tool("explain_loss", {"trade_id": first})
    refused = await client.call_tool("get_trade", {"trade_id": "nothing"})
    return {
        "version": client.protocol_version,
        "server": client.server_info.name,
        "instructions": client.instructions,
        "tools": [tool.name for tool in tools.tools],
        "first": first,
        "explained": explained.structured_content,
        "text": json.loads(listed.content[0].text),  # type: ignore[union-attr]  # a text, as tools answer
        "listed": listed.structured_content,
        "refused": refused.is_error,
    }


def check_tour(found: dict[str, Any], trade_id: str) -> None:
    assert found["server"] == "papertape"
    assert "null means not known" in found["instructions"]
    assert "explain_loss" in found["tools"]
    assert found["first"] == trade_id
    assert found["explained"]["trade"]["id"] == trade_id
    assert found["text"] == found["listed"]
    assert found["refused"] is True


@pytest.mark.parametrize(("mode", "version"), [("legacy", "2025-11-25"), ("auto", "2026-07-28")])
def test_the_sdks_client_works_over_http_in_both_eras(
    api: Api, alices: Knowledge, site: str, mode: Literal["legacy", "auto"], version: str
) -> None:
    trade_id = EndedTrades(api).add(gain="-0.50")
    found = by_http(site, alices.token, tour, mode=mode)

    check_tour(found, trade_id)
    assert found["version"] == version


@pytest.mark.slow
def test_the_sdks_client_works_over_stdio(api: Api, alices: Knowledge, site: str) -> None:
    """The program on the desktop has a URL and a token, and nothing else."""
    trade_id = EndedTrades(api).add(gain="-0.50")

    check_tour(by_stdio(site, alices.token, tour), trade_id)
    assert {row["tool"] for row in audit(api)} == {"list_trades", "explain_loss", "get_trade"}


@pytest.mark.slow
def test_an_outage_ends_with_the_message_that_it_met(api: Api, alices: Knowledge, tmp_path: Path) -> None:
    """A client keeps its program for days: what goes away in between comes back."""
    origin, listener = Origin(api.app, tmp_path), listen(0)
    port = listener.getsockname()[1]
    token_id = api.user("alice").get("/api/tokens").json["items"][0]["id"]
    servers = [WebServer(origin, listener, threads=2)]
    servers[0].start()

    async def work(client: Client) -> list[str]:
        told = [await told_by(client)]
        servers[0].stop()
        told.append(await told_by(client))
        servers.append(WebServer(origin, listen(port), threads=2))
        servers[1].start()
        told.append(await told_by(client))
        api.send("DELETE", f"/api/tokens/{token_id}", token=api.user("alice").token)
        return [*told, await told_by(client)]

    before, away, back, refused = by_stdio(f"http://127.0.0.1:{port}", alices.token, work)
    servers[1].stop()

    assert before == back
    assert '"items":[]' in before
    assert "does not answer" in away
    assert "is not valid, or no longer" in refused


async def told_by(client: Client) -> str:
    result = await client.call_tool("list_trades", {"status": "OPEN"})
    return str(result.content[0].text.partition(',"next_cursor"')[0])  # type: ignore[union-attr]  # a text


@pytest.mark.slow
def test_the_program_says_why_it_cannot_start(api: Api, site: str) -> None:
    found = anyio.run(_started_with, {"PAPERTAPE_URL": site, "PAPERTAPE_TOKEN": "pt_" + "x" * 43})

    assert (found.returncode, found.stdout) == (2, b"")
    assert b"is not valid, or no longer" in found.stderr


async def _started_with(settings: dict[str, str]) -> Any:  # Any: a finished process
    return await anyio.run_process(
        [sys.executable, "-m", "infra.knowledge.stdio"], cwd=ROOT, env=settings, check=False, input=b""
    )


@pytest.mark.parametrize(
    ("url", "token", "why"),
    [
        ("", "pt_x", "set PAPERTAPE_URL"),
        ("https://papertape.example", "", "set PAPERTAPE_URL"),
        ("papertape.example", "pt_x", "no address"),
        ("http://papertape.example", "pt_x", "must be https"),
        ("https://papertape.example", "eyJhbGciOi", "no personal access token"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_words(url: str, token: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        read_settings({"PAPERTAPE_URL": url, "PAPERTAPE_TOKEN": token})


@pytest.mark.parametrize("url", ["https://papertape.example", "https://papertape.example/api/"])
def test_the_sites_and_the_apis_address_both_do(url: str) -> None:
    settings = {"PAPERTAPE_URL": url, "PAPERTAPE_TOKEN": "pt_x"}

    assert read_settings(settings) == ("https://papertape.example/mcp", "pt_x")


def test_without_a_token_there_is_a_challenge(api: Api) -> None:
    """401 as problem+json, never a word of the protocol."""
    for headers in ({}, {"authorization": "Bearer pt_unknown"}, {"authorization": "Basic eDp5"}):
        answer = api.send("POST", "/mcp", PING, headers=headers)

        assert (answer.status, answer.kind) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_that_ran_out_or_was_taken_back_opens_nothing(api: Api, alices: Knowledge) -> None:
    assert alices.post(PING).status == 200
    listed = api.user("alice").get("/api/tokens").json["items"]
    taken_back = api.send("DELETE", f"/api/tokens/{listed[0]['id']}", token=api.user("alice").token)
    assert taken_back.status == 204

    assert alices.post(PING).status == 401


def test_a_session_and_a_trading_token_may_ask_too(api: Api) -> None:
    assert api.user("alice").post("/mcp", PING).json == {"jsonrpc": "2.0", "id": 1, "result": {}}
    assert knowledge_of(api, "alice", "trade").post(PING).status == 200


@pytest.mark.parametrize(
    ("message", "status", "kind"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 400, "malformed"),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', 422, "invalid"),
        (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', 422, "invalid"),
        (b'{"jsonrpc":"2.0","id":1.5,"method":"ping"}', 422, "invalid"),
        (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', 422, "invalid"),
        (b'{"jsonrpc":"2.0","id":1,"result":{}}', 422, "invalid"),
        (b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":"\\u0000"}}', 422, "invalid"),
        (
            b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"' + b"x" * 66_000 + b'"}}',
            413,
            "too-large",
        ),
    ],
)
def test_what_is_no_message_is_refused_like_any_body(
    api: Api, alices: Knowledge, message: bytes, status: int, kind: str
) -> None:
    answer = api.send("POST", "/mcp", token=alices.token, raw=message)

    assert (answer.status, answer.kind) == (status, kind)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"jsonrpc": "2.0", "id": "a", "method": "no/such"}, -32601),
        ({"jsonrpc": "2.0", "id": "a", "method": "resources/list"}, -32601),
        ({"jsonrpc": "2.0", "id": "a", "method": "tools/call"}, -32602),
        ({"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": 5}}, -32602),
        (
            {"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "x", "arguments": []}},
            -32602,
        ),
    ],
)
def test_what_the_protocol_refuses_is_an_error_of_the_protocol(
    alices: Knowledge, message: dict[str, object], code: int
) -> None:
    answer = alices.post(message)

    assert answer.status == 200
    assert answer.json["id"] == "a"
    assert answer.json["error"]["code"] == code


def test_a_notification_is_accepted_without_a_word(alices: Knowledge) -> None:
    answer = alices.post({"jsonrpc": "2.0", "method": "notifications/initialized"})

    assert (answer.status, answer.text) == (202, "")


def test_nothing_is_kept_between_two_messages(alices: Knowledge) -> None:
    """Stateless: no session is handed out, and one that is made up changes nothing."""
    answer = alices.post(PING, mcp_session_id="made-up")

    assert answer.status == 200
    assert "mcp-session-id" not in answer.headers


def test_a_version_of_the_protocol_that_nobody_knows_is_refused_with_those_we_do(
    alices: Knowledge, site: str
) -> None:
    headers = {
        "Authorization": f"Bearer {alices.token}",
        "MCP-Protocol-Version": "2099-01-01",
        "MCP-Method": "ping",
        "Accept": "text/event-stream, application/json",
    }
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2099-01-01",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    answer = httpx2.post(f"{site}/mcp", json={**PING, "params": {"_meta": meta}}, headers=headers)

    assert answer.status_code == 400
    assert answer.json()["jsonrpc"] == "2.0"
    assert "2026-07-28" in answer.text


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_there_is_no_stream_to_open_and_no_session_to_end(alices: Knowledge, site: str, method: str) -> None:
    """405, as the protocol has it for a server that offers neither."""
    answer = httpx2.request(method, f"{site}/mcp", headers={"Authorization": f"Bearer {alices.token}"})

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_page_of_another_origin_may_not_speak_for_a_user(alices: Knowledge, site: str) -> None:
    def status(**headers: str) -> int:
        sent = {"Authorization": f"Bearer {alices.token}", **headers}
        return httpx2.post(f"{site}/mcp", json=PING, headers=sent).status_code

    assert status(Origin="https://evil.example") == 403
    assert status(Origin="null") == 403
    assert status(Origin=site) == 200
    assert status() == 200


def test_a_call_of_a_tool_weighs_ten_requests(api: Api, alices: Knowledge) -> None:
    """429 with Retry-After; another user is not held up."""
    bobs = knowledge_of(api, "bob")
    api.throttle(60)
    api.machine_now = MACHINE_NOW.replace(minute=1)
    statuses = [alices.post(calling("list_trades")).status for _ in range(7)]
    refused = alices.post(calling("list_trades"))

    assert statuses == [200] * 6 + [429]
    assert (refused.status, refused.kind) == (429, "too-many-requests")
    assert bobs.post(calling("list_trades")).status == 200
    api.machine_now += timedelta(minutes=2)
    assert alices.post(calling("list_trades")).status == 200


def calling(tool: str, **arguments: object) -> dict[str, object]:
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def audit(api: Api) -> list[dict[str, Any]]:
    """Read the audit trail as the role that only reads, as it was written."""
    with psycopg.connect(api.urls.backup) as connection:
        rows = connection.execute("select row_to_json(c) from tool_calls c order by c.ctid").fetchall()
    return [row for (row,) in rows]


def test_every_call_leaves_a_row_whatever_came_of_it(api: Api, alices: Knowledge) -> None:
    """Who, by which token, what, how it went, how much was answered and how long it took."""
    EndedTrades(api).add()
    token_id = api.user("alice").get("/api/tokens").json["items"][0]["id"]
    alices.ask("list_trades", ticker="SPY")
    alices.refusal("get_trade", trade_id="x")
    alices.refusal("no_such_tool" * 20, a=1)
    alices.refusal("performance", ticker="x" * 5000)
    alices.post(PING)
    rows = audit(api)

    assert [(row["tool"], row["ok"], row["items"]) for row in rows] == [
        ("list_trades", True, 1),
        ("get_trade", False, None),
        (("no_such_tool" * 20)[:100], False, None),
        ("performance", False, None),
    ]
    assert rows[0]["arguments"] == {"ticker": "SPY"}
    assert rows[1]["error"].startswith("trade_id")
    assert list(rows[3]["arguments"]) == ["characters"]
    assert {(row["username"], row["token_id"]) for row in rows} == {("alice", token_id)}
    assert all(row["seconds"] >= 0 for row in rows)


def test_a_user_sees_no_other_users_calls(api: Api, alices: Knowledge) -> None:
    alices.ask("list_trades")
    seen = "select count(*) from tool_calls"
    with psycopg.connect(api.urls.app) as connection:
        connection.execute("select set_config('app.current_user', 'bob', true)")

        assert connection.execute(seen).fetchone() == (0,)


def test_a_database_that_is_away_is_told_so(api: Api, alices: Knowledge) -> None:
    """Without its row nothing is answered: the trail has no holes."""
    with api.without_database():
        refusal = alices.refusal("list_trades")

    assert "cannot be reached" in refusal


def test_a_fault_of_ours_is_told_in_no_words_of_its_own(api: Api, alices: Knowledge) -> None:
    """No text of an exception leaves, and the call is written down like any other."""

    def closures(_connection: Connection) -> dict[date, Closure]:
        raise RuntimeError("select secret from paper_trades")

    api.context = replace(api.context, environment=replace(api.environment, closures=closures))
    refusal = alices.refusal("performance")

    assert refusal == "The request could not be carried out."
    assert [(row["tool"], row["ok"], row["error"]) for row in audit(api)] == [("performance", False, refusal)]


def test_only_this_call_imports_the_sdk(api: Api) -> None:
    """performance.md: the SDK costs half a second, which no other call pays."""
    code = "import app, sys; print([name for name in ('mcp', 'starlette', 'anyio') if name in sys.modules])"

    async def run() -> bytes:
        return (await anyio.run_process([sys.executable, "-c", code], cwd=ROOT)).stdout

    assert anyio.run(run).strip() == b"[]"


def test_the_site_may_be_unknown(api: Api, alices: Knowledge) -> None:
    """Where no origin is configured, no page may call at all."""
    api.context = replace(api.context, site_origin=None)

    assert alices.post(PING, origin="https://papertape.example").status == 403
    assert alices.post(PING).status == 200
