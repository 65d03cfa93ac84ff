"""Laws of the paper broker's books over any orders (W-01, I-13): money is conserved, no call is naked."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.brokers.paper.collateral import contract_of, multiplier_of
from chalicelib.brokers.paper.groups import collateral, tied
from chalicelib.brokers.paper.ledger import EventKind, Ledger, PaperOrder
from chalicelib.brokers.paper.matching import cancel_orders
from chalicelib.brokers.paper.settlement import assign, pay_dividend, settle_expired
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import ZERO
from chalicelib.vendors.errors import VendorError
from tests.brokers.paper_books import Books, option, shown

NEAR, FAR = "260220", "260320"
CONTRACTS = [
    option(f"{strike}{right}", day) for strike in (95, 100, 105) for right in "CP" for day in (NEAR, FAR)
]
SYMBOLS = ["SPY", *CONTRACTS]
WORDS = ["+", "-", "+x", "-x"]
CENT = Decimal("0.01")
ONE = Decimal(1)

prices = st.integers(5, 900).map(lambda count: count * CENT)


Market = list[tuple[str, Decimal, Decimal, int]]
"""Contract, bid, ask and the size that is shown."""

Act = tuple[Any, ...]  # Any: a method's name and what it takes


@st.composite
def market(draw: st.DrawFn) -> Market:
    """Any market: prices of its own for each contract, some of them scarce."""
    quoted = []
    for symbol in SYMBOLS:
        bid = Decimal(draw(st.integers(90, 110))) if symbol == "SPY" else draw(prices)
        quoted.append((symbol, bid, bid + draw(st.integers(0, 20)) * CENT, draw(st.sampled_from([1, 3, 50]))))
    return quoted


some_contracts = st.sampled_from(CONTRACTS)
some_units = st.integers(1, 3)
some_singles = st.tuples(
    st.just("single"), st.sampled_from(WORDS), st.sampled_from(SYMBOLS), some_units, st.none() | prices
)
some_combined = st.tuples(
    st.just("combined"),
    st.dictionaries(some_contracts, st.sampled_from(["", "", "2"]), min_size=2, max_size=4),
    st.lists(st.sampled_from("+-"), min_size=4, max_size=4),
    some_units,
    st.integers(-600, 900).map(lambda count: count * CENT),
)
#: Shares for covered calls, a call on them, and what a person trades most: two strikes of one right and day.
some_shares = st.tuples(st.just("single"), st.just("+"), st.just("SPY"), some_units, st.none())
some_calls = st.tuples(
    st.just("single"),
    st.just("-"),
    st.sampled_from([one for one in CONTRACTS if one[-9] == "C"]),
    some_units,
    st.none(),
)
some_verticals = st.builds(
    lambda strikes, right, day, units: (
        "combined",
        {option(f"{strike}{right}", day): "" for strike in strikes},
        ["+", "-"],
        units,
        Decimal(9),
    ),
    st.permutations((95, 100, 105)).map(lambda found: found[:2]),
    st.sampled_from("CP"),
    st.sampled_from([NEAR, FAR]),
    some_units,
)
some_closings = st.tuples(st.just("unwind"), st.integers(0, 5), some_units)
#: One position given up by itself, whatever it protects.
some_leavings = st.tuples(st.just("leave"), st.integers(0, 9), some_units)
some_markets = st.tuples(st.just("market"), market())
acts = st.one_of(
    some_singles,
    some_combined,
    some_verticals,
    some_verticals,
    some_shares,
    some_calls,
    some_closings,
    some_closings,
    some_leavings,
    some_leavings,
    st.tuples(st.just("oco"), st.sampled_from(["+x", "-x"]), some_contracts, some_units),
    some_markets,
    some_markets,
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("assign"), st.integers(0, 9)) | st.tuples(st.just("dividend"), st.integers(0, 9)),
)


class Tape(Books):
    """Books that are counted a second time, by the fills alone."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.quotes: list[OptionQuote] = []

    def do(self, act: Act) -> None:
        """Carry out one act; what is refused changes nothing."""
        then = (self.ledger.cash, self.ledger.groups, self.held(), len(self.ledger.orders))
        try:
            getattr(self, f"_{act[0]}")(*act[1:])
        except VendorError:
            assert then == (self.ledger.cash, self.ledger.groups, self.held(), len(self.ledger.orders))

    def _single(self, word: str, symbol: str, quantity: int, limit: Decimal | None) -> None:
        times = 100 if symbol == "SPY" else 1
        price = None if limit is None else limit * (20 if symbol == "SPY" else 1)
        self.single(word, symbol, quantity * times, price, self.quotes)

    def _combined(self, legs: dict[str, str], signs: list[str], quantity: int, net: Decimal) -> None:
        words = {symbol: sign + ratio for (symbol, ratio), sign in zip(legs.items(), signs, strict=False)}
        self.combined(words, quantity, net, self.quotes)

    def _unwind(self, number: int, quantity: int) -> None:
        """Close a group as a trade does: all its legs at once, else what is held by itself."""
        groups = self.ledger.groups
        if not groups:
            return
        group = groups[number % len(groups)]
        whole = min(abs(int(count)) for count in group.quantities.values())
        words = {
            symbol: f"{'-x' if count > 0 else '+x'}{max(1, abs(int(count)) // whole)}"
            for symbol, count in group.quantities.items()
        }
        if len(words) == 1:
            ((symbol, word),) = words.items()
            self.single(word[:2], symbol, min(quantity, whole), None, self.quotes)
        else:
            self.combined(words, min(quantity, whole), Decimal(50), self.quotes)

    def _leave(self, number: int, quantity: int) -> None:
        held = sorted(self.held().items())
        if held:
            symbol, count = held[number % len(held)]
            units = quantity * (50 if symbol == "SPY" else 1)
            self.single("-x" if count > 0 else "+x", symbol, min(units, abs(int(count))), None, self.quotes)

    def _oco(self, word: str, symbol: str, quantity: int) -> None:
        self.oco(word, symbol, quantity, *(("8.00", "0.50") if word == "+x" else ("0.50", "8.00")))

    def _market(self, quoted: Market) -> None:
        self.at += timedelta(seconds=20)
        self.quotes = [shown(s, b, a, at=self.at, size=None if s == "SPY" else n) for s, b, a, n in quoted]
        self.meet(*self.quotes)

    def _cancel(self, number: int) -> None:
        live = self.ledger.working()
        if live:
            cancel_orders(self.ledger, live[number % len(live)], self.at)

    def _assign(self, number: int) -> None:
        """Have the holder of a short option exercise it."""
        short = sorted(symbol for symbol, count in self.held().items() if count < 0 and symbol != "SPY")
        if short:
            assign(self.ledger, f"early:{len(self.ledger.events)}", short[number % len(short)], ONE, self.at)

    def _dividend(self, number: int) -> None:
        pay_dividend(self.ledger, "SPY", date(2026, 3, 1 + number), Decimal("0.35"), self.at)

    def _expire(self, close: int) -> None:
        """End the near contracts on one price: at that price nobody has gained or lost by it (I-17)."""
        self.at += timedelta(days=5)
        self.quotes = []
        self.meet()
        ending = [symbol for symbol in self.held() if contract_of(symbol) and NEAR in symbol]
        then = self._worth(Decimal(close), ending)
        settle_expired(self.ledger, dict.fromkeys(ending, Decimal(close)), self.at)
        assert self._worth(Decimal(close), ending) == then
        assert not self.held().keys() & set(ending)

    def _worth(self, spot: Decimal, ending: Sequence[str]) -> Decimal:
        worth = self.ledger.cash + self.ledger.held("SPY") * spot
        for symbol in ending:
            contract = contract_of(symbol)
            assert contract is not None
            gap = (
                spot - contract.strike if contract.option_type is OptionType.CALL else contract.strike - spot
            )
            worth += self.ledger.held(symbol) * 100 * max(gap, ZERO)
        return worth


