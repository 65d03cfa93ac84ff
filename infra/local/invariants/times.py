"""Time, change and budgets: I-18, I-20, I-22, I-23, I-26, I-28, I-29."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from infra.local.emulators.market.sessions import (
    NEW_YORK,
    Session,
    new_york_date,
    open_session,
    session_on,
    trading_days,
)
from infra.local.invariants.findings import Findings
from infra.local.invariants.hours import can_trade
from infra.local.invariants.rows import LegRow, OrderRow, TradeRow
from infra.local.invariants.truth import TruthOrder
from infra.local.invariants.view import VendorCall, View

ENDED: Final = frozenset({"CLOSED", "EXPIRED", "CANCELED"})
MINUTE: Final = timedelta(seconds=60)
SNAPSHOT_EVERY: Final = timedelta(seconds=40)
OPENING_BOOKEND: Final = time(9, 25)
CLOSING_BOOKEND_AFTER: Final = timedelta(minutes=5)
OUR_CALLS_A_MINUTE: Final = 50
ORATS_CALLS_A_MINUTE: Final = 300
OUR_BUDGET_WORDS: Final = "budget of calls"
ORATS: Final = "orats"
SANDBOX_HOST: Final = "sandbox.tradier.com"
LIVE_HOST: Final = "api.tradier.com"
ORATS_HOST: Final = "api.orats.io"
#: Stands in the name of a live token's owner, as the recorded calls name them.
OF_LIVE: Final = "@live"
TASTYTRADE_CERT_HOST: Final = "api.cert.tastyworks.com"
TASTYTRADE_HOST: Final = "api.tastyworks.com"
SCHWAB_HOST: Final = "api.schwabapi.com"
IBKR_HOST: Final = "api.ibkr.com"
#: Where a token whose owner's name has this in it is at home; all others are at the sandbox.
HOMES: Final[Mapping[str, str]] = {
    OF_LIVE: LIVE_HOST,
    "@TASTYTRADE_CERT": TASTYTRADE_CERT_HOST,
    "@TASTYTRADE_LIVE": TASTYTRADE_HOST,
    "@SCHWAB_LIVE": SCHWAB_HOST,
    "@IBKR_PAPER": IBKR_HOST,
    "@IBKR_LIVE": IBKR_HOST,
}
#: Of an owner's calls in a minute, at hosts that allow more than Tradier does.
CALLS_A_MINUTE: Final[Mapping[str, int]] = {
    ORATS_HOST: ORATS_CALLS_A_MINUTE,
    SCHWAB_HOST: 110,
    IBKR_HOST: 300,
}


@dataclass(slots=True)
class Memory:
    """What the look before saw: for what only shows between two looks."""

    trades: dict[UUID, TradeRow] = field(default_factory=dict)
    orders: dict[UUID, OrderRow] = field(default_factory=dict)
    events: dict[UUID, int] = field(default_factory=dict)


def deciding(trade: TradeRow) -> tuple[object, ...]:
    """Return what a trade's owner can decide on (api.md, Versions)."""
    return (
        trade.status,
        trade.sl_price,
        trade.tp_price,
        trade.qty,
        trade.filled_qty,
        trade.open_qty,
        trade.close_requested_at,
        trade.cancel_requested_at,
        trade.trade_context,
        trade.ai_paused,
        trade.trailing_pct,
        tuple((leg.leg_no, _told_of(trade, leg)) for leg in trade.legs),
    )


def _told_of(trade: TradeRow, leg: LegRow) -> Decimal:
    """Return what is told to be held of a leg; what was sold beyond it is the product's own to buy back."""
    return trade.open_qty * leg.ratio if leg.apart_qty is None else leg.apart_qty


def facts(trade: TradeRow) -> tuple[object, ...]:
    """Return what never changes once a trade has ended."""
    return (
        trade.status,
        trade.filled_qty,
        trade.entry_price,
        trade.entry_date,
        trade.sl_price,
        trade.tp_price,
        trade.close_price,
        trade.close_date,
        trade.close_reason,
        trade.realized_pnl,
        trade.fees,
        trade.max_gain,
        trade.max_drawdown,
    )


def check_changes_since(view: View, memory: Memory, findings: Findings) -> None:
    """Compare with the look before: I-03, I-04, I-14, I-22, I-23; then remember this one."""
    for trade in view.trades.values():
        changes = view.changes.get(trade.id, ())
        # A change that waits is its owner's to withdraw: its coming and its end both count.
        count = len(view.transitions.get(trade.id, ())) + len(changes)
        count += sum((change.settled_at is not None) + (not change.waits) for change in changes)
        before = memory.trades.get(trade.id)
        if before is not None:
            _check_trade(trade, before, count > memory.events[trade.id], findings)
        memory.trades[trade.id] = trade
        memory.events[trade.id] = count
    for order in view.all_orders():
        earlier = memory.orders.get(order.id)
        if earlier is not None:
            _check_order(order, earlier, findings)
        memory.orders[order.id] = order


