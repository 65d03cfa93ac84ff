"""Tax lots of what AI traders traded (C-09): first in, first out over a symbol's whole account.

Traders share an account, so that what one bought first another may sell: filing is by the account. Asked for
one trader, it is matched as if it traded alone. Long and short (on paper only) are apart. A lot belongs to
the period in which its later side fell.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Final

from sqlalchemy import Connection

from chalicelib.domain.trading.lots import Lot, match_lots
from chalicelib.services.environment import Environment
from chalicelib.services.reading.export_csv import cell, lines
from chalicelib.services.reading.export_trades import MEDIA_TYPES, ExportFormat
from chalicelib.services.reading.files import ExportedFile, ExportLink, answered
from chalicelib.store.analysis.ai_lots import read_executions
from chalicelib.store.analysis.ai_outcomes import AiFilter

COLUMNS: Final = (
    *("broker_mode", "symbol", "side", "quantity", "acquired_at", "sold_at", "buy_price", "sell_price"),
    *("cost", "proceeds", "fees", "gain", "term"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolLot:
    """A closed lot, and of what."""

    broker_mode: str
    symbol: str
    lot: Lot

    @property
    def closed_at(self) -> datetime:
        """Return when its later side was executed."""
        assert self.lot.acquired_at is not None
        assert self.lot.sold_at is not None
        return max(self.lot.acquired_at, self.lot.sold_at)


def export_lots(env: Environment, username: str, wanted: AiFilter) -> ExportedFile | ExportLink:
    """Write the lots closed in a period as CSV; raises Unavailable as every export does."""
    now = env.clock.now()
    wanted = wanted.within_days(now)
    lots = env.database.run(lambda connection: read_lots(connection, username, wanted), username=username)
    pieces = chain([lines([COLUMNS])], (lines([_cells(lot)]) for lot in lots))
    filename = f"papertape-lots-{now.date().isoformat()}.csv"
    return answered(env, pieces, filename=filename, media_type=MEDIA_TYPES[ExportFormat.CSV], now=now)


def read_lots(connection: Connection, username: str, wanted: AiFilter) -> list[SymbolLot]:
    """Match what was executed and return the lots closed in the period, oldest first."""
    held = read_executions(connection, username, wanted)
    closed = [
        SymbolLot(broker_mode=one.broker_mode, symbol=one.symbol, lot=lot)
        for one in held
        for lot in match_lots(one.executions, Decimal(1), one.side)
        if lot.is_closed
    ]
    in_period = (lot for lot in closed if _is_in(lot.closed_at, wanted))
    return sorted(in_period, key=lambda lot: (lot.closed_at, lot.symbol))


def _is_in(at: datetime, wanted: AiFilter) -> bool:
    return (wanted.from_at is None or at >= wanted.from_at) and (wanted.to_at is None or at <= wanted.to_at)


def lot_values(one: SymbolLot) -> dict[str, str | Decimal | datetime | None]:
    """Return what is told of a lot, by column."""
    lot = one.lot
    return {
        "broker_mode": one.broker_mode,
        "symbol": one.symbol,
        "side": lot.side.value,
        "quantity": lot.quantity,
        "acquired_at": lot.acquired_at,
        "sold_at": lot.sold_at,
        "buy_price": lot.buy_price,
        "sell_price": lot.sell_price,
        "cost": lot.cost_basis,
        "proceeds": lot.proceeds,
        "fees": lot.fees,
        "gain": lot.gain,
        "term": None if lot.term is None else lot.term.value,
    }


def _cells(one: SymbolLot) -> list[str]:
    values = lot_values(one)
    return [cell(values[name]) for name in COLUMNS]
