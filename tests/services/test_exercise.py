"""A live exercise (A-06): the option ends at intrinsic value, its shares are a trade that can be closed."""

import csv
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.services.errors import Invalid
from chalicelib.services.reading import export_trades, import_trades
from chalicelib.services.users import account
from chalicelib.store.trades.exports import ExportFilter
from tests.services.live import cash_live, go_live, held_live, place_by_hand
from tests.services.stage import MORNING, Stage, eastern

TODAY = MORNING.date()


def exercised(stage: Stage, option_type: OptionType, factor: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let a live option that expires today end in the money; returns it and the trade of its shares."""
    go_live(stage, allow_market=True)
    stage.set(close_before_expiry=False)
    contract = stage.contract("SPY", option_type, expiry_index=0)
    assert contract.expiry == TODAY
    option = stage.place(stage.command(contract, qty=1))
    stage.jump("SPY", factor)
    stage.go_to(eastern(TODAY, 16, 31))
    stage.run("expire")
    ended = stage.trade(option)
    (row,) = stage.query("select trade_id from trade_legs where instrument = 'EQUITY'")
    return ended, stage.trade({"id": str(row.trade_id)})


def next_morning(stage: Stage, minutes: int = 31) -> datetime:
    """Go to shortly after the next open."""
    day = eastern(TODAY.replace(day=TODAY.day + 1), 9, minutes)
    stage.go_to(day)
    return day


def snapshot(stage: Stage) -> None:
    """Take one cycle of snapshots."""
    stage.run("snapshot")


@pytest.mark.parametrize(
    ("option_type", "factor", "side", "opened_by"),
    [(OptionType.CALL, 1.02, "LONG", "buy_to_open"), (OptionType.PUT, 0.98, "SHORT", "sell_to_open")],
)
def test_the_shares_of_an_exercise_are_a_trade_at_the_close(
    stage: Stage, option_type: OptionType, factor: float, side: str, opened_by: str
) -> None:
    """A-06, row EXERCISED: nothing counts twice, and its owner is told."""
    option, shares = exercised(stage, option_type, factor)
    (leg,) = shares["legs"]
    close = Decimal(str(shares["entry_price"]))
    (alert,) = stage.query("select severity, text from alerts where kind = 'exercised'")
    inside = abs(close - Decimal(str(option["strike"])))

    assert (option["status"], option["close_reason"]) == ("EXPIRED", "EXERCISED")
    assert Decimal(str(option["close_price"])) == inside
    assert (shares["status"], shares["qty"], shares["open_qty"]) == ("OPEN", 100, 100)
    assert (leg["instrument"], leg["symbol"], leg["side"], leg["multiplier"]) == ("EQUITY", "SPY", side, 1)
    assert (shares["orders"][0]["side"], shares["fees"]) == (opened_by, 0)
    assert alert.severity == "critical"


@pytest.mark.parametrize(
    ("option_type", "factor", "sign"), [(OptionType.CALL, 1.02, 1), (OptionType.PUT, 0.98, -1)]
)
def test_all_that_an_exercise_moves_is_what_the_broker_moves(
    stage: Stage, option_type: OptionType, factor: float, sign: int
) -> None:
    """I-13: option, delivery and closing shares together are the account's cash, to the cent."""
    option, shares = exercised(stage, option_type, factor)
    next_morning(stage)
    assert held_live(stage, "SPY") == 100 * sign
    stage.jump("SPY", 1.01)
    stage.sync()
    closed = stage.close_trade(stage.trade(shares)).trade

    pnl = Decimal(str(option["realized_pnl"])) + Decimal(str(closed["realized_pnl"]))
    assert (closed["status"], closed["close_reason"]) == ("CLOSED", "MANUAL_CLOSE")
    assert closed["fees"] == 0
    assert (Decimal(str(closed["realized_pnl"])) > 0) is (sign > 0)
    assert held_live(stage, "SPY") == 0
    assert cash_live(stage) - 1_000_000 == pnl


def test_short_shares_that_fall_have_gained(stage: Stage) -> None:
    """580 to 570 is +1,000 for a put's shares: marks, best, worst and open P&L know the side."""
    _, shares = exercised(stage, OptionType.PUT, 0.98)
    next_morning(stage)
    stage.jump("SPY", 0.98)
    snapshot(stage)
    marked = stage.trade(shares)
    gain = (Decimal(str(shares["entry_price"])) - Decimal(str(marked["current_price"]))) * 100

    assert gain > 900
    assert Decimal(str(marked["unrealized_pnl"])) == gain
    assert Decimal(str(marked["max_gain"])) == gain
    assert marked["max_drawdown"] == 0


@pytest.mark.parametrize(
    ("option_type", "factor", "words", "limit"),
    [(OptionType.CALL, 1.02, "sell", "0.90"), (OptionType.PUT, 0.98, "buy_to_cover", "1.1112")],
)
def test_shares_are_closed_by_an_order_for_shares(
    stage: Stage, option_type: OptionType, factor: float, words: str, limit: str
) -> None:
    """A-12: without market orders the close is a marketable limit, under the bid or over the ask."""
    _, shares = exercised(stage, option_type, factor)
    stage.set(allow_market_live=False)
    next_morning(stage)
    stage.close_trade(stage.trade(shares))
    order = stage.world.live.truth_orders("6YA00001")[-1]
    (quote,) = stage.env.market_data.for_user("alice").underlying_quotes(["SPY"])
    near = quote.bid if words == "sell" else quote.ask
    assert near is not None

    assert (order["class"], order["symbol"], order["side"], order["quantity"]) == (
        "equity",
        "SPY",
        words,
        100,
    )
    assert "option_symbol" not in order
    assert Decimal(str(order["price"])) == pytest.approx(near * Decimal(limit), rel=Decimal("0.001"))
    assert order["status"] == "filled"
    assert stage.trade(shares)["status"] == "CLOSED"


def test_shares_bar_nobodys_entries(stage: Stage) -> None:
    """ADR 0019: heat is what was chosen to be at risk; delivered shares count none."""
    _, shares = exercised(stage, OptionType.CALL, 1.02)
    next_morning(stage)
    told = account.read_account(stage.env, "alice")
    entry = stage.place()

    assert shares["status"] == "OPEN"
    assert told.exposure.heat == 0
    assert entry["status"] == "OPEN"


def test_shares_take_no_bracket(stage: Stage) -> None:
    _, shares = exercised(stage, OptionType.CALL, 1.02)
    next_morning(stage)

    with pytest.raises(Invalid):
        stage.adjust(stage.trade(shares), new_sl=Decimal(1))


def test_the_shares_are_exported_and_read_back_to_the_same_figures(stage: Stage) -> None:
    """A-16: a short lot begins with its sale; our own export comes back as it went out."""
    option, shares = exercised(stage, OptionType.PUT, 0.98)
    next_morning(stage)
    closed = stage.close_trade(stage.trade(shares)).trade
    with stage.env.database.transaction("alice") as connection:
        text = "".join(export_trades.csv_pieces(connection, "alice", ExportFilter()))
    lots = {row["id"]: row for row in csv.DictReader(text.lstrip("\ufeff").splitlines())}
    import_trades.import_trades(stage.env, "bob", text, dry_run=False)
    read_back = stage.query(
        "select t.realized_pnl, l.instrument, l.side "
        "from paper_trades t join trade_legs l on l.trade_id = t.id "
        "where t.username = 'bob' order by l.instrument"
    )

    assert (lots[closed["id"]]["side"], lots[closed["id"]]["symbol"]) == ("SHORT", "SPY")
    assert Decimal(lots[closed["id"]]["realized_pnl"]) == Decimal(str(closed["realized_pnl"]))
    assert [(float(row.realized_pnl), row.instrument, row.side) for row in read_back] == [
        (closed["realized_pnl"], "EQUITY", "SHORT"),
        (option["realized_pnl"], "OPTION", "LONG"),
    ]


def test_forensics_know_the_side_of_shares(stage: Stage) -> None:
    """A-09: best and worst of a short are those of a falling price."""
    _, shares = exercised(stage, OptionType.PUT, 0.98)
    next_morning(stage)
    stage.jump("SPY", 0.99)
    snapshot(stage)
    stage.advance(40)
    closed = stage.close_trade(stage.trade(shares)).trade
    stage.run("forensics")
    examined = stage.trade(shares)

    assert closed["realized_pnl"] > 0
    assert examined["target_mfe_pct"] > 0.5
    assert examined["target_mae_pct"] <= 0


@pytest.mark.parametrize("option_type", list(OptionType))
def test_shares_are_held_against_the_account(stage: Stage, option_type: OptionType) -> None:
    """I-31: delivered over night, they are explained; what is closed by hand is booked, short or long."""
    _, shares = exercised(stage, option_type, 1.02 if option_type is OptionType.CALL else 0.98)
    stage.sync()
    next_morning(stage)
    for _ in range(4):
        stage.sync()
    before = stage.trade(shares)
    side = "sell" if option_type is OptionType.CALL else "buy_to_cover"
    form = {"class": "equity", "symbol": "SPY", "side": side, "quantity": "100", "type": "market"}
    place_by_hand(stage, form | {"duration": "day"})
    for _ in range(4):
        stage.sync()
    after = stage.trade(shares)

    assert (before["status"], before["open_qty"]) == ("OPEN", 100)
    assert (after["status"], after["close_reason"]) == ("CLOSED", "LIQUIDATED_BY_BROKER")
    assert (after["fees"], after["open_qty"]) == (0, 0)
    assert after["orders"][-1]["side"] == ("sell_to_close" if side == "sell" else "buy_to_close")
