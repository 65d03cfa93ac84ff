"""Whether a thing is this user's, asked before the rest of a call is looked at."""

from uuid import UUID

from sqlalchemy import Connection

from chalicelib.services.environment import Environment
from chalicelib.services.errors import NotFound
from chalicelib.store.trades.owned import Owned, is_owned


def find_trade(env: Environment, username: str, trade_id: UUID) -> None:
    """Raise NotFound unless this user has this trade."""
    _find(env, username, Owned.TRADE, trade_id)


def find_alert(env: Environment, username: str, alert_id: UUID) -> None:
    """Raise NotFound unless this user has this alert."""
    _find(env, username, Owned.ALERT, alert_id)


def find_token(env: Environment, username: str, token_id: UUID) -> None:
    """Raise NotFound unless this user has this token."""
    _find(env, username, Owned.TOKEN, token_id)


def find_import(env: Environment, username: str, import_id: UUID) -> None:
    """Raise NotFound unless this user made this import."""
    _find(env, username, Owned.IMPORT, import_id)


def find_strategy(env: Environment, username: str, strategy_id: UUID) -> None:
    """Raise NotFound unless this user has this strategy."""
    _find(env, username, Owned.STRATEGY, strategy_id)


def find_evaluation(env: Environment, username: str, evaluation_id: UUID) -> None:
    """Raise NotFound unless this evaluation is of this user's desk."""
    _find(env, username, Owned.EVALUATION, evaluation_id)


def find_trader(env: Environment, username: str, trader_id: UUID) -> None:
    """Raise NotFound unless this user has this trader."""
    _find(env, username, Owned.TRADER, trader_id)


def find_decision(env: Environment, username: str, decision_id: UUID) -> None:
    """Raise NotFound unless this decision is of one of this user's traders."""
    _find(env, username, Owned.DECISION, decision_id)


def find_backtest(env: Environment, username: str, backtest_id: UUID) -> None:
    """Raise NotFound unless this user has this backtest."""
    _find(env, username, Owned.BACKTEST, backtest_id)


def _find(env: Environment, username: str, what: Owned, wanted: UUID) -> None:
    def work(connection: Connection) -> bool:
        return is_owned(connection, username, what, wanted)

    if not env.database.read(work, username=username):
        raise NotFound(what.value)
