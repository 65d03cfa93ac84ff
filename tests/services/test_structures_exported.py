"""A-16: structures, short legs and shares that came of them in the export; read back, or refused by name."""

import csv
import io
import json
from decimal import Decimal

from chalicelib.services.reading.export_trades import ExportFormat, export
from chalicelib.services.reading.files import ExportedFile
from chalicelib.services.reading.import_trades import import_trades
from chalicelib.store.trades.exports import ExportFilter
from tests.services.stage import Stage, eastern
from tests.services.structures import TODAY
from tests.services.test_structures import vertical
from tests.services.test_structures_analysed import condor, held_and_left, short_put
from tests.services.test_structures_kept import put_assigned


def exported(stage: Stage, kind: ExportFormat = ExportFormat.CSV) -> str:
    file = export(stage.env, "alice", kind, ExportFilter())
    assert isinstance(file, ExportedFile)
    return file.text


def lots(stage: Stage) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(stage).removeprefix("\ufeff"), newline="")))


def test_each_leg_of_a_structure_has_lots_of_its_own(stage: Stage) -> None:
    """A-16, W-01: symbol, side, prices and fees by leg; gains add up to what the trade realised."""
    ended = held_and_left(stage, vertical(stage, qty=2), minutes=0)
    rows = lots(stage)

    told = [(row["leg_no"], row["symbol"], row["side"], row["quantity"]) for row in rows]
    assert told == [
        ("1", ended["legs"][0]["symbol"], "SHORT", "2"),
        ("2", ended["legs"][1]["symbol"], "LONG", "2"),
    ]
    assert [row["lot"] for row in rows] == ["1", "2"]
    assert {row["structure"] for row in rows} == {"VERTICAL"}
    assert [float(row["entry_price"]) for row in rows] == [leg["entry_price"] for leg in ended["legs"]]
    assert sum(Decimal(row["gain"]) for row in rows) == Decimal(str(ended["realized_pnl"]))
    assert sum(Decimal(row["fees"]) for row in rows) == Decimal(str(ended["fees"]))


def test_a_held_condor_has_four_open_lots_and_its_legs_in_json(stage: Stage) -> None:
    """A-16: what is not closed yet is a lot without an end; JSON shows the legs as the trade's page does."""
    held = stage.place(condor(stage))
    rows = lots(stage)

    assert [row["side"] for row in rows] == ["LONG", "SHORT", "SHORT", "LONG"]
    assert {row["gain"] for row in rows} == {""}
    (item,) = json.loads(exported(stage, ExportFormat.JSON))["items"]
    assert item["legs"] == stage.trade(held)["legs"]
    assert [leg["symbol"] for leg in item["orders"][0]["legs"]] == [leg["symbol"] for leg in held["legs"]]


def test_a_structure_that_never_filled_is_one_row_by_its_ticker(stage: Stage) -> None:
    """A-16: nothing was executed of any leg; no contract is named for all of them."""
    stage.place(vertical(stage, limit_price=Decimal("-2.90")))
    (row,) = lots(stage)

    assert (row["symbol"], row["lot"], row["structure"]) == ("SPY", "", "VERTICAL")


def test_shares_that_came_of_a_put_cost_its_strike(stage: Stage) -> None:
    """W-05: the put is a lot that ended at nothing, its shares one bought at the strike; together the P&L."""
    held = put_assigned(stage)
    option, shares = lots(stage)

    assert (option["side"], option["close_price"], option["origin"]) == ("SHORT", "0", "")
    assert (shares["symbol"], shares["side"], shares["origin"]) == ("SPY", "LONG", "ASSIGNED")
    assert float(shares["entry_price"]) == held["legs"][0]["strike"]
    assert shares["description"] == "100 sh. SPY"

    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 40))
    stage.run("sync")
    closed = stage.close_trade(stage.trade(held)).trade
    assert closed["status"] == "CLOSED"
    gains = [Decimal(row["gain"]) for row in lots(stage)]
    assert len(gains) == 2
    assert sum(gains) == Decimal(str(closed["realized_pnl"]))


def test_structures_are_left_out_of_an_import_by_name(stage: Stage) -> None:
    """A-16: a trade of several legs is no past trade of one contract: named, nothing guessed."""
    held_and_left(stage, vertical(stage), minutes=0)
    held_and_left(stage, stage.command(), minutes=0)
    text = exported(stage)
    report = import_trades(stage.env, "bob", text, dry_run=False)

    assert (report.imported, report.faults) == (1, ())
    assert [one.why for one in report.left_out] == [
        "a trade of several legs (VERTICAL) is not taken over"
    ] * 2


def test_shares_of_an_assignment_are_left_out_with_their_option(stage: Stage) -> None:
    """A-16: whatever a spreadsheet did to the column that names the structure."""
    held = put_assigned(stage)
    stage.go_to(eastern(TODAY.replace(day=TODAY.day + 1), 9, 40))
    stage.run("sync")
    stage.close_trade(stage.trade(held))
    rows = lots(stage)
    written = io.StringIO()
    to = csv.DictWriter(written, [name for name in rows[0] if name != "structure"], extrasaction="ignore")
    to.writeheader()
    to.writerows(rows)
    report = import_trades(stage.env, "bob", written.getvalue(), dry_run=True)

    assert (report.new, report.faults) == (0, ())
    assert {one.why.split(",")[0] for one in report.left_out} == {"a trade of several instruments"}


def test_a_short_put_comes_back_to_the_same_figures(stage: Stage) -> None:
    """A-16, W-02: a single short leg is taken over; its per cents are of its maximum loss there, too."""
    ended = held_and_left(stage, short_put(stage), minutes=0)
    report = import_trades(stage.env, "bob", exported(stage), dry_run=False)

    (trade_id,) = report.trade_ids
    taken = stage.trade({"id": str(trade_id)}, username="bob")
    for name in ("structure", "entry_price", "close_price", "realized_pnl", "fees", "risk_basis"):
        assert taken[name] == ended[name], name
    assert taken["realized_pnl_pct"] == ended["realized_pnl_pct"]
    assert taken["legs"][0]["side"] == "SHORT"
