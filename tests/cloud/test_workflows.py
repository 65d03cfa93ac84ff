"""What GitHub runs with our credentials is named by commit, and by nothing that can be moved."""

import re
from pathlib import Path
from typing import Final

import pytest

WORKFLOWS: Final = sorted((Path(__file__).resolve().parents[2] / ".github" / "workflows").glob("*.yml"))
USED: Final = re.compile(r"uses:\s*(\S+)(.*)$", re.M)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_named_by_commit_with_their_version_beside_it(workflow: Path) -> None:
    """A tag moves: a stolen one would run with the right to deploy (`id-token: write`)."""
    used = USED.findall(workflow.read_text(encoding="utf-8"))

    assert used
    for action, note in used:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", note), action
