"""Alice trades at Binance's testnet: the whole product over the signed emulator, on a Saturday."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.brokers.offers import offer_of
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.commands import PlaceTrade, WantedLeg, WantedTarget
from chalicelib.domain.trading.orders import OrderType
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.binance.trading.desk import TradingDesk
from infra.local.emulators.binance.trading.orders import CoinBook
from tests.services.stage import Stage

SATURDAY = datetime(2026, 2, 21, 12, 0, 30, tzinfo=UTC)
ACCOUNT, KEY, SECRET = "354937868", "k" * 64, "s" * 64
BTC = "BTCUSDT"
TESTNET = BrokerMode.BINANCE_TESTNET


class ExchangeStage(Stage):
    """Alice is connected to the testnet, whose account has dollars and a bitcoin of her own."""

    def __init__(self, urls: DatabaseUrls) -> None:
        super().__init__(urls, start=SATURDAY)
        self.desk.add_account(
            ACCOUNT, key=KEY, secret=SECRET, balances={"USDT": Decimal(50_000), "BTC": Decimal(1)}
        )
        joined = offer_of(TESTNET).joined({"api_key": KEY, "api_secret": SECRET})
        self.connect(TESTNET, ACCOUNT, joined)

    @property
    def desk(self) -> TradingDesk:
        """Return the exchange's trading side."""
        return self.world.binance_testnet.desk

    @property
    def book(self) -> CoinBook:
        """Return Alice's account there."""
        return self.desk.book(ACCOUNT)

    def level(self, share: str) -> Decimal:
        """Return a share of the last price."""
        last = self.desk.floor.till.last(BTC, self.clock.now())
        return (last * Decimal(share)).quantize(Decimal(1))

    def wish(self, qty: str = "0.01", **changes: Any) -> PlaceTrade:  # Any: fields of mixed types
        targets = [
            WantedTarget(price=price, share=Decimal(share)) for price, share in changes.pop("targets", ())
        ]
        return PlaceTrade(
            **{
                "ticker": BTC,
                "legs": (WantedLeg(instrument=Instrument.CRYPTO, side=LegSide.LONG),),
                "names_legs": True,
                "order_type": OrderType.LIMIT if "limit_price" in changes else OrderType.MARKET,
                "qty": Decimal(qty),
                "targets": tuple(targets),
                "broker_mode": TESTNET,
                **changes,
            }
        )

    def tick(self, minutes: int = 1) -> dict[str, JsonValue]:
        """Go to just after the minute's end so many minutes on, and run the tick of that one alone."""
        ends_at = self.clock.now().replace(second=0, microsecond=0) + timedelta(minutes=minutes)
        self.go_to(ends_at + timedelta(seconds=1))
        return self.run("crypto_tick")

    def leap(self, share: str) -> None:
        """Let a coin trade at a share of its price from now on."""
        self.world.simulated.crypto.bend(BTC, [(0.0, float(self.level(share)))], self.clock.now())

    def working(self) -> list[tuple[str, str]]:
        """Return what rests there, by kind and quantity."""
        return sorted((one.kind.value, str(one.quantity)) for one in self.book.orders.values() if one.is_open)
