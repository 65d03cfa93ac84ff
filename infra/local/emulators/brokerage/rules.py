"""What Tradier's risk system refuses. Texts and codes as in the wire notes, sections 3, 7 and 12."""

from decimal import Decimal
from typing import Final

from infra.local.emulators.brokerage.account import Account
from infra.local.emulators.brokerage.buying_power import (
    cost_of,
    moves_of,
    option_buying_power,
)
from infra.local.emulators.brokerage.matching import cents
from infra.local.emulators.brokerage.net_prices import NET
from infra.local.emulators.brokerage.net_rules import (
    LEVEL_FOR_NAKED,
    check_levels_of_net,
    check_net,
    is_naked,
)
from infra.local.emulators.brokerage.orders import (
    BUYING,
    CLOSING,
    LINKED,
    Duration,
    Order,
    OrderClass,
    OrderType,
)
from infra.local.emulators.brokerage.refusals import BadParameter, PlainText, RiskRefusal
from infra.local.emulators.brokerage.standing import Standing
from infra.local.emulators.brokerage.tickets import OrderForm, Ticket
from infra.local.emulators.market.instruments import Kind
from infra.local.emulators.market.listing import last_session
from infra.local.emulators.market.occ import parse
from infra.local.emulators.market.sessions import new_york_date, open_session

LARGEST_QUANTITY: Final = 10_000_000
OCO_DISTANCE: Final = Decimal("0.10")
LEVEL_FOR_LONG: Final = 2
#: Every other class of this market is on the penny list.
PENNY_THROUGHOUT: Final = frozenset({"SPY", "QQQ", "IWM"})
NICKEL_ROOTS: Final = frozenset({"SPX", "SPXW", "VIX"})
NICKEL_FROM: Final = 3
PRICED: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
STOPPED: Final = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def check(
    form: OrderForm, standing: Standing, *, oco_distance: Decimal = OCO_DISTANCE, nets: bool = False
) -> None:
    """Refuse an order that breaks a rule. Raises PlainText, BadParameter, RiskRefusal.

    `oco_distance` is the least there must be between two exits that cancel each other. `nets`: a broker that
    is told no intent lets a sale of what is not held open a short.
    """
    if form.head is not None and form.legs:
        _check_underlying(form.head, standing)
    tickets = form.legs or ((form.head,) if form.head else ())
    for ticket in tickets:
        _check_contract(ticket, standing)
    if form.head is not None and form.legs:
        check_net(form.head, form.legs, standing)
    if form.order_class is OrderClass.OCO:
        _check_pair(form.legs[0], form.legs[1], oco_distance)
    elif form.order_class in {OrderClass.OTO, OrderClass.OTOCO}:
        if form.legs[0].order_type is OrderType.MARKET:
            raise RiskRefusal("OtoFirstLegIsMarketNotAllowed")
        if form.order_class is OrderClass.OTOCO:
            _check_pair(form.legs[1], form.legs[2], oco_distance)
        else:
            _check_exit(form.legs[0], form.legs[1])
    if form.order_class in LINKED or not form.legs:
        for ticket in tickets:
            _check_terms(ticket, standing)
    if standing.account.status != "active":
        raise RiskRefusal("AccountDisabled")
    if not nets:
        _check_positions(form, standing)
    _check_levels(form, standing.account)
    closes = all(ticket.side in CLOSING for ticket in tickets)
    if not closes and cost_of(form, standing) > option_buying_power(standing):
        raise RiskRefusal("InitialMargin")


def check_stop(
    side: str, order_type: OrderType, stop: Decimal | None, symbol: str, standing: Standing
) -> None:
    """Refuse a stop that the market has already passed. Raises RiskRefusal."""
    if order_type not in STOPPED or stop is None or open_session(standing.now) is None:
        return
    bid, ask = standing.feed.touch(symbol)
    if side in BUYING and stop <= cents(ask):
        raise RiskRefusal("BuyStopOrderStopPriceLessAsk")
    if side not in BUYING and stop >= cents(bid):
        raise RiskRefusal("SellStopOrderStopPriceGreaterBid")


