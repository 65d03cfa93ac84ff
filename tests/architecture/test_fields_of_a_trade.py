"""A trade's fields are told once (`domain/trading/trade_fields.py`); whoever names them is held to that list.

Schema, described answers, export, the page's shapes and the proofs' rows each stand where their own reader
looks for them. A field that one of them lacks, or takes for another kind, fails here and not at a user.
"""

import dataclasses
import re
import types
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin

import pytest
from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from chalicelib.api.responses import trades as answers
from chalicelib.domain.trading.trade_fields import FIELDS, Kind, Shown, TradeField, names
from chalicelib.domain.trading.trades import Leg, Trade
from chalicelib.services.reading.export_csv import OUTCOME_COLUMNS, TRADE_COLUMNS
from chalicelib.store.schema import paper_trades
from infra.local.invariants.rows import TradeRow

ROOT: Final = Path(__file__).parents[2]
BY_NAME: Final = {field.name: field for field in FIELDS}
#: What an answer adds that is no field of the trade's own: made of its orders, legs and changes.
MADE_OF_OTHERS: Final = {"settling", "legs", "targets", "orders"}
COLUMN_OF: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.ID: (Uuid,),
    Kind.TEXT: (Text,),
    Kind.NUMBER: (Numeric,),
    Kind.COUNT: (Integer,),
    Kind.INSTANT: (DateTime,),
    Kind.DATE: (Date,),
    Kind.FLAG: (Boolean,),
    Kind.JSON: (JSONB,),
}
#: What the page's checks are called, by what JSON has for a kind.
CHECK_OF: Final = {
    **dict.fromkeys((Kind.ID, Kind.TEXT, Kind.INSTANT, Kind.DATE), "text"),
    **dict.fromkeys((Kind.NUMBER, Kind.COUNT), "number"),
    Kind.FLAG: "flag",
    Kind.JSON: "anything",
}
_SHAPE: Final = re.compile(r"export const trade = shape\(\{\n(.*?)\n\}\);", re.DOTALL)
_ENTRY: Final = re.compile(r"^  (\w+): (nullable\()?(\w+)", re.MULTILINE)


def page_shape() -> dict[str, tuple[str, bool]]:
    """Return what the page takes a trade for: by field the check, and whether it may be null."""
    for script in sorted((ROOT / "static-site" / "js").rglob("shapes*.js")):
        found = _SHAPE.search(script.read_text(encoding="utf-8"))
        if found is not None:
            return {name: (check, bool(opens)) for name, opens, check in _ENTRY.findall(found[1])}
    pytest.fail("the page has no shape of a trade")


def may_be_none(annotation: Any) -> bool:  # Any: whatever stands as an annotation
    if annotation is Any:
        return True
    return get_origin(annotation) in {Union, types.UnionType} and type(None) in get_args(annotation)


def test_every_column_of_a_trade_is_a_field_of_its_kind() -> None:
    assert {column.name for column in paper_trades.c} == BY_NAME.keys()
    for name, field in BY_NAME.items():
        column = paper_trades.c[name]
        assert isinstance(column.type, COLUMN_OF[field.kind]), name
        assert column.nullable is field.may_be_none, name


@pytest.mark.parametrize(
    ("model", "shown", "added"),
    [
        (answers.Trade, {Shown.LISTED}, MADE_OF_OTHERS),
        (answers.TradeDetail, {Shown.LISTED, Shown.DETAILED}, MADE_OF_OTHERS | {"changes"}),
    ],
    ids=["list", "detail"],
)
def test_answers_are_described_as_the_fields_are(
    model: type[answers.Trade], shown: set[Shown], added: set[str]
) -> None:
    described = model.model_fields
    wanted = {field.name for field in FIELDS if field.shown in shown}

    assert described.keys() == wanted | added
    for name in wanted:
        assert may_be_none(described[name].annotation) is BY_NAME[name].may_be_none, name


def test_the_page_reads_fields_that_there_are_as_what_they_are() -> None:
    """The page may expect less of a field than it promises, never more."""
    shape = page_shape()

    for name in shape.keys() - MADE_OF_OTHERS - {"changes"}:
        field = BY_NAME[name]
        check, takes_null = shape[name]
        assert field.shown is not Shown.NOWHERE, name
        assert check in {CHECK_OF[field.kind], "anything"}, name
        assert takes_null or check == "anything" or not field.may_be_none, name


def test_the_export_has_the_columns_that_are_marked_for_it() -> None:
    """A lot's own columns tell of the lot; the trade's of the same name stand in where it has none."""
    assert set(TRADE_COLUMNS) == {field.name for field in FIELDS if field.exported}
    assert set(OUTCOME_COLUMNS) <= set(names(Shown.LISTED))
    assert len(set(TRADE_COLUMNS)) == len(TRADE_COLUMNS)


@pytest.mark.parametrize(
    ("rows", "of_legs"),
    [
        (Trade, {"legs"}),
        (TradeRow, {"symbol", "instrument", "side", "multiplier", "legs"}),
    ],
    ids=["core", "proofs"],
)
def test_whoever_reads_trades_as_values_names_fields_that_there_are(rows: type, of_legs: set[str]) -> None:
    named = {one.name for one in dataclasses.fields(rows)}

    assert named - of_legs <= BY_NAME.keys()
    assert of_legs - {"legs"} <= {one.name for one in dataclasses.fields(Leg)}


def test_a_field_is_told_once() -> None:
    assert len(BY_NAME) == len(FIELDS)
    assert all(isinstance(field, TradeField) for field in FIELDS)
