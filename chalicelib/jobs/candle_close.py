"""Candles that close: filters are judged, open positions are looked at again; at all hours, by UTC (C-12)."""

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.ai.candle_closed import candles_closed


def run(context: JobContext) -> Result:
    """Do what this minute's closes ask for; asked for by a person, of each length the last close."""
    report = candles_closed(context.env, context.due_at, all_lengths=context.forced)
    if not (report.traders or report.positions or report.found):
        return skipped("no trader looks at a candle that closes now")
    return {
        "traders": report.traders,
        "missing": report.missing,
        "signals": report.signals,
        "positions": report.positions,
        "found": report.found,
    }
