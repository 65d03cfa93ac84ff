"""Rows of `contract_ids`: Interactive Brokers' numbers of contracts, found once for everybody (B-10).

They are nobody's: whoever acts for a user neither reads nor writes them in that user's name. Each statement
commits by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, text

from chalicelib.store.database import Database

_BY_SYMBOL: Final = text("select symbol, conid from contract_ids where symbol = any(:symbols)")
_BY_CONID: Final = text("select symbol, conid from contract_ids where conid = any(:conids)")
#: Two functions that look at once find the same.
_KEEP: Final = text(
    "insert into contract_ids (symbol, conid) values (:symbol, :conid) on conflict (symbol) do nothing"
)


class ContractIds:
    """What is known of conids in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def conids(self, symbols: Sequence[str]) -> Mapping[str, int]:
        """Return the conids that are known of these symbols."""

        def read(connection: Connection) -> dict[str, int]:
            rows = connection.execute(_BY_SYMBOL, {"symbols": list(symbols)})
            return {row.symbol: row.conid for row in rows}

        return self._database.by_itself(read)

    def symbols(self, conids: Sequence[int]) -> Mapping[int, str]:
        """Return the symbols that are known of these conids."""

        def read(connection: Connection) -> dict[int, str]:
            rows = connection.execute(_BY_CONID, {"conids": list(conids)})
            return {row.conid: row.symbol for row in rows}

        return self._database.by_itself(read)

    def keep(self, symbol: str, conid: int) -> None:
        """Keep what was found."""
        self._database.by_itself(
            lambda connection: connection.execute(_KEEP, {"symbol": symbol, "conid": conid})
        )
