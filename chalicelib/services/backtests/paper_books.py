"""The paper broker's books as a backtest trades through them: ledger, fill rules, settlement (B-10, B-12)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Final
from uuid import UUID

from chalicelib.brokers.errors import Refused
from chalicelib.brokers.paper.admission import needs_to_open
from chalicelib.brokers.paper.combined_rules import Shown, UnitFill, judge_combined
from chalicelib.brokers.paper.execution import execute
from chalicelib.brokers.paper.groups import PositionGroup
from chalicelib.brokers.paper.ledger import Holding, Ledger, PaperLeg, PaperOrder
from chalicelib.brokers.paper.rules import FillRule, FillTerms, judge
from chalicelib.brokers.paper.settlement import settle_expired
from chalicelib.domain.backtest.books import (
    Filled,
    KeptAccount,
    KeptGroup,
    KeptHolding,
    OrderedLeg,
    Quotes,
)
from chalicelib.domain.backtest.request import BacktestRequest
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.money import ZERO, to_cents, to_price
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType

_PER_CENT: Final = Decimal(100)


class PaperBooks:
    """One account of one backtest; an order fills by the quotes of its moment, or ends."""

    def __init__(
        self,
        ledger: Ledger,
        terms: FillTerms,
        commission: Decimal,
        *,
        orders: int = 0,
    ) -> None:
        self._ledger = ledger
        self._terms = terms
        self._commission = commission
        self._ids = count(orders + 1)
        self._sent = orders

    def equity(self) -> Decimal:
        """Return cash and holdings at their last marks."""
        return self._ledger.equity()

    def free_cash(self) -> Decimal:
        """Return what positions leave free."""
        return self._ledger.free_cash()

    def shares(self, underlying: str) -> Decimal:
        """Return the shares that cover nothing."""
        return self._ledger.loose_shares(underlying)

    def held_shares(self, underlying: str) -> Decimal:
        """Return all shares that are held."""
        return self._ledger.held(underlying)

    def trade(
        self,
        legs: Sequence[OrderedLeg],
        quantity: Decimal,
        limit: Decimal | None,
        quotes: Quotes,
        at: datetime,
        underlying: str,
    ) -> Filled | None:
        """Send one order that fills now or never, as the paper broker would take and fill it."""
        order = self._order(legs, quantity, limit, at, underlying)
        if not self._is_taken(order):
            return None
        ledger = self._ledger
        fill = self._judged(order, quotes, at)
        if fill is None:
            return None
        ledger.orders[order.id] = order
        execute(ledger, order, fill, at, self._terms.name, self._new_id, commission=self._commission)
        del ledger.orders[order.id]
        fills, ledger.fills = ledger.fills, []
        if order.filled_quantity <= 0 or not fills:
            return None
        return Filled(
            quantity=order.filled_quantity,
            price=to_price(order.filled_value / order.filled_quantity),
            leg_prices=tuple(one.price for one in fills),
            fees=to_cents(order.fees),
        )

    def settle(self, prices: Mapping[str, Decimal], at: datetime) -> None:
        """Take expired contracts off the books at the price of their underlying."""
        settle_expired(self._ledger, prices, at)
        self._ledger.events.clear()

    def mark(self, prices: Mapping[str, Decimal]) -> None:
        """Value what is held at these prices per share."""
        for symbol, holding in self._ledger.holdings.items():
            if symbol in prices:
                holding.mark_price = prices[symbol]
        self._ledger.taken.clear()

    def kept(self) -> KeptAccount:
        """Return the account as it goes on from here."""
        ledger = self._ledger
        return KeptAccount(
            cash=ledger.cash,
            orders=self._sent,
            holdings=tuple(
                KeptHolding(
                    symbol=one.symbol,
                    underlying=one.underlying,
                    quantity=one.quantity,
                    cost_basis=one.cost_basis,
                    mark_price=one.mark_price,
                )
                for one in ledger.holdings.values()
            ),
            groups=tuple(
                KeptGroup(
                    id=one.id,
                    underlying=one.underlying,
                    quantities=tuple(one.quantities.items()),
                    delivers=one.delivers,
                )
                for one in ledger.groups
            ),
        )

    def _new_id(self) -> UUID:
        return UUID(int=next(self._ids))

    def _order(
        self,
        legs: Sequence[OrderedLeg],
        quantity: Decimal,
        limit: Decimal | None,
        at: datetime,
        underlying: str,
    ) -> PaperOrder:
        self._sent += 1
        first = legs[0]
        is_single = len(legs) == 1
        return PaperOrder(
            id=UUID(int=self._sent),
            parent_id=None,
            tag="",
            underlying=underlying,
            symbol=first.symbol if is_single else underlying,
            side=first.side,
            type=OrderType.MARKET if limit is None else OrderType.LIMIT,
            duration=Duration.DAY,
            quantity=quantity * first.ratio if is_single else quantity,
            limit_price=limit,
            stop_price=None,
            reserve=ZERO,
            status=OrderStatus.OPEN,
            fill_rule=self._terms.name,
            created_at=at,
            updated_at=at,
            expires_at=at,
            legs=()
            if is_single
            else tuple(PaperLeg(symbol=one.symbol, side=one.side, ratio=one.ratio) for one in legs),
        )

    def _is_taken(self, order: PaperOrder) -> bool:
        """Say whether the broker would take it: what it opens is covered by free cash."""
        if any(leg.side.is_closing for leg in order.parts):
            return True
        if any(leg.instrument is Instrument.EQUITY for leg in order.parts):
            return True  # what shares cost is checked as they fill
        try:
            needs = needs_to_open(order.parts, order.limit_price)
        except Refused:
            return False
        return needs.reserve * order.quantity <= self._ledger.free_cash()

    def _judged(self, order: PaperOrder, quotes: Quotes, at: datetime) -> UnitFill | None:
        ledger, terms = self._ledger, self._terms
        if order.legs:
            return judge_combined(order, quotes, at, terms=terms, taken=ledger.taken)
        quote = quotes.get(order.symbol)
        if quote is None or quote.quoted_at is None:
            return None
        taken = ledger.taken.get((order.symbol, order.side.is_buy, quote.quoted_at), ZERO)
        verdict = judge(order, quote, at, terms=terms, taken=taken)
        if verdict is None or verdict.price is None or verdict.quantity <= 0:
            return None
        shown = Shown(quote, verdict.price, verdict.quantity)
        return UnitFill(quantity=verdict.quantity, price=verdict.price, legs=(shown,))


def opened(asked: BacktestRequest, kept: KeptAccount | None = None) -> PaperBooks:
    """Return an account as a backtest begins with it, or as it was left off."""
    terms = FillTerms(rule=FillRule(asked.fill_rule.value), mid_fraction=asked.slippage_pct / _PER_CENT)
    ledger = Ledger(cash=asked.initial_capital, realized_on=None, realized=ZERO, orders={}, holdings={})
    if kept is None:
        return PaperBooks(ledger, terms, asked.commission)
    ledger.cash = kept.cash
    ledger.holdings = {
        one.symbol: Holding(
            symbol=one.symbol,
            underlying=one.underlying,
            quantity=one.quantity,
            cost_basis=one.cost_basis,
            mark_price=one.mark_price,
        )
        for one in kept.holdings
    }
    ledger.groups = tuple(
        PositionGroup(
            id=one.id, underlying=one.underlying, quantities=dict(one.quantities), delivers=one.delivers
        )
        for one in kept.groups
    )
    return PaperBooks(ledger, terms, asked.commission, orders=kept.orders)
