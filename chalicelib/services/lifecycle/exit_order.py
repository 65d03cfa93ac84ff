"""The order that closes a trade: at market, or live as a marketable limit (A-12)."""

from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick
from chalicelib.domain.money import CENT, to_cents
from chalicelib.domain.trading.orders import Duration, Order, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.steps import SendExit
from chalicelib.domain.trading.trades import Trade
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.environment import Environment
from chalicelib.services.market.trade_quote import usable_quote
from chalicelib.store.trades.trades import load_working_trades
from chalicelib.store.users import settings

#: A-12: a live close without market orders goes out this far under the bid: it fills, but not anywhere.
UNDER_THE_BID: Final = Decimal("0.90")


def build(keeper: AccountKeeper, trade: Trade, step: SendExit) -> Order | None:
    """Return the intent to store and send, or None when a live limit has no bid to stand under yet."""
    limit_price, quantity = step.limit_price, step.quantity
    if limit_price is None and trade.broker_mode.is_live and not _market_allowed(keeper):
        buys = trade.leg.side.closes_by.is_buy is not step.flatten
        limit_price = _limit(keeper.env, trade, buys=buys)
        if limit_price is None:
            return None
    side = trade.leg.side.closes_by
    if step.flatten:
        side, quantity = _purchase(keeper, trade, quantity)
    env, now = keeper.env, keeper.env.clock.now()
    tag = env.tags.mark(keeper.username).tag(env.randomness.uuid7(now))
    return Order(
        id=env.randomness.uuid7(now),
        username=trade.username,
        trade_id=trade.id,
        role=OrderRole.EXIT,
        tag=tag,
        status=OrderStatus.INTENT,
        type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        side=side,
        symbol=trade.leg.symbol,
        quantity=quantity,
        limit_price=limit_price,
        duration=Duration.DAY,
    )


def _purchase(keeper: AccountKeeper, trade: Trade, excess: Decimal) -> tuple[OrderSide, Decimal]:
    """Return how an excess is bought back: to close what the account is short of, else to open.

    Brokers net an account's trades of one contract: what this trade sold too much was another's. They refuse
    to close a short that is none, and one order over both sides of zero: the rest is the next step's.
    """
    live = keeper.database.run(
        lambda connection: load_working_trades(connection, trade.account),
        username=keeper.username,
    )
    leg = trade.leg
    same = [one for one in live if one.leg.symbol == leg.symbol]
    net = sum((one.position_qty for one in same), Decimal(0))
    beyond = -net * leg.side.sign
    if beyond > 0:
        other = LegSide.SHORT if leg.side is LegSide.LONG else LegSide.LONG
        return other.closes_by, min(excess, beyond)
    return leg.side.opens_by, excess


def _market_allowed(keeper: AccountKeeper) -> bool:
    stored = keeper.database.run(
        lambda connection: settings.read(connection, keeper.username), username=keeper.username
    )
    return stored is not None and stored.allow_market_live


def _limit(env: Environment, trade: Trade, *, buys: bool) -> Decimal | None:
    quote = usable_quote(env, trade, Purpose.EXIT)
    if quote is None:
        return None
    near = quote.ask if buys else quote.bid
    if near is None:
        return None
    price = near / UNDER_THE_BID if buys else near * UNDER_THE_BID
    if trade.holds_shares:
        return max(to_cents(price), CENT)
    # Away from missing the fill: a purchase up, a sale down.
    return ceil_to_tick(trade.ticker, price) if buys else floor_to_tick(trade.ticker, price)
