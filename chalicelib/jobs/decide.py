"""Decide one signal, one position at a candle's close, or one that waited for a slot; by message (C-02)."""

from chalicelib.domain.clocks.decide_messages import parse_decide_work
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.ai.deciding.decide import decide


def run(context: JobContext) -> Result:
    """Decide it once."""
    work = parse_decide_work(context.payload)
    outcome = decide(context.env, work.username, work)
    if outcome is None:
        return skipped("it was decided before, or its trader was stopped")
    return {"outcome": outcome.value}
