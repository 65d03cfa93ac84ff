"""B-11: live beside paper: prices, slippage, waiting, misses, P&L, and the model's errors, beside numpy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.analysis.metrics.shadows import Comparison, Pair, Side, by_strategy, compare

SENT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def side(
    entry: str | Decimal | None,
    close: str | Decimal | None = None,
    pnl: str | Decimal | None = None,
    *,
    seconds: float = 5,
    is_over: bool = True,
) -> Side:
    """Return one of the two, filled after so many seconds where it has a price."""
    return Side(
        trade_id=UUID(int=1),
        sent_at=SENT,
        filled_at=None if entry is None else SENT + timedelta(seconds=seconds),
        entry_price=None if entry is None else Decimal(entry),
        close_price=None if close is None else Decimal(close),
        pnl=None if pnl is None else Decimal(pnl),
        is_over=is_over,
    )


def pair(live: Side, shadow: Side, *, mid: str | None = "-1.35", sign: int = 1) -> Pair:
    """Return a pair."""
    return Pair(
        strategy="Condors", sign=sign, mid=None if mid is None else Decimal(mid), live=live, shadow=shadow
    )


def test_a_credit_that_paper_sold_dearer_and_bought_back_cheaper() -> None:
    """Signed prices: −1.36 brings a cent more than −1.35; leaving at −0.70 costs less than at −0.72."""
    found = compare([pair(side("-1.33", "-0.72", "58.40"), side("-1.36", "-0.70", "63.40", seconds=1))])

    assert (found.entry.mean, found.exit.mean, found.pnl.mean) == (
        Decimal("0.03"), Decimal("0.02"), Decimal("5.00")
    )  # fmt: skip
    assert found.live.slippage_pct == Decimal("0.02") / Decimal("1.35") * 100
    assert found.live.seconds_to_fill == 5
    assert found.paper.seconds_to_fill == 1
    assert (found.live.pnl, found.paper.pnl) == (Decimal("58.40"), Decimal("63.40"))


def test_of_a_lone_short_a_higher_price_is_better() -> None:
    """Sold at 2.05 on paper and at 2.00 live; bought back at 1.10 and at 1.00."""
    found = compare([pair(side("2.00", "1.00"), side("2.05", "1.10"), mid="2.02", sign=-1)])

    assert (found.entry.worst, found.exit.worst) == (Decimal("0.05"), Decimal("-0.10"))
    assert found.live.slippage_pct is not None
    assert found.paper.slippage_pct is not None
    assert found.live.slippage_pct > 0 > found.paper.slippage_pct


def test_what_one_missed_and_the_other_filled() -> None:
    """A fill that live missed has no error; what goes on has no result yet; what both missed is nobody's."""
    found = compare(
        [
            pair(side(None), side("-1.35", "-1.30", "-5")),
            pair(side("-1.35", is_over=False), side("-1.35", "-1.30", "-5")),
            pair(side(None), side(None)),
            pair(side(None, is_over=False), side("-1.34", is_over=False), mid=None),
        ]
    )

    assert (found.live.filled, found.live.missed, found.paper.filled, found.paper.missed) == (1, 1, 3, 0)
    assert (found.entry.count, found.pnl.count) == (1, 0)
    assert found.paper.pnl == 0
    assert found.live.pnl_per_trade is None


def test_without_pairs_nothing_is_known() -> None:
    """Undefined is None."""
    found = compare([])
    assert (found.pairs, found.entry.mean, found.pnl.worst, found.live.seconds_to_fill) == (
        0,
        None,
        None,
        None,
    )


_cents = st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100)
_drawn = st.lists(st.tuples(_cents, _cents, _cents, _cents, _cents, _cents), min_size=1, max_size=30)


@given(_drawn)
def test_figures_agree_with_an_independent_library(drawn: list[tuple[Decimal, ...]]) -> None:
    """Means and the largest in size, to 1e-9."""
    found: Comparison = compare(
        [pair(side(a, c, e), side(b, d, f), mid="-1.35") for a, b, c, d, e, f in drawn]
    )
    live_in, paper_in, live_out, paper_out, live_pnl, paper_pnl = np.array(drawn, dtype=np.float64).T

    for errors, theirs in (
        (found.entry, live_in - paper_in),
        (found.exit, paper_out - live_out),
        (found.pnl, paper_pnl - live_pnl),
    ):
        assert float(errors.mean or 0) == pytest.approx(theirs.mean(), abs=1e-9)
        assert abs(float(errors.worst or 0)) == pytest.approx(np.abs(theirs).max(), abs=1e-9)
    slippage = (live_in + 1.35) / 1.35 * 100
    assert float(found.live.slippage_pct or 0) == pytest.approx(slippage.mean(), abs=1e-9)
    assert float(found.paper.pnl_per_trade or 0) == pytest.approx(paper_pnl.mean(), abs=1e-9)


def test_each_strategy_is_compared_by_itself() -> None:
    """B-11: per strategy, by name; pairs of none come last."""
    one = pair(side("-1.33", "-0.72", "58.40"), side("-1.36", "-0.70", "63.40"))
    found = by_strategy([replace(one, strategy=None), one, replace(one, strategy="Calls"), one])

    assert list(found) == ["Calls", "Condors", None]
    assert found["Condors"] == compare([one, one])
