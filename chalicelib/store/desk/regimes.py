"""Rows of `regime_changes`: when the market's regime turned as the desk judges it, and by which figures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.domain.desk.regimes import Regime
from chalicelib.store.ahead import later
from chalicelib.store.arrays import array_literal

_NOTE: Final = text(
    """
    insert into regime_changes (symbol, at, regime, cause)
    select g.symbol, :at, g.regime, g.cause
    from unnest(cast(:symbol as text[]), cast(:regime as text[]), cast(:cause as text[]))
        as g (symbol, regime, cause)
    left join lateral (
        select r.regime, r.at from regime_changes r where r.symbol = g.symbol order by r.at desc limit 1
    ) last on true
    where last.at is null or (last.at < :at and last.regime <> g.regime)
    on conflict do nothing
    """
)


def note_regimes(connection: Connection, at: datetime, regimes: Sequence[Regime]) -> None:
    """Keep, with what is said next, the regimes that are other ones than before."""
    if regimes:
        columns = {name: [getattr(one, name) for one in regimes] for name in ("symbol", "regime", "cause")}
        asked = {name: array_literal("text", values) for name, values in columns.items()}
        later(connection, _NOTE, {**asked, "at": at})
