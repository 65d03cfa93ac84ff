"""A stage with desks: strategies stored, the bot switched on, the operator's facts told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID, uuid4

from chalicelib.domain.desk.pipeline.facts import MacroWindow
from chalicelib.domain.desk.strategies.proposals import proposed_body
from chalicelib.domain.desk.strategies.reading import read_strategy
from chalicelib.domain.desk.strategies.settings import DeskSettings, read_settings
from chalicelib.domain.desk.strategies.strategy import Strategy
from chalicelib.domain.desk.strategies.strategy_types import StrategyType
from chalicelib.domain.json_value import JsonValue
from chalicelib.store.desk import settings, strategies
from chalicelib.store.desk.iv_history import write_ivs
from chalicelib.store.desk.macro_windows import ToldWindow, replace_windows
from chalicelib.store.desk.settings import BotSwitch
from infra.local.database.postgres import DatabaseUrls
from tests.services.stage import Stage

#: 10:00 in New York on the local stack's default day: every gate passes (local.md).
TEN: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)


class TradierStage(Stage):
    """A stage whose operator has a live token at Tradier for quotes: fresh ones, each contract's its own."""

    TOKENS = MappingProxyType({"TRADIER_DATA_TOKEN": "data-token"})

    def __init__(self, urls: DatabaseUrls) -> None:
        super().__init__(urls)
        self.world.live.add_account("VA00000009", "data-token", cash=Decimal(0))


def told_by_the_operator(stage: Stage, *windows: MacroWindow) -> None:
    """Tell the month's releases, one that is over unless others are named, and IV history."""
    month = MacroWindow.around("CPI", datetime(2026, 2, 11, 13, 30, tzinfo=UTC))
    told = [ToldWindow(id=uuid4(), window=one, source="test") for one in (windows or (month,))]
    today = stage.clock.now().date()
    days = [(today - timedelta(days=back), Decimal(12 + back % 13) / 100) for back in range(1, 253)]
    with stage.env.database.transaction("olga") as connection:
        replace_windows(connection, told)
        for symbol in ("SPY", "QQQ"):
            write_ivs(connection, symbol, days, source="test")


def add_strategy(
    stage: Stage,
    kind: StrategyType = StrategyType.IRON_CONDOR,
    underlying: str = "SPY",
    *,
    username: str = "alice",
    **changes: Any,  # Any: blocks of a body
) -> Strategy:
    """Store a strategy with the builder's values and changes; `entry` and `exit` change their blocks."""
    body: dict[str, Any] = dict(proposed_body(kind, underlying))  # Any: as above
    body["entry_conditions"] = {**body["entry_conditions"], **changes.pop("entry", {})}
    body["exit_conditions"] = {**body["exit_conditions"], **changes.pop("exit", {})}
    found = read_strategy({**body, **changes}, uuid4(), 1)
    assert isinstance(found, Strategy), found
    with stage.env.database.transaction(username) as connection:
        strategies.add(connection, username, found)
    return found


def switch_on(stage: Stage, username: str = "alice", **changed: object) -> None:
    """Switch a user's bot on, under these settings of the desk."""
    with stage.env.database.transaction(username) as connection:
        stored = settings.read_for_change(connection, username).settings
        found = read_settings(changed, stored)
        assert isinstance(found, DeskSettings), found
        settings.write(connection, username, found)
        settings.switch_bot(connection, username, BotSwitch(on=True, since=stage.clock.now()))


def scan(stage: Stage, **payload: JsonValue) -> Mapping[str, JsonValue]:
    """Run the scan of the present minute, as the planner arms it."""
    return stage.run("desk_scan", **payload)


def evaluations(stage: Stage, username: str = "alice", strategy_id: UUID | None = None) -> list[Any]:
    """Return the rows of a user's evaluations, oldest first."""
    return stage.query(
        "select * from strategy_evaluations where username = :username"
        " and (cast(:strategy as uuid) is null or strategy_id = :strategy) order by first_at, id",
        username=username,
        strategy=strategy_id,
    )


def desk_trades(stage: Stage, username: str = "alice") -> list[Any]:
    """Return the rows of a user's trades that the desk made, oldest first."""
    return stage.query(
        "select * from paper_trades where username = :username and originator = 'DESK' order by id",
        username=username,
    )
