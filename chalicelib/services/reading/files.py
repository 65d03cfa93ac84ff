"""A file for its owner: itself while it fits an answer, else a link to where it was put (api.md)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from chalicelib.services.environment import Environment
from chalicelib.services.errors import Unavailable
from chalicelib.store.files.objects import ObjectsError

#: api.md: up to here the file itself.
FILE_BYTES_MAX: Final = 5 * 1024 * 1024
#: A function's answer may have 6 MB, in which the file stands as a JSON text with its quotes escaped
#: (AWS Lambda, quotas: invocation payload).
ANSWER_BYTES_MAX: Final = 6_000_000
LINK_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file as text, with its name."""

    text: str
    filename: str
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLink:
    """Where a file that is too large for an answer may be had, for LINK_SECONDS."""

    url: str


def answered(
    env: Environment, pieces: Iterator[str], *, filename: str, media_type: str, now: datetime
) -> ExportedFile | ExportLink:
    """Return a text file that comes in pieces; raises Unavailable when a large one cannot be stored."""
    first, rest = _gather(pieces)
    if rest is None:
        return ExportedFile(text=first, filename=filename, media_type=media_type)
    encoded = (piece.encode() for piece in chain([first], rest))
    return linked(env, encoded, filename=filename, media_type=media_type, now=now)


def linked(
    env: Environment, pieces: Iterable[bytes], *, filename: str, media_type: str, now: datetime
) -> ExportLink:
    """Put a file where its link leads for a while; raises Unavailable when it cannot be stored."""
    key = f"exports/{env.randomness.uuid7(now)}/{filename}"
    try:
        env.objects.put_stream(key, pieces, content_type=media_type)
        return ExportLink(url=env.objects.link(key, expires_seconds=LINK_SECONDS, filename=filename))
    except ObjectsError as error:
        raise Unavailable("The file is too large for an answer and could not be stored.") from error


def _gather(pieces: Iterator[str]) -> tuple[str, Iterable[str] | None]:
    """Return the whole text and None when it fits an answer, else the beginning and what follows."""
    gathered: list[str] = []
    file_bytes = answer_bytes = 0
    for piece in pieces:
        gathered.append(piece)
        file_bytes += len(piece.encode())
        answer_bytes += len(json.dumps(piece))
        if file_bytes > FILE_BYTES_MAX or answer_bytes > ANSWER_BYTES_MAX:
            return "".join(gathered), pieces
    return "".join(gathered), None