def _check_underlying(ticket: Ticket, standing: Standing) -> None:
    instrument = standing.feed.market.instrument(ticket.symbol)
    if instrument is None:
        raise PlainText(f"Undefined symbol: {ticket.symbol}.")
    if (
        instrument.kind is Kind.INDEX
        and ticket.option_symbol is None
        and ticket.order_class is OrderClass.EQUITY
    ):
        raise RiskRefusal("TradingDeniedForSecurity")


def _check_contract(ticket: Ticket, standing: Standing) -> None:
    if not 1 <= ticket.quantity <= LARGEST_QUANTITY:
        raise RiskRefusal("IncorrectOrderQuantity")
    _check_underlying(ticket, standing)
    if ticket.option_symbol is None:
        return
    contract = parse(ticket.option_symbol)
    if contract is None or contract.underlying != ticket.symbol:
        raise BadParameter("option_symbol", "is not valid")
    session = last_session(contract)
    over = session is not None and standing.now >= session.close_at
    if contract.expiry < new_york_date(standing.now) or over:
        raise RiskRefusal("InvalidOrderExpiration")
    if standing.feed.chain_of(contract) is None:
        raise RiskRefusal("SecurityUndefined")


def _check_ticks(ticket: Ticket) -> None:
    """Refuse what no exchange quotes: a price between the ticks of its class (text unconfirmed)."""
    contract = parse(ticket.option_symbol) if ticket.option_symbol else None
    if contract is None:
        return
    for name, price in (("price", ticket.price), ("stop", ticket.stop)):
        if price is not None and price % tick_of(contract.root, price):
            raise BadParameter(name, f"must be a multiple of {tick_of(contract.root, price)}.")


def tick_of(root: str, price: Decimal) -> Decimal:
    """Return the least step of a class's prices: the Penny Interval Program's, or an index's."""
    low, high = ("0.05", "0.10") if root in NICKEL_ROOTS else ("0.01", "0.05")
    return Decimal("0.01") if root in PENNY_THROUGHOUT else Decimal(low if price < NICKEL_FROM else high)


def _check_terms(ticket: Ticket, standing: Standing) -> None:
    _check_ticks(ticket)
    if ticket.order_type in PRICED and ticket.price is None:
        raise RiskRefusal("LimitPriceUndefined")
    if ticket.order_type in STOPPED and ticket.stop is None:
        raise RiskRefusal("StopPriceUndefined")
    if ticket.duration in {Duration.PRE, Duration.POST}:
        # Extended sessions are not simulated, so none of them is ever available.
        raise BadParameter("duration", f"{ticket.duration} market no longer available")
    if ticket.order_type is OrderType.MARKET and ticket.duration is Duration.GTC:
        raise RiskRefusal("MarketOrderIsGtc")
    if ticket.side == "sell_short" and ticket.duration is Duration.GTC:
        raise RiskRefusal("ShortOrderIsGtc")
    symbol = ticket.option_symbol or ticket.symbol
    if ticket.order_type is OrderType.MARKET and max(standing.feed.touch(symbol)) <= 0:
        raise RiskRefusal("QuotePriceIsInvalid")
    check_stop(ticket.side, ticket.order_type, ticket.stop, symbol, standing)


def _check_pair(first: Ticket, second: Ticket, distance: Decimal) -> None:
    if OrderType.MARKET in {first.order_type, second.order_type}:
        raise RiskRefusal("OtoOcoMarketNotAllowed")
    if first.symbol != second.symbol:
        raise BadParameter("symbol", "must be the same for all legs.")
    if first.option_symbol != second.option_symbol:
        raise BadParameter("option_symbol", "must be the same for all legs.")
    if first.order_type is second.order_type:
        raise BadParameter("type", "must be different for both legs.")
    if first.duration is not second.duration:
        raise RiskRefusal("OcoExpirationTypeNotTheSame")
    if (first.side in BUYING) != (second.side in BUYING):
        raise RiskRefusal("OcoOrderWithOppositeLegs")
    prices = [leg.stop if leg.order_type is OrderType.STOP else leg.price for leg in (first, second)]
    if prices[0] is not None and prices[1] is not None and abs(prices[0] - prices[1]) < distance:
        raise RiskRefusal("OcoPriceDifferenceIsLessThanDelta")


