"""Three buckets, three windows (A-12, I-26): what one is short of holds up no call of another."""

import httpx
import pytest

from chalicelib.brokers.tradier.client import bucket_of
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.vendors.budget import Bucket, token_key, window_key
from infra.local.emulators.serving.transport import EmulatorTransport
from tests.brokers.support import OpenBudget, ScriptedVendor, answer, sandbox, tradier
from tests.services.stage import Stage

TOKEN = "token-of-alice"


@pytest.mark.parametrize(
    ("method", "path", "bucket"),
    [
        ("GET", "/markets/quotes", Bucket.MARKET_DATA),
        ("POST", "/markets/quotes", Bucket.MARKET_DATA),
        ("GET", "/markets/options/chains", Bucket.MARKET_DATA),
        ("GET", "/user/profile", Bucket.STANDARD),
        ("GET", "/accounts/VA1/orders", Bucket.STANDARD),
        ("GET", "/accounts/VA1/orders/7", Bucket.STANDARD),
        ("POST", "/accounts/VA1/orders", Bucket.TRADING),
        ("PUT", "/accounts/VA1/orders/7", Bucket.TRADING),
        ("DELETE", "/accounts/VA1/orders/7", Bucket.TRADING),
    ],
)
def test_a_call_counts_in_the_bucket_that_the_vendor_counts_it_in(
    method: str, path: str, bucket: Bucket
) -> None:
    """wire/tradier.md, 4."""
    assert bucket_of(method, path) is bucket


def test_a_header_describes_the_bucket_of_its_call() -> None:
    """A-12: it fills up the window of its own bucket and of no other."""
    vendor = ScriptedVendor(answer({"orders": "null"}, headers={"x-ratelimit-available": "3"}))
    budget = OpenBudget()
    tradier(vendor, budget=budget).list_orders()

    assert budget.vendor_said == [3]
    assert budget.filled == [window_key(sandbox().budget_key, Bucket.STANDARD)]


def test_an_empty_bucket_of_quotes_holds_no_close_up(stage: Stage) -> None:
    """A-12: another program spends the token's quotes, the header says 0, and the close leaves at once."""
    placed = stage.place_bracketed()
    stage.advance(61)
    with httpx.Client(transport=EmulatorTransport(stage.world.hosts())) as another_program:
        for _ in range(59):
            another_program.get(
                "https://sandbox.tradier.com/v1/markets/quotes?symbols=SPY",
                headers={"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"},
            )
    source = stage.env.market_data.for_user("alice")
    source.underlying_quotes(["SPY"])
    with pytest.raises(MarketDataError, match="budget"):
        source.underlying_quotes(["QQQ"])

    closed = stage.close_trade(placed)

    assert (closed.status, closed.trade["status"]) == (200, "CLOSED")


def test_a_close_without_calls_waits_and_is_told_of_once(stage: Stage) -> None:
    """A-12: an exit that waits for a budget longer than 10 s is alerted."""
    placed = stage.place_bracketed()
    stage.advance(61)
    _spend(stage, Bucket.TRADING)

    closed = stage.close_trade(placed)
    stage.sync(after=20)
    told = stage.query("select severity, text from alerts where kind = 'exit_waits'")

    assert (closed.status, closed.trade["status"]) == (202, "CLOSING")
    assert [one.severity for one in told] == ["warning"]
    assert "in 60 s at the earliest" in told[0].text
    stage.sync(after=41)
    assert stage.trade(placed)["status"] == "CLOSED"


def test_a_short_wait_is_nobodys_news(stage: Stage) -> None:
    """A-12: up to 10 s."""
    placed = stage.place_bracketed()
    stage.advance(61)
    _spend(stage, Bucket.TRADING)
    stage.advance(51)
    closed = stage.close_trade(placed)

    assert closed.trade["status"] == "CLOSING"
    assert stage.query("select 1 from alerts where kind = 'exit_waits'") == []


def _spend(stage: Stage, bucket: Bucket) -> None:
    """Fill one bucket's window of alice's token, as the vendor's header does."""
    key = window_key(token_key(TOKEN), bucket)
    with stage.env.database.transaction(None) as connection:
        connection.exec_driver_sql(
            "insert into rate_budgets (token_key, called_at)"
            " values (%(key)s, array_fill(cast(%(at)s as timestamptz), array[50]))"
            " on conflict (token_key) do update set called_at = excluded.called_at",
            {"key": key, "at": stage.clock.now()},
        )
