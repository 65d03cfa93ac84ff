"""The order that closes a trade: at market, live as a marketable limit (A-12); several legs at one limit.

The desk's go out at a limit always, but for the last step of a fast exit where its owner allows that (B-05);
a hard stop's at a marketable one where there is a quote (B-08).
"""

from decimal import Decimal
from typing import Final

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide, OrderSide
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick
from chalicelib.domain.trading.exit_legs import Bundle, closing_bundle, opening_bundle
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.orders import Duration, Order, OrderLeg, OrderRole, OrderStatus, OrderType
from chalicelib.domain.trading.steps import FlattenLeg, SendExit
from chalicelib.domain.trading.trades import CloseReason, Originator, Trade
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
    bundle = (opening_bundle if step.flatten else closing_bundle)(trade, step.quantity)
    if step.at_market and _market_allowed(keeper, trade, is_combined=bundle.is_combined):
        return _at_market(keeper, trade, step, bundle)
    if bundle.is_combined:
        return _combined(keeper, trade, step, bundle)
    return _alone(keeper, trade, step, bundle)


def build_flatten(keeper: AccountKeeper, trade: Trade, step: FlattenLeg) -> Order | None:
    """Return the intent that gives an uneven leg back, far enough through the market to fill at once.

    None while there is no quote to stand it by.
    """
    leg = trade.leg_numbered(step.leg_no)
    moved = OrderLeg(leg_no=leg.leg_no, symbol=leg.symbol, side=leg.side.closes_by)
    limit_price = _limit(keeper.env, trade, moved, leg.instrument)
    if limit_price is None:
        return None
    return _intent(
        keeper,
        trade,
        symbol=leg.symbol,
        side=moved.side,
        quantity=step.quantity,
        limit_price=limit_price,
        legs=() if leg.leg_no == 1 else (moved,),
    )


def _at_market(keeper: AccountKeeper, trade: Trade, step: SendExit, bundle: Bundle) -> Order:
    """Return the last step of a fast exit, at market: the only one that several legs ever have there."""
    first = bundle.legs[0]
    leg = trade.leg_numbered(first.leg_no)
    return _intent(
        keeper,
        trade,
        symbol=trade.ticker if bundle.is_combined else first.symbol,
        side=OrderSide.SELL_TO_CLOSE if bundle.is_combined else first.side,
        quantity=bundle.quantity if bundle.is_combined else leg.held(step.quantity),
        limit_price=None,
        legs=_named(bundle),
    )


def _named(bundle: Bundle) -> tuple[OrderLeg, ...]:
    """Return the legs that an order has to name: the first alone is what an order without legs moves."""
    return () if not bundle.is_combined and bundle.legs[0].leg_no == 1 else bundle.legs


def _combined(keeper: AccountKeeper, trade: Trade, step: SendExit, bundle: Bundle) -> Order | None:
    """Return the one order over all legs; what gives back an excess buys at what that costs at once."""
    limit_price = step.limit_price
    if step.flatten:
        limit_price = trade.current_price if trade.current_price is not None else trade.entry_price
    if limit_price is None:
        return None
    return _intent(
        keeper,
        trade,
        symbol=trade.ticker,
        side=OrderSide.BUY_TO_OPEN if step.flatten else OrderSide.SELL_TO_CLOSE,
        quantity=bundle.quantity,
        limit_price=limit_price,
        legs=bundle.legs,
    )


def _alone(keeper: AccountKeeper, trade: Trade, step: SendExit, bundle: Bundle) -> Order | None:
    (moved,) = bundle.legs
    leg = trade.leg_numbered(moved.leg_no)
    quantity = leg.held(step.quantity)
    side, limit_price = moved.side, step.limit_price
    if limit_price is None:
        needs_limit = trade.originator is Originator.DESK or not _market_allowed(
            keeper, trade, is_combined=False
        )
        if needs_limit or _flattens_by_limit(trade):
            limit_price = _limit(keeper.env, trade, moved, leg.instrument)
        if limit_price is None and needs_limit:
            return None
    if step.flatten:
        side, quantity = _purchase(keeper, trade, leg, quantity)
    return _intent(
        keeper,
        trade,
        symbol=moved.symbol,
        side=side,
        quantity=quantity,
        limit_price=limit_price,
        legs=() if moved.leg_no == 1 else (OrderLeg(leg_no=moved.leg_no, symbol=moved.symbol, side=side),),
    )


def _flattens_by_limit(trade: Trade) -> bool:
    """Say whether the kill switch sends an aggressive limit (B-08).

    A coin goes at market: the step of its price is its exchange's to tell, and a limit beside it is refused.
    """
    return trade.closing_reason is CloseReason.KILL_SWITCH and trade.instrument is not Instrument.CRYPTO


def _intent(
    keeper: AccountKeeper,
    trade: Trade,
    *,
    symbol: str,
    side: OrderSide,
    quantity: Decimal,
    limit_price: Decimal | None,
    legs: tuple[OrderLeg, ...],
) -> Order:
    env, now = keeper.env, keeper.env.clock.now()
    return Order(
        id=env.randomness.uuid7(now),
        username=trade.username,
        trade_id=trade.id,
        role=OrderRole.EXIT,
        tag=env.tags.mark(keeper.username).tag(env.randomness.uuid7(now)),
        status=OrderStatus.INTENT,
        type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        side=side,
        symbol=symbol,
        quantity=quantity,
        limit_price=limit_price,
        duration=Duration.DAY,
        legs=legs,
    )


def _purchase(keeper: AccountKeeper, trade: Trade, leg: Leg, excess: Decimal) -> tuple[OrderSide, Decimal]:
    """Return how an excess is bought back: to close what the account is short of, else to open.

    Brokers net an account's trades of one contract: what this trade sold too much was another's. They refuse
    to close a short that is none, and one order over both sides of zero: the rest is the next step's.
    """
    live = keeper.database.run(
        lambda connection: load_working_trades(connection, trade.account),
        username=keeper.username,
    )
    net = sum((one.position_in(leg.symbol) for one in live), Decimal(0))
    beyond = -net * leg.side.sign
    if beyond > 0:
        other = LegSide.SHORT if leg.side is LegSide.LONG else LegSide.LONG
        return other.closes_by, min(excess, beyond)
    return leg.side.opens_by, excess


def _market_allowed(keeper: AccountKeeper, trade: Trade, *, is_combined: bool) -> bool:
    """Say whether an order may go out at market: where its broker has such orders, live by its owner's leave.

    Several legs are no market order at every broker (B-10); live where its owner allowed it (A-12).
    """
    if is_combined and not CAPABILITIES[trade.broker_mode].combined_at_market:
        return False
    if not trade.broker_mode.is_live:
        return True
    stored = keeper.database.run(
        lambda connection: settings.read(connection, keeper.username), username=keeper.username
    )
    return stored is not None and stored.allow_market_live


def _limit(env: Environment, trade: Trade, moved: OrderLeg, instrument: Instrument) -> Decimal | None:
    quote = usable_quote(env, trade, Purpose.EXIT, moved.symbol)
    if quote is None:
        return None
    buys = moved.side.is_buy
    near = quote.ask if buys else quote.bid
    if near is None:
        return None
    price = near / UNDER_THE_BID if buys else near * UNDER_THE_BID
    # Away from missing the fill: a purchase up, a sale down.
    on_tick = ceil_to_tick if buys else floor_to_tick
    return on_tick(trade.ticker, price, instrument)
