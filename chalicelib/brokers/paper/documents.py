"""Legs and groups as the documents that the books' rows hold: read and written whole, never searched by."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast  # Any: what a driver makes of JSON
from uuid import UUID

from chalicelib.brokers.paper.groups import Groups, PositionGroup
from chalicelib.brokers.paper.ledger import PaperLeg
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.json_value import JsonValue


def legs_as_document(legs: Sequence[PaperLeg]) -> str:
    """Write an order's legs."""
    return json.dumps(
        [
            {
                "symbol": leg.symbol,
                "side": leg.side.value,
                "ratio": leg.ratio,
                "instrument": leg.instrument.value,
                "filled_value": _number(leg.filled_value),
            }
            for leg in legs
        ]
    )


def legs_from(document: Sequence[Mapping[str, Any]]) -> tuple[PaperLeg, ...]:
    """Read an order's legs."""
    return tuple(
        PaperLeg(
            symbol=leg["symbol"],
            side=OrderSide(leg["side"]),
            ratio=leg["ratio"],
            instrument=Instrument(leg["instrument"]),
            filled_value=Decimal(leg["filled_value"]),
        )
        for leg in document
    )


def groups_as_document(groups: Groups) -> list[JsonValue]:
    """Write what is held together, the oldest first."""
    return [
        {
            "id": str(group.id),
            "underlying": group.underlying,
            "delivers": group.delivers,
            "quantities": {symbol: _number(count) for symbol, count in group.quantities.items()},
        }
        for group in groups
    ]


def groups_from(document: Sequence[JsonValue]) -> Groups:
    """Read what is held together."""
    rows = cast("Sequence[Mapping[str, Any]]", document)  # written by `groups_as_document` alone
    return tuple(
        PositionGroup(
            id=UUID(row["id"]),
            underlying=row["underlying"],
            delivers=row.get("delivers", False),
            quantities={symbol: Decimal(count) for symbol, count in row["quantities"].items()},
        )
        for row in rows
    )


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
