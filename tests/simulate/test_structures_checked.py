"""Do the checks of structures bite? What fills together, and what an order's legs came to (I-16, I-38)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Final, cast
from uuid import UUID

import pytest

from infra.local.invariants.findings import Findings
from infra.local.invariants.paper_fills import check_paper_fills
from infra.local.invariants.paper_rows import PaperFillRow
from infra.local.invariants.truth import outside_account
from infra.local.invariants.view import Touch, View

AT: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
SOLD: Final = "SPY260320P00600000"
BOUGHT: Final = "SPY260320P00590000"
#: A bull put spread: 4.00 is bid for the one, 2.10 asked for the other; it costs −1.90 at once.
TOUCHES: Final = {
    SOLD: Touch(bid=Decimal("4.00"), ask=Decimal("4.10"), bid_size=20, ask_size=20),
    "SPY": Touch(bid=Decimal("4.00"), ask=Decimal("4.10"), bid_size=20, ask_size=20),
    BOUGHT: Touch(bid=Decimal("2.00"), ask=Decimal("2.10"), bid_size=20, ask_size=20),
}


def filled(symbol: str, price: str, quantity: int = 2, limit: str = "-1.80") -> PaperFillRow:
    """Return a fill of one leg of the spread."""
    return PaperFillRow(
        id=UUID(int=len(symbol) + quantity),
        username="alice",
        order_id=UUID(int=1),
        tag="pt-1",
        type="limit",
        limit_price=Decimal(limit),
        stop_price=None,
        symbol=symbol,
        is_buy=symbol == BOUGHT,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fees=Decimal(0),
        fill_rule="touch",
        bid=None,
        ask=None,
        quoted_at=AT,
        filled_at=AT + timedelta(seconds=1),
        legs=[{"symbol": SOLD, "ratio": 1}, {"symbol": BOUGHT, "ratio": 1}],
    )


def found(fills: Sequence[PaperFillRow]) -> set[int]:
    """Return the numbers of what does not hold."""
    view = SimpleNamespace(touch_at=lambda symbol, _at: TOUCHES[symbol], quote_delay=timedelta(0))
    findings = Findings()
    check_paper_fills(cast("View", view), fills, findings)
    return set(findings.failures())


@pytest.mark.parametrize(
    ("fills", "numbers"),
    [
        ([filled(SOLD, "4.00"), filled(BOUGHT, "2.10")], set()),
        ([filled(SOLD, "4.05"), filled(BOUGHT, "2.10")], {16}),
        ([filled(SOLD, "3.85"), filled(BOUGHT, "2.10")], {16}),
        ([filled(SOLD, "3.90"), filled(BOUGHT, "2.10")], set()),
        ([filled(SOLD, "4.00")], {38}),
        ([filled(SOLD, "4.00"), filled(BOUGHT, "2.10", quantity=1)], {38}),
        ([filled(SOLD, "4.00", quantity=30), filled(BOUGHT, "2.10", quantity=30)], {16}),
    ],
    ids=["at once", "better", "past its limit", "at its limit", "one leg", "uneven", "more than shown"],
)
def test_legs_that_fill_together_are_judged_by_their_net(
    fills: Sequence[PaperFillRow], numbers: set[int]
) -> None:
    """I-16, I-38: no better than the market asked in sum, never past the limit, all legs of one moment."""
    assert found(fills) == numbers


@pytest.mark.parametrize(
    ("symbol", "age", "numbers"),
    [("SPY", 180, set()), ("SPY", 1200, {15}), (SOLD, 180, {15})],
    ids=["shares, late", "shares, too old", "a contract, too old"],
)
def test_shares_may_fill_by_a_quote_as_late_as_the_sandbox_is(
    symbol: str, age: int, numbers: set[int]
) -> None:
    """I-15, seed 920390: with ORATS chains are of the moment, shares by the sandbox's token are not."""
    leg = replace(filled(SOLD, "4.00", limit="4.00"), symbol=symbol, legs=[])
    old = replace(leg, filled_at=leg.quoted_at + timedelta(seconds=age))

    assert found([old]) == numbers


def test_a_combined_order_counts_units_though_its_broker_adds_legs_up() -> None:
    """wire/tradier.md: its own quantities are sums over its legs; two of 1, 2 and 1 are two."""
    row = {
        "id": 1,
        "class": "multileg",
        "symbol": "SPY",
        "status": "partially_filled",
        "quantity": 8.0,
        "exec_quantity": 4.0,
        "create_date": "2026-02-19T15:00:00.000Z",
        "transaction_date": "2026-02-19T15:00:01.000Z",
    }
    legs = [
        {
            **row,
            "class": "option",
            "option_symbol": f"SPY260320C00{strike}000",
            "quantity": of,
            "exec_quantity": of / 2,
        }
        for strike, of in ((590, 2.0), (600, 4.0), (610, 2.0))
    ]
    account = outside_account(
        "VA1",
        [{**row, "leg": legs}],
        [],
        mode="TRADIER_SANDBOX",
        cash=Decimal(0),
        starting_cash=Decimal(0),
        taken={},
        by_hand=(),
    )
    (order,) = account.orders

    assert order.is_combined
    assert (order.quantity, order.executed) == (Decimal(2), Decimal(1))
