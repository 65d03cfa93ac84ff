"""`dev.py up` as a user meets it: one command, `ready`, a clean end, and everything there again."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLOCK = "2026-02-19T09:20:00-05:00"
pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Up:
    """One `dev.py up` in a process of its own."""

    def __init__(self, directory: Path, *options: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.directory = directory
        self.process = subprocess.Popen(
            [
                sys.executable,
                "dev.py",
                "up",
                "--port",
                str(self.port),
                "--state-dir",
                str(directory),
                *options,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_ready(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.strip() == "ready":
                state: dict[str, Any] = json.loads((self.directory / "state.json").read_text())
                return state
        raise AssertionError("".join(lines))

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def ask(url: str, token: str | None = None, body: Any = None) -> Any:
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310  # http on loopback
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return json.load(answer)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "stack"
    lock = tmp_path / "stack" / "postgres" / "data" / "postmaster.pid"
    if lock.exists():  # a test that failed half-way must not leave a server behind
        os.kill(int(lock.read_text().split()[0]), signal.SIGQUIT)


def test_a_stack_starts_answers_ends_and_comes_back_as_it_was(directory: Path) -> None:
    """local.md: state.json when ready; later starts under ten seconds; the same data and accounts."""
    first = Up(directory, "--clock", CLOCK, "--speed", "0")
    try:
        state = first.wait_ready()
        assert (directory / "state.json").stat().st_mode & 0o777 == 0o600
        assert set(state) == {
            *("api_url", "site_url", "control_url", "aws_endpoint_url", "emulators", "users", "database")
        }
        assert ask(f"{state['control_url']}/clock") == {"now": "2026-02-19T14:20:00Z", "speed": 0.0}
        alice = state["users"][0]
        groups = {user["username"]: user["groups"] for user in state["users"]}
        assert groups == {"alice": ["elite"], "bob": ["pro"], "carol": ["free"], "olga": ["operator"]}
        carol = ask(f"{state['api_url']}/settings", state["users"][2]["access_token"])
        assert carol["tradier_sandbox_account_id"] == state["users"][2]["brokers"]["tradier"]["account_id"]
        settings = ask(f"{state['api_url']}/settings", alice["access_token"])
        assert settings["max_positions"] == 50
        assert settings["tradier_sandbox_account_id"] == alice["account_id"]
        assert settings["tradier_live_token"] == {"set": False, "last4": None}
        assert ask(f"{state['emulators']['binance']}/api/v3/ping") == {}
        assert state["emulators"]["binance_stream"].startswith("ws://127.0.0.1:")
        assert ask(f"{state['control_url']}/vendors/openrouter/calls")["items"] == []
        live, sandbox = (state["emulators"][name] for name in ("tradier_live", "tradier"))
        profile = ask(f"{live}/v1/user/profile", alice["live_broker_token"])["profile"]
        assert profile["account"]["account_number"] == alice["live_account_id"]
        with pytest.raises(urllib.error.HTTPError):  # I-29: worth nothing at the other host
            ask(f"{sandbox}/v1/user/profile", alice["live_broker_token"])
        ask(f"{state['control_url']}/clock/advance", body={"seconds": 600})

        second = Up(directory)
        assert second.process.wait(timeout=30) == 2
        assert second.process.stdout is not None
        assert "already runs" in second.process.stdout.read()
        second.process.stdout.close()
    finally:
        assert first.end() == 0

    later = Up(directory, "--speed", "0")
    try:
        again = later.wait_ready()
        assert ask(f"{again['control_url']}/clock")["now"] == "2026-02-19T14:30:00Z"
        assert again["users"][0]["password"] == alice["password"]
        assert ask(f"{again['api_url']}/me", alice["access_token"])["username"] == "alice"
    finally:
        assert later.end(signal.SIGINT) == 0


def test_a_killed_stack_is_taken_over_by_the_next_start(directory: Path) -> None:
    """Every job and every call may be killed between any two lines and run again."""
    killed = Up(directory, "--clock", CLOCK, "--speed", "0")
    before = killed.wait_ready()
    now = ask(f"{before['control_url']}/clock/advance", body={"seconds": 60})["now"]
    killed.end(signal.SIGKILL)

    later = Up(directory, "--speed", "0", "--limits", "default")
    try:
        state = later.wait_ready()
        assert ask(f"{state['control_url']}/clock")["now"] == now
        settings = ask(f"{state['api_url']}/settings", state["users"][1]["access_token"])
        assert settings["max_positions"] == 5
    finally:
        assert later.end() == 0


def test_a_taken_port_is_told_and_nothing_else_is_touched(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        up = Up(directory, port=taken.getsockname()[1])
        output, _ = up.process.communicate(timeout=30)

    assert up.process.returncode == 2
    assert "is taken" in output
    assert "--port" in output
    assert not (directory / "postgres").exists()
