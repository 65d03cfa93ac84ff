"""Orders at the broker that carry a tag of ours and that we do not know as working (A-04, orphan guard)."""

from collections.abc import Mapping, Sequence

from chalicelib.brokers.errors import AlreadyFinal, BrokerError
from chalicelib.brokers.interface import BrokerOrder
from chalicelib.domain.orders import UNSETTLED, Order, OrderStatus
from chalicelib.services.account_round import AccountRound
from chalicelib.services.alerting import Severity, raise_alert
from chalicelib.services.foreign_orders import is_of_another, tell_of_foreign
from chalicelib.services.matching import is_working, news_of


def guard_strangers(
    look: AccountRound, strangers: Sequence[BrokerOrder], by_tag: Mapping[str, Sequence[Order]]
) -> None:
    """Cancel what works for nobody, leave another's alone; tell of what filled though taken for over.

    What a row of ours names is ours, whatever its tag says: orders from before tags named anybody live on.
    """
    for stranger in strangers:
        known = by_tag.get(stranger.tag or "", ())
        if any(order.status in UNSETTLED or order.status is OrderStatus.INTENT for order in known):
            continue
        if not known and is_of_another(look.desk, stranger):
            tell_of_foreign(look.desk, stranger)
        elif is_working(stranger):
            _cancel(look, stranger, known)
        elif any(_filled_unbooked(order, stranger) for order in known):
            _alert_late_fill(look, stranger, known)


def _cancel(look: AccountRound, stranger: BrokerOrder, known: Sequence[Order]) -> None:
    look.report.strangers += 1
    try:
        look.desk.broker.cancel(stranger.broker_order_id)
    except AlreadyFinal:
        return
    except BrokerError as error:
        look.report.trade_errors.append(error.reason)
        return
    trade_id = known[0].trade_id if known else None
    look.desk.write(
        lambda connection: raise_alert(
            look.desk.env,
            connection,
            look.desk.username,
            severity=Severity.WARNING,
            kind="orphan_order",
            trade_id=trade_id,
            message=f"Order {stranger.broker_order_id} had our tag but no open intent: cancelled.",
        )
    )


def _alert_late_fill(look: AccountRound, stranger: BrokerOrder, known: Sequence[Order]) -> None:
    look.desk.write(
        lambda connection: raise_alert(
            look.desk.env,
            connection,
            look.desk.username,
            severity=Severity.CRITICAL,
            kind=f"late_fill:{stranger.broker_order_id}",
            trade_id=known[0].trade_id,
            message=(
                f"Order {stranger.broker_order_id} filled although it was taken for never placed: "
                "the account holds a position that no trade explains."
            ),
            lasting=True,
        )
    )


def _filled_unbooked(order: Order, shown: BrokerOrder) -> bool:
    news = news_of(order, [shown])
    return order.is_ended and news is not None and news.filled_quantity > order.filled_quantity
