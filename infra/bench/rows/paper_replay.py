"""The GOOG day's recorded quotes through the paper broker: every quote meets a working order.

Engine time is all between a recorded row and the books in memory: the quote as a value, time passing, the
fill rules, bookings. Reading the archive and storing the books are left out: one is the recording's, the
other is measured with the order and sync rows.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

from chalicelib.brokers.paper.ledger import Ledger, PaperOrder
from chalicelib.brokers.paper.matching import match_quotes, pass_time
from chalicelib.brokers.paper.rules import FillTerms
from chalicelib.domain.clocks.calendar import MarketCalendar
from chalicelib.domain.clocks.sessions import Session
from chalicelib.domain.instruments.sides import OrderSide
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.money import ZERO
from chalicelib.domain.trading.orders import Duration, OrderStatus, OrderType
from infra.bench.ground import Ground
from infra.bench.measure import compared
from infra.bench.processes import ROOT
from infra.bench.result import Bar, Bound, Outcome, Peer, Row, Skipped

DAY: Final = date(2015, 12, 24)
RECORDED: Final = ROOT.parent / "shared/data/lean/option/usa/minute/goog/20151224_quote_american.zip"
#: 3 s for the day on a machine that reads its rows in half a second: taken by turns, machines cancel out.
READINGS_MAX: Final = 6.0
QUOTES_PER_SECOND_MIN: Final = 90_000
_CENTS: Final = Decimal(10_000)
_MINUTE_MS: Final = 60_000
_NEW_YORK_BEHIND: Final = timedelta(hours=5)
_PENNY: Final = Decimal("0.01")
_ONE_FILLS_IN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What became known at an instant: rows of (contract, bid, bid size, ask, ask size), '' for no news."""

    at: datetime
    rows: Sequence[tuple[str, str, str, str, str]]


