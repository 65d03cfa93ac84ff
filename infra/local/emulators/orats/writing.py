"""Rows as they go over the wire: JSON or CSV, whole or emptied by a fault."""

from collections.abc import Mapping, Sequence

from infra.local.emulators.orats.rows import Table
from infra.local.emulators.serving.exchange import EmulatorResponse, json_response
from infra.local.emulators.serving.faults import FaultKind


def rows_answer(
    rows: Sequence[Mapping[str, object]], asked: Mapping[str, str], *, as_csv: bool
) -> EmulatorResponse:
    """Answer with the fields asked for of each row, as JSON or CSV."""
    names = [name for name in asked.get("fields", "").split(",") if name]
    chosen = [{key: row[key] for key in (names or row) if key in row} for row in rows]
    if not as_csv:
        return json_response({"data": chosen})
    header = ",".join(chosen[0]) if chosen else ""
    lines = [header, *(",".join("" if v is None else str(v) for v in row.values()) for row in chosen)]
    return _csv_response(lines)


def emptied(response: EmulatorResponse, kind: FaultKind) -> EmulatorResponse:
    """Take the rows out of an answer that is bent so: none, or null in their place."""
    if kind is FaultKind.EMPTY_LISTS:
        return json_response({"data": []})
    return json_response({"data": None}) if kind is FaultKind.NULL_LISTS else response


def json_text(fragments: Sequence[str]) -> EmulatorResponse:
    """Answer with rows that are JSON already."""
    rows = ",".join(fragment for fragment in fragments if fragment)
    body = f'{{"data":[{rows}]}}'.encode()
    return EmulatorResponse(status=200, headers={"Content-Type": "application/json"}, body=body)


def csv_text(tables: Sequence[Table]) -> EmulatorResponse:
    """Answer with tables as CSV, under one header."""
    lines = [",".join(tables[0].columns)] if tables else []
    for table in tables:
        lines.extend(table.csv_rows())
    return _csv_response(lines)


def _csv_response(lines: Sequence[str]) -> EmulatorResponse:
    body = ("\n".join(lines) + "\n").encode()
    return EmulatorResponse(status=200, headers={"Content-Type": "text/csv"}, body=body)
