"""What an owner hears as positions open and close (C-07), and what becomes of them who leave (C-09)."""

from datetime import timedelta

from chalicelib.services.sign_in.leaving import leave
from infra.local.aws.memory_accounts import MemoryAccounts
from tests.services.ai.positions.trader_stage import TraderStage
from tests.services.coins.exchange import ETH

TOLD = "select kind, text from alerts where username = 'alice' order by at, id"
WORKING = "select 1 from paper_orders where status in ('OPEN', 'PENDING')"


def test_a_position_is_told_of_as_it_opens_and_closes(stage: TraderStage) -> None:
    """C-07: at once; a person's own trade is not a trader's, and what is off is not told."""
    trade = stage.entered(stage.trader())
    stage.close_trade(stage.buy())
    stage.close_trade(stage.trade(trade))
    told = stage.query(TOLD)
    stage.set(alerts_off=["position_opened"])
    stage.close_trade(stage.entered(stage.trader()))

    assert [row.kind for row in told] == ["trade_opened", "trade_closed"]
    assert told[0].text.startswith("dips, BTCUSDT opened: 0.01 at ")
    assert told[1].text.startswith("dips, BTCUSDT closed: P&L −")
    assert "(MANUAL_CLOSE)" in told[1].text
    assert [row.kind for row in stage.query(TOLD)][2:] == ["trade_closed"]


def test_who_leaves_has_no_position_no_order_and_no_trader(stage: TraderStage) -> None:
    """C-09, I-27: at once, as coins trade at all hours; ninety days later nothing of the books is left."""
    trader = stage.trader()
    held = stage.entered(trader, targets=[("110000", "0.5")])
    waiting = stage.entered(trader, "0.5", ticker=ETH, limit_price="3200", sl_price="3100")
    accounts = MemoryAccounts()
    accounts.add("alice", sub="sub-alice")
    leave(stage.env, accounts, "alice", "alice", machine_now=stage.clock.now())

    assert [stage.trade(one)["status"] for one in (held, waiting)] == ["CLOSED", "CANCELED"]
    assert stage.query(WORKING) == []
    assert stage.query("select 1 from traders where enabled or removed_at is null") == []
    stage.tick()
    stage.go_to(stage.clock.now() + timedelta(days=91))
    stage.run("thin")
    for table in ("paper_accounts", "paper_orders", "paper_fills", "traders", "paper_trades"):
        assert stage.query(f"select 1 from {table} where username = 'alice'") == []  # noqa: S608 - a table's name
