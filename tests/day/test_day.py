"""`dev.py day` as a newcomer runs it: the default day and the recorded one, reports and exit codes."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from infra.local.day import main

RECORDINGS = Path(__file__).parents[2] / "../shared/data/lean"


@pytest.mark.slow
def test_the_default_day_holds_every_invariant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three users, more than 40 trades on 8 tickers and 3 coins, brackets both ways, expiry, lost answers."""
    exit_code = main(["--json", str(tmp_path / "day.json")])
    text = capsys.readouterr().out
    report = json.loads((tmp_path / "day.json").read_text())

    assert exit_code == 0, text
    assert report["passed"]
    assert report["trades"] >= 40
    assert len(report["tickers"]) == 11
    assert "tripped 3 times by VIX, lifted 3 times" in text
    assert "value at risk stopped bob" in text
    assert "desk: 1 assigned" in text
    assert sum(counts.get("CLOSED/STRATEGY_EXIT", 0) for counts in report["outcomes"].values()) >= 2
    assert len(report["outcomes"]) >= 2
    assert report["violations"] == []
    assert report["contradictions"] == []
    assert "0 contradictions" in text
    assert report["surprises"] == []
    assert all(job["failed"] == 0 for job in report["jobs"].values())
    assert all(budget["busiest_minute"] <= 50 for budget in report["budgets"] if budget["owner"] != "orats")
    for money in report["money"].values():
        assert Decimal(money["realized"]) == Decimal(money["replayed"])


@pytest.mark.slow
def test_recorded_trades_settle_to_the_cent_after_the_half_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """I-17, A-06: GOOG held from 2015-12-23 through the 13:00 close of 2015-12-24."""
    if not RECORDINGS.exists():
        pytest.skip("the recorded quotes are not beside this repository")
    exit_code = main(["--replay", str(RECORDINGS), "--json", str(tmp_path / "replay.json")])
    text = capsys.readouterr().out
    report = json.loads((tmp_path / "replay.json").read_text())

    assert exit_code == 0, text
    assert "official close of GOOG on 2015-12-24 in the recording: 748.4" in text
    settled = [counts.get("EXPIRED/EXPIRED_ITM", 0) for counts in report["outcomes"].values()]
    worthless = [counts.get("EXPIRED/EXPIRED_OTM", 0) for counts in report["outcomes"].values()]
    assert sum(settled) >= 5
    assert sum(worthless) >= 5


def test_a_directory_without_recordings_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong path ends at once, with a text that says what is missing."""
    assert main(["--replay", str(tmp_path)]) == 2
    assert "no recorded quotes" in capsys.readouterr().err
