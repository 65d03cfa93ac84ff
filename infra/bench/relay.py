"""A wire between a program and PostgreSQL that counts round trips and makes each of them longer.

A round trip is a turn of the talk: whatever the client says until the server answers. Counted on the wire,
it is honest about every library above: BEGIN, COMMIT and a setting sent apart are one each, a pipeline one.
"""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from infra.bench.statements import noted
from infra.local.database.postgres import DatabaseUrls

_SOCKET: Final = ".s.PGSQL.5432"
_CHUNK: Final = 65_536


class Relay:
    """Forwards connections of one Unix socket to another."""

    def __init__(self, server: Path, listening: Path, *, seconds_more: float = 0.0) -> None:
        """Each answer's first bytes wait `seconds_more`."""
        self.round_trips = 0
        self._seconds_more = seconds_more
        self._server = server
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(listening))
        self._door.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those there are end with their clients."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry_to_end, args=(client,), daemon=True).start()

    def _carry_to_end(self, client: socket.socket) -> None:
        with suppress(OSError):  # either side may hang up in the midst of a word
            self._carry(client)

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server))
            is_asked = False
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    said = ready.recv(_CHUNK)
                    if not said:
                        return
                    if ready is client:
                        is_asked = True
                        server.sendall(said)
                        continue
                    if is_asked:
                        is_asked = False
                        self.round_trips += 1
                        time.sleep(self._seconds_more)
                    client.sendall(said)


@contextmanager
def relayed(
    urls: DatabaseUrls, directory: Path, *, seconds_more: float = 0.0
) -> Iterator[tuple[DatabaseUrls, Relay]]:
    """Put a relay in front of a database that is reached by a Unix socket; `directory` is to be a new one."""
    directory.mkdir()
    (host,) = parse_qs(urlsplit(urls.app).query)["host"]
    relay = Relay(Path(host) / _SOCKET, directory / _SOCKET, seconds_more=seconds_more)
    named = {role: url.replace(host, str(directory)) for role, url in urls.as_dict().items()}
    try:
        yield replace(urls, **named), relay
    finally:
        relay.close()


def talk_of(relay: Relay, work: Callable[[], object]) -> dict[str, int]:
    """Run `work` once over the relay; returns its statements, and its round trips by the wire's own count."""
    before = relay.round_trips
    with noted() as statements:
        work()
    return {"statements": len(statements), "round_trips": relay.round_trips - before}
