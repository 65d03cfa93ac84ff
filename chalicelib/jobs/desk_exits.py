"""Judge whether what the desk holds is left, each minute of the session (B-06); the VIX path is the same run.

VIX is read with each scan and held against the scan before (`desk_watches.vix_watch`), so that a jump is
acted on by the scan that sees it. Its 30 seconds to the market step run on the account's own messages.
"""

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.desk.leaving.leave import leave, read_open, watch_vix
from chalicelib.services.desk.leaving.leave_shadows import leave_shadows
from chalicelib.services.fan_out import send_parts


def run(context: JobContext) -> Result:
    """Scan all exits, or the payload's `ticker` alone when this run is a part; too many go on in parts."""
    env, due_at = context.env, context.due_at
    session = context.session()
    is_open = session is not None and session.contains(due_at)
    if not is_open and not env.force_market_open:
        return skipped("market closed")
    ticker = context.payload.get("ticker")
    is_part = isinstance(ticker, str)
    shadows = 0 if is_part else leave_shadows(env)
    watched = read_open(env, ticker=ticker if isinstance(ticker, str) else None)
    tickers = sorted({row.ticker for row in watched.trades})
    if not tickers:
        return {"shadows": shadows} if shadows else skipped("the desk holds nothing")
    if len(tickers) > env.fan_out.underlyings_inline_max and not is_part:
        watch_vix(env, watched, context.calendar, due_at)
        return {"sent": send_parts(env, "desk_exits", due_at, [{"ticker": one} for one in tickers])}
    report = leave(env, watched, context.calendar, due_at, reads_vix=not is_part)
    if report.begun:
        shadows += leave_shadows(env)
    return {
        "trades": report.trades,
        "underlyings": report.underlyings,
        "unmarked": report.unmarked,
        "waiting": report.waiting,
        "exits": report.exits,
        "begun": report.begun,
        "shadows": shadows,
        "errors": dict(report.errors),
    }
