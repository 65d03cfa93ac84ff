"""B-12: GOOG's recorded half day, minute by minute, in the same parts as end-of-day chains."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from chalicelib.domain.backtest.history import ChainRows
from infra.history.faults import BadFile
from infra.local.aws.objects import MemoryObjects
from tests.history.support import chains, load, sample

QUOTES = "data/lean/option/usa/minute/goog/20151224_quote_american.zip"
DAY = date(2015, 12, 24)


@pytest.fixture(scope="module")
def moments() -> tuple[ChainRows, ...]:
    """The recorded day, through the parts that are stored."""
    store = MemoryObjects()
    return chains(load(sample(QUOTES), loader="lean", store=store), store, "GOOG")[DAY]


def test_googs_half_day_has_its_210_minutes_with_sides_carried_forward(moments: Sequence[ChainRows]) -> None:
    """The samples' README: at 11:00 1,843 of 2,192 contracts have both sides; the market shut at 13:00."""
    opened = datetime(2015, 12, 24, 14, 30, tzinfo=UTC)
    assert [one.at for one in moments] == [opened + timedelta(minutes=at) for at in range(1, 211)]
    assert not any(one.is_end_of_day for one in moments)
    eleven = next(one for one in moments if one.at == datetime(2015, 12, 24, 16, 0, tzinfo=UTC))
    assert eleven.spot == pytest.approx(749.23, abs=0.5)
    two_sided = (eleven.bid > 0) & (eleven.ask > 0)
    assert int(two_sided.sum()) == 1843
    assert not (eleven.bid[two_sided] > eleven.ask[two_sided]).any()
    counts = [len(one.strike) for one in moments]
    assert counts == sorted(counts), "who was quoted once stays"
    assert counts[-1] <= 2192
    assert np.isnan(eleven.iv).all()


def test_put_call_parity_holds_at_eleven(moments: Sequence[ChainRows]) -> None:
    """The forward of the monthly expiry by 36 strikes around the price is 749.15 (the samples' README)."""
    at = next(one for one in moments if one.at.hour == 16 and one.at.minute == 0)
    mid = (at.bid + at.ask) / 2
    of_month = (at.expiry == date(2016, 1, 15).toordinal()) & (np.abs(at.strike - 749) < 40) & (at.bid > 0)
    calls = dict(zip(at.strike[of_month & at.is_call], mid[of_month & at.is_call], strict=True))
    puts = dict(zip(at.strike[of_month & ~at.is_call], mid[of_month & ~at.is_call], strict=True))

    forwards = [strike + calls[strike] - puts[strike] for strike in calls.keys() & puts.keys()]

    assert float(np.median(forwards)) == pytest.approx(749.15, abs=0.3)


def test_a_recording_without_its_underlying_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "option/usa/minute/goog"
    folder.mkdir(parents=True)
    path = folder / "20151224_quote_american.zip"
    path.write_bytes(sample("data/lean/option/usa/minute/goog/20151228_quote_american.zip").read_bytes())

    with pytest.raises(BadFile, match="the underlying's trades are missing"):
        load(path, loader="lean")
    with pytest.raises(BadFile, match="name a day's quotes"):
        load(tmp_path / "20151224_trade_american.zip", loader="lean")
