"""A stage for services: the composed product over the emulated vendors, on a clock that stands still."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text

from chalicelib.composition import Container
from chalicelib.config import Config
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.clocks.calendar import NEW_YORK
from chalicelib.domain.instruments.symbols import OptionContract, OptionType
from chalicelib.domain.instruments.ticks import ceil_to_tick, floor_to_tick
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing, SideBySide
from chalicelib.domain.trading.commands import AdjustTrade, CloseTrade, PlaceTrade, WantedLeg, WantedTarget
from chalicelib.domain.trading.orders import OrderType
from chalicelib.jobs import run_job
from chalicelib.services.alerts import answer_alerts
from chalicelib.services.commands import adjust_trade, cancel_trade, close_trade, place_trade
from chalicelib.services.commands.carry_on import Outcome as ServiceOutcome
from chalicelib.services.reading import trade_view
from chalicelib.store.users import connections, settings
from infra.local.clockwork.clock import ProductClock
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.serving.exchange import Handler
from infra.local.emulators.serving.transport import EmulatorTransport
from infra.local.emulators.world import World
from tests.services.outside import ACCOUNTS, Outside

#: A Thursday without news, ten minutes after the open.
MORNING = datetime(2026, 2, 19, 14, 40, tzinfo=UTC)
#: To which brokers send back who let a program in on their pages.
SITE_ORIGIN = "https://papertape.test"
SEALING_KEYS = "k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="

#: Nobody signs in here.
_SIGN_IN = {
    "COGNITO_ISSUER": "https://unused.example",
    "COGNITO_JWKS_URL": "https://unused.example/jwks",
    "COGNITO_CLIENT_ID": "unused",
    "COGNITO_ENDPOINT_URL": "https://unused.example",
}


@dataclass(frozen=True)
class Outcome:
    """A change's answer, its JSON loosely typed for assertions."""

    status: int
    trade: dict[str, Any]  # Any: JSON


def _outcome(answered: ServiceOutcome) -> Outcome:
    return Outcome(answered.status, answered.trade)


def _change(new: Mapping[str, Any]) -> AdjustTrade:  # Any: prices, or a list of targets
    stop, target, targets = new.get("new_sl"), new.get("new_tp"), new.get("targets")
    return AdjustTrade(
        changes_stop="new_sl" in new,
        new_sl=stop,
        changes_target="new_tp" in new,
        new_tp=target,
        targets=None
        if targets is None
        else tuple(WantedTarget(price=Decimal(price), share=Decimal(share)) for price, share in targets),
    )


