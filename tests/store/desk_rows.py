"""A user with a strategy, and what scans store of it, for tests of the store."""

import json
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from chalicelib.domain.desk.pipeline.evaluate import Evaluation
from chalicelib.domain.desk.pipeline.record import config_of, failure_key, row_of
from chalicelib.domain.desk.strategies.settings import DeskSettings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.store.database import Database, Isolation
from chalicelib.store.desk import strategies
from chalicelib.store.desk.configs import NewConfig, keep_configs
from chalicelib.store.desk.evaluations import NewBlock, NewEvaluation, NewExit, write_scan
from chalicelib.store.engine import open_engine
from chalicelib.store.users import settings
from infra.local.database.postgres import DatabaseUrls
from tests.domain.desk.desk_support import strategy
from tests.store.test_database import StandingClock


@dataclass
class DeskRows:
    """One user's strategy, written as the application does; evaluations of it, written as jobs do."""

    urls: DatabaseUrls
    username: str = "alice"
    strategy: Strategy = field(default_factory=lambda: replace(strategy(), id=uuid4()))
    desk: DeskSettings = field(default_factory=DeskSettings)

    def __post_init__(self) -> None:
        self._open()
        with self.app() as connection:
            settings.ensure(connection, self.username, f"sub-of-{self.username}")
            strategies.add(connection, self.username, self.strategy)
        with self.jobs() as connection:
            self.config_id = keep_configs(connection, [self.config()])[self.strategy.id]

    def _open(self) -> None:
        self._app = Database(open_engine(self.urls.app), StandingClock())
        self._jobs = Database(open_engine(self.urls.jobs), StandingClock())

    def another(self) -> "DeskRows":
        """Return the same desk over connections of its own."""
        other = copy(self)
        other._open()
        return other

    def app(self) -> AbstractContextManager[Connection]:
        """Act as the application for the user."""
        return self._app.transaction(self.username)

    def jobs(self) -> AbstractContextManager[Connection]:
        """Act as jobs do, for nobody."""
        return self._jobs.transaction(None, isolation=Isolation.READ_COMMITTED)

    def close(self) -> None:
        """Let go of the database."""
        self._app.dispose()
        self._jobs.dispose()

    def config(self) -> NewConfig:
        """Return the configuration as a scan stores it."""
        return NewConfig(
            id=uuid4(),
            username=self.username,
            strategy_id=self.strategy.id,
            strategy_version=self.strategy.version,
            desk_version=self.desk.version,
            config=_text(config_of(self.strategy, self.desk)),
        )

    def row(self, evaluation: Evaluation, **changes: Any) -> NewEvaluation:
        """Return the row of an evaluation."""
        told = row_of(evaluation, self.strategy, self.desk)
        ended = failure_key(evaluation)
        order = told["proposed_order"]
        row = NewEvaluation(
            id=uuid4(),
            username=self.username,
            strategy_id=self.strategy.id,
            config_id=self.config_id,
            decision=evaluation.decision.value,
            reason=evaluation.reason,
            ended_by=None if ended is None else ended[0],
            is_missing=evaluation.verdicts[-1].is_missing,
            inputs=_text(told["inputs"]),
            gates=_text(told["gates"]),
            proposed_order=None if order is None else _text(order),
        )
        return row._replace(**changes)

    def block(self, cause: str, since: datetime, reason: str = "why") -> NewBlock:
        """Return the row of a scan that a cause stopped."""
        return NewBlock(
            id=uuid4(),
            username=self.username,
            strategy_id=self.strategy.id,
            cause=cause,
            reason=reason,
            since=since,
        )

    def exit_of(self, trade_id: UUID, decision: str, cause: str, scans: int) -> NewExit:
        """Return the row of an exit scan."""
        return NewExit(
            id=uuid4(),
            username=self.username,
            strategy_id=self.strategy.id,
            trade_id=trade_id,
            decision=decision,
            cause=cause,
            reason="must hold on three scans running",
            scans=scans,
            inputs=_text({"mark": -0.4}),
            config_id=self.config_id,
        )

    def scanned(self, at: datetime, row: NewEvaluation, scan_id: UUID | None = None) -> UUID | None:
        """Store one scan; returns the row that holds its evaluation, None where it was stored before."""
        with self.jobs() as connection:
            found = write_scan(connection, scan_id or uuid4(), at, [row])
        return found.get(self.strategy.id)

    def stored(self) -> list[Any]:  # Any: SQLAlchemy's rows
        """Return all evaluations, oldest first."""
        with self.jobs() as connection:
            return list(connection.execute(text("select * from strategy_evaluations order by first_at, id")))


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
