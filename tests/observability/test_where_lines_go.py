"""All that is logged passes the root logger's one handler, which takes secrets out (A-17)."""

import subprocess
import sys
from pathlib import Path

SHOW = """
import logging, sys
import app
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="root has: %(message)s")
logging.getLogger("papertape.trades").info("a trade moves")
logging.getLogger("papertape.api").error("something failed")
"""


def test_the_framework_takes_no_line_of_ours_for_itself() -> None:
    """Chalice would give the logger of the application's name a handler, a level, and no way to the root."""
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert shown.stdout.splitlines() == ["root has: a trade moves", "root has: something failed"]
    assert shown.stderr == ""
