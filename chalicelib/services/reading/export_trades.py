"""Export a user's trades (A-16): the file itself while it is small, else a link to it.

Trades pass through in batches, so memory holds at most what an answer may hold.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.clocks.calendar import new_york_date
from chalicelib.domain.instants import rfc3339
from chalicelib.services.environment import Environment
from chalicelib.services.reading import export_csv
from chalicelib.services.reading.files import ExportedFile, ExportLink, answered
from chalicelib.store.trades.exports import ExportFilter, read_booked, read_details, stream_ids


class ExportFormat(StrEnum):
    """How trades are written."""

    CSV = "csv"
    JSON = "json"


MEDIA_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/json",
}


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
        return answered(env, pieces, filename=filename, media_type=media_type, now=now)


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
