"""The laws of paper fills over any quote and order (I-15, I-16)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.brokers.paper.rules import FillRule, FillTerms, Verdict, judge
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.market.quotes import OptionQuote, quote_fault
from chalicelib.domain.trading.orders import OrderType
from tests.brokers.support import NOON

SYMBOL = "SPY260320C00600000"
CENT = Decimal("0.01")

cents = st.integers(0, 3000).map(lambda count: count * CENT)
sides = st.sampled_from([OrderSide.BUY_TO_OPEN, OrderSide.SELL_TO_CLOSE])
some_terms = st.builds(FillTerms, rule=st.sampled_from(FillRule), slippage_ticks_max=st.integers(0, 3))


@st.composite
def quotes(draw: st.DrawFn) -> OptionQuote:
    """Any quote: one-sided, crossed, stale, of another contract, without sizes."""
    age = draw(st.sampled_from([0, 60, 119, 120, 121, 3600, 86_400, -30, -90]))
    return OptionQuote(
        symbol=draw(st.sampled_from([SYMBOL, SYMBOL, SYMBOL, "SPY260320P00600000"])),
        bid=draw(st.none() | cents),
        ask=draw(st.none() | cents),
        bid_size=draw(st.none() | st.integers(0, 50)),
        ask_size=draw(st.none() | st.integers(0, 50)),
        last=draw(st.none() | cents),
        quoted_at=draw(st.sampled_from([NOON - timedelta(seconds=age), None])),
        source="test",
        delay_seconds=draw(st.sampled_from([0, 0, 900])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrder:
    """An order as the rules see it, without the books it is a row of."""

    key: str
    underlying: str
    symbol: str
    side: OrderSide
    type: OrderType
    remaining: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    resting: bool = False
    triggered: bool = False


@st.composite
def orders(draw: st.DrawFn) -> WorkingOrder:
    """Any order that the checks let through."""
    kind = draw(st.sampled_from(OrderType))
    price = draw(st.integers(1, 3000)) * CENT
    return WorkingOrder(
        key=str(draw(st.integers())),
        underlying="SPY",
        symbol=SYMBOL,
        side=draw(sides),
        type=kind,
        remaining=Decimal(draw(st.integers(1, 100))),
        limit_price=price if kind is OrderType.LIMIT else None,
        stop_price=price if kind is OrderType.STOP else None,
        resting=draw(st.booleans()),
        triggered=kind is OrderType.STOP and draw(st.booleans()),
    )


def fill(
    order: WorkingOrder, quote: OptionQuote, terms: FillTerms, taken: int = 0
) -> tuple[Verdict, Decimal] | None:
    """Return a verdict and its price when it fills."""
    verdict = judge(order, quote, NOON, terms=terms, taken=Decimal(taken))
    return None if verdict is None or verdict.price is None else (verdict, verdict.price)


@given(orders(), quotes(), st.integers(0, 3))
def test_a_fill_by_touch_is_never_better_than_the_opposite_side(
    order: WorkingOrder, quote: OptionQuote, slippage: int
) -> None:
    filled = fill(order, quote, FillTerms(slippage_ticks_max=slippage))
    if filled is None:
        return
    _, price = filled

    if order.side.is_buy:
        assert quote.ask is not None
        assert price >= quote.ask
    else:
        assert quote.bid is not None
        assert price <= max(quote.bid, CENT)


@given(orders(), quotes(), some_terms, st.integers(0, 60))
def test_a_fill_is_never_larger_than_what_is_left_of_the_displayed_size_or_of_the_order(
    order: WorkingOrder, quote: OptionQuote, terms: FillTerms, taken: int
) -> None:
    filled = fill(order, quote, terms, taken)
    if filled is None:
        return

    displayed = quote.ask_size if order.side.is_buy else quote.bid_size
    assert displayed is not None
    assert 0 < filled[0].quantity <= min(Decimal(displayed - taken), order.remaining)


@given(orders(), quotes(), some_terms)
def test_nothing_fills_on_a_quote_that_may_not_be_used(
    order: WorkingOrder, quote: OptionQuote, terms: FillTerms
) -> None:
    """I-15: stale, crossed, of another contract, without a time."""
    if quote_fault(quote, SYMBOL, NOON) is not None:
        assert judge(order, quote, NOON, terms=terms) is None


@given(orders(), quotes(), some_terms)
def test_a_limit_is_kept_and_a_stop_waits_for_its_price(
    order: WorkingOrder, quote: OptionQuote, terms: FillTerms
) -> None:
    filled = fill(order, quote, terms)
    if filled is None:
        return
    _, price = filled

    if order.limit_price is not None:
        assert price <= order.limit_price if order.side.is_buy else price >= order.limit_price
    if order.stop_price is not None and not order.triggered:
        touch = quote.ask if order.side.is_buy else quote.bid
        assert touch is not None
        assert touch >= order.stop_price if order.side.is_buy else touch <= order.stop_price


@given(orders(), quotes(), some_terms)
def test_the_last_price_moves_nothing(order: WorkingOrder, quote: OptionQuote, terms: FillTerms) -> None:
    """A complaint of other platforms: a paper limit filled at last price."""
    from dataclasses import replace

    other = replace(quote, last=Decimal("0.01"))

    assert judge(order, quote, NOON, terms=terms) == judge(order, other, NOON, terms=terms)


def plain(bid: str, ask: str) -> OptionQuote:
    return OptionQuote(
        symbol=SYMBOL,
        bid=Decimal(bid),
        ask=Decimal(ask),
        bid_size=10,
        ask_size=10,
        last=None,
        quoted_at=NOON,
        source="test",
        delay_seconds=0,
    )


def order(kind: OrderType, side: OrderSide = OrderSide.BUY_TO_OPEN, **more: object) -> WorkingOrder:
    usual: dict[str, object] = {
        "key": "1",
        "underlying": "SPY",
        "symbol": SYMBOL,
        "side": side,
        "type": kind,
        "remaining": Decimal(5),
        "limit_price": None,
        "stop_price": None,
    }
    return WorkingOrder(**(usual | more))  # type: ignore[arg-type]  # fields by name, as a test gives them


def price_by(rule: FillRule, side: OrderSide) -> Decimal:
    filled = fill(order(OrderType.MARKET, side), plain("1.00", "1.20"), FillTerms(rule=rule))
    assert filled is not None
    return filled[1]


def test_each_rule_has_its_price() -> None:
    """A-12: touch; mid ± 2 ticks; 0.5 % of mid, rounded against the order."""
    buy, sell = OrderSide.BUY_TO_OPEN, OrderSide.SELL_TO_CLOSE

    assert (price_by(FillRule.TOUCH, buy), price_by(FillRule.TOUCH, sell)) == (
        Decimal("1.20"),
        Decimal("1.00"),
    )
    assert (price_by(FillRule.MID_TICKS, buy), price_by(FillRule.MID_TICKS, sell)) == (
        Decimal("1.12"),
        Decimal("1.08"),
    )
    assert (price_by(FillRule.MID_PCT, buy), price_by(FillRule.MID_PCT, sell)) == (
        Decimal("1.11"),
        Decimal("1.09"),
    )


def test_a_resting_limit_fills_at_its_own_price_and_a_marketable_one_at_touch() -> None:
    limit = order(OrderType.LIMIT, limit_price=Decimal("1.50"))
    resting = order(OrderType.LIMIT, limit_price=Decimal("1.50"), resting=True)

    at_touch = fill(limit, plain("1.00", "1.20"), FillTerms())
    at_limit = fill(resting, plain("1.00", "1.20"), FillTerms())
    assert at_touch is not None
    assert at_limit is not None
    assert (at_touch[1], at_limit[1]) == (Decimal("1.20"), Decimal("1.50"))
    waiting = judge(
        order(OrderType.LIMIT, limit_price=Decimal("1.10")), plain("1", "1.2"), NOON, terms=FillTerms()
    )
    assert waiting is not None
    assert waiting.rests


def test_slippage_repeats_with_the_order_and_moves_against_it() -> None:
    terms = FillTerms(slippage_ticks_max=3)
    prices = set()
    for key in range(40):
        sent = order(OrderType.MARKET, key=str(key))
        first, again = fill(sent, plain("1.00", "1.20"), terms), fill(sent, plain("1.00", "1.20"), terms)
        assert first == again
        assert first is not None
        prices.add(first[1])

    assert prices == {Decimal("1.20"), Decimal("1.21"), Decimal("1.22"), Decimal("1.23")}
    assert terms.name == "touch+slippage"


def test_a_triggered_stop_goes_on_as_a_market_order() -> None:
    stop = order(OrderType.STOP, OrderSide.SELL_TO_CLOSE, stop_price=Decimal("1.00"))
    fell = judge(stop, plain("0.90", "1.00"), NOON, terms=FillTerms(), taken=Decimal(10))
    assert fell is not None
    assert (fell.triggered, fell.price) == (True, None)
    recovered = order(OrderType.STOP, OrderSide.SELL_TO_CLOSE, stop_price=Decimal("1.00"), triggered=True)

    sold = fill(recovered, plain("1.30", "1.40"), FillTerms())
    assert sold is not None
    assert sold[1] == Decimal("1.30")
