"""A year of daily chains through the API: from the request's POST to the answer that has its result.

The request is carried out as its job does, slice by slice, with the checks for bias beside it: eight days
decided again with a scrambled future, and the strategy's neighbours over the same days. TA-Lib is loaded
within, as a deployment has it: without pandas.
"""

import time
from datetime import date, timedelta
from typing import Any, Final

from chalicelib.domain.clocks.backtest_messages import BACKTEST, parse_backtest_work
from chalicelib.services.backtests.carry_out import carry_out
from infra.bench.ground import Ground, Product
from infra.bench.result import Bar, Bound, Outcome, Row
from infra.bench.rows.backtest import CONDOR
from infra.local.clockwork.messages import MessageQueue
from infra.local.day.deployed_libraries import load_indicators

SECONDS_MAX: Final = 10.0
_FIRST: Final = date(2025, 1, 2)
_PATH: Final = "/api/backtests"


def measure(ground: Ground) -> list[Outcome]:
    """Measure one request of one user."""
    last = _FIRST + timedelta(days=ground.sizes.backtested_days - 2)
    with ground.database() as database, ground.product(database) as product:
        wall, cpu = time.perf_counter(), time.process_time()
        load_indicators()
        told = _asked_and_done(product, last)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert told["status"] == "done", told
    result = told["result"]
    return [
        Row(
            name="backtest_api",
            what=f"{len(result['equity_curve'])} sessions through the API, checks for bias included",
            value=wall,
            unit="s",
            cpu_ms=cpu * 1000,
            bar=Bar(bound=Bound.VALUE_MOST, limit=SECONDS_MAX),
            detail={"trades": result["trades"]},
        )
    ]


def _asked_and_done(product: Product, last: date) -> Any:  # Any: JSON of the API
    gateway, token = product.gateway(), product.sign_in.access_token("user0")
    body = {"strategy": CONDOR, "from": _FIRST.isoformat(), "to": last.isoformat()}
    answer = gateway.call("POST", _PATH, token=token, body=body, headers={"idempotency-key": "one"})
    assert answer.status == 202, answer
    env = product.container.jobs_environment()
    assert isinstance(env.bus, MessageQueue)
    while (message := env.bus.take()) is not None:
        assert message.job == BACKTEST, message
        carry_out(env, parse_backtest_work(message.payload))
    return gateway.call("GET", answer.headers["location"], token=token).body
