"""Our own export read back (A-16): the same figures, whatever a spreadsheet did to the file in between."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from infra.restore.laws import broken_laws
from tests.api.ended_trades import MONDAY, EndedTrades, Execution
from tests.api.support import Answer, Api, User

#: What does not depend on marks, quotes at the entry or the balance of the account.
FIGURES = (
    *("trades", "wins", "losses", "breakeven", "win_rate", "profit_factor", "avg_win", "avg_loss", "fees"),
    *("expectancy", "payoff_ratio", "best", "worst", "total_pnl", "max_drawdown", "max_drawdown_days"),
    *("sharpe", "sortino", "avg_hold_h", "daily", "weekly", "monthly", "ai"),
)


@pytest.fixture
def trades(api: Api) -> EndedTrades:
    """Alice's trades: sold at once and in parts, sold too often, expired, open, with texts of all kinds."""
    api.clock.at = MONDAY + timedelta(days=7)
    made = EndedTrades(api)
    made.add(strategy="=scan", ai_verdict="BUY", delta=Decimal("0.42"), trade_context={"notes": 'x,"y"\n;=z'})
    made.add(gain="-1.37", strategy="fade; slow", entered_at=MONDAY + timedelta(days=1))
    made.add(
        qty=3,
        realized_pnl=Decimal("148.60"),
        realized_pnl_pct=Decimal("24.7667"),
        fees=Decimal("1.40"),
        entered_at=MONDAY + timedelta(days=2),
        entry_price=Decimal(2),
        executions=[
            Execution(is_buy=True, quantity=2, price="1.90"),
            Execution(is_buy=True, quantity=1, price="2.20", minutes=1),
            Execution(is_buy=False, quantity=1, price="2.50", minutes=30),
            Execution(is_buy=False, quantity=2, price="2.50", minutes=60),
        ],
    )
    made.add(gain="-2.00", status="EXPIRED", close_reason="EXPIRED_OTM", card_score=Decimal("81.5"))
    made.add(
        close_reason="TP_HIT",
        realized_pnl=Decimal("68.60"),
        realized_pnl_pct=Decimal("34.3"),
        fees=Decimal("1.40"),
        entered_at=MONDAY + timedelta(days=3),
        executions=[
            Execution(is_buy=True, quantity=1, price="2.00"),
            Execution(is_buy=False, quantity=1, price="2.50", minutes=20),
            Execution(is_buy=False, quantity=1, price="2.60", minutes=21),
            Execution(is_buy=True, quantity=1, price="2.40", minutes=60),
        ],
    )
    made.add(status="OPEN", close_reason=None, executions=[Execution(is_buy=True, quantity=1, price="2")])
    return made


def as_it_is(text: str) -> str:
    return text


def saved_in_germany(text: str) -> str:
    """Semicolons and decimal commas, as a German spreadsheet saves what it opened."""
    read = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert read.fieldnames is not None
    written = io.StringIO()
    to = csv.DictWriter(written, read.fieldnames, delimiter=";")
    to.writeheader()
    for row in read:
        to.writerow(
            {name: value if _is_text(value) else value.replace(".", ",") for name, value in row.items()}
        )
    return written.getvalue()


def _is_text(value: str) -> bool:
    return not value.replace(".", "").replace("-", "").isdigit() or value.count("-") > 1


def send(user: User, text: str, query: str = "") -> Answer:
    return user.api.send(
        "POST",
        f"/api/trades/import{query}",
        token=user.token,
        raw=text.encode(),
        headers={"content-type": "text/csv"},
    )


@pytest.mark.parametrize("spreadsheet", [as_it_is, saved_in_germany])
def test_our_export_comes_back_to_the_same_figures(
    api: Api, trades: EndedTrades, alice: User, spreadsheet: Callable[[str], str]
) -> None:
    """A-16: another account that takes the file over sees the same trades, money and groups."""
    assert trades.username == "alice"
    bob = api.user("bob")
    text = alice.get("/api/trades/export?format=csv").text
    report = send(bob, spreadsheet(text))

    theirs, ours = bob.get("/api/performance").json, alice.get("/api/performance").json
    assert (report.status, report.json["imported"]) == (201, 5)
    assert [one["why"] for one in report.json["left_out"]] == ["the trade has not ended"]
    assert {name: theirs[name] for name in FIGURES} == {name: ours[name] for name in FIGURES}
    for group in ("strategy", "ticker", "weekday", "hour", "score", "delta", "ai_verdict", "close_reason"):
        assert theirs["by"][group] == ours["by"][group], group
    assert not {row for law in broken_laws(api.urls.owner) for row in law.rows} & set(
        report.json["trade_ids"]
    )


#: A fill's fees are shared out over its lots to the cent; which lot has the odd one is nobody's fact.
SHARED_OUT = ("fees", "gain", "realized_pnl", "proceeds", "cost_basis")
NEW = ("id", "broker_mode", "created_at", "order_type")


def test_our_export_says_again_what_it_said(api: Api, trades: EndedTrades, alice: User) -> None:
    """The export of what was imported differs in ids and mode alone; money adds up to the same cent."""
    bob = api.user("bob")
    assert trades.username == "alice"
    send(bob, alice.get("/api/trades/export?format=csv&status=CLOSED").text)
    told, told_again = (
        list(csv.DictReader(io.StringIO(user.get("/api/trades/export?status=CLOSED").text, newline="")))
        for user in (alice, bob)
    )

    assert _facts(told_again) == _facts(told)
    for name in SHARED_OUT:
        totals = [sum(Decimal(row[name]) for row in rows) for rows in (told, told_again)]
        assert totals[0] == totals[1], name


def _facts(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    facts = [{name: row[name] for name in row if name not in {*SHARED_OUT, *NEW}} for row in rows]
    return sorted(facts, key=repr)


def test_our_export_adds_nothing_to_the_account_it_came_from(trades: EndedTrades, alice: User) -> None:
    """A-16: its trades are here already, by their ids."""
    assert trades.username == "alice"
    before = alice.get("/api/performance").json["trades"]
    report = send(alice, alice.get("/api/trades/export?format=csv").text)

    assert (report.status, report.json["new"], report.json["known"]) == (200, 0, 5)
    assert alice.get("/api/performance").json["trades"] == before
