"""The model: what the broker's executions make of an account's trades, compared with what was told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from infra.local.outside_checker.broker_log import CENT, Execution, read_log, read_positions, read_taken
from infra.local.outside_checker.combined import PRICE_NOISE, broken_legs, cost_of_legs
from infra.local.outside_checker.findings import Finding, Rule
from infra.local.outside_checker.history import (
    HELD,
    LIVE_ORDER,
    NOT_ENDED,
    ToldLeg,
    ToldOrder,
    ToldTrade,
    read_trade,
)
from infra.local.outside_checker.steps import broken_steps

FEE_PER_CONTRACT: Final = Decimal("0.35")
ZERO: Final = Decimal(0)
#: The owner confirmed that the broker forgot everything: there is no log to compare with.
FORGOTTEN: Final = "BROKER_RESET"

#: Official closes in dollars by (ticker, expiry); what is not in it is not compared.
Closes = Mapping[tuple[str, date], Decimal]


def check(
    accounts: Mapping[str, Mapping[str, object]],
    history: Mapping[str, Sequence[Mapping[str, object]]],
    *,
    today: date | None = None,
    closes: Closes | None = None,
    fee_per_contract: Decimal = FEE_PER_CONTRACT,
) -> list[Finding]:
    """Compare at rest, when the product has seen all that the broker did.

    `accounts` are `{orders, positions}` by account number, both as Tradier lists them, all days together, and
    perhaps `taken`, what went without an order, `{symbol: quantity}`;
    `history` are the trades told of each account, every state, in the API's shape with `transitions`. Trades
    of other brokers among them are held to their states alone. `today` is New York's date: what expires on it
    or before may have left the broker's books or not.
    """
    found: list[Finding] = []
    for account in sorted(accounts.keys() | history.keys()):
        try:
            one = _Account(account, accounts.get(account, {}), history.get(account, ()))
        except (KeyError, ValueError, ArithmeticError) as error:
            text = f"{type(error).__name__}: {error}"
            found.append(Finding(rule=Rule.READABLE, account=account, trade_id="", text=text))
            continue
        found += one.owners()
        found += one.positions(today)
        for trade in one.trades:
            found += one.states(trade)
            if trade.is_at_tradier and trade.reason != FORGOTTEN:
                found += one.orders(trade)
                found += one.trade(trade, fee_per_contract, closes or {})
    return found


class _Account:
    """One account: its broker's log beside the trades told of it."""

    def __init__(
        self, name: str, books: Mapping[str, object], trades: Sequence[Mapping[str, object]]
    ) -> None:
        self.trades = [read_trade(row) for row in trades]
        self._name = name
        self._log = {one.order_id: one for one in read_log(books.get("orders"))}
        self._held = read_positions(books.get("positions"))
        self._taken = read_taken(books.get("taken"))
        self._at_tradier = [trade for trade in self.trades if trade.is_at_tradier]

    def owners(self) -> Iterator[Finding]:
        """Each order there has one intent here, each intent one order there, each tag one order."""
        owners: dict[str, list[ToldTrade]] = {}
        for trade in self._at_tradier:
            for told in trade.orders:
                if told.broker_order_id:
                    owners.setdefault(told.broker_order_id, []).append(trade)
        forgotten = any(trade.reason == FORGOTTEN for trade in self._at_tradier)
        for order_id, trades in owners.items():
            if order_id not in self._log and not forgotten:
                yield self._finding(Rule.ONE_OWNER, f"the broker has no order {order_id}", trades[0])
            if len(trades) > 1 and not self._is_by_hand(order_id):
                yield self._finding(Rule.ONE_OWNER, f"order {order_id} has {len(trades)} intents", trades[0])
        for order in self._log.values():
            if order.order_id in owners:
                continue
            if not self._is_by_hand(order.order_id):
                text = f"order {order.order_id} ({order.status}, {order.executed} executed) has no trade"
                yield self._finding(Rule.ONE_OWNER, text)
            if order.is_alive:
                yield self._finding(Rule.NO_STRAY, f"order {order.order_id} works for nobody")
        groups = {(order.tag, order.group_id) for order in self._log.values() if order.tag}
        for tag, count in Counter(tag for tag, _ in groups).items():
            if count > 1:
                yield self._finding(Rule.ONE_OWNER, f"{count} orders carry the tag {tag}")

    def positions(self, today: date | None) -> Iterator[Finding]:
        """What the broker holds of each symbol is what is open of it."""
        open_of: dict[str, Decimal] = {}
        passed: set[str] = set()
        for trade in self._at_tradier:
            for leg in trade.legs:
                if trade.status in HELD:
                    told = trade.held_of(leg) * leg.sign
                    known = told if trade.is_delivered else self._bought(trade, leg)
                    open_of[leg.symbol] = open_of.get(leg.symbol, ZERO) + known
                if today is not None and leg.expiry is not None and leg.expiry <= today:
                    passed.add(leg.symbol)
                    if trade.is_delivered and leg.expiry == today:
                        passed.add(trade.ticker)  # its shares come over night
                if trade.is_delivered and trade.began_on == today:
                    passed.add(leg.symbol)  # shares come over night
        for symbol in sorted(open_of.keys() | self._held.keys()):
            held, known = self._held.get(symbol, ZERO), open_of.get(symbol, ZERO)
            fits = known - self._taken.get(symbol, ZERO) <= held <= known
            if not fits and symbol not in passed:
                text = f"the broker holds {held} of {symbol}, the open trades {known}"
                yield self._finding(Rule.POSITIONS, text)

    def orders(self, trade: ToldTrade) -> Iterator[Finding]:
        """Each order says the same here and there."""
        for told in trade.orders:
            order = self._log.get(told.broker_order_id)
            if order is None:
                if told.filled > 0 and not (trade.is_delivered and told.role == "ENTRY"):
                    text = f"intent {told.intent} filled {told.filled} and is nowhere at the broker"
                    yield self._finding(Rule.QUANTITIES, text, trade)
                continue
            name = f"order {order.order_id}"
            symbols = [leg.symbol for leg in trade.legs]
            same_side = bool(order.legs) or order.buys == told.buys
            if not {one.symbol for one in order.legs or (order,)} <= {*symbols} or not same_side:
                text = f"{name} is of {order.symbol}, the trade of {symbols}, or on the other side"
                yield self._finding(Rule.SAME_ORDER, text, trade)
            if order.is_alive != (told.status in LIVE_ORDER):
                text = f"{name} is {order.status} there and {told.status} here"
                yield self._finding(Rule.SAME_ORDER, text, trade)
            if order.is_alive and trade.status not in NOT_ENDED:
                yield self._finding(Rule.NO_STRAY, f"{name} works for a trade that is {trade.status}", trade)
            if self._is_by_hand(order.order_id):
                yield from self._by_hand(trade, told, order)
            elif order.executed != told.filled:
                text = f"{name} executed {order.executed} there, {told.filled} here"
                yield self._finding(Rule.QUANTITIES, text, trade)
            elif order.legs:
                for rule, text in broken_legs(told, order):
                    yield self._finding(rule, text, trade)
            elif order.executed and not _near(order.average, told.average):
                text = f"{name} executed at {order.average} there, at {told.average} here"
                yield self._finding(Rule.PRICES, text, trade)

    def trade(self, trade: ToldTrade, fee: Decimal, closes: Closes) -> Iterator[Finding]:
        """Quantities, prices and money are what the executions make of them."""
        if trade.is_delivered:
            return  # by the clearing house: no execution of an order explains it
        if not trade.legs and self._executions(trade):
            yield self._finding(Rule.QUANTITIES, "executed without a leg", trade)
        for leg in trade.legs:
            yield from self._leg(trade, leg)
        price = cost_of_legs(trade, self._executions(trade, {"ENTRY"}))
        if price is not None and not _near(price, trade.entry_price):
            text = f"legs entered for {price} together, told as {trade.entry_price}"
            yield self._finding(Rule.PRICES, text, trade)
        if not any(self._taken.get(leg.symbol, ZERO) for leg in trade.legs):
            yield from self._money(trade, fee, closes)  # else nobody here knows the price of what went

    def _leg(self, trade: ToldTrade, leg: ToldLeg) -> Iterator[Finding]:
        """Compare one leg: in a sum over legs one's lack would hide what is too much of another."""
        executed = [one for one in self._executions(trade, {"ENTRY"}) if one.symbol == leg.symbol]
        bought = sum((one.executed for one in executed), ZERO)
        left = self._bought(trade, leg) * leg.sign
        if bought != trade.filled * leg.ratio:
            text = f"{bought} of {leg.symbol} entered, {trade.filled} told"
            yield self._finding(Rule.QUANTITIES, text, trade)
        if trade.status == "CANCELED" and self._executions(trade):
            yield self._finding(Rule.NOT_LOST, f"CANCELED although {bought} were bought", trade)
        lost = self._taken.get(leg.symbol, ZERO)
        is_one_of_several = len(trade.legs) > 1 or trade.deliveries > 0
        ended_by_itself = is_one_of_several and leg.expiry is not None  # the money tells
        if trade.status == "CLOSED" and not ended_by_itself and not 0 <= left <= lost:
            yield self._finding(Rule.QUANTITIES, f"CLOSED with {left} left", trade)
        held = trade.held_of(leg)
        is_so = held <= left <= held + lost
        gone_by_itself = ended_by_itself and held == 0
        if trade.status in HELD and not gone_by_itself and not is_so:
            yield self._finding(Rule.QUANTITIES, f"{left} of {leg.symbol} left, {held} told", trade)
        if bought and len(trade.legs) == 1:
            average = sum((one.value for one in executed), ZERO) / bought
            if not _near(average, trade.entry_price):
                yield self._finding(Rule.PRICES, f"entered at {average}, told as {trade.entry_price}", trade)

    def _money(self, trade: ToldTrade, fee: Decimal, closes: Closes) -> Iterator[Finding]:
        executions = self._executions(trade)
        fees = sum((one.executed for one in executions), ZERO) * fee
        if abs(fees - trade.fees) >= CENT:
            yield self._finding(Rule.MONEY, f"fees come to {fees}, told as {trade.fees}", trade)
        if trade.status not in {"CLOSED", "EXPIRED"}:
            return
        if trade.realized is None:
            yield self._finding(Rule.MONEY, f"{trade.status} without a realised P&L", trade)
            return
        worth_of = {leg.symbol: leg.multiplier for leg in trade.legs}
        cash = sum(
            (one.value * (-1 if one.buys else 1) * worth_of.get(one.symbol, ZERO) for one in executions), ZERO
        )
        settled = trade.realized - (cash - fees)
        left = {leg: self._bought(trade, leg) for leg in trade.legs}
        for text in _settlement(trade, trade.realized, settled, left, closes):
            yield self._finding(Rule.MONEY, text, trade)

    def states(self, trade: ToldTrade) -> Iterator[Finding]:
        """The transitions form one path along the edges, in time, from PENDING to the present state."""
        for text in broken_steps(trade):
            yield self._finding(Rule.STATES, text, trade)

    def _executions(self, trade: ToldTrade, roles: set[str] | None = None) -> list[Execution]:
        wanted = [told for told in trade.orders if roles is None or told.role in roles]
        found = list[Execution]()
        for one in wanted:
            order = self._log.get(one.broker_order_id)
            if order is not None and self._is_by_hand(order.order_id):
                order = replace(order, executed=min(order.executed, one.filled))
            if order is not None:
                found += order.legs or (order,)
        return [order for order in found if order.executed > 0]

    def _is_by_hand(self, order_id: str) -> bool:
        """Say whether the account's owner, or the broker, placed an order: whatever is ours has a tag."""
        order = self._log.get(order_id)
        return order is not None and not order.tag

    def _by_hand(self, trade: ToldTrade, told: ToldOrder, order: Execution) -> Iterator[Finding]:
        """A sale by hand may be shared by several trades: none is told to have more of it than there is."""
        shared = sum(
            (
                one.filled
                for other in self._at_tradier
                for one in other.orders
                if one.broker_order_id == order.order_id
            ),
            ZERO,
        )
        if shared > order.executed:
            text = f"order {order.order_id} executed {order.executed} there, {shared} of it are told here"
            yield self._finding(Rule.QUANTITIES, text, trade)
        if not _near(order.average, told.average):
            text = f"order {order.order_id} executed at {order.average} there, at {told.average} here"
            yield self._finding(Rule.PRICES, text, trade)

    def _bought(self, trade: ToldTrade, leg: ToldLeg) -> Decimal:
        """Return what was bought of a leg less what was sold of it."""
        return _net(one for one in self._executions(trade) if one.symbol == leg.symbol)

    def _finding(self, rule: Rule, text: str, trade: ToldTrade | None = None) -> Finding:
        whose = "" if trade is None else trade.trade_id
        return Finding(rule=rule, account=self._name, trade_id=whose, text=text)