def _check_exit(entry: Ticket, exit_: Ticket) -> None:
    """Refuse a sale under the purchase that triggers it: a stop belongs into an OTOCO (wire, 7.4)."""
    opened, sold = entry.price or entry.stop, exit_.price or exit_.stop
    if entry.side in BUYING and exit_.side not in BUYING and opened and sold and sold <= opened:
        name = "price[1]" if exit_.price is not None else "stop[1]"
        raise BadParameter(name, "must be higher than price[0].")


def _check_positions(form: OrderForm, standing: Standing) -> None:
    """Refuse a side that does not fit what is held; of an OCO one leg stands for both."""
    if form.order_class in {OrderClass.OTO, OrderClass.OTOCO}:
        tickets = form.legs[:1]
    elif form.order_class is OrderClass.OCO:
        tickets = (max(form.legs, key=lambda leg: leg.quantity),)
    else:
        tickets = form.legs or ((form.head,) if form.head is not None else ())
    for ticket in tickets:
        _check_position(ticket, standing)


def _check_position(ticket: Ticket, standing: Standing) -> None:
    symbol = ticket.option_symbol or ticket.symbol
    held = standing.account.held(symbol)
    suffix = "Option" if ticket.option_symbol else ""
    if ticket.side in {"sell_to_close", "sell"}:
        if held <= 0:
            raise RiskRefusal(f"UnexpectedSellOrder{suffix}")
        if ticket.quantity > held - reserved(standing.working, symbol, buying=False):
            raise RiskRefusal("LongPositionCrossZero")
    elif ticket.side in {"buy_to_close", "buy_to_cover"}:
        if held >= 0:
            raise RiskRefusal(f"UnexpectedBuyToCoverOrder{suffix}")
        if ticket.quantity > -held - reserved(standing.working, symbol, buying=True):
            raise RiskRefusal("ShortPositionCrossZero")
    elif ticket.side in {"sell_to_open", "sell_short"} and held > 0:
        raise RiskRefusal(f"UnexpectedSellShortOrder{suffix}")
    elif ticket.side in {"buy_to_open", "buy"} and held < 0:
        raise RiskRefusal(f"UnexpectedBuyOrder{suffix}")


def reserved(working: list[Order], symbol: str, *, buying: bool) -> int:
    """Return what working orders are already to close of a symbol; linked exits count once."""
    total = 0
    for order in working:
        legs = [
            leg.remaining
            for leg in order.trading_legs()
            if leg.instrument == symbol
            and leg.buys is buying
            and leg.side in {"sell", "sell_to_close", "buy_to_close", "buy_to_cover"}
        ]
        linked = order.order_class in {OrderClass.OCO, OrderClass.OTOCO}
        total += max(legs, default=0) if linked else sum(legs)
    return total


def _check_levels(form: OrderForm, account: Account) -> None:
    if form.order_class in NET:
        check_levels_of_net(form, account)
        return
    for ticket in form.legs or ((form.head,) if form.head is not None else ()):
        if ticket.side == "buy_to_open" and account.option_level < LEVEL_FOR_LONG:
            raise RiskRefusal("LongOptionTradingDeniedForAccount")
        if ticket.side == "sell_to_open" and account.option_level < LEVEL_FOR_NAKED:
            covered = account.option_level >= LEVEL_FOR_LONG and not is_naked([*moves_of([ticket])], account)
            if not covered:
                raise RiskRefusal("ShortOptionTradingDeniedForAccount")
