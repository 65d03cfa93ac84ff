"""The owner's word on what went from the account untold (A-04): it ends the trade or makes it smaller."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.trading.books import Sale
from chalicelib.services.environment import Environment
from chalicelib.services.raise_alert import resolve_alert
from chalicelib.services.sync.books.check_books import MISSING
from chalicelib.services.sync.books.outside_sales import book_outside_sale, first_missing, last_mark
from chalicelib.store.trades.told_prices import BY_OWNER
from chalicelib.store.trades.trades import load_trade
from chalicelib.store.users import alerts


def answer(
    env: Environment, username: str, alert_id: UUID, *, accept: bool, price: Decimal | None = None
) -> None:
    """Book what is missing at the price given, dollars per share, else at the last mark; of several legs the
    first, and of the next is asked apart.

    A no leaves the trade flagged; the question comes again while something is missing.
    """

    def work(connection: Connection) -> None:
        asked = alerts.read(connection, username, alert_id)
        if asked is None or asked.kind != MISSING or asked.trade_id is None:
            return
        trade = load_trade(connection, asked.trade_id, lock=True)
        leg = None if trade is None else first_missing(trade)
        if accept and trade is not None and leg is not None:
            paid = price if price is not None else last_mark(trade, leg)
            if paid is not None:
                missing = trade.missing_of(leg)
                sale = Sale(order_id=None, quantity=missing, price=paid, at=env.clock.now())
                book_outside_sale(env, connection, trade.id, leg.leg_no, sale, missing, told_by=BY_OWNER)
        resolve_alert(connection, username, kind=MISSING, trade_id=asked.trade_id)

    env.database.run(work, username=username)