def _net(executions: Iterable[Execution]) -> Decimal:
    """Return what was bought less what was sold."""
    return sum((one.executed if one.buys else -one.executed for one in executions), ZERO)


def _settlement(
    trade: ToldTrade, told: Decimal, settled: Decimal, left: Mapping[ToldLeg, Decimal], closes: Closes
) -> Iterator[str]:
    """Compare what no execution explains of the P&L told with what an expiry may have brought, in dollars."""
    settles_in_part = len(left) > 1 and any(left.values())
    if (trade.status == "CLOSED" and not settles_in_part) or not any(left.values()):
        if abs(settled) >= CENT:
            yield f"realised {told}, the executions say {told - settled}"
        return
    worths, known = [(ZERO, 0)], True
    for leg, quantity in left.items():
        if not quantity:
            continue
        close = None if leg.expiry is None else closes.get((trade.ticker, leg.expiry))
        known = known and close is not None
        if close is not None:
            inside = close - leg.strike if leg.right == "CALL" else leg.strike - close
            of_one = (inside if inside >= CENT else ZERO) * leg.multiplier
            worths = list(_with_leg(worths, of_one, quantity, trade.deliveries))
    if known:
        if all(abs(settled - worth) >= CENT for worth, _ in worths):
            yield f"settled for {settled}, what was left was worth {worths[0][0]}"
    elif (len(left) == 1 and settled < 0) or (trade.reason == "EXPIRED_OTM" and settled >= CENT):
        yield f"{trade.reason} settled for {settled}"


def _with_leg(
    worths: Sequence[tuple[Decimal, int]], of_one: Decimal, quantity: Decimal, deliveries: int
) -> Iterator[tuple[Decimal, int]]:
    """Yield what legs may have been settled for with one more, and how many of them were delivered.

    What is delivered brings nothing by itself: shares change hands at the strike, perhaps another trade's.
    """
    for worth, delivered in worths:
        yield worth + of_one * quantity, delivered
    for worth, delivered in worths:
        if delivered < deliveries:
            for count in range(1, int(abs(quantity)) + 1):
                yield worth + of_one * (quantity - count if quantity > 0 else quantity + count), delivered + 1


def _near(one: Decimal, other: Decimal | None) -> bool:
    return other is not None and abs(one - other) <= PRICE_NOISE
