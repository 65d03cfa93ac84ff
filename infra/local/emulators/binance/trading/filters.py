"""What an order has to keep to, checked as the exchange does (wire/binance.md, 5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from infra.local.emulators.binance.problems import BinanceRefusal
from infra.local.emulators.binance.trading.orders import ALGO, CoinOrder, Kind

_OFF: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """A pair's filters as `exchangeInfo` tells them, and the average price that some of them go by."""

    rows: Sequence[Mapping[str, Any]]  # Any: texts and numbers of the exchange's own
    average: Callable[[], Decimal]

    def check(self, order: CoinOrder) -> None:
        """Raise BinanceRefusal for the first filter that one order does not keep to."""
        for row in self.rows:
            if not self._holds(row, order):
                raise BinanceRefusal(-1013, f"Filter failure: {row['filterType']}")

    def check_counts(self, more: Sequence[CoinOrder], standing: Sequence[CoinOrder]) -> None:
        """Raise BinanceRefusal where orders beside those that stand would be too many."""
        algo = [one for one in (*standing, *more) if one.kind in ALGO and one.executed == 0]
        for row in self.rows:
            kind = row["filterType"]
            if kind == "MAX_NUM_ORDERS" and len(standing) + len(more) > row["maxNumOrders"]:
                raise BinanceRefusal(-1013, f"Filter failure: {kind}")
            if (
                kind == "MAX_NUM_ALGO_ORDERS"
                and any(one.kind in ALGO for one in more)
                and len(algo) > row["maxNumAlgoOrders"]
            ):
                raise BinanceRefusal(-1013, f"Filter failure: {kind}")

    def _holds(self, row: Mapping[str, Any], order: CoinOrder) -> bool:  # Any: as above
        prices = [price for price in (order.price, order.stop_price) if price]
        match row["filterType"]:
            case "PRICE_FILTER":
                return all(
                    _within(price, row["minPrice"], row["maxPrice"]) and _on(price, row["tickSize"])
                    for price in prices
                )
            case "LOT_SIZE" if not order.quote_wanted:
                return _within(order.quantity, row["minQty"], row["maxQty"]) and _on(
                    order.quantity, row["stepSize"]
                )
            case "MARKET_LOT_SIZE" if order.kind is Kind.MARKET and not order.quote_wanted:
                return _within(order.quantity, row["minQty"], row["maxQty"]) and _on(
                    order.quantity, row["stepSize"]
                )
            case "PERCENT_PRICE_BY_SIDE":
                side = "bid" if order.is_buy else "ask"
                low, high = (
                    Decimal(row[f"{side}Multiplier{end}"]) * self.average() for end in ("Down", "Up")
                )
                return all(low <= price <= high for price in prices)
            case "PERCENT_PRICE":
                low, high = (Decimal(row[f"multiplier{end}"]) * self.average() for end in ("Down", "Up"))
                return all(low <= price <= high for price in prices)
            case "MIN_NOTIONAL":
                at_market = order.kind is Kind.MARKET and not row["applyToMarket"]
                return at_market or self._worth(order) >= Decimal(row["minNotional"])
            case "NOTIONAL":
                return self._is_worth(row, order)
            case _:
                return True

    def _is_worth(self, row: Mapping[str, Any], order: CoinOrder) -> bool:  # Any: as above
        at_market = order.kind is Kind.MARKET
        worth = self._worth(order)
        if worth < Decimal(row["minNotional"]) and (not at_market or row["applyMinToMarket"]):
            return False
        return worth <= Decimal(row["maxNotional"]) or (at_market and not row["applyMaxToMarket"])

    def _worth(self, order: CoinOrder) -> Decimal:
        price = order.price or order.stop_price or self.average()
        return order.quote_wanted or price * order.quantity


def _within(value: Decimal, least: str, most: str) -> bool:
    return value >= Decimal(least) and (Decimal(most) == _OFF or value <= Decimal(most))


def _on(value: Decimal, step: str) -> bool:
    return Decimal(step) == _OFF or value % Decimal(step) == 0
