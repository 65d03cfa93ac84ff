"""The end of a part, and of the backtest once all its parts have ended (B-12)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from chalicelib.domain.backtest.bias.checks import checks_of
from chalicelib.domain.backtest.figures import cell_of
from chalicelib.domain.backtest.march import March
from chalicelib.domain.backtest.parts import sets_of
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.backtest.results import Cell, Result, result_of
from chalicelib.domain.backtest.splitting import split_trades
from chalicelib.domain.desk.stored import from_json, to_json
from chalicelib.services.backtests.manifest import manifest_of
from chalicelib.services.environment import Environment
from chalicelib.store.desk import backtests as store
from chalicelib.store.desk.backtests import BacktestRow, PartRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOutcome:
    """What a part came to: the first the run that is told, the others cells of the sweep."""

    result: Result | None = None
    cells: tuple[Cell, ...] = ()


def outcome_of_part(asked: BacktestRequest, part: int, march: March, days: Sequence[date]) -> PartOutcome:
    """Return what runs that went through their range came to."""
    if part == 0:
        kept = march.runs[0].kept()
        result = result_of(
            replace(kept, trades=split_trades(kept.trades, march.history, march.calendar)),
            asked,
            manifest_of(asked, march.history.fingerprint),
            of_data=march.history.notes,
            is_end_of_day=march.is_end_of_day,
            bias=checks_of(march, days),
        )
        return PartOutcome(result=result)
    capital = asked.initial_capital
    return PartOutcome(
        cells=tuple(
            cell_of(json.dumps(values), run.trades, run.equity, capital)
            for values, run in zip(sets_of(asked, part), march.runs, strict=True)
        )
    )


def conclude(
    env: Environment, row: BacktestRow, part: PartRow, outcome: PartOutcome, days_done: int
) -> str | None:
    """Keep a part's end; the last one to end puts the result together in the same transaction."""
    username, backtest_id = row.username, row.id

    def work(connection: Connection) -> str | None:
        is_kept = store.note_slice(
            connection,
            username,
            backtest_id,
            part,
            days_done=days_done,
            state=None,
            outcome=to_json(outcome),
        )
        if not is_kept:
            return None
        parts = store.read_parts(connection, username, backtest_id)
        if any(one.outcome is None for one in parts):
            return store.RUNNING
        found = [from_json(PartOutcome, one.outcome) for one in parts]
        result = found[0].result
        assert result is not None, "the first part tells"
        result = replace(result, sweep=tuple(cell for one in found for cell in one.cells))
        told = to_json(result)
        assert isinstance(told, dict)
        store.finish(connection, username, backtest_id, store.DONE, told)
        return store.DONE

    return env.database.run(work, username=username)
