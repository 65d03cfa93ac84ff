"""I-19: what is stored is the same instant that the broker and the exchange mean, on any day of the year."""

from datetime import UTC, datetime, timedelta
from typing import Final

from infra.local.emulators.market.sessions import NEW_YORK, session_on
from infra.local.invariants.findings import Findings
from infra.local.invariants.orders import legs_of
from infra.local.invariants.rows import FillRow, OrderRow, TradeRow
from infra.local.invariants.truth import TruthOrder
from infra.local.invariants.view import View

#: Wires carry milliseconds, or whole seconds alone.
_ROUNDING: Final = timedelta(milliseconds=1)
_IN_SECONDS: Final = frozenset({"SCHWAB_LIVE", "IBKR_PAPER", "IBKR_LIVE"})
#: The rule of a fill that positions told of before the expiry.
EARLY: Final = "assignment"
#: The rule of an order's fill that positions alone showed.
BY_POSITION: Final = "position"
#: Begins the broker's id of what no answer ever showed and positions hold: nobody told when it filled.
UNSEEN: Final = "unseen-"


def check_instants(view: View, findings: Findings) -> None:
    """F: fills lie where the broker has them, expiries at the exchange's close, local times round-trip."""
    for trade in view.trades.values():
        account = view.account_of(trade)
        by_tag = {} if account is None else account.by_tag()
        for order in view.orders.get(trade.id, ()):
            found = [leg for one in by_tag.get(order.tag, ()) for leg in legs_of(order, one)]
            if len(found) == 1 and not (order.broker_order_id or "").startswith(UNSEEN):
                _check_fills(view, trade, order, found[0], findings)
        _check_trade(trade, findings)
        for fill in view.fills.get(trade.id, ()):
            if fill.kind == "SETTLEMENT" and trade.close_reason != "BROKER_RESET":
                _check_settlement(view, trade, fill, findings)


def _check_fills(
    view: View, trade: TradeRow, order: OrderRow, at_broker: TruthOrder, findings: Findings
) -> None:
    fills = view.fills.get(order.trade_id, ())
    arrived = at_broker.created_at
    if trade.is_coin and order.role != "ENTRY":  # minutes that are made up for protect from the entry on
        arrived = min([arrived, *(fill.filled_at for fill in fills if fill.order_id != order.id)])
    rounding = timedelta(seconds=1) if trade.broker_mode in _IN_SECONDS else _ROUNDING
    first, last = arrived - rounding, at_broker.changed_at + rounding
    for fill in fills:
        # What positions alone showed is of when they did; the order that names it later changes no fact.
        if fill.order_id == order.id and fill.fill_rule != BY_POSITION:
            text = f"{order.tag} filled at {fill.filled_at}, at the broker from {first} to {last}"
            findings.check(19, first <= fill.filled_at <= last, text, order.trade_id)


def _check_settlement(view: View, trade: TradeRow, fill: FillRow, findings: Findings) -> None:
    """Hold a leg's settlement to its own last close; an assignment before it comes when it comes (W-05)."""
    leg = view.leg_of(trade, fill)
    session = None if leg is None or leg.expiry is None else session_on(leg.expiry)
    if leg is not None and session is not None and fill.fill_rule != EARLY:
        text = f"{leg.symbol} settled at {fill.filled_at}, the exchange closed at {session.close_at}"
        findings.check(19, fill.filled_at == session.close_at, text, trade.id)


def _check_trade(trade: TradeRow, findings: Findings) -> None:
    for at in (trade.created_at, trade.entry_date, trade.close_date):
        if at is not None:
            findings.check(19, _round_trips(at), f"{at} does not survive being shown locally", trade.id)


def _round_trips(at: datetime) -> bool:
    """Say whether an instant is aware and comes back from New York's clocks as it went."""
    if at.tzinfo is None:
        return False
    shown = at.astimezone(NEW_YORK).isoformat()
    return datetime.fromisoformat(shown).astimezone(UTC) == at
