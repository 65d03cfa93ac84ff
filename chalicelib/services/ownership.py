"""Whether a thing is this user's, asked before the rest of a call is looked at."""

from uuid import UUID

from sqlalchemy import Connection, Table, select

from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.store.schema import access_tokens, alerts, paper_trades, trade_imports


def find_trade(env: Environment, username: str, trade_id: UUID) -> None:
    """Raise NotFound unless this user has this trade."""
    _find(env, username, paper_trades, trade_id, "trade")


def find_alert(env: Environment, username: str, alert_id: UUID) -> None:
    """Raise NotFound unless this user has this alert."""
    _find(env, username, alerts, alert_id, "alert")


def find_token(env: Environment, username: str, token_id: UUID) -> None:
    """Raise NotFound unless this user has this token."""
    _find(env, username, access_tokens, token_id, "token")


def find_import(env: Environment, username: str, import_id: UUID) -> None:
    """Raise NotFound unless this user made this import."""
    _find(env, username, trade_imports, import_id, "import")


def _find(env: Environment, username: str, table: Table, wanted: UUID, what: str) -> None:
    statement = select(table.c.id).where(table.c.id == wanted, table.c.username == username)

    def work(connection: Connection) -> bool:
        return connection.execute(statement).first() is not None

    if not env.database.run(work, username=username):
        raise NotFound(what)
