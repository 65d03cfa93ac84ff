"""What a desk enters and leaves by: I-24, I-40 and I-42."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from infra.local.invariants.desk_rows import EvaluationRow, SwitchRow
from infra.local.invariants.findings import Findings
from infra.local.invariants.holdings import was_delivered
from infra.local.invariants.rows import TradeRow
from infra.local.invariants.view import View

DESK: Final = "DESK"
#: Stops every originator; what trips by itself mostly stops the desk alone.
OF_USER: Final = "user"
BY_PERSON: Final = "person"
#: An exit for these waits for nothing (B-06).
AT_ONCE: Final = frozenset({"person", "hard_stop", "zero_dte_buffer", "vix_spike"})
SCANS: Final = 3
#: Three scans are two minutes; the first may have been half a minute late.
THREE_SCANS: Final = timedelta(seconds=85)
#: Gates told once more by their own figures (B-02, B-16): a checker that asked the product would believe it.
GATES: Final[Mapping[str, Callable[[Mapping[str, Any]], bool]]] = {  # Any: JSON
    "A": lambda told: told["spot"] > 0 and told["expirations"] > 0,
    "B": lambda told: told["window"] is None and told["rows_in_month"] > 0,
    "C1": lambda told: told["worst_spread_pct"] <= told["limit_pct"],
    "C2": lambda told: told["lowest_volume"] >= told["minimum"],
    "C3": lambda told: told["lowest_open_interest"] >= told["minimum"],
    "C4": lambda told: told["share_pct"] >= told["minimum_pct"],
    "C5": lambda told: told["oldest_age_s"] <= told["limit_s"],
    "D": lambda told: told["dte_min"] <= told["dte"] <= told["dte_max"],
    "E1": lambda told: told["vix"] < told["vix3m"],
    "G1": lambda told: bool(told["known"]),
    "G3": lambda told: told["ev_net"] > 0,
    "H": lambda told: told["session_open"] and told["minutes_to_close"] > 30,
    "SIZING": lambda told: told["qty"] > 0,
    "BOOK": lambda told: not told["breaches"],
}
#: Nobody trades them: C4 asks for the volume of what is traded.
INDICES: Final = frozenset({"SPX", "XSP", "NDX", "XND", "RUT", "MRUT", "VIX", "DJX", "OEX"})


def check_desk(view: View, findings: Findings) -> None:
    """Check what must hold of desks at any moment."""
    switches: dict[str, list[SwitchRow]] = {}
    for row in view.desk.switches:
        switches.setdefault(row.username, []).append(row)
    for evaluation in view.desk.evaluations:
        _check_waited(evaluation, findings)
    for trade in view.trades.values():
        if was_delivered(view, trade):  # an exercise enters what nobody asked for
            continue
        for row in switches.get(trade.username, ()):
            _check_not_stopped(trade, row, findings)


def check_desk_at_rest(view: View, findings: Findings) -> None:
    """F: each entry has its evaluation, each exit of a strategy its three scans."""
    entries = _by_trade(view, "ENTRY_SCAN")
    for trade in view.trades.values():
        if trade.originator != DESK or trade.shadow_of is not None:  # a shadow comes of its trade's (B-11)
            continue
        _check_entry(trade, entries.get(trade.id), findings)
        if trade.close_reason == "STRATEGY_EXIT":
            _check_exit(view, trade, findings)
        if trade.close_reason == "KILL_SWITCH":
            stopped = any(
                row.mode == "hard_stop" for row in view.desk.switches if row.username == trade.username
            )
            findings.check(42, stopped, f"{trade.ticker} was flattened and nobody had said so", trade.id)


def _by_trade(view: View, event: str) -> Mapping[UUID, EvaluationRow]:
    return {
        row.trade_id: row for row in view.desk.evaluations if row.trade_id is not None and row.event == event
    }


def _check_not_stopped(trade: TradeRow, row: SwitchRow, findings: Findings) -> None:
    """I-24, I-40: nothing is entered while a switch of its owner stands.

    What trips by itself counts from the scan after the one that saw it: that one's entries are its own.
    """
    stops = row.scope == OF_USER or trade.originator == DESK
    if stops and row.cause == BY_PERSON:
        text = f"{trade.ticker} of {trade.originator} was entered while {row.mode} of {row.set_at} stood"
        findings.check(24, not row.was_in_force(trade.created_at), text, trade.id)


def _check_entry(trade: TradeRow, entry: EvaluationRow | None, findings: Findings) -> None:
    """I-40: every gate passed, and that is stored with the trade."""
    passed = entry is not None and entry.decision == "ENTER" and all(gate["passed"] for gate in entry.gates)
    findings.check(40, passed, f"{trade.ticker} was entered without an evaluation that passed", trade.id)
    for gate in () if entry is None else entry.gates:
        rule = GATES.get(gate["stage"])
        is_asked = gate["stage"] != "C4" or trade.ticker not in INDICES
        holds = rule is None or not is_asked or rule(gate["numbers"])
        findings.check(40, holds, f"{gate['stage']} passed with {gate['numbers']}", trade.id)


def _check_waited(row: EvaluationRow, findings: Findings) -> None:
    """I-42: three scans running take their time, however often one of them is delivered."""
    if row.event == "EXIT" and row.decision == "EXIT" and row.ended_by not in AT_ONCE:
        took = row.at - row.first_at
        text = f"an exit for {row.ended_by} was decided within {took}"
        findings.check(42, took >= THREE_SCANS, text, row.trade_id)


def _check_exit(view: View, trade: TradeRow, findings: Findings) -> None:
    """I-42: an exit waits for its three scans; what waits for nothing says so."""
    exits = [
        row
        for row in view.desk.evaluations
        if row.trade_id == trade.id and row.event == "EXIT" and row.decision == "EXIT"
    ]
    findings.check(42, bool(exits), f"{trade.ticker} was left by a strategy that never said so", trade.id)
    for row in exits:
        waited = row.ended_by in AT_ONCE or (row.scans or 0) >= SCANS
        text = f"{trade.ticker} was left for {row.ended_by} after {row.scans} scans"
        findings.check(42, waited, text, trade.id)
