"""What an originator that is no person brings to the one door: one decision makes one trade (W-07)."""

from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.services.commands.listed import Listed


class Ticket(Protocol):
    """What an entry comes of; asked and used inside the transaction that stores it, under its user's turn."""

    def check(self, connection: Connection, username: str, listed: Listed) -> None:
        """Judge again what is counted there, by the market as it was just seen; raises to keep it out."""
        ...

    def use(self, connection: Connection, username: str, trade_id: UUID) -> None:
        """Note which trade came of it; raises where that cannot be, and nothing is stored."""
        ...