def _check_trade(trade: TradeRow, before: TradeRow, moved: bool, findings: Findings) -> None:
    changed = deciding(trade) != deciding(before)
    rose = trade.version - before.version
    findings.check(22, rose >= 0, f"the version fell by {-rose}", trade.id)
    findings.check(22, rose > 0 or not changed, "something to decide on changed under one version", trade.id)
    undone = rose > 1  # asked for and withdrawn between two looks
    findings.check(
        22, rose == 0 or changed or moved or undone, "the version rose though nothing was decided", trade.id
    )
    if before.status in ENDED:
        findings.check(23, facts(trade) == facts(before), "the facts of an ended trade changed", trade.id)
    elif trade.status not in ENDED and before.max_gain is not None and before.max_drawdown is not None:
        kept = trade.max_gain is not None and trade.max_gain >= before.max_gain
        findings.check(14, kept, f"the best fell from {before.max_gain} to {trade.max_gain}", trade.id)
        kept = trade.max_drawdown is not None and trade.max_drawdown <= before.max_drawdown
        findings.check(
            14, kept, f"the worst rose from {before.max_drawdown} to {trade.max_drawdown}", trade.id
        )


def _check_order(order: OrderRow, before: OrderRow, findings: Findings) -> None:
    fell = order.filled_quantity < before.filled_quantity
    findings.check(3, not fell, f"{order.tag}: what was filled fell", order.trade_id)
    if before.status in {"FILLED", "CANCELED", "REJECTED", "EXPIRED"}:
        corrected = order.status == "FILLED" and order.filled_quantity > before.filled_quantity
        stayed = order.status == before.status or corrected
        findings.check(4, stayed, f"{order.tag} was {before.status} and is {order.status}", order.trade_id)


def _went_over_night(order: TruthOrder) -> bool:
    """Say whether the broker took it off with what was assigned: that happens at midnight to the instant."""
    return order.changed_at.astimezone(NEW_YORK).time() == time(0)


def check_sent_in_session(view: View, findings: Findings) -> None:
    """I-18 by the brokers' books: nothing is sent or cancelled outside the session."""
    for account in view.accounts.values():
        for order in account.orders:
            symbols = [one.symbol for one in order.trading()]
            inside = can_trade(symbols, order.created_at)
            findings.check(18, inside, f"order {order.order_id} was sent at {order.created_at}")
            if order.status == "canceled" and not _went_over_night(order):
                inside = can_trade(symbols, order.changed_at)
                findings.check(18, inside, f"order {order.order_id} was cancelled at {order.changed_at}")


def sessions_over(view: View) -> list[Session]:
    """Return the sessions that lie within the watched run, bookends included."""
    first, last = new_york_date(view.since), new_york_date(view.now)
    found = [session for day in trading_days(first, last) if (session := session_on(day)) is not None]
    return [
        session
        for session in found
        if view.since <= session.open_at and session.close_at + CLOSING_BOOKEND_AFTER <= view.now
    ]


def check_day(view: View, findings: Findings) -> None:
    """F, with snapshots: bookends, gaps, job runs (I-18, I-20)."""
    for session in sessions_over(view):
        opening = datetime.combine(session.day, OPENING_BOOKEND, NEW_YORK)
        for due_at in (opening, session.close_at + CLOSING_BOOKEND_AFTER):
            runs = [r for r in view.job_runs if r.job == "bookend" and r.due_at == due_at and not r.scope]
            findings.check(18, len(runs) == 1, f"{len(runs)} bookends at {due_at:%H:%M} of {session.day}")
        _check_no_gaps(view, session, findings)
    for run in view.job_runs:
        findings.check(20, run.attempts == 1, f"{run.job} of {run.due_at} was run {run.attempts} times")
        findings.check(28, run.ok is not None, f"{run.job} of {run.due_at} never ended")
    for trade_id, shots in view.snapshots.items():
        ends = [shot for shot in shots if shot.kind.endswith("_MARKET")]
        seen = [(shot.leg_no, shot.kind, new_york_date(shot.timestamp)) for shot in ends]
        findings.check(18, len(seen) == len(set(seen)), "two bookends of one kind on a day", trade_id)


