"""A local stack in a process of its own, started as a user starts it and stopped as Ctrl-C stops it.

For what looks at the product from outside: the page's tests, the script that makes its screenshots.
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, cast

ROOT: Final = Path(__file__).resolve().parents[2]
READY_SECONDS_MAX: Final = 240
STOP_SECONDS_MAX: Final = 40
#: Moving the clock on by a day runs thousands of jobs.
CALL_SECONDS_MAX: Final = 240


class StackFailed(Exception):
    """The stack ended, or was silent for too long, before it was ready; the text is what it printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """A running stack as one of its users sees it: the page's address, the clock's, the user's sign-in."""

    site_url: str
    api_url: str
    control_url: str
    username: str
    password: str
    access_token: str
    account_id: str
    broker_token: str
    #: By broker, the account and credentials there, in the words of the call that connects it.
    brokers: Mapping[str, Mapping[str, Any]]  # Any: JSON
    #: Of the application's role: row-level security holds there too.
    database_url: str

    def advance(self, seconds: int) -> None:
        """Move product time on; everything that falls due has run when this returns."""
        call_json("POST", f"{self.control_url}/clock/advance", {"seconds": seconds})

    def advance_to(self, instant: str) -> None:
        """Move product time to an instant, given with its offset."""
        call_json("POST", f"{self.control_url}/clock/advance", {"to": instant})

    def set_price(self, symbol: str, price: float) -> None:
        """Have the market jump to a price, from where it goes on."""
        call_json("POST", f"{self.control_url}/market/price", {"symbol": symbol, "price": price})

    def assign(self, symbol: str, quantity: int) -> None:
        """Have so many of the account's short contracts assigned over night."""
        body = {"account": self.account_id, "symbol": symbol, "quantity": quantity}
        call_json("POST", f"{self.control_url}/vendors/tradier/assign", body)

    @contextlib.contextmanager
    def faulty(self, fault: Mapping[str, object]) -> Iterator[None]:
        """Have a vendor fail in this way; afterwards, however that ends, none fails."""
        call_json("POST", f"{self.control_url}/faults", fault)
        try:
            yield
        finally:
            call_json("DELETE", f"{self.control_url}/faults", None)

    def sandbox_wiped(self) -> contextlib.AbstractContextManager[None]:
        """Have the broker show the user's account without orders and positions, as after a reset."""
        return self.faulty(
            {"vendor": "tradier", "match": {"path": self.account_id}, "kind": "empty_lists", "times": 100}
        )

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, object]:
        """Call the API as another device of the user."""
        return call_json(method, f"{self.api_url}{path}", body, token=self.access_token)


def call_json(
    method: str, url: str, body: Mapping[str, object] | None, *, token: str | None = None
) -> dict[str, object]:
    """Send JSON to the stack on this machine and read JSON back; an error status raises."""
    content = None if body is None else json.dumps(body).encode()
    return send(method, url, content, media_type="application/json", token=token)


def send(
    method: str, url: str, content: bytes | None, *, media_type: str, token: str | None = None
) -> dict[str, object]:
    """Send a body to the stack on this machine and read JSON back; an error status raises."""
    headers = {"Content-Type": media_type}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data=content, headers=headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=CALL_SECONDS_MAX) as answer:  # noqa: S310
        return cast("dict[str, object]", json.loads(answer.read()))


def start(state_dir: Path, clock: str) -> "subprocess.Popen[str]":
    """Start `dev.py up` at an instant on a clock that stands still; it is not ready yet."""
    command = [sys.executable, "dev.py", "up", "--speed", "0", "--clock", clock]
    command += ["--port", str(free_port()), "--state-dir", str(state_dir)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(process: "subprocess.Popen[str]") -> None:
    """Read the stack's output until it says `ready`; raises StackFailed with that output otherwise."""
    lines: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_forward_lines, args=(process, lines), daemon=True).start()
    seen: list[str] = []
    while True:
        try:
            line = lines.get(timeout=READY_SECONDS_MAX)
        except Empty as error:
            raise StackFailed(f"silent for {READY_SECONDS_MAX} s:\n{''.join(seen)}") from error
        if line is None:
            raise StackFailed(f"it ended before it was ready:\n{''.join(seen)}")
        seen.append(line)
        if line.strip() == "ready":
            return


def _forward_lines(process: "subprocess.Popen[str]", lines: "SimpleQueue[str | None]") -> None:
    """Drain the stack's output for as long as it lives, so that it never blocks on a full pipe."""
    if process.stdout is not None:
        with contextlib.suppress(ValueError):  # the pipe is closed under the reader when the stack stops
            for line in process.stdout:
                lines.put(line)
    lines.put(None)


def stop(process: "subprocess.Popen[str]") -> None:
    """End the stack as Ctrl-C does, and for good if it does not follow."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def read_stack(path: Path, username: str | None = None) -> RunningStack:
    """Read what the stack wrote about itself, for one of its users; without a name for the first."""
    state = json.loads(path.read_text())
    user = next(each for each in state["users"] if username in {None, each["username"]})
    return RunningStack(
        site_url=state["site_url"],
        api_url=state["api_url"],
        control_url=state["control_url"],
        username=user["username"],
        password=user["password"],
        access_token=user["access_token"],
        account_id=user["account_id"],
        broker_token=user["broker_token"],
        brokers=user["brokers"],
        database_url=state["database"]["app"],
    )