@dataclass
class Bus:
    """Keeps what would be sent."""

    sent: list[tuple[str, dict[str, JsonValue], datetime | None]] = field(default_factory=list)
    trouble: Exception | None = None

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: datetime | None = None) -> None:
        """Keep the message, or fail as told."""
        if self.trouble is not None:
            raise self.trouble
        self.sent.append((job, dict(payload), due_at))

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Keep these messages."""
        self.sent += [(one.job, dict(one.payload), one.due_at) for one in messages]


class Stage(Outside):
    """Two users with sandbox accounts, a market that is moved by hand, and the product between them."""

    beside: Mapping[str, Handler] = MappingProxyType({})  # who else answers, at which address

    def __init__(
        self,
        urls: DatabaseUrls,
        *,
        start: datetime = MORNING,
        seed: int = 7,
        orats_monthly_quota: int | None = None,
        side_by_side: SideBySide | None = None,
    ) -> None:
        self._side_by_side = side_by_side
        self._quota = {} if orats_monthly_quota is None else {"ORATS_MONTHLY_QUOTA": str(orats_monthly_quota)}
        self.clock = ProductClock(start, speed=0, wait=lambda _: self.meanwhile())
        self.world = World.create(seed, self.clock.now, lambda _: None, wait_really=lambda _: None)
        self.let_in()
        self.bus = Bus()
        self.container = self._compose(urls)
        self.env = self.container.api_environment()
        self.urls = urls
        for username, (account_id, token) in ACCOUNTS.items():
            self.world.sandbox.add_account(account_id, token, cash=Decimal(1_000_000))
            self._settle_in(username, account_id, token)

    def _compose(self, urls: DatabaseUrls) -> Container:
        config = Config.from_environment(
            {
                "DATABASE_URL_APP": urls.app,
                "DATABASE_URL_JOBS": urls.jobs,
                **_SIGN_IN,
                "SITE_ORIGIN": SITE_ORIGIN,
                "SEALING_KEYS": SEALING_KEYS,
                **self.TOKENS,
                **self._quota,
            }
        )
        transport = EmulatorTransport({**self.world.hosts(), **self.beside})
        return Container(
            config, clock=self.clock, bus=self.bus, http_transport=transport, side_by_side=self._side_by_side
        )

    def go_on_with(self, urls: DatabaseUrls) -> None:
        """Go on with another database: the brokers, the market and the time stay as they are."""
        self.container.close()
        self.container = self._compose(urls)
        self.env = self.container.api_environment()
        self.urls = urls

    def _settle_in(self, username: str, account_id: str, token: str) -> None:
        values: settings.SettingsFacts = {
            "account_balance": Decimal(100_000),
            "max_positions": 50,
            "daily_loss_limit": Decimal(20_000),
            "heat_limit_pct": Decimal(50),
        }
        with self.env.database.transaction(username) as connection:
            settings.ensure(connection, username, f"sub-{username}")
            settings.write(connection, username, values)
        self.connect(BrokerMode.TRADIER_SANDBOX, account_id, token, username=username)

    def connect(
        self, mode: BrokerMode, account_id: str | None, token: str, *, username: str = "alice"
    ) -> None:
        """Store a broker's token and account, as if they had been tried."""
        sealed = self.env.sealer.seal(token, owner=username, field=connections.sealed_as(mode))
        self.store_connection(mode, username, account_id=account_id, sealed=sealed, last4=token[-4:])

    def store_connection(self, mode: BrokerMode, username: str = "alice", **kept: Any) -> None:  # Any: fields
        """Store a connection as it is given."""
        with self.env.database.transaction(username) as connection:
            connections.write(connection, username, mode, connections.StoredConnection(**kept))

    def set(self, username: str = "alice", **values: object) -> None:
        """Change settings' facts; a test may say a plain number or word."""
        with self.env.database.transaction(username) as connection:
            settings.write(connection, username, cast(settings.SettingsFacts, values))

    def close(self) -> None:
        """Let go of the database."""
        self.container.close()

    # What a person does.

    def contract(
        self, ticker: str = "AAPL", option_type: OptionType = OptionType.CALL, *, expiry_index: int = 2
    ) -> OptionContract:
        """Return the contract nearest the money of a listed expiry."""
        source = self.env.market_data.for_user("alice")
        expiry = source.expirations(ticker)[expiry_index]
        chain = source.chain(ticker, [expiry])
        assert chain.underlying_price is not None
        spot = chain.underlying_price
        contracts = [OptionContract.parse_occ(symbol) for symbol in chain.quotes]
        return min(
            (one for one in contracts if one.option_type is option_type),
            key=lambda one: abs(one.strike - spot),
        )

    def command(self, contract: OptionContract | None = None, **changes: Any) -> PlaceTrade:  # Any: fields
        """Return a market order over one contract, with changes."""
        chosen = contract or self.contract()
        values: dict[str, Any] = {  # Any: fields of mixed types
            "ticker": chosen.underlying,
            "order_type": OrderType.MARKET,
        }
        leg: dict[str, Any] = {
            "option_type": chosen.option_type,
            "strike": chosen.strike,
            "expiry": chosen.expiry,
            "root": chosen.root,
        }  # Any: as above
        leg |= {name: changes.pop(name) for name in tuple(leg) if name in changes}
        return PlaceTrade(**({**values, "legs": (WantedLeg(**leg),)} | changes))

    def quote(self, contract: OptionContract) -> tuple[Decimal, Decimal]:
        """Return bid and ask of a contract now."""
        chain = self.env.market_data.for_user("alice").option_quotes(contract.underlying, [contract.to_occ()])
        quote = chain.quotes[contract.to_occ()]
        assert quote.bid is not None
        assert quote.ask is not None
        return quote.bid, quote.ask

    def place(
        self, command: PlaceTrade | None = None, *, username: str = "alice", key: str | None = None
    ) -> dict[str, Any]:  # Any: JSON
        """Place a trade and return it."""
        return place_trade.place(self.env, username, command or self.command(), key).trade

    def place_bracketed(self, *, qty: int = 2, username: str = "alice") -> dict[str, Any]:  # Any: JSON
        """Place a trade with a stop well under and a target well over the market."""
        contract = self.contract()
        bid, ask = self.quote(contract)
        stop = floor_to_tick(contract.underlying, bid / 4)
        target = ceil_to_tick(contract.underlying, ask * 4)  # a quiet day stays between
        command = self.command(contract, qty=qty, sl_price=stop, tp_price=target)
        return self.place(command, username=username)

    def close_trade(
        self, trade: Mapping[str, Any], *, username: str = "alice", **asked: Decimal | int | None
    ) -> Outcome:
        """Ask for a close with the version that the trade shows; `qty` and `limit_price` as in the API."""
        command = CloseTrade(**{name: Decimal(one) for name, one in asked.items() if one is not None})
        asks = (self.env, username, UUID(trade["id"]), trade["version"])
        return _outcome(close_trade.close(*asks, command=command))

    def cancel(self, trade: Mapping[str, Any]) -> Outcome:  # Any: JSON
        """Cancel with the version that the trade shows."""
        return _outcome(cancel_trade.cancel(self.env, "alice", UUID(trade["id"]), trade["version"]))

    def adjust(self, trade: Mapping[str, Any], **new: Any) -> Outcome:  # Any: JSON
        """Adjust with the version that the trade shows; `new_sl`, `new_tp`, `targets` as in the API."""
        change = _change(new)
        return _outcome(adjust_trade.adjust(self.env, "alice", UUID(trade["id"]), trade["version"], change))

    def answer(self, alert_id: UUID, *, accept: bool, price: Decimal | None = None) -> None:
        """Answer an alert's question."""
        answer_alerts.acknowledge(self.env, "alice", alert_id, accept=accept, price=price)

    def trade(self, trade: Mapping[str, Any], *, username: str = "alice") -> dict[str, Any]:  # Any: JSON
        """Read the trade anew."""
        return trade_view.detail(self.env, username, UUID(trade["id"]))

    def order(self, trade: Mapping[str, Any], role: str) -> dict[str, Any]:  # Any: JSON
        """Return the newest order of a role."""
        found: list[dict[str, Any]] = [o for o in self.trade(trade)["orders"] if o["role"] == role]
        return found[-1]

    # What the clocks do.

    def run(self, job: str, **payload: JsonValue) -> dict[str, JsonValue]:
        """Run a job for the present instant."""
        return run_job(self.container, job, due_at=self.clock.now(), payload=payload, forced=True)

    def sync(self, *, after: float = 60) -> dict[str, JsonValue]:
        """Let time pass, then sync."""
        self.advance(after)
        return self.run("sync")

    def advance(self, seconds: float) -> None:
        """Move the clock and let the vendors catch up."""
        self.go_to(self.clock.now() + timedelta(seconds=seconds))

    def go_to(self, instant: datetime) -> None:
        """Move the clock to an instant and let the vendors catch up."""
        self.clock.move(instant)
        self.world.catch_up()

    def jump(self, ticker: str, factor: float) -> None:
        """Move an underlying's price by a factor at once."""
        (quote,) = self.env.market_data.for_user("alice").underlying_quotes([ticker])
        assert quote.last is not None
        self.world.simulated.jump(ticker, float(quote.last) * factor)

    def query(self, sql: str, **values: object) -> list[Any]:  # Any: rows
        """Ask the database as the jobs' role."""
        with self.container.jobs_environment().database.transaction(None) as connection:
            return list(connection.execute(text(sql), values))


def eastern(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a New York wall-clock time as an instant."""
    local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=NEW_YORK)
    return local.astimezone(UTC)
