"""Snapshots of every open leg: by this function, or sent on by underlying where there are too many (A-02)."""

from chalicelib.domain.json_value import JsonValue
from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.fan_out import send_parts
from chalicelib.services.market.take_snapshots import open_legs, take_snapshots
from chalicelib.store.market.snapshots import SnapshotKind


def snapshot_legs(context: JobContext, job: str, kind: SnapshotKind) -> Result:
    """Take the instant's snapshots of `kind`, of the payload's `ticker` alone when this run is a part."""
    env, due_at = context.env, context.due_at
    ticker = context.payload.get("ticker")
    legs = open_legs(env, ticker=ticker if isinstance(ticker, str) else None)
    tickers = sorted({leg.ticker for leg in legs})
    if len(tickers) > env.fan_out.underlyings_inline_max:
        named: dict[str, JsonValue] = {"kind": kind.value} if job == "bookend" else {}
        return {"sent": send_parts(env, job, due_at, [{**named, "ticker": one} for one in tickers])}
    if not legs:
        return skipped("no open trades")
    report = take_snapshots(env, legs, kind=kind, due_at=due_at)
    return {
        "kind": kind.value,
        "legs": report.legs,
        "written": report.written,
        "unusable": report.unusable,
        "underlyings": report.underlyings,
        "errors": dict(report.errors),
    }