def _check_no_gaps(view: View, session: Session, findings: Findings) -> None:
    """Each open leg has a row at each instant that was run, be it one that says why there is no mark."""
    skipped = {
        run.due_at
        for run in view.job_runs
        if run.job == "snapshot" and run.result and "skipped" in run.result
    }
    for trade in view.trades.values():
        shots = view.snapshots.get(trade.id, ())
        rows = {(shot.leg_no, shot.timestamp) for shot in shots if shot.kind == "INTRADAY"}
        instants = [at for at in _instants(session, trade) if at not in skipped]
        if trade.is_coin:
            continue  # marked by a clock of their own
        for leg in (one for one in trade.legs if one.origin is None):  # shares came at the end of a day
            missing = [at for at in instants if (leg.leg_no, at) not in rows]
            text = f"{leg.symbol} has no snapshot at {len(missing)} instants, such as {missing[:1]}"
            findings.check(18, not missing, text, trade.id)


def _instants(session: Session, trade: TradeRow) -> Iterable[datetime]:
    """Yield the snapshot instants at which a trade was surely held; fills are known at the next sync."""
    if trade.entry_date is None:
        return
    ends_at = min(trade.close_date or session.close_at, session.close_at)
    at = session.open_at
    while at < ends_at:
        if at > trade.entry_date + 2 * MINUTE:
            yield at
        at += SNAPSHOT_EVERY


def busiest_minute(calls: Sequence[VendorCall]) -> int:
    """Return the most calls in any sliding minute."""
    window: deque[datetime] = deque()
    most = 0
    for call in sorted(calls, key=lambda one: one.at):
        window.append(call.at)
        while window[0] <= call.at - MINUTE:
            window.popleft()
        most = max(most, len(window))
    return most


def bucket_of(call: VendorCall) -> str:
    """Name what the vendor counts a call in: Tradier has three counts (wire/tradier.md, 4), others one."""
    method, _, path = call.endpoint.partition(" ")
    if call.host not in {SANDBOX_HOST, LIVE_HOST}:
        return "all"
    if "/markets/" in path:
        return "market data"
    return "standard" if method == "GET" else "trading"


def calls_by_bucket(calls: Iterable[VendorCall]) -> dict[tuple[str, str, str], list[VendorCall]]:
    """Group calls by host, the owner of the token they carried, and bucket."""
    found: dict[tuple[str, str, str], list[VendorCall]] = {}
    for call in calls:
        found.setdefault((call.host, call.owner, bucket_of(call)), []).append(call)
    return found


def check_calls(view: View, findings: Findings) -> None:
    """I-26 in every sliding minute per token and bucket; I-29: a token goes to its own host alone."""
    for (host, owner, bucket), calls in calls_by_bucket(view.calls).items():
        allowed = CALLS_A_MINUTE.get(host, OUR_CALLS_A_MINUTE)
        most = busiest_minute(calls)
        findings.check(26, most <= allowed, f"{most} {bucket} calls of {owner} to {host} in one minute")
        at_home = host == _home_of(owner)
        findings.check(29, at_home, f"{len(calls)} calls with a token of {owner} went to {host}")


def _home_of(owner: str) -> str:
    """Return the one host that may see an owner's token."""
    if owner == ORATS:
        return ORATS_HOST
    return next((host for mark, host in HOMES.items() if mark in owner), SANDBOX_HOST)


def check_readers(view: View, findings: Findings) -> None:
    """I-36: where one token serves all, no mark was ever left out for want of calls: pages took them.

    Coins are marked by their exchange, of whose weight others at our address use as much as they like.
    """
    if not any(call.owner == ORATS for call in view.calls):
        return
    for trade_id, snapshots in view.snapshots.items():
        trade = view.trades.get(trade_id)
        if trade is not None and trade.is_coin:
            continue
        for one in snapshots:
            starved = one.reason is not None and OUR_BUDGET_WORDS in one.reason
            findings.check(36, not starved, f"{one.kind} at {one.timestamp}: {one.reason}", trade_id)


def check_all_ends(view: View, findings: Findings) -> None:
    """F: what was accepted has ended, or waits for a session (I-28)."""
    session = open_session(view.now)
    waits = session is None or view.now < session.open_at + 2 * MINUTE
    for trade in view.trades.values():
        rests = view.waits_for_a_bid(trade)
        closing = trade.status == "CLOSING" and not rests
        findings.check(28, not closing, f"{trade.ticker} is still CLOSING", trade.id)
        requested = trade.close_requested_at is not None and not rests
        findings.check(28, waits or not requested, f"{trade.ticker}: a close still waits", trade.id)
        for order in view.orders.get(trade.id, ()):
            intent = order.status == "INTENT"
            findings.check(28, not intent or waits, f"{order.tag} was never sent nor ended", trade.id)
        for change in view.changes.get(trade.id, ()):
            pending = change.state == "PENDING" and not change.waits
            findings.check(28, not pending or waits, f"{trade.ticker}: a change still waits", trade.id)
