"""Replay a trader over past candles (C-09); asked for by message."""

from chalicelib.domain.clocks.replay_messages import parse_replay_work
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.ai.replays.run_replay import run_replay


def run(context: JobContext) -> Result:
    """Carry one replay out."""
    status = run_replay(context.env, parse_replay_work(context.payload))
    return skipped("it is over already") if status is None else {"status": status}
