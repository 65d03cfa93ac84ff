"""From a process's start to its first answered GET with a token, against the same by hand."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final

from infra.bench.function import get_event
from infra.bench.ground import Ground, environment_of
from infra.bench.processes import Way, answering
from infra.bench.relay import relayed
from infra.bench.result import Bar, Bound, Outcome, Peer, Row
from infra.bench.rows.imports import BARE_IMPORTS
from infra.bench.seeding import seed_open_trades

USERNAME: Final = "user0"
_OURS: Final = """
import os
import app
answered = app.app(json.loads(os.environ["BENCH_EVENT"]), None)
assert answered["statusCode"] == 200, answered
"""
_BY_HAND: Final = """
import os, urllib.request
event = json.loads(os.environ["BENCH_EVENT"])
token = event["headers"]["authorization"].split()[1]
keys = json.load(urllib.request.urlopen(os.environ["COGNITO_JWKS_URL"]))
claims = jwt.decode(token, jwt.PyJWK(keys["keys"][0]), algorithms=["RS256"])
url = sqlalchemy.make_url(os.environ["DATABASE_URL_APP"]).set(drivername="postgresql+psycopg")
with sqlalchemy.create_engine(url).begin() as connection:
    connection.exec_driver_sql("select set_config('app.current_user', %s, true)", (claims["username"],))
    rows = connection.exec_driver_sql("select row_to_json(t)::text from paper_trades t").all()
answer = "[" + ",".join(row[0] for row in rows) + "]"
assert rows
"""


def measure(ground: Ground) -> list[Outcome]:
    """Measure both ways in fresh processes, by turns."""
    with ground.database() as database, ground.product(database) as product:
        seed_open_trades(database, users=1, each=ground.sizes.open_trades, chains=20)
        with served(product.sign_in.key_set()) as url:
            token = product.sign_in.access_token(USERNAME)
            environment = {
                **os.environ,
                **environment_of(database.urls, key_set_url=url),
                "BENCH_EVENT": json.dumps(get_event("/api/trades", token=token, query={"status": "OPEN"})),
            }
            ours = Way(name="ours", code=_OURS, environment=environment)
            found = answering(
                [
                    ours,
                    Way(name="by hand", code=f"{BARE_IMPORTS}\n{_BY_HAND}", environment=environment),
                ],
                processes=ground.sizes.processes,
            )
            with relayed(database.urls, ground.new_directory()) as (urls, relay):
                far = {**environment, **environment_of(urls, key_set_url=url)}
                answering([replace(ours, environment=far)], processes=1)
                round_trips = relay.round_trips // 2  # it ran once before, to be compiled
    return [
        Row(
            name="first-answer",
            what="process start to the first answered GET with a token",
            value=found["ours"].wall_ms,
            unit="ms",
            cpu_ms=found["ours"].cpu_ms,
            peer=Peer(name="the same by hand on bare libraries", value=found["by hand"].wall_ms),
            bar=Bar(bound=Bound.RATIO_MOST, limit=1.35),
            detail={"round_trips": round_trips, "peer_cpu_ms": round(found["by hand"].cpu_ms, 1)},
        )
    ]


@contextmanager
def served(document: Mapping[str, object]) -> Iterator[str]:
    """Serve one JSON document on this machine, as the pool serves its keys; yields its address."""
    content = json.dumps(document).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/keys.json"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
