"""The stage of decisions with an account at Binance, at its testnet and live: prices are the same there."""

from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from chalicelib.brokers.offers import offer_of
from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import CloseReason, Originator, TradeStatus
from chalicelib.services.ai import live_trader
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.schema import paper_trades
from chalicelib.store.users import connections, second_factor
from infra.local.database.postgres import DatabaseUrls
from infra.local.emulators.binance.trading.desk import TradingDesk
from infra.local.emulators.binance.trading.orders import CoinBook, Side
from tests.services.ai.deciding.decision_stage import DecisionStage
from tests.services.coins.exchange import BTC, ETH

D = Decimal
TESTNET, LIVE = BrokerMode.BINANCE_TESTNET, BrokerMode.BINANCE_LIVE
ACCOUNT, KEY, SECRET = "354937868", "k" * 64, "s" * 64
LIVE_ACCOUNT, LIVE_KEY, LIVE_SECRET = "22330044", "l" * 64, "t" * 64


class BinanceStage(DecisionStage):
    """Alice's account at the testnet has 10,000 USDT; prices stand there as where they are read."""

    def __init__(self, urls: DatabaseUrls) -> None:
        super().__init__(urls)
        self.desk.add_account(ACCOUNT, key=KEY, secret=SECRET, balances={"USDT": D(10_000)})
        self.connect(TESTNET, ACCOUNT, offer_of(TESTNET).joined({"api_key": KEY, "api_secret": SECRET}))
        for symbol in (BTC, ETH):
            self.trades_at(symbol, self.exchange.price(symbol, self.clock.now()))

    @property
    def desk(self) -> TradingDesk:
        """Return the exchange's trading side."""
        return self.world.binance_testnet.desk

    @property
    def book(self) -> CoinBook:
        """Return Alice's account there."""
        return self.desk.book(ACCOUNT)

    def trades_at(self, symbol: str, price: Decimal | int) -> None:
        """Let a coin trade at this price from now on, where it is read and at the testnet."""
        self.exchange.move(symbol, price if isinstance(price, int) else str(price))
        self.world.simulated.crypto.bend(symbol, [(0.0, float(price))], self.clock.now())

    def bot_there(self, **trading: Any) -> TraderRow:  # Any: the block's fields
        """Make a trader whose exchange is Binance."""
        return self.bot(**{"exchange": "BINANCE", **trading})

    def bought(self) -> list[Decimal]:
        """Return what was bought at the testnet, order by order."""
        return _bought(self.book)

    def working(self) -> list[str]:
        """Return the kinds of what rests at the testnet."""
        return _working(self.book)

    # With real money.

    @property
    def live_book(self) -> CoinBook:
        """Return Alice's live account."""
        return self.world.binance.desk.book(LIVE_ACCOUNT)

    def connect_live(self, *, switched_on: bool = True) -> None:
        """Store a live account of 10,000 USDT, its switch as its owner's code would leave it."""
        balances = {"USDT": D(10_000)}
        desk = self.world.binance.desk
        desk.add_account(LIVE_ACCOUNT, key=LIVE_KEY, secret=LIVE_SECRET, balances=balances)
        joined = offer_of(LIVE).joined({"api_key": LIVE_KEY, "api_secret": LIVE_SECRET})
        self.connect(LIVE, LIVE_ACCOUNT, joined)
        with self.env.database.transaction("alice") as connection:
            connections.write_live(connection, "alice", LIVE, enabled=switched_on)
            second_factor.confirm(connection, "alice", "sealed elsewhere")

    def practised(self, trader: TraderRow, times: int = 50, mode: BrokerMode = BrokerMode.PAPER) -> None:
        """Let a trader have so many trades behind it, ended without gain or loss."""
        now = self.clock.now()
        past = {
            "username": "alice",
            "originator": Originator.AI,
            "originator_id": str(trader.id),
            "status": TradeStatus.CLOSED,
            "close_reason": CloseReason.TP_HIT,
            "ticker": BTC,
            "qty": 1,
            "filled_qty": 1,
            "open_qty": 0,
            "order_type": OrderType.MARKET,
            "entry_price": 1,
            "entry_date": now,
            "close_date": now,
            "realized_pnl": 0,
            "broker_mode": mode,
            "account_id": "past",
        }
        rows = [{**past, "id": self.env.randomness.uuid7(now)} for _ in range(times)]
        with self.container.jobs_environment().database.transaction(None) as connection:
            connection.execute(insert(paper_trades), rows)

    def bot_live(self, **trading: Any) -> TraderRow:  # Any: the block's fields
        """Make a trader that was switched live as its owner would: 90 USDT an entry."""
        bot = self.bot_there(**{"position_size_usd": 90, **trading})
        self.practised(bot)
        return live_trader.switch_live_on(
            self.env, "alice", bot.id, account_id=LIVE_ACCOUNT, accepts_disclaimer=True
        )

    def bought_live(self) -> list[Decimal]:
        """Return what was bought with real money, order by order."""
        return _bought(self.live_book)

    def working_live(self) -> list[str]:
        """Return the kinds of what rests in the live account."""
        return _working(self.live_book)


def _bought(book: CoinBook) -> list[Decimal]:
    return [one.executed for one in book.orders.values() if one.side is Side.BUY]


def _working(book: CoinBook) -> list[str]:
    return sorted(one.kind.value for one in book.orders.values() if one.is_open)
