"""What importing the API costs: nothing that its first answer does not need (performance.md)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("boto3", "botocore", "httpx", "numpy", "pandas", "talib", "holidays", "moto", "alembic")

#: The way of orders: what reads alone must not wait for it.
ORDERS_WAY = ("offboarding", "cancel_trade", "carry_on", "send_order", "trade_worker", "tokens")


def test_the_first_read_of_a_session_does_not_wait_for_the_way_of_orders() -> None:
    """performance.md, first answer: what a session's list needs is imported, nothing that places orders."""
    names = [f"chalicelib.services.{name}" for name in ORDERS_WAY]
    read = "import app, sys, chalicelib.composition, chalicelib.api.handlers.trades"
    found = subprocess.run(
        [sys.executable, "-c", f"{read}; print([name for name in {names!r} if name in sys.modules])"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert found.stdout.strip() == "[]"


def test_what_traders_ask_is_not_imported_until_they_ask() -> None:
    """performance.md: the clients of models and coins are for few functions."""
    clients = [f"chalicelib.{name}" for name in ("models.chat", "marketdata.binance_client")]
    code = f"import chalicelib.composition, sys; print([one for one in {clients!r} if one in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert found.stdout.strip() == "[]"


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


@pytest.mark.parametrize(
    ("handler", "lacks", "views"),
    [("app.app", "chalicelib.jobs", "True"), ("app.run_desk_scan", "chalicelib.api", "False")],
)
def test_a_function_imports_its_own_half(handler: str, lacks: str, views: str) -> None:
    """performance.md: Lambda names the handler; the API's function has no jobs, and a job's no routes."""
    tells = f"any(name.startswith({lacks!r}) for name in sys.modules), bool(app.app.routes)"
    code = f"import app, sys; print({tells}, callable(eval({handler!r})))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "_HANDLER": handler},
    )

    assert found.stdout.strip() == f"False {views} True"
