"""Binance's market streams: what is pushed, and over WebSockets a page can read (wire/binance.md, 8)."""

import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedIOBase
from typing import Any

import pytest

from infra.local.emulators.binance.stream_server import StreamServer
from infra.local.emulators.serving.websocket import Opcode
from tests.emulators.support import Outside, fixture


@pytest.fixture
def outside() -> Outside:
    """Half past a minute on a Saturday."""
    found = Outside()
    found.clock.at = datetime(2026, 2, 21, 12, 34, 30, tzinfo=UTC)
    return found


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("btcusdt@kline_1m", "ws_kline.json"),
        ("btcusdt@bookTicker", "ws_book_ticker.json"),
        ("btcusdt@miniTicker", "ws_mini_ticker.json"),
        ("btcusdt@ticker", "ws_ticker_24hr.json"),
        ("btcusdt@aggTrade", "ws_agg_trade.json"),
    ],
)
def test_messages_have_the_documented_fields(outside: Outside, stream: str, name: str) -> None:
    recorded: Any = fixture("binance", name)
    exchange = outside.world.binance
    (message,) = exchange.due(exchange.stream([stream], is_combined=False))

    assert list(message) == list(recorded)
    assert {key: type(value) for key, value in message.items()} == {
        key: type(value) for key, value in recorded.items()
    }
    if "k" in recorded:
        candle: Any = message["k"]
        assert list(candle) == list(recorded["k"])


def test_a_candle_is_told_every_other_second_and_closed_once(outside: Outside) -> None:
    """`x` is true in the last word on a candle alone."""
    exchange = outside.world.binance
    session = exchange.stream(["ethusdt@kline_1m"], is_combined=True)
    told: list[Any] = []
    for _ in range(35):
        told += exchange.due(session)
        outside.clock.forward(seconds=1)
    candles = [one["data"]["k"] for one in told]

    wrapped: Any = fixture("binance", "ws_combined_wrapper.json")
    assert (list(told[0]), list(told[0]["data"]["k"])) == (list(wrapped), list(wrapped["data"]["k"]))
    assert {one["stream"] for one in told} == {"ethusdt@kline_1m"}
    assert [one["x"] for one in candles].count(True) == 1
    closed = next(one for one in candles if one["x"])
    row = outside.exchange("/klines", symbol="ETHUSDT", interval="1m", limit=2).json()[0]
    assert [closed[name] for name in ("t", "o", "h", "l", "c", "v")] == row[:6]
    assert len(told) == 19


def test_a_hand_on_the_price_is_told_at_once(outside: Outside) -> None:
    exchange = outside.world.binance
    session = exchange.stream(["btcusdt@aggTrade", "nosuch@ticker", "btcusdt@depth"], is_combined=False)
    first, none = exchange.due(session), exchange.due(session)
    outside.world.simulated.jump("BTCUSDT", 50_000.0)
    (moved,) = exchange.due(session)

    assert (len(first), none) == (1, [])
    assert moved["p"] == "50000.00000000"


def test_clients_subscribe_leave_and_list(outside: Outside) -> None:
    exchange = outside.world.binance
    session = exchange.stream([], is_combined=False)
    request: Any = fixture("binance", "ws_subscribe_request.json")

    assert exchange.asked(session, request) == fixture("binance", "ws_subscribe_response.json")
    listed = {"method": "LIST_SUBSCRIPTIONS", "id": 3}
    assert exchange.asked(session, listed) == {"result": request["params"], "id": 3}
    exchange.asked(session, {"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 2})
    assert exchange.due(session) == []
    wrong = exchange.asked(session, {"method": "BUY", "id": 4})
    assert (wrong["code"], wrong["id"]) == (2, 4)


@contextmanager
def connected(url: str, path: str, **headers: str) -> Iterator[tuple[socket.socket, BufferedIOBase, str]]:
    """Connect as a browser does; yields the line, what comes over it, and the answer's first line."""
    host, _, port = url.removeprefix("ws://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line, line.makefile("rb") as coming:
        asked = {
            "Host": f"{host}:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
            **headers,
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.items())]
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        first = coming.readline().decode().strip()
        while coming.readline().strip():
            pass
        yield line, coming, first


def read(coming: BufferedIOBase) -> tuple[int, bytes]:
    first, second = coming.read(2)
    length = second if second < 126 else int.from_bytes(coming.read(2 if second == 126 else 8), "big")
    return first & 0x0F, coming.read(length)


def send(line: socket.socket, opcode: Opcode, payload: bytes) -> None:
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    line.sendall(bytes([0x80 | opcode, 0x80 | len(payload)]) + mask + masked)


def test_a_page_reads_them_over_a_websocket(outside: Outside) -> None:
    """C-10: live P&L is the browser's own, from the exchange's public stream."""
    with StreamServer(outside.world.binance) as server:
        origin = {"Origin": "http://127.0.0.1:8000"}
        path = "/stream?streams=btcusdt@bookTicker"
        with connected(server.url, path, **origin) as (line, coming, first):
            assert first == "HTTP/1.1 101 Switching Protocols"
            opcode, payload = read(coming)
            assert (opcode, json.loads(payload)["stream"]) == (Opcode.TEXT, "btcusdt@bookTicker")
            send(line, Opcode.PING, b"there?")
            assert read(coming) == (Opcode.PONG, b"there?")
            send(line, Opcode.TEXT, b'{"method": "SUBSCRIBE", "params": ["ethusdt@aggTrade"], "id": 1}')
            assert json.loads(read(coming)[1]) == {"result": None, "id": 1}
            assert json.loads(read(coming)[1])["data"]["s"] == "ETHUSDT"
            send(line, Opcode.CLOSE, b"")
            assert read(coming)[0] == Opcode.CLOSE
        with connected(server.url, "/ws/btcusdt@kline_1m") as (_, coming, _):
            assert json.loads(read(coming)[1])["e"] == "kline"


@pytest.mark.parametrize(
    ("path", "headers"), [("/ws", {"Host": "evil.example"}), ("/other", {}), ("/ws", {"Upgrade": "h2c"})]
)
def test_what_is_no_websocket_of_this_machine_is_refused(
    outside: Outside, path: str, headers: dict[str, str]
) -> None:
    with (
        StreamServer(outside.world.binance) as server,
        connected(server.url, path, **headers) as (_, _, first),
    ):
        assert first.startswith("HTTP/1.1 400")
