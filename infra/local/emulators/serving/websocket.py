"""The server's side of WebSockets over one connection (RFC 6455): the handshake and its frames."""

import base64
import hashlib
import struct
from collections.abc import Mapping
from enum import IntEnum
from io import BufferedIOBase
from typing import Final

_MAGIC: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#: What clients send is a few names of streams.
PAYLOAD_MAX: Final = 65_536
_SHORT, _TWO_BYTES, _EIGHT_BYTES = 125, 126, 127


class Opcode(IntEnum):
    """Kinds of frames (RFC 6455, 5.2)."""

    TEXT = 0x1
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class NoWebSocket(ValueError):
    """A handshake or a frame that is none."""


def accepted(headers: Mapping[str, str]) -> bytes:
    """Return the answer to a handshake; header names in lower case. Raises NoWebSocket."""
    key = headers.get("sec-websocket-key")
    if key is None or headers.get("upgrade", "").lower() != "websocket":
        raise NoWebSocket("this is for WebSockets")
    digest = base64.b64encode(hashlib.sha1((key + _MAGIC).encode(), usedforsecurity=False).digest()).decode()
    lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    return ("\r\n".join((*lines, f"Sec-WebSocket-Accept: {digest}")) + "\r\n\r\n").encode()


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return a whole frame of the server's, which is not masked."""
    head = bytes([0x80 | opcode])
    if len(payload) <= _SHORT:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + bytes([_TWO_BYTES]) + struct.pack(">H", len(payload)) + payload
    return head + bytes([_EIGHT_BYTES]) + struct.pack(">Q", len(payload)) + payload


def read_frame(line: BufferedIOBase) -> tuple[int, bytes]:
    """Read a client's next frame, which is masked: its opcode and what it holds. Raises NoWebSocket."""
    first, second = _exactly(line, 2)
    length = second & 0x7F
    if length == _TWO_BYTES:
        length = struct.unpack(">H", _exactly(line, 2))[0]
    elif length == _EIGHT_BYTES:
        length = struct.unpack(">Q", _exactly(line, 8))[0]
    if not second & 0x80 or length > PAYLOAD_MAX or not first & 0x80:
        raise NoWebSocket("a frame is not masked, in parts, or too long")
    mask = _exactly(line, 4)
    payload = _exactly(line, length)
    return first & 0x0F, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def _exactly(line: BufferedIOBase, count: int) -> bytes:
    found = line.read(count)
    if len(found) < count:
        raise NoWebSocket("the connection ended")
    return found
