"""`dev.py day --ai`: traders alone, from signals to what is left of their positions."""

from pathlib import Path

import pytest

from infra.local.day import main


@pytest.mark.slow
def test_traders_alone_decide_change_and_leave(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """C-01 to C-07: approvals, a veto, parts, one slot for two coins, rules alone, a limit; I-41 anew."""
    exit_code = main(["--ai", "--json", str(tmp_path / "day.json")])
    text = capsys.readouterr().out

    assert exit_code == 0, text
    assert "AI_ANALYSIS APPLIED 1, AI_ANALYSIS VETOED 1" in text
    assert "LONG VALIDATION_FAILED 2" in text
