"""Brokers' own files (docs/import.md): openings paired with closings, what is no past trade named."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chalicelib.domain.importing.past_trade import PastTrade
from chalicelib.domain.importing.past_trades import ReadFile, read_past_trades
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.trades import CloseReason

NOW = datetime(2026, 2, 20, 15, 0, tzinfo=UTC)
TASTYTRADE = (
    "Date,Type,Sub Type,Action,Symbol,Instrument Type,Description,Value,Quantity,Average Price,Commissions,"
    "Fees,Multiplier,Root Symbol,Underlying Symbol,Expiration Date,Strike Price,Call or Put,Order #,Total,"
    "Currency\n"
)
SCHWAB = '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"\n'


def tasty(
    day: str,
    action: str,
    value: str,
    *,
    quantity: int = 1,
    symbol: str = "UAL   260417C00110000",
    order: str = "1",
    kind: str = "Trade",
    sub_type: str = "",
) -> str:
    """Return one row of tastytrade's, at a quarter to ten in New York."""
    at = f"{day}T06:46:35-0800"
    rest = "100,UAL,UAL,4/17/26,110,CALL"
    return (
        f'{at},{kind},{sub_type},{action},{symbol},Equity Option,words,"{value}",{quantity},-62.00,-1.00,'
        f"-0.25,{rest},{order},0.00,USD\n"
    )


def read(text: str) -> ReadFile:
    """Read a file that must have no faults."""
    found = read_past_trades(text, now=NOW)
    assert found.faults == ()
    return found


def test_what_was_bought_and_sold_in_parts_is_one_trade() -> None:
    """Amounts are for all of an execution; commissions and fees are both costs; times keep their offset."""
    rows = [
        tasty("2026-02-04", "SELL_TO_CLOSE", "90.00"),
        tasty("2026-02-03", "SELL_TO_CLOSE", "160.00"),
        tasty("2026-02-02", "BUY_TO_OPEN", "-1,240.00", quantity=2),
    ]
    (trade,) = read(TASTYTRADE + "".join(rows)).trades

    assert (trade.symbol, trade.ticker, trade.side, trade.qty) == (
        "UAL260417C00110000",
        "UAL",
        LegSide.LONG,
        Decimal(2),
    )
    assert (trade.entry_price, trade.close_price) == (Decimal("6.20"), Decimal("1.25"))
    assert (trade.fees, trade.net_pnl) == (Decimal("3.75"), Decimal("-993.75"))
    assert trade.entry_at == datetime(2026, 2, 2, 14, 46, 35, tzinfo=UTC)
    assert trade.close_reason is CloseReason.MANUAL_CLOSE


def test_a_short_that_expired_keeps_its_credit() -> None:
    """Nobody sells what expires: it ends whatever is held, at nothing."""
    rows = [
        tasty("2026-02-02", "SELL_TO_OPEN", "62.00"),
        tasty("2026-02-06", "", "0.00", kind="Receive Deliver", sub_type="Expiration"),
    ]
    (trade,) = read(TASTYTRADE + "".join(rows)).trades

    assert (trade.side, trade.close_reason) == (LegSide.SHORT, CloseReason.EXPIRED_OTM)
    assert trade.net_pnl == Decimal("59.50")


OTHER = "UAL   260417C00115000"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([tasty("2026-02-02", "BUY_TO_OPEN", "-62.00")], "the trade has not ended"),
        ([tasty("2026-02-02", "SELL_TO_CLOSE", "62.00")], "closes more than the file opens"),
        ([tasty("2026-02-02", "", "5.00", kind="Money Movement")], "Money Movement is not taken over"),
        (
            [
                tasty("2026-02-02", "BUY_TO_OPEN", "-62.00", order="7"),
                tasty("2026-02-02", "SELL_TO_OPEN", "40.00", order="7", symbol=OTHER),
            ],
            "a leg of an order of several is not taken over",
        ),
        (
            [
                tasty("2026-02-02", "SELL_TO_OPEN", "62.00"),
                tasty("2026-02-06", "", "0.00", kind="Receive Deliver", sub_type="Assignment"),
            ],
            "ended by assignment or exercise: the shares that came of it are not in one row",
        ),
    ],
)
def test_what_is_no_past_trade_of_one_option_is_named(rows: list[str], why: str) -> None:
    """Nothing is guessed, and no row goes without a word."""
    found = read(TASTYTRADE + "".join(rows))

    assert found.trades == ()
    assert {one.why for one in found.left_out} == {why}
    assert len(found.left_out) == len(rows)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (tasty("2026-02-30", "BUY_TO_OPEN", "-62.00"), "Date"),
        (tasty("2026-02-21", "BUY_TO_OPEN", "-62.00"), "Date"),
        (tasty("2026-02-02", "BUY", "-62.00"), "Action"),
        (tasty("2026-02-02", "BUY_TO_OPEN", "much"), "Value"),
        (tasty("2026-02-02", "BUY_TO_OPEN", "0.00"), "Value"),
        (tasty("2026-02-02", "BUY_TO_OPEN", "-62.00", quantity=0), "Quantity"),
        (tasty("2026-02-02", "BUY_TO_OPEN", "-62.00", symbol="UAL"), "Symbol"),
    ],
)
def test_a_cell_that_means_nothing_is_told_by_row_and_column(row: str, column: str) -> None:
    """One row that cannot be read keeps the file out, as with any other file."""
    (fault,) = read_past_trades(TASTYTRADE + row, now=NOW).faults

    assert (fault.row, fault.column) == (2, column)


def schwab(day: str, action: str, price: str, *, fees: str = "$0.65", quantity: int = 1) -> str:
    """Return one row of Schwab's."""
    return f'"{day}","{action}","SPY 01/16/2026 580.00 C","words","{quantity}","{price}","{fees}","$0.00"\n'


