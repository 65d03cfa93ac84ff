"""Orders and fills: I-01, I-03 to I-07, I-13 (per order), I-30."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from infra.local.emulators.market.sessions import new_york_date
from infra.local.invariants.findings import Findings
from infra.local.invariants.rows import FillRow, OrderRow
from infra.local.invariants.truth import TruthAccount, TruthOrder
from infra.local.invariants.view import View

ENDED_ORDERS: Final = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED"})
UNSETTLED_ORDERS: Final = frozenset({"SENT", "UNKNOWN"})
TAG_PREFIX: Final = "pt-"
CONFIRMED_RESET: Final = "BROKER_RESET"
TRADE_EDGES: Final[Mapping[str | None, frozenset[str]]] = {
    None: frozenset({"PENDING", "OPEN"}),
    "PENDING": frozenset({"OPEN", "PARTIALLY_FILLED", "CANCELED"}),
    "PARTIALLY_FILLED": frozenset({"OPEN", "CLOSING", "CLOSED", "EXPIRED"}),
    "OPEN": frozenset({"CLOSING", "CLOSED", "EXPIRED"}),
    "CLOSING": frozenset({"CLOSED", "OPEN", "EXPIRED"}),
}
"""A-14, written down once more: a checker that read the product's table would believe its mistakes."""
STILL: Final = frozenset({"ASSIGNED", "EXERCISED", "EXPIRED", "MARKET_OVERRIDE"})
"""What is told in rows that move no state: what becomes of a leg (B-16), an order let go at market (B-05)."""
UNEVEN: Final = "unbalanced_fill"
_PRICE_TOLERANCE: Final = Decimal("0.0001")


def check_orders(view: View, findings: Findings) -> None:
    """Check what must hold of orders at any moment."""
    _check_one_order_per_intent(view, findings)
    told_of = {one.trade_id for one in view.alerts if one.kind == UNEVEN}
    for trade_id, orders in view.orders.items():
        fills, told = view.fills.get(trade_id, ()), trade_id in told_of
        for order in orders:
            _check_amounts(order, [fill for fill in fills if fill.order_id == order.id], findings, told=told)
    _check_transitions(view, findings)
    _check_nothing_taken_for_flat(view, findings)
    for trade in view.trades.values():
        held = trade.status != "CANCELED" or (trade.filled_qty == 0 and not view.fills.get(trade.id))
        findings.check(30, held, f"{trade.ticker} ended as CANCELED although it was filled", trade.id)
        account = view.account_of(trade)
        if account is not None:
            _check_outcomes(view.orders.get(trade.id, ()), account, findings)


def _check_one_order_per_intent(view: View, findings: Findings) -> None:
    for account in view.accounts.values():
        for tag, found in account.by_tag().items():
            if tag.startswith(TAG_PREFIX):
                findings.check(1, len(found) == 1, f"{len(found)} orders at the broker carry {tag}")
        working = Counter(
            (order.trade_id, order.role)
            for order in view.all_orders()
            if order.is_combined or order.role == "ENTRY"
            for found in account.by_tag().get(order.tag, ())
            if found.is_working
        )
        for (trade_id, role), count in working.items():
            findings.check(39, count == 1, f"{count} orders of one {role} work at once", trade_id)


def _check_amounts(order: OrderRow, fills: list[FillRow], findings: Findings, *, told: bool) -> None:
    """Hold an order's fills to its amounts: of a combined one leg by leg, each in its own ratio (I-38).

    One that ended with its legs uneven was told of.
    """
    where = f"{order.role} {order.tag}"
    findings.check(
        3, order.filled_quantity <= order.quantity, f"{where} filled more than asked", order.trade_id
    )
    for leg in order.legs:
        ratio, of_leg = int(leg["ratio"]), [fill for fill in fills if fill.leg_no == leg["leg_no"]]
        even = Decimal(leg["filled_quantity"]) == order.filled_quantity * ratio
        even = even or (told and order.status in ENDED_ORDERS)
        text = f"{where}: {leg['filled_quantity']} of {leg['symbol']} in {order.filled_quantity} units"
        findings.check(38, even, text, order.trade_id)
        average = None if leg["avg_fill_price"] is None else Decimal(leg["avg_fill_price"])
        wanted = Decimal(leg["filled_quantity"])
        _check_fills(f"{where} {leg['symbol']}", order, of_leg, wanted, average, findings)
    if not order.legs:
        _check_fills(where, order, fills, order.filled_quantity, order.avg_fill_price, findings)


def _check_fills(
    where: str,
    order: OrderRow,
    fills: Sequence[FillRow],
    wanted: Decimal,
    average: Decimal | None,
    findings: Findings,
) -> None:
    booked = sum((fill.quantity for fill in fills), Decimal(0))
    text = f"{where}: fills of {booked} booked twice or not, of {wanted}"
    findings.check(7, booked == wanted, text, order.trade_id)
    if fills and average is not None:
        lowest, highest = min(fill.price for fill in fills), max(fill.price for fill in fills)
        between = lowest - _PRICE_TOLERANCE <= average <= highest + _PRICE_TOLERANCE
        findings.check(3, between, f"{where}: its average lies outside its fills", order.trade_id)


def _check_transitions(view: View, findings: Findings) -> None:
    """I-04 along allowed edges; I-23 the recorded transitions are the status history."""
    for trade in view.trades.values():
        status: str | None = None
        for one in view.transitions.get(trade.id, ()):
            findings.check(
                23,
                one.from_status == status,
                f"a transition begins at {one.from_status}, not {status}",
                trade.id,
            )
            stays = one.from_status == one.to_status and one.reason in STILL
            allowed = stays or one.to_status in TRADE_EDGES.get(one.from_status, frozenset())
            findings.check(4, allowed, f"{one.from_status} became {one.to_status}", trade.id)
            status = one.to_status
        findings.check(
            23, status == trade.status, f"the history ends at {status}, not {trade.status}", trade.id
        )


