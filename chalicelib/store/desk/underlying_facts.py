"""Rows of `underlying_facts`: what a vendor said of an underlying on a day, so that nobody asks twice.

A row is of the day on which it was read; the newest takes the place of the one before it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, delete, select, text

from chalicelib.domain.json_value import JsonValue
from chalicelib.store.schema import underlying_facts


class FactKind(StrEnum):
    """What a row tells of."""

    BARS = "bars"
    EARNINGS = "earnings"
    DIVIDENDS = "dividends"
    EXPIRATIONS = "expirations"
    CLOSES = "closes"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFact:
    """A vendor's answer; not `known`: it had none. `read_at` None: now."""

    symbol: str
    kind: FactKind
    day: date
    known: bool
    facts: dict[str, JsonValue]
    source: str
    read_at: datetime | None = None


_WRITE: Final = text(
    """
    insert into underlying_facts (symbol, kind, day, known, facts, source)
    select told.symbol, told.kind, told.day, told.known, cast(told.facts as jsonb), told.source
    from unnest(
        cast(:symbols as text[]), cast(:kinds as text[]), cast(:days as date[]), cast(:knowns as boolean[]),
        cast(:facts as text[]), cast(:sources as text[])
    ) as told (symbol, kind, day, known, facts, source)
    order by 1, 2
    on conflict (symbol, kind) do update
        set day = excluded.day, known = excluded.known, facts = excluded.facts, source = excluded.source,
            read_at = papertape_now()
    """
)


def read_kept_facts(connection: Connection, symbols: Sequence[str], day: date) -> list[KeptFact]:
    """Read what was said of these underlyings on a day."""
    c = underlying_facts.c
    rows = connection.execute(
        select(underlying_facts).where(c.symbol.in_(list(symbols)), c.day == day).order_by(c.symbol, c.kind)
    )
    return [
        KeptFact(
            symbol=row.symbol,
            kind=FactKind(row.kind),
            day=row.day,
            known=row.known,
            facts=row.facts,
            source=row.source,
            read_at=row.read_at,
        )
        for row in rows
    ]


def keep_facts(connection: Connection, told: Sequence[KeptFact]) -> None:
    """Keep answers, each of a symbol and kind of its own."""
    if not told:
        return
    connection.execute(
        _WRITE,
        {
            "symbols": [one.symbol for one in told],
            "kinds": [one.kind.value for one in told],
            "days": [one.day for one in told],
            "knowns": [one.known for one in told],
            "facts": [json.dumps(one.facts) for one in told],
            "sources": [one.source for one in told],
        },
    )


def forget_facts(connection: Connection) -> None:
    """Drop what is kept: all of it is asked for anew."""
    connection.execute(delete(underlying_facts))