def measure(ground: Ground) -> list[Outcome]:
    """Measure the whole day, or as many of its minutes as the size allows."""
    if not RECORDED.exists():
        return [Skipped(name="paper-replay", reason="the recorded day is not beside this repository")]
    session = MarketCalendar().session(DAY)
    assert session is not None
    whole = list(recorded_minutes(RECORDED, session))
    minutes = whole[: ground.sizes.replayed_minutes]
    quotes = sum(len(minute.rows) for minute in minutes)
    engine = Engine(minutes)
    taken, reading = compared(
        engine.replay,
        lambda: list(recorded_minutes(RECORDED, session)),
        rounds=max(1, ground.sizes.rounds // 3),
        warm=0,
    )
    seconds, part = taken.cpu_ms / 1000, quotes / sum(len(minute.rows) for minute in whole)
    detail = {"quotes": quotes, "orders": len(engine.symbols), "fills": engine.fills, "minutes": len(minutes)}
    return [
        Row(
            name="paper-replay",
            what="GOOG's recorded day through the paper path, processor time",
            value=seconds,
            unit="s CPU",
            cpu_ms=taken.cpu_ms,
            peer=Peer(name="reading the same rows from their archive", value=reading.cpu_ms / 1000 * part),
            bar=Bar(bound=Bound.RATIO_MOST, limit=READINGS_MAX),
            detail=dict(detail),
        ),
        Row(
            name="paper-quotes",
            what="recorded quotes through the paper path",
            value=quotes / (taken.cpu_ms / 1000),
            unit="quotes/s",
            bar=Bar(bound=Bound.VALUE_LEAST, limit=QUOTES_PER_SECOND_MIN),
            detail=dict(detail),
        ),
    ]


class Engine:
    """Books with one resting order on every contract, and the recorded minutes that they meet."""

    def __init__(self, minutes: Sequence[Minute]) -> None:
        self._minutes = minutes
        self.symbols = sorted({row[0] for minute in minutes for row in minute.rows})
        self.fills = 0
        self._terms = FillTerms()

    def replay(self) -> None:
        """Let the day pass over fresh books."""
        calendar, sides = MarketCalendar(), dict[str, tuple[str, str, str, str]]()
        ledger = self._books()
        ids = iter(range(len(self.symbols), 10**9))
        for minute in self._minutes:
            quotes = {row[0]: _quote(row, sides, minute.at) for row in minute.rows}
            pass_time(ledger, minute.at, calendar)
            match_quotes(
                ledger,
                quotes,
                minute.at,
                calendar=calendar,
                terms=self._terms,
                new_id=lambda: UUID(int=next(ids)),
            )
        self.fills = len(ledger.fills)

    def _books(self) -> Ledger:
        """Put a buy on every contract: some fill, most rest at a penny, for which each quote is judged."""
        orders = {}
        for number, symbol in enumerate(self.symbols):
            fills = number % _ONE_FILLS_IN == 0
            order = PaperOrder(
                id=UUID(int=number),
                parent_id=None,
                tag=f"pt-{number}",
                underlying="GOOG",
                symbol=symbol,
                side=OrderSide.BUY_TO_OPEN,
                type=OrderType.MARKET if fills else OrderType.LIMIT,
                duration=Duration.GTC,
                quantity=Decimal(1),
                limit_price=None if fills else _PENNY,
                stop_price=None,
                reserve=ZERO,
                status=OrderStatus.OPEN,
                fill_rule=self._terms.name,
                created_at=self._minutes[0].at,
                updated_at=self._minutes[0].at,
                expires_at=datetime(2016, 12, 31, tzinfo=UTC),
            )
            orders[order.id] = order
        return Ledger(cash=Decimal(10_000_000), realized_on=None, realized=ZERO, orders=orders, holdings={})


def _quote(
    row: tuple[str, str, str, str, str], sides: dict[str, tuple[str, str, str, str]], at: datetime
) -> OptionQuote:
    """Return the quote as it stands: each side is carried forward until there is news of it."""
    symbol, bid, bid_size, ask, ask_size = row
    before = sides.get(symbol)
    if before is not None:
        if not bid:
            bid, bid_size = before[0], before[1]
        if not ask:
            ask, ask_size = before[2], before[3]
    sides[symbol] = (bid, bid_size, ask, ask_size)
    return OptionQuote(
        symbol=symbol,
        bid=Decimal(bid) / _CENTS if bid else None,
        ask=Decimal(ask) / _CENTS if ask else None,
        bid_size=int(bid_size) if bid_size else None,
        ask_size=int(ask_size) if ask_size else None,
        last=None,
        quoted_at=at,
        source="recorded",
        delay_seconds=0,
    )


def recorded_minutes(archive: Path, session: Session) -> Iterator[Minute]:
    """Read an archive of LEAN's minutes by time; a bar is known a minute after its start."""
    by_time: dict[int, list[tuple[str, str, str, str, str]]] = {}
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            symbol = _symbol(name)
            with opened.open(name) as member:
                for line in csv.reader(io.TextIOWrapper(member, "ascii")):
                    row = (symbol, line[4], line[5], line[9], line[10])
                    by_time.setdefault(int(line[0]) + _MINUTE_MS, []).append(row)
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + _NEW_YORK_BEHIND
    for milliseconds in sorted(by_time):
        at = midnight + timedelta(milliseconds=milliseconds)
        if session.opens_at <= at < session.closes_at:
            yield Minute(at=at, rows=by_time[milliseconds])


def _symbol(name: str) -> str:
    """Read the contract from a member's name: `…_quote_american_call_<strike × 10,000>_<expiry>.csv`."""
    right, strike, expiry = name.removesuffix(".csv").split("_")[-3:]
    contract = OptionContract(
        root="GOOG",
        expiry=datetime.strptime(expiry, "%Y%m%d").date(),  # noqa: DTZ007 - a date without a time
        option_type=OptionType(right.upper()),
        strike=Decimal(strike) / _CENTS,
    )
    return contract.to_occ()
