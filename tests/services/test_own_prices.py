"""W-02: a structure's mark needs a usable quote of every leg, of one moment; else the row says which leg."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.services.market.judge_snapshot import own_prices, snapshot_of
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import OWN_LEG_NO, Snapshot, SnapshotKind
from infra.bench.canned_market import quote_of
from tests.domain.support import NOON

SHORT_LEG, LONG_LEG = "SPY260320P00600000", "SPY260320P00595000"
QUOTES: Final = {
    symbol: quote_of(symbol, number, NOON) for number, symbol in enumerate((SHORT_LEG, LONG_LEG))
}


def leg(number: int, symbol: str, side: LegSide, trade: str = "1") -> OpenLeg:
    return OpenLeg(
        username="alice",
        trade_id=trade,
        ticker="SPY",
        leg_no=number,
        symbol=symbol,
        expiry=None,
        on_paper=False,
        side=side,
    )


LEGS: Final = [leg(1, SHORT_LEG, LegSide.SHORT), leg(2, LONG_LEG, LegSide.LONG)]


def own(quotes: dict[str, OptionQuote], *, seen: list[OpenLeg] | None = None) -> Snapshot:
    """Return the spread's own row by these quotes."""
    legs = LEGS if seen is None else seen
    shown = [
        snapshot_of(
            one,
            quotes.get(one.symbol),
            kind=SnapshotKind.INTRADAY,
            timestamp=NOON,
            now=NOON,
            underlying=Decimal(600),
        )
        for one in legs
    ]
    (row,) = own_prices(LEGS, legs, shown, quotes)
    assert row.leg_no == OWN_LEG_NO
    return row


def test_a_spread_is_marked_from_both_legs() -> None:
    row = own(QUOTES)

    short, long = QUOTES[SHORT_LEG], QUOTES[LONG_LEG]
    assert short.mid is not None
    assert long.mid is not None
    assert row.mark_price == long.mid - short.mid
    assert row.bid is not None
    assert row.ask is not None
    assert row.bid < row.mark_price < row.ask
    assert (row.stale, row.reason) == (False, None)


def test_one_stale_leg_leaves_the_structure_without_a_mark() -> None:
    """The leg whose quote is too old is named; the other's own mark stands."""
    old = replace(QUOTES[LONG_LEG], quoted_at=NOON - timedelta(seconds=121))

    row = own({**QUOTES, LONG_LEG: old})

    assert (row.mark_price, row.stale) == (None, True)
    assert row.reason is not None
    assert LONG_LEG in row.reason


def test_quotes_of_two_moments_are_no_mark() -> None:
    """Each may be used by itself, but they lie more than 60 s apart."""
    before = replace(QUOTES[LONG_LEG], quoted_at=NOON - timedelta(seconds=61))

    assert own({**QUOTES, LONG_LEG: before}).reason == "the legs' quotes are not of one moment"
    near = replace(QUOTES[LONG_LEG], quoted_at=NOON - timedelta(seconds=60))
    assert own({**QUOTES, LONG_LEG: near}).mark_price is not None


def test_a_leg_that_was_not_read_is_told() -> None:
    row = own(QUOTES, seen=LEGS[:1])

    assert (row.mark_price, row.reason) == (None, "not all legs were read")


def test_trades_of_one_leg_have_no_row_beside_it() -> None:
    alone = [leg(1, SHORT_LEG, LegSide.LONG, "1"), leg(1, LONG_LEG, LegSide.LONG, "2")]

    assert own_prices(alone, alone, [], QUOTES) == []
