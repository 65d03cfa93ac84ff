"""The fill rows of what a broker tells of an order: a price, a time, and what is new of its fees."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.instruments.fees import estimated_fees
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.booking import NewFill
from chalicelib.domain.trading.judged_news import JudgedNews
from chalicelib.domain.trading.orders import Fill, FillKind
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.environment import Environment


def fees_of(fills: Sequence[Fill], order_id: UUID) -> Decimal:
    """Return what the fills of an order have cost so far."""
    return sum((fill.fees for fill in fills if fill.order_id == order_id), ZERO)


def fill_of(
    env: Environment, trade: Trade, judged: JudgedNews, new: NewFill, *, fees_before: Decimal | None
) -> Fill:
    """Return the fill of one leg; what a broker tells of fees is the whole order's, in all: the first leg
    bears what is new of it, the others have None before.
    """
    now = env.clock.now()
    order, news = judged.order, judged.news
    (leg,) = (leg for leg in trade.legs if leg.leg_no == new.leg.leg_no)
    fees = estimated_fees(
        new.quantity,
        leg.instrument,
        CAPABILITIES[trade.broker_mode].commission,
        closes=new.leg.side.is_closing,
        filled_before=new.leg.filled_quantity,
    )
    if news.fees is not None:
        fees = ZERO if fees_before is None else max(news.fees - fees_before, ZERO)
    return Fill(
        id=env.randomness.uuid7(now),
        username=order.username,
        trade_id=order.trade_id,
        order_id=order.id,
        kind=FillKind.CORRECTION if trade.is_ended else FillKind.FILL,
        is_buy=new.leg.side.is_buy,
        quantity=new.quantity,
        price=new.price,
        fees=fees,
        fill_rule=news.fill_rule,
        filled_at=min(news.updated_at or now, now),
        leg_no=new.leg.leg_no,
    )