def test_schwabs_rows_are_newest_first_and_know_days_alone() -> None:
    """A day is its noon; bought and sold on one day is bought first."""
    rows = [
        schwab("01/08/2026", "Sell to Close", "$5.10"),
        schwab("01/08/2026", "Buy to Open", "$4.20"),
        '"01/08/2026","Cash Dividend","SPY","words","","","","$12.00"\n',
    ]
    found = read(SCHWAB + "".join(rows))

    (trade,) = found.trades
    assert (trade.symbol, trade.net_pnl) == ("SPY260116C00580000", Decimal("88.70"))
    assert trade.entry_at == trade.closed_at == datetime(2026, 1, 8, 17, 0, tzinfo=UTC)
    assert [(one.row, one.why) for one in found.left_out] == [
        (4, "Cash Dividend that is no trade of an option")
    ]


def test_what_expired_is_of_its_own_day_not_of_the_day_it_was_booked() -> None:
    """Schwab books an expiry on the next business day."""
    rows = [
        schwab("01/20/2026 as of 01/16/2026", "Expired", "", fees=""),
        schwab("01/08/2026", "Buy to Open", "$4.20"),
    ]
    (trade,) = read(SCHWAB + "".join(rows)).trades

    assert trade.closed_at == datetime(2026, 1, 16, 17, 0, tzinfo=UTC)
    assert (trade.close_reason, trade.net_pnl) == (CloseReason.EXPIRED_OTM, Decimal("-420.65"))


def test_the_same_file_again_is_known() -> None:
    """Equal fingerprints: a file may be sent again after new rows came to it."""
    rows = tasty("2026-02-03", "SELL_TO_CLOSE", "80.00") + tasty("2026-02-02", "BUY_TO_OPEN", "-62.00")
    later = tasty("2026-02-05", "BUY_TO_OPEN", "-62.00", symbol=OTHER, order="2")

    def marks(found: ReadFile) -> list[str]:
        trades: tuple[PastTrade, ...] = found.trades
        return [trade.fingerprint for trade in trades]

    assert marks(read(TASTYTRADE + rows)) == marks(read(TASTYTRADE + later + rows))


IBKR = (
    "Statement,Header,Field Name,Field Value\n"
    "Statement,Data,Title,Activity Statement\n"
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,"
    "Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code\n"
)


def ibkr(at: str, quantity: int, price: str, code: str, *, kind: str = "Order") -> str:
    """Return one row of Interactive Brokers' (line 4 of the file and on)."""
    return (
        f'Trades,Data,{kind},Equity and Index Options,USD,SPY 16JAN26 580 C,"{at}",{quantity},{price},4,0,'
        f"-1.05,0,0,0,{code}\n"
    )


def test_a_statement_of_many_tables_gives_its_options_alone() -> None:
    """Orders count, not the executions and lots beneath them; times are New York's."""
    rows = [
        ibkr("2026-01-05, 10:02:00", 2, "4.20", "O"),
        ibkr("2026-01-05, 10:02:00", 2, "4.20", "O", kind="Trade"),
        ibkr("2026-01-06, 11:00:00", -2, "5.10", "C;P"),
        "Trades,SubTotal,,Equity and Index Options,USD,SPY 16JAN26 580 C,,0,,,180,-2.1,0,0,0,\n",
        'Trades,Data,Order,Stocks,USD,SPY,"2026-01-06, 11:00:00",100,590,590,-59000,-1,59001,0,0,O\n',
        "Dividends,Header,Currency,Account,Date,Description,Amount\n",
    ]
    found = read(IBKR + "".join(rows))

    (trade,) = found.trades
    assert (trade.symbol, trade.qty, trade.net_pnl) == ("SPY260116C00580000", Decimal(2), Decimal("177.90"))
    assert trade.entry_at == datetime(2026, 1, 5, 15, 2, tzinfo=UTC)
    assert [(one.row, one.why) for one in found.left_out] == [(8, "Stocks that is no trade of an option")]


@pytest.mark.parametrize(
    ("rows", "reason", "pnl"),
    [
        (
            [
                ibkr("2026-01-05, 10:02:00", -1, "4.20", "O"),
                ibkr("2026-01-16, 16:20:00", 1, "0", "C;Ep"),
            ],
            CloseReason.EXPIRED_OTM,
            "417.90",
        ),
        (
            [
                ibkr("2026-01-05, 10:02:00", -1, "4.20", "O"),
                ibkr("2026-01-06, 10:02:00", 1, "2.10", "C"),
            ],
            CloseReason.MANUAL_CLOSE,
            "207.90",
        ),
    ],
)
def test_a_statement_s_short_is_bought_back_or_expires(
    rows: list[str], reason: CloseReason, pnl: str
) -> None:
    """Signs say which side; a code says how it ended."""
    (trade,) = read(IBKR + "".join(rows)).trades

    assert (trade.side, trade.close_reason) == (LegSide.SHORT, reason)
    assert trade.net_pnl == Decimal(pnl)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (ibkr("2026-01-05", 1, "4.20", "O"), "Date/Time"),
        (ibkr("2026-01-05, 10:02:00", 1, "0", "O"), "T. Price"),
        (ibkr("2026-01-05, 10:02:00", 1, "4.20", "P"), "Code"),
        (ibkr("2026-01-05, 10:02:00", 1, "4.20", "O").replace("16JAN26", "16ABC26"), "Symbol"),
    ],
)
def test_a_statement_s_cell_that_means_nothing_is_told(row: str, column: str) -> None:
    """By the line of the file, whatever tables stand before."""
    (fault,) = read_past_trades(IBKR + row, now=NOW).faults

    assert (fault.row, fault.column) == (4, column)
