"""Pages and traders before one server, in a process of their own: `python -m infra.bench.load`.

Reads what to do as JSON from its input and writes what it saw as JSON to its output. Apart from the server,
so that the two do not wait for one interpreter.
"""

import http.client
import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_WAIT_SECONDS_MAX: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many pages, each asking for its list every `page_every`; `orders` placed evenly over `seconds`."""

    port: int
    seconds: float
    page_tokens: list[str]
    pages: int
    page_every: float
    orders: int
    order_token: str
    ticket: Mapping[str, object]


@dataclass(slots=True)
class Seen:
    """Milliseconds of each list and each placement, and statuses other than what was asked for."""

    list_ms: list[float] = field(default_factory=list)
    order_ms: list[float] = field(default_factory=list)
    unwanted: list[int] = field(default_factory=list)


def apply(load: Load) -> Seen:
    """Apply the load and wait for every answer."""
    seen, starts_at = Seen(), time.monotonic() + 0.2
    threads = [threading.Thread(target=_page, args=(load, seen, starts_at, one)) for one in range(load.pages)]
    between = load.seconds / max(1, load.orders)
    threads += [
        threading.Thread(target=_order, args=(load, seen, starts_at + (one + 0.5) * between))
        for one in range(load.orders)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _page(load: Load, seen: Seen, starts_at: float, number: int) -> None:
    """Ask for the list at this page's own instants, over one connection as a browser does."""
    connection = http.client.HTTPConnection("127.0.0.1", load.port, timeout=_WAIT_SECONDS_MAX)
    token = load.page_tokens[number % len(load.page_tokens)]
    due_at = starts_at + number * load.page_every / load.pages
    while due_at < starts_at + load.seconds:
        time.sleep(max(0.0, due_at - time.monotonic()))
        took, status = _timed(lambda: _ask(connection, "GET", "/api/trades?status=OPEN&limit=200", token))
        _note(seen, seen.list_ms, took, is_wanted=status == 200, status=status)
        due_at += load.page_every
    connection.close()


def _order(load: Load, seen: Seen, due_at: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", load.port, timeout=_WAIT_SECONDS_MAX)
    time.sleep(max(0.0, due_at - time.monotonic()))
    body = json.dumps(load.ticket)
    took, status = _timed(lambda: _ask(connection, "POST", "/api/trades", load.order_token, body))
    _note(seen, seen.order_ms, took, is_wanted=status in {201, 202}, status=status)
    connection.close()


def _note(seen: Seen, times: list[float], took: float, *, is_wanted: bool, status: int) -> None:
    times.append(took)
    if not is_wanted:
        seen.unwanted.append(status)


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    status = work()
    return (time.perf_counter() - began) * 1000, status


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, token: str, body: str | None = None
) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body=body, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def main() -> None:
    """Do what the input says."""
    wanted: dict[str, Any] = json.load(sys.stdin)  # Any: JSON
    seen = apply(Load(**wanted))
    json.dump({"list_ms": seen.list_ms, "order_ms": seen.order_ms, "unwanted": seen.unwanted}, sys.stdout)


if __name__ == "__main__":
    main()
