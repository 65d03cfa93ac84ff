"""The surface and what is solved, against recorded chains of the S&P 500 of January 2011 (B-04).

The rows are iVolatility's sample: IV and delta are the vendor's own, on the forward.
"""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from chalicelib.domain.desk.selection.chains import Chain, chain_of
from chalicelib.domain.desk.selection.solving import solve_iv
from chalicelib.domain.desk.selection.surface import month_iv, smiles
from chalicelib.domain.instruments.symbols import OptionContract
from chalicelib.domain.market.quotes import OptionQuote

RECORDED: Final = Path(__file__).parents[3] / "../shared/data/optionsuite/spx_sample_ivolatility.csv.gz"
DAYS: Final = tuple(date(2011, 1, day) for day in (3, 4, 5, 6, 7))
pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason="the recorded chains are not beside this repository"
)


@lru_cache(maxsize=1)
def rows() -> tuple[dict[str, str], ...]:
    with gzip.open(RECORDED, "rt") as file:
        return tuple(csv.DictReader(file))


def of_day(day: date) -> Iterator[OptionQuote]:
    for row in rows():
        month, day_, year = (int(part) for part in row["date"].split("/"))
        if date(year, month, day_) != day:
            continue
        yield OptionQuote(
            symbol=row["option_symbol"].replace(" ", ""),
            bid=Decimal(row["bid"]),
            ask=Decimal(row["ask"]),
            bid_size=None,
            ask_size=None,
            last=None,
            quoted_at=None,
            source="iVolatility",
            delay_seconds=0,
            volume=int(float(row["volume"])),
            open_interest=int(float(row["open_interest"])),
            delta=Decimal(row["delta"]),
            gamma=Decimal(row["gamma"]),
            vega=Decimal(row["vega"]),
            iv=Decimal(row["iv"]),
        )


@lru_cache(maxsize=8)
def recorded(day: date) -> tuple[Chain, float]:
    (spot,) = {float(row["stock_price_close"]) for row in rows() if row["date"] == f"{day:%m/%d/%Y}"}
    at = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    return chain_of(of_day(day), at), spot


@pytest.mark.parametrize("day", DAYS)
def test_the_surface_finds_the_put_skew_of_the_index(day: date) -> None:
    """B-04: on every recorded day, in every expiry of two weeks to a year, puts are dearer."""
    chain, spot = recorded(day)
    found = [one for one in smiles(chain, spot) if 14 <= one.dte <= 365]

    assert len(found) > 5
    assert all(one.skew is not None and 0.01 < one.skew < 0.15 for one in found)
    assert all(one.width is not None and one.width > 0 for one in found)
    assert month_iv(found) == pytest.approx(0.16, abs=0.03)


@pytest.mark.parametrize("day", DAYS)
def test_what_is_solved_agrees_with_what_the_vendor_solved(day: date) -> None:
    """B-16: within 10 per cent of the forward half of all agree to 0.15 points, nine tenths to 0.5."""
    chain, _ = recorded(day)
    contracts = {
        OptionContract.parse_occ(row["option_symbol"]): row["forward_price"]
        for row in rows()
        if row["date"] == f"{day:%m/%d/%Y}" and row["forward_price"]
    }
    forwards = {(one.root, one.expiry): float(price) for one, price in contracts.items()}
    apart: list[float] = []
    for one in chain.expiries:
        if not 14 <= one.dte <= 365:
            continue
        forward = forwards[one.root, one.expiry]
        # until 2015 symbols carried the Saturday after the last trading day
        days = one.dte - (one.expiry.weekday() == 5)
        solved = solve_iv(one, forward, days / 365)
        told = np.where(one.strikes >= forward, one.calls.iv, one.puts.iv)
        is_near = ~np.isnan(solved) & (np.abs(one.strikes / forward - 1) < 0.10)
        apart += np.abs(solved - told)[is_near].tolist()

    assert len(apart) > 200
    assert np.quantile(apart, 0.5) < 0.0015
    assert np.quantile(apart, 0.9) < 0.005


def test_an_index_has_one_chain_a_day_whichever_its_root() -> None:
    """W-05: SPX and SPXW are told apart, and each day has the one that is meant."""
    chain, _ = recorded(DAYS[0])

    assert {one.root for one in chain.expiries} >= {"SPX", "SPXW"}
    assert len({one.expiry for one in chain.expiries}) == len(chain.expiries)
