"""Carry a part of a backtest out (B-12); asked for by message, and by its own slices."""

from chalicelib.domain.clocks.backtest_messages import parse_backtest_work
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.backtests.carry_out import carry_out


def run(context: JobContext) -> Result:
    """Carry one part on."""
    status = carry_out(context.env, parse_backtest_work(context.payload))
    return skipped("it is over already") if status is None else {"status": status}
