"""Export a user's trades (A-16): the file itself while it is small, else a link to it.

Trades pass through in batches, so memory holds at most what an answer may hold.
"""

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instants import rfc3339
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Unavailable
from chalicelib.services.reading import export_csv
from chalicelib.store.files.objects import ObjectsError
from chalicelib.store.trades.exports import ExportFilter, read_booked, read_details, stream_ids

#: api.md: up to here the file itself.
FILE_BYTES_MAX: Final = 5 * 1024 * 1024
#: A function's answer may have 6 MB, in which the file stands as a JSON text with its quotes escaped
#: (AWS Lambda, quotas: invocation payload).
ANSWER_BYTES_MAX: Final = 6_000_000
LINK_SECONDS: Final = 300


class ExportFormat(StrEnum):
    """How trades are written."""

    CSV = "csv"
    JSON = "json"


MEDIA_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/json",
}


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


def export(
    env: Environment, username: str, format_: ExportFormat, wanted: ExportFilter
) -> ExportedFile | ExportLink:
    """Write the trades that are wanted; raises Unavailable when a large file cannot be stored."""
    now = env.clock.now()
    filename = f"papertape-trades-{new_york_date(now).isoformat()}.{format_}"
    media_type = MEDIA_TYPES[format_]
    with (
        env.database.transaction(username) as connection,
        closing(_pieces(connection, username, format_, wanted, as_of=rfc3339(now))) as pieces,
    ):
        first, rest = _gather(pieces)
        if rest is None:
            return ExportedFile(text=first, filename=filename, media_type=media_type)
        key = f"exports/{env.randomness.uuid7(now)}/{filename}"
        encoded = (piece.encode() for piece in chain([first], rest))
        try:
            env.objects.put_stream(key, encoded, content_type=media_type)
            url = env.objects.link(key, expires_seconds=LINK_SECONDS, filename=filename)
        except ObjectsError as error:
            raise Unavailable("The file is too large for an answer and could not be stored.") from error
        return ExportLink(url=url)


def _pieces(
    connection: Connection, username: str, format_: ExportFormat, wanted: ExportFilter, *, as_of: str
) -> Generator[str, None, None]:
    if format_ is ExportFormat.CSV:
        yield from csv_pieces(connection, username, wanted)
    else:
        yield from json_pieces(connection, username, wanted, as_of=as_of)


def csv_pieces(connection: Connection, username: str, wanted: ExportFilter) -> Iterator[str]:
    """Write CSV, a batch of trades at a time."""
    yield export_csv.header()
    for ids in stream_ids(connection, username, wanted):
        yield export_csv.rows(read_booked(connection, ids, export_csv.READ_COLUMNS))


def json_pieces(connection: Connection, username: str, wanted: ExportFilter, *, as_of: str) -> Iterator[str]:
    """Write a list as every list is answered, each item a trade with its detail."""
    separator = '{"items":['
    for ids in stream_ids(connection, username, wanted):
        for trade in read_details(connection, ids):
            yield separator + trade
            separator = ","
    empty_list = "" if separator == "," else separator
    yield f'{empty_list}],"next_cursor":null,"as_of":"{as_of}"}}'


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
