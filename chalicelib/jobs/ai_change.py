"""Carry out a model's change once its owner's time to veto it is over (C-04); the tick makes up for it."""

from chalicelib.domain.clocks.job_messages import parse_change
from chalicelib.jobs.tick import JobContext, Result
from chalicelib.services.ai.positions.carry_changes import carry_change


def run(context: JobContext) -> Result:
    """Judge the change anew and carry it out; one that was vetoed or replaced meanwhile is passed over."""
    work = parse_change(context.payload)
    taken = carry_change(context.env, work.username, work.trade_id, work.change_id)
    return {"state": None if taken.state is None else taken.state.value}
