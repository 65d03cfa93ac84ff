"""Guards of accounts at the exchange of coins, each with a way to switch it off (C-06, C-08)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.brokers.binance.client import BinanceTrading
from chalicelib.brokers.errors import Refused
from chalicelib.domain.ai.validation import account_rules
from chalicelib.domain.trading import judged_news
from chalicelib.domain.trading.booking import OrderNews
from chalicelib.domain.trading.orders import Order, OrderRole, OrderStatus
from chalicelib.services.commands import paused
from chalicelib.vendors.errors import OutcomeUnknown
from infra.local.simulate.mutation import Mutation

Replaced = Mapping[Callable[..., Any], Callable[..., Any]]  # Any: any function
_BRACKET: Final = frozenset({OrderRole.STOP_LOSS, OrderRole.TAKE_PROFIT})


def _refused() -> Mapping[tuple[object, str], object]:
    place = BinanceTrading.place

    def takes_for_refused(*asked: Any, **said: Any) -> object:  # Any: as the method takes them
        try:
            return place(*asked, **said)
        except OutcomeUnknown as error:
            raise Refused(error.reason) from error

    return {(BinanceTrading, "place"): takes_for_refused}


def _unheard() -> Replaced:
    is_news = judged_news.is_news

    def hears(order: Order, news: OrderNews, now: datetime) -> bool:
        is_cancelled = order.role in _BRACKET and news.status is OrderStatus.CANCELED
        return is_news(order, news, now) and not (is_cancelled and order.symbol.endswith("USDT"))

    return {is_news: hears}


OF_EXCHANGE: Final[Mapping[str, Mutation]] = {
    "exchange-unknown": Mutation(
        guard="an exchange that does not say what became of an order has not refused it", attributes=_refused
    ),
    "exchange-stop": Mutation(guard="a stop that somebody else cancelled is set again", replaced=_unheard),
    "exchange-pause": Mutation(
        guard="an exchange that failed is looked at before anything enters",
        replaced=lambda: {paused.check_reachable: lambda *_: None},
    ),
    "exchange-cap": Mutation(
        guard="the first live trades are small, and two at a time",
        replaced=lambda: {account_rules.live_cap: lambda *_: None},
    ),
}