def _check_outcomes(orders: Sequence[OrderRow], account: TruthAccount, findings: Findings) -> None:
    """I-05: what is taken for refused or never placed is not alive at the broker; I-06: nor what is taken for
    over because some answer did not show it.
    """
    by_tag = account.by_tag()
    for order in orders:
        known = [one for one in by_tag.get(order.tag, ()) if one.order_id not in account.wiped]
        at_broker = [leg for found in known for leg in legs_of(order, found)]
        if order.status == "INTENT":
            findings.check(
                5, not at_broker, f"{order.tag} was sent before it was stored as sent", order.trade_id
            )
        elif order.status == "REJECTED" or (order.status == "CANCELED" and order.broker_order_id is None):
            alive = any(leg.is_working or leg.executed > order.filled_quantity for leg in at_broker)
            findings.check(5, not alive, f"{order.tag} is taken for {order.status} but lives", order.trade_id)
        if order.status in ENDED_ORDERS:
            works = any(leg.is_working for leg in at_broker)
            findings.check(
                6, not works, f"{order.tag} is {order.status} here and works there", order.trade_id
            )


def _check_nothing_taken_for_flat(view: View, findings: Findings) -> None:
    """I-06: a trade that is over without its owner's word on a reset was bought and sold, or has expired."""
    for trade in view.trades.values():
        if trade.status == "CLOSED" and trade.close_reason != CONFIRMED_RESET:
            fills = [fill for fill in view.fills.get(trade.id, ()) if not fill.amends]
            left = dict.fromkeys((fill.leg_no for fill in fills), Decimal(0))
            for fill in fills:
                left[fill.leg_no] += fill.quantity if fill.is_buy else -fill.quantity
            text = f"{trade.symbol} was closed with {sorted(left.items())} left by leg"
            findings.check(6, not any(left.values()), text, trade.id)


def legs_of(order: OrderRow, found: TruthOrder) -> list[TruthOrder]:
    """Return the broker's order, or that leg of its OCO, which an order of ours is."""
    if found.is_combined:
        return [found]
    wanted = {"STOP_LOSS": "stop", "TAKE_PROFIT": "limit"}.get(order.role)
    return [leg for leg in found.trading() if not found.legs or leg.type == wanted]


def check_books_agree(view: View, findings: Findings) -> None:
    """F: each order stands in our books as at its broker, fill for fill (I-07, I-13)."""
    for trade in view.trades.values():
        account = view.account_of(trade)
        if account is None:
            continue
        by_tag = account.by_tag()
        for order in view.orders.get(trade.id, ()):
            known = [one for one in by_tag.get(order.tag, ()) if one.order_id not in account.wiped]
            for leg in (leg for found in known for leg in legs_of(order, found)):
                same = leg.executed == order.filled_quantity
                text = f"{order.tag}: {leg.executed} filled at the broker, {order.filled_quantity} booked"
                findings.check(7, same, text, trade.id)
                ours = order.avg_fill_price or Decimal(0)
                priced = leg.executed == 0 or leg.is_combined or abs(leg.average - ours) <= _PRICE_TOLERANCE
                text = f"{order.tag}: filled at {leg.average} at the broker, booked at {ours}"
                findings.check(13, priced, text, trade.id)
                _check_legs_agree(order, leg, findings)
                ended = leg.is_working or order.status in ENDED_ORDERS
                findings.check(28, ended, f"{order.tag} is over at the broker, {order.status} here", trade.id)


def _check_legs_agree(order: OrderRow, at_broker: TruthOrder, findings: Findings) -> None:
    """Hold each leg of a combined order against the broker's own: I-07, I-13, I-38."""
    if not at_broker.is_combined:
        return
    ours = {str(leg["symbol"]): leg for leg in order.legs}
    theirs = {leg.symbol: leg for leg in at_broker.legs}
    text = f"{order.tag} is of {sorted(ours)}, at the broker of {sorted(theirs)}"
    findings.check(38, ours.keys() == theirs.keys(), text, order.trade_id)
    for symbol in ours.keys() & theirs.keys():
        one, other = ours[symbol], theirs[symbol]
        booked, average = Decimal(one["filled_quantity"]), Decimal(one["avg_fill_price"] or 0)
        text = f"{order.tag}: {other.executed} of {symbol} filled at the broker, {booked} booked"
        findings.check(7, other.executed == booked, text, order.trade_id)
        priced = other.executed == 0 or abs(other.average - average) <= _PRICE_TOLERANCE
        text = f"{order.tag}: {symbol} filled at {other.average} at the broker, booked at {average}"
        findings.check(13, priced, text, order.trade_id)


def check_nothing_unsettled(view: View, findings: Findings) -> None:
    """F: no outcome is unknown any more (I-05, I-28)."""
    wiped = {key for key, account in view.accounts.items() if account.wiped}
    today = new_york_date(view.now)
    for order in view.all_orders():
        trade = view.trades.get(order.trade_id)
        # A wiped account shows none of its day's orders: what became of one is told by a later day's.
        is_there = trade is not None and (trade.broker_mode, trade.account_id) in wiped
        waits = is_there and new_york_date(order.created_at) == today
        settled = order.status not in UNSETTLED_ORDERS or (order.status == "UNKNOWN" and waits)
        findings.check(5, settled, f"{order.tag} is still {order.status}", order.trade_id)
