"""`dev.py bench`: every measurement runs, on sizes too small to mean anything, and reports well."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.bench.command import MEASUREMENTS, measurement, parse_options, report
from infra.bench.ground import Ground, prepared_ground
from infra.bench.result import Bar, Bound, Peer, Row, Skipped
from infra.bench.sizes import TINY
from infra.bench.table import written

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with prepared_ground(TINY, machine_time=lambda: datetime.now(UTC), say=lambda _: None) as made:
        yield made


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_every_measurement_finds_figures_with_their_peers(ground: Ground, name: str) -> None:
    """Issue 3, item 7: each row with its floor, peer or bar beside it, as JSON and as a table."""
    outcomes = measurement(name)(ground)
    document = report(outcomes, started_at=datetime(2026, 2, 19, tzinfo=UTC), quick=True)
    rows = [one for one in outcomes if isinstance(one, Row)]

    assert outcomes
    assert json.loads(json.dumps(document))["summary"]["rows"] == len(rows)
    assert all(row.value >= 0 and (row.peer is None or row.peer.value > 0) for row in rows)
    assert all(row.what in written(outcomes) for row in rows)
    assert all(one.reason for one in outcomes if isinstance(one, Skipped))


def test_a_bar_is_met_by_the_ratio_or_by_the_figure_itself() -> None:
    ratio, most, least = (Bar(bound=bound, limit=2) for bound in Bound)

    assert [ratio.is_met(9, found) for found in (1.9, 2.0, 2.1, None)] == [True, True, False, None]
    assert [most.is_met(found, None) for found in (2, 3)] == [True, False]
    assert [least.is_met(found, None) for found in (2, 1)] == [True, False]


def test_the_table_says_what_was_not_measured_and_why() -> None:
    row = Row(
        name="a",
        what="a thing",
        value=3,
        unit="ms",
        peer=Peer(name="its floor", value=2),
        bar=Bar(bound=Bound.RATIO_MOST, limit=1.2),
    )
    shown = written([row, Skipped(name="b", reason="no index was reached")])

    assert "3.00 ms" in shown
    assert "1.50" in shown
    assert "NO" in shown
    assert shown.endswith("not measured: b: no index was reached")


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--only", "nothing"])

    assert "nothing" in capsys.readouterr().err