@settings(max_examples=150, deadline=None)
@given(
    market(),
    st.lists(acts, min_size=20, max_size=40),
    st.integers(85, 115),
    market(),
    st.lists(acts, min_size=5, max_size=20),
)
def test_money_is_conserved_and_nothing_is_left_naked(
    first: Market, before: list[Act], close: int, later: Market, after: list[Act]
) -> None:
    """I-13, W-01: cash and positions follow from the fills to the cent; every short call stays covered."""
    tape = Tape(cash=Decimal(60_000))
    for act in (("market", first), *before, ("expire", close), ("market", later), *after):
        opened = len(tape.ledger.fills)
        tape.do(act)
        _check_money(tape)
        _check_cover(tape.ledger)
        _check_collateral(tape.ledger, [fill.order_id for fill in tape.ledger.fills[opened:]])


def _check_money(tape: Tape) -> None:
    cash = tape.cash + sum((event.cash for event in tape.ledger.events.values()), ZERO)
    held: Counter[str] = Counter()
    for event in tape.ledger.events.values():
        contract = contract_of(event.symbol)
        if contract is not None:
            held[event.symbol] -= int(event.quantity)
        if contract is not None and event.kind is EventKind.ASSIGNED:
            held["SPY"] -= int(event.quantity) * (100 if contract.option_type is OptionType.PUT else -100)
    for fill in tape.ledger.fills:
        sign = 1 if fill.is_buy else -1
        cash -= sign * fill.quantity * fill.price * multiplier_of(fill.symbol) + fill.fees
        held[fill.symbol] += sign * int(fill.quantity)
    assert cash == tape.ledger.cash
    assert {symbol: count for symbol, count in held.items() if count} == tape.held()


def _check_cover(ledger: Ledger) -> None:
    """Look at the account as a whole, whatever the groups say: calls that are short, and what bounds them."""
    if _was_called(ledger):  # then shares are short until they are bought back
        return
    for day in (date(2026, 2, 20), date(2026, 3, 20)):
        bound = ledger.held("SPY")
        for symbol, count in ledger.held_all().items():
            contract = contract_of(symbol)
            if contract is not None and contract.option_type is OptionType.CALL and contract.expiry >= day:
                bound += count * 100
        assert bound >= 0


def _check_collateral(ledger: Ledger, filled: Sequence[UUID]) -> None:
    """All that is short is in a group, nothing is tied that is not held, and openings left enough cash."""
    for symbol, count in ledger.held_all().items():
        if symbol != "SPY":
            together = tied(ledger.groups, symbol)
            assert together == count if count < 0 else ZERO <= together <= count
    held_back = collateral(ledger.groups)
    assert held_back is not None or _was_called(ledger)
    if any(_opens(ledger.orders[order_id]) for order_id in filled):
        assert held_back is not None
        assert ledger.cash >= held_back
    if not _was_called(ledger):
        promised = sum((one.cover * one.remaining for one in ledger.live()), ZERO)
        for_sale = ledger.committed("SPY", OrderSide.SELL_TO_CLOSE, alone=True)
        assert tied(ledger.groups, "SPY") + promised + for_sale <= ledger.held("SPY")


def _was_called(ledger: Ledger) -> bool:
    """Say whether shares went for the short call of a spread and are not back yet."""
    return any(group.quantities.get("SPY", ZERO) < 0 for group in ledger.groups)


def _opens(order: PaperOrder) -> bool:
    return any(not leg.side.is_closing for leg in order.parts)
