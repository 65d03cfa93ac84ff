"""What importing the API costs: nothing that its first answer does not need (performance.md)."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("boto3", "botocore", "httpx", "numpy", "pandas", "talib", "holidays", "moto", "alembic")


def test_importing_the_application_imports_nothing_heavy() -> None:
    """performance.md: boto3, httpx, numpy, pandas, TA-Lib are not imported until needed."""
    code = f"import app, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert found.stdout.strip() == "[]"
