"""What coins do in a minute: fills, protection, marks; at all hours, by UTC (C-05)."""

from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.ai.deciding.waiting import lapse_waiting
from chalicelib.services.ai.positions.carry_changes import apply_due_changes
from chalicelib.services.ai.positions.close_all import close_due
from chalicelib.services.ai.positions.drawdowns import watch_drawdowns
from chalicelib.services.ai.positions.mind_positions import mind_positions
from chalicelib.services.coins.tick import tick


def run(context: JobContext) -> Result:
    """Make up for all minutes that closed until the instant, whatever ticks were missed."""
    report = tick(context.env, context.due_at)
    now = context.env.clock.now()
    changes = apply_due_changes(context.env, now)
    ruled = mind_positions(context.env, now)
    locked = watch_drawdowns(context.env, now)
    closing = close_due(context.env)
    waited = lapse_waiting(context.env, now)
    if not (report.coins or report.told or changes or waited.any):
        return skipped("no coins are at work")
    errors: dict[str, JsonValue] = dict(report.errors)
    return {
        "coins": report.coins,
        "accounts": report.accounts,
        "quiet": report.quiet,
        "busy": report.busy,
        "failed": report.failed,
        "news": report.news,
        "marks": report.marks,
        "told": report.told,
        "changes": changes,
        "ruled": ruled,
        "locked": locked,
        "closing": closing,
        "lapsed": waited.lapsed,
        "anew": waited.anew,
        "withdrawn": waited.withdrawn,
        "errors": errors,
    }
