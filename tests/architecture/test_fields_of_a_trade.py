"""A trade's fields are told once (`domain/trading/trade_fields.py`); whoever names them is held to that list.

Schema, described answers, export, the page's shapes and the proofs' rows each stand where their own reader
looks for them. A field that one of them lacks, or takes for another kind, fails here and not at a user.
"""

import dataclasses
import re
import types
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from chalicelib.api.responses import trades as answers
from chalicelib.domain.trading.changing_facts import TradeFacts
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trade_fields import FIELDS, Kind, Shown, names
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.reading.export_csv import OUTCOME_COLUMNS, TRADE_COLUMNS
from chalicelib.store.schema import paper_trades
from chalicelib.store.trades.trades import DECIDING_COLUMNS
from infra.local.invariants.rows import TradeRow

ROOT: Final = Path(__file__).parents[2]
BY_NAME: Final = {field.name: field for field in FIELDS}
#: What an answer adds that is no field of the trade's own: made of its orders, legs and changes.
MADE_OF_OTHERS: Final = {"settling", "legs", "targets", "orders"} | {
    *("r_planned", "r_achieved", "changes_count", "analyses_count"),
}
#: What is added where one trade is read alone.
MADE_FOR_ONE: Final = {"changes", "leg_marks", "pnl_status", "needs_reconcile", "close_status"}
#: What is written of a trade when its row is made, and stays so; a key may be given back.
OF_ITS_ROW: Final = {
    *(
        "id",
        "username",
        "originator",
        "originator_id",
        "shadow_of",
        "strategy",
        "created_at",
        "idempotency_key",
        "import_id",
    ),
    *("ticker", "option_type", "strike", "expiry", "qty", "order_type", "limit_price", "asked_price"),
    "structure",
    *("initial_sl", "planned_exit"),
    *("walk_worst", "walk_step", "walk_step_seconds", "walk_seconds"),
    *(
        "broker_mode",
        "account_id",
        "trigger_precision",
        "card_score",
        "ai_score",
        "ai_verdict",
        "gate_verdict",
    ),
    *("technical_score", "sentiment_score", "signals_given", "ai_reasoning_log"),
}
#: What statements of their own write (marks, the time capsule, the analysis), and what each write brings.
BY_OTHERS: Final = {
    *("current_price", "mark_at", "delayed", "best_price", "delta_at_entry", "iv_at_entry"),
    *("signals_snapshot", "market_regime", "order_book_state"),
    *(
        "target_pnl_15m",
        "target_pnl_1h",
        "target_mfe_pct",
        "target_mae_pct",
        "pnl_attribution",
        "analysed_at",
        "forensics_source",
    ),
    *("last_updated", "is_locked"),
}
#: What a value of a kind may be in Python; states and reasons are texts.
VALUE_OF: Final[dict[Kind, type]] = {
    Kind.TEXT: str,
    Kind.NUMBER: Decimal,
    Kind.COUNT: int,
    Kind.INSTANT: datetime,
    Kind.FLAG: bool,
}
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
        (answers.TradeDetail, {Shown.LISTED, Shown.DETAILED}, MADE_OF_OTHERS | MADE_FOR_ONE),
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

    for name in shape.keys() - MADE_OF_OTHERS - MADE_FOR_ONE:
        field = BY_NAME[name]
        check, takes_null = shape[name]
        assert field.shown is not Shown.NOWHERE, name
        # A document may have a shape of its own, which real answers meet in the page's tests.
        assert field.kind is Kind.JSON or check in {CHECK_OF[field.kind], "anything"}, name
        assert takes_null or check == "anything" or not field.may_be_none, name


def test_the_export_has_the_columns_that_are_marked_for_it() -> None:
    """A lot's own columns tell of the lot; the trade's of the same name stand in where it has none."""
    assert set(TRADE_COLUMNS) == {field.name for field in FIELDS if field.exported}
    assert set(OUTCOME_COLUMNS) <= set(names(Shown.LISTED))
    assert len(set(TRADE_COLUMNS)) == len(TRADE_COLUMNS)


@pytest.mark.parametrize(
    ("rows", "of_legs"),
    [
        (Trade, {"legs", "targets", "walk"}),
        (TradeRow, {"symbol", "instrument", "side", "multiplier", "legs", "several"}),
    ],
    ids=["core", "proofs"],
)
def test_whoever_reads_trades_as_values_names_fields_that_there_are(rows: type, of_legs: set[str]) -> None:
    named = {one.name for one in dataclasses.fields(rows)}

    assert named - of_legs <= BY_NAME.keys()
    assert of_legs - {"legs", "targets", "several", "walk"} <= {one.name for one in dataclasses.fields(Leg)}


def test_each_field_is_a_fact_that_changes_or_has_its_own_writer() -> None:
    """A new field cannot be left out in silence: a step may write it, or it is told here who does."""
    changing = TradeFacts.__annotations__.keys()

    assert changing | OF_ITS_ROW | BY_OTHERS == BY_NAME.keys()
    assert len(changing) + len(OF_ITS_ROW) + len(BY_OTHERS) == len(BY_NAME)
    assert changing | OF_ITS_ROW >= DECIDING_COLUMNS


def test_facts_that_change_are_of_the_kind_that_their_fields_are() -> None:
    of_a_trade = get_type_hints(Trade)

    for name, wanted in get_type_hints(TradeFacts).items():
        field = BY_NAME[name]
        assert may_be_none(wanted) is field.may_be_none, name
        if field.kind is not Kind.JSON:
            values = [one for one in get_args(wanted) if one is not types.NoneType] or [wanted]
            assert all(issubclass(one, VALUE_OF[field.kind]) for one in values), name
        assert of_a_trade.get(name, wanted) == wanted, name


def test_a_field_is_told_once() -> None:
    assert len(BY_NAME) == len(FIELDS)
