"""What stands in for the world around the API: clock, queue, brokers and quotes, told what to answer."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.brokers.coins.broker import PaperCoins
from chalicelib.brokers.interface import Balance, ConnectionReport, OrderList, Position
from chalicelib.brokers.paper.clearing import PaperClearing
from chalicelib.domain.accounts import AccountRef, BrokerMode
from chalicelib.domain.clocks.calendar import Closure
from chalicelib.domain.desk.pipeline.company_dates import Dividend, EarningsCalendar
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.market.candles import Candle, CandleMinutes
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.ports import Outgoing
from chalicelib.marketdata.interface import Chain, DailyBar, MarketDataError, UnderlyingQuote
from chalicelib.vendors.errors import VendorError

OPEN_HOURS = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SANDBOX_TOKEN, SANDBOX_ACCOUNT = "sandbox-token-of-alice-1234", "VA0001"
LIVE_TOKEN, LIVE_ACCOUNT = "live-token-of-alice-5678", "6YA0001"


@dataclass
class HandClock:
    """Product time that stands until it is moved."""

    at: datetime = OPEN_HOURS
    passed: float = 0.0

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def monotonic(self) -> float:
        return self.passed

    def real_seconds_since(self, at: datetime) -> float:
        return (self.at - at).total_seconds()


class SystemRandomness:
    """Version 7 identifiers and secrets out of the operating system's generator."""

    def uuid7(self, at: datetime) -> UUID:
        noise = int.from_bytes(os.urandom(10), "big")
        low = (noise & ~(0xF << 76) | 7 << 76) & ~(0x3 << 62) | 2 << 62
        return UUID(int=int(at.timestamp() * 1000) << 80 | low)

    def token_bytes(self, count: int) -> bytes:
        return os.urandom(count)


@dataclass
class MessageBox:
    """Messages to jobs, kept."""

    sent: list[tuple[str, dict[str, JsonValue]]] = field(default_factory=list)

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        self.sent.append((job, dict(payload)))

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        self.sent += [(one.job, dict(one.payload)) for one in messages]


@dataclass
class KnownConnections:
    """A broker's front desk: it knows some tokens, each with its accounts."""

    accounts: dict[str, Sequence[str]] = field(
        default_factory=lambda: {SANDBOX_TOKEN: [SANDBOX_ACCOUNT, "VA0002"], LIVE_TOKEN: [LIVE_ACCOUNT]}
    )
    trouble: VendorError | None = None
    tried: list[tuple[BrokerMode, str, str | None]] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)

    def test(self, mode: BrokerMode, token: str, account_id: str | None) -> ConnectionReport:
        self.tried.append((mode, token, account_id))
        if self.trouble is not None:
            raise self.trouble
        owned = self.accounts.get(token, [])
        account = account_id or next(iter(owned), None)
        ok = account in owned
        return ConnectionReport(
            ok=ok,
            account_id=account,
            account_type="margin" if ok else None,
            status="active" if ok else None,
            options_level=4 if ok else None,
            reason=None if ok else self._why_not(token),
            has_expired=token in self.expired,
        )

    def _why_not(self, token: str) -> str:
        return "Access Token expired" if token in self.expired else "Invalid Access Token"


@dataclass
class FakeBroker:
    """A broker that tells a balance, and holds nothing."""

    trouble: VendorError | None = None
    balance_calls: int = 0

    def balance(self) -> Balance:
        self.balance_calls += 1
        if self.trouble is not None:
            raise self.trouble
        return Balance(equity=Decimal("10250.50"), cash=Decimal(5000), buying_power=Decimal(4000))

    def list_orders(self) -> OrderList:
        return OrderList(orders=(), read_at=HandClock().now())

    def positions(self) -> tuple[Position, ...]:
        return ()

    def test_connection(self) -> ConnectionReport:
        return ConnectionReport(
            ok=True, account_id="p", account_type="paper", status="active", options_level=None, reason=None
        )


@dataclass
class FakeBrokers:
    """Gives the one broker out to everybody."""

    broker: FakeBroker = field(default_factory=FakeBroker)

    def broker_for(self, account: AccountRef, **_: object) -> Any:
        return self.broker  # Any: half a broker is enough for calls that do not trade

    def match(self, username: str, quotes: Mapping[str, OptionQuote]) -> None:
        """Nothing rests here, so nothing is filled."""

    def clearing(self, username: str) -> PaperClearing:
        """Nothing is held here, so nothing ends."""
        raise LookupError(username)

    def coins(self, username: str, **_: object) -> PaperCoins:
        """No coins are traded here."""
        raise LookupError(username)


@dataclass
class FakeMarket:
    """Quotes of SPY and one chain of it; counts how often it is asked."""

    clock: HandClock
    trouble: MarketDataError | None = None
    asked: int = 0
    source: str = "fake"
    underlyings_source: str = "fake"
    delay_seconds: int = 0
    ahead: timedelta = timedelta(0)

    def for_user(self, username: str | None, **_: object) -> "FakeMarket":
        return self

    def serves_underlyings_to(self, username: str) -> bool:
        return False

    def serves_all(self) -> bool:
        return True

    def _ask(self) -> None:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble

    def underlying_quotes(self, symbols: Sequence[str]) -> tuple[UnderlyingQuote, ...]:
        self._ask()
        quote = UnderlyingQuote(
            symbol="SPY",
            last=Decimal("580.25"),
            bid=Decimal("580.2"),
            ask=Decimal("580.30"),
            change_pct=Decimal("-0.5"),
            as_of=self.clock.now() + self.ahead,
            source="fake",
            delay_seconds=0,
        )
        return (quote,) if "SPY" in symbols else ()

    def expirations(self, underlying: str) -> tuple[date, ...]:
        self._ask()
        return (date(2026, 3, 20), date(2026, 3, 6)) if underlying == "SPY" else ()

    def chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        self._ask()
        symbols = ("SPY260306P00580000", "SPY260306C00580000", "SPY260306C00575000", "SPY260320C00580000")
        quotes = {symbol: self._quote(symbol) for symbol in symbols} if underlying == "SPY" else {}
        return Chain(underlying=underlying, underlying_price=Decimal("580.25"), quotes=quotes)

    expiries_a_call: int = 1

    def bare_chain(self, underlying: str, expiries: Sequence[date]) -> Chain:
        return self.chain(underlying, expiries)

    def option_quotes(self, underlying: str, symbols: Sequence[str]) -> Chain:
        return self.chain(underlying, [])

    def official_close(self, symbol: str, day: date) -> Decimal | None:
        return None

    def candles(
        self, symbol: str, minutes: CandleMinutes, starts_at: datetime, ends_at: datetime
    ) -> tuple[Candle, ...]:
        return ()

    def daily_closes(self, symbol: str, first: date, last: date) -> Mapping[date, Decimal]:
        return {}

    def daily_bars(self, symbol: str, first: date, last: date) -> tuple[DailyBar, ...]:
        return ()

    def earnings(self, symbols: Sequence[str]) -> Mapping[str, EarningsCalendar]:
        return {}

    def dividends(self, symbols: Sequence[str]) -> Mapping[str, tuple[Dividend, ...]]:
        return {}

    def _quote(self, symbol: str) -> OptionQuote:
        return OptionQuote(
            symbol=symbol,
            bid=Decimal("2.10"),
            ask=Decimal("2.20"),
            bid_size=10,
            ask_size=10,
            last=None,
            quoted_at=self.clock.now(),
            source="fake",
            delay_seconds=0,
            iv=Decimal("0.185"),
        )


def no_closures(_connection: Connection) -> dict[date, Closure]:
    """No decreed closings."""
    return {}
