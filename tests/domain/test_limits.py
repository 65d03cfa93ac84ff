"""Heat and the limits on entries (A-07, 2.; I-24)."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.limits import (
    Exposure,
    Limits,
    Stake,
    breaches,
    heat_at_stake,
    heat_of,
    heat_pct,
)
from chalicelib.domain.trading.trades import TradeStatus

HUNDRED = Decimal(100)
LIMITS = Limits(
    account_balance=Decimal(10_000),
    max_positions=3,
    daily_loss_limit=Decimal(500),
    heat_limit_pct=Decimal(6),
)
CALM = Exposure(open_positions=0, heat=Decimal(0), realized_today=Decimal(0))

prices = st.integers(1, 100_000).map(lambda cents: Decimal(cents) / 100)
quantities = st.integers(1, 100).map(Decimal)


def passed(exposure: Exposure, added_heat: str = "0", limits: Limits = LIMITS) -> list[str]:
    """Return the names of the limits passed."""
    return [breach.limit for breach in breaches(exposure, limits, Decimal(added_heat))]


@pytest.mark.parametrize(
    ("entry", "stop", "quantity", "heat"),
    [
        ("5", "4", 2, "200.00"),
        ("5", None, 2, "1000.00"),
        ("5", "5", 2, "0.00"),
        ("5", "6", 2, "0.00"),
        ("0.05", None, 1, "5.00"),
        ("1.255", "1.25", 1, "0.50"),
    ],
)
def test_heat_is_what_is_lost_down_to_the_stop(
    entry: str, stop: str | None, quantity: int, heat: str
) -> None:
    """A-07: (entry − stop) × quantity × multiplier; the premium without a stop; 0 with one above entry."""
    stop_price = None if stop is None else Decimal(stop)

    assert heat_of(Decimal(entry), stop_price, Decimal(quantity), HUNDRED) == Decimal(heat)


@given(entry=prices, stop=prices, quantity=quantities)
def test_heat_lies_between_nothing_and_the_premium(entry: Decimal, stop: Decimal, quantity: Decimal) -> None:
    """A-07: no stop can cost more than the premium, none earns heat back."""
    heat = heat_of(entry, stop, quantity, HUNDRED)

    assert 0 <= heat <= heat_of(entry, None, quantity, HUNDRED) == entry * quantity * HUNDRED


@given(entry=prices, stops=st.tuples(prices, prices), quantity=quantities)
def test_a_higher_stop_never_heats(entry: Decimal, stops: tuple[Decimal, Decimal], quantity: Decimal) -> None:
    """A-07: moving a stop up can only lower heat."""
    low, high = sorted(stops)

    assert heat_of(entry, high, quantity, HUNDRED) <= heat_of(entry, low, quantity, HUNDRED)


def test_positions_are_counted_with_the_new_one() -> None:
    """A-07: trades not ended stay below max_positions before the entry, at most that after."""
    assert passed(replace(CALM, open_positions=2)) == []
    assert passed(replace(CALM, open_positions=3)) == ["max_positions"]


def test_daily_loss_locks_at_the_limit() -> None:
    """A-07: today's realised loss < daily_loss_limit; a profit never counts against it."""
    assert passed(replace(CALM, realized_today=Decimal("-499.99"))) == []
    assert passed(replace(CALM, realized_today=Decimal(-500))) == ["daily_loss_limit"]
    assert passed(replace(CALM, realized_today=Decimal(5000))) == []


def test_heat_may_reach_the_limit_and_not_pass_it() -> None:
    """A-07: heat with this trade ≤ heat_limit_pct of account_balance."""
    exposure = replace(CALM, heat=Decimal(400))

    assert passed(exposure, "200") == []
    assert passed(exposure, "200.01") == ["heat_limit_pct"]


def test_a_rounded_share_lets_no_heat_past_the_limit() -> None:
    """A-07: one dollar over counts where it is less than the fourth decimal of the share."""
    rich = replace(LIMITS, account_balance=Decimal(100_000_000))

    assert passed(CALM, "6000000", rich) == []
    assert passed(CALM, "6000001", rich) == ["heat_limit_pct"]


def test_every_limit_passed_is_named_with_value_and_allowance() -> None:
    """A-07: the refusal tells what the entry would make of each limit, and what is allowed."""
    exposure = Exposure(open_positions=3, heat=Decimal(600), realized_today=Decimal(-600))
    told = {one.limit: (one.value, one.allowed) for one in breaches(exposure, LIMITS, Decimal(100))}

    assert told == {
        "max_positions": (Decimal(4), Decimal(3)),
        "daily_loss_limit": (Decimal(600), Decimal(500)),
        "heat_limit_pct": (Decimal(7), Decimal(6)),
    }


def test_an_empty_account_may_carry_no_heat() -> None:
    """I-24: a limit fails closed; a share of nothing is not nothing."""
    empty = replace(LIMITS, account_balance=Decimal(0))

    assert passed(CALM, "100", empty) == ["heat_limit_pct"]


def test_heat_in_per_cent_of_the_balance() -> None:
    """A-07: 6 stands for six per cent, with four decimals."""
    assert heat_pct(Decimal(600), Decimal(10_000)) == Decimal(6)
    assert heat_pct(Decimal(1), Decimal(30_000)) == Decimal("0.0033")


HELD = Stake(
    trade_id=UUID(int=1),
    status=TradeStatus.OPEN,
    qty=Decimal(3),
    filled_qty=Decimal(3),
    open_qty=Decimal(2),
    entry_price=Decimal("5"),
    limit_price=Decimal("5.20"),
    asked_price=None,
    stop_price=Decimal("4"),
    instrument=Instrument.OPTION,
    multiplier=HUNDRED,
)
NEW = HELD._replace(status=TradeStatus.PENDING, filled_qty=Decimal(0), open_qty=Decimal(0), entry_price=None)


@pytest.mark.parametrize(
    ("stake", "heat"),
    [
        (HELD, "200.00"),
        (HELD._replace(stop_price=None), "1000.00"),
        (NEW, "360.00"),
        (NEW._replace(limit_price=None, asked_price=Decimal("4.50")), "150.00"),
        (NEW._replace(limit_price=None), "0.00"),
        (
            HELD._replace(status=TradeStatus.PARTIALLY_FILLED, filled_qty=Decimal(1), open_qty=Decimal(1)),
            "300.00",
        ),
        (HELD._replace(instrument=Instrument.EQUITY), "0.00"),
    ],
)
def test_a_trade_risks_what_is_left_of_it_or_still_to_come(stake: Stake, heat: str) -> None:
    """A-07: what was sold risks nothing more, what is not filled yet what it was asked at, shares nothing."""
    assert heat_at_stake([stake]) == Decimal(heat)
    assert heat_at_stake([stake, HELD]) == Decimal(heat) + 200


@given(prices, prices, quantities)
def test_a_trade_risks_what_it_was_let_in_with(entry: Decimal, stop: Decimal, quantity: Decimal) -> None:
    """A-07: an entry is counted before it is placed as it is afterwards."""
    placed = NEW._replace(qty=quantity, limit_price=entry, stop_price=stop)
    assert heat_at_stake([placed]) == heat_of(entry, stop, quantity, HUNDRED)
