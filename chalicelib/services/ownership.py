"""Whether a thing is this user's, asked before the rest of a call is looked at."""

from uuid import UUID

from sqlalchemy import Connection, select

from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.store.schema import paper_trades


def find_trade(env: Environment, username: str, trade_id: UUID) -> None:
    """Raise NotFound unless this user has this trade."""
    wanted = select(paper_trades.c.id).where(
        paper_trades.c.id == trade_id, paper_trades.c.username == username
    )

    def work(connection: Connection) -> bool:
        return connection.execute(wanted).first() is not None

    if not env.database.run(work, username=username):
        raise NotFound("trade")
