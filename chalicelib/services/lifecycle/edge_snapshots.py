"""One ENTRY and one EXIT snapshot besides the cycle's, when a trade opens and ends (A-02).

They never hold up trading: a vendor that cannot be read leaves a snapshot that says so.
"""

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.market.quotes import OptionQuote
from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen, seen_in
from chalicelib.domain.trading.trades import Trade, TradeStatus
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked
from chalicelib.services.market.judge_snapshot import snapshot_of
from chalicelib.store.ahead import in_one_turn
from chalicelib.store.database import Isolation
from chalicelib.store.market.open_legs import OpenLeg
from chalicelib.store.market.snapshots import (
    Snapshot,
    SnapshotKind,
    keep_entry_greeks,
    write_snapshot_and_mark,
    write_snapshots,
)


class EdgeSnapshots:
    """Takes the snapshots at a trade's two ends."""

    def __init__(self, keeper: AccountKeeper) -> None:
        self._keeper = keeper
        self._env = keeper.env

    def after(self, booked: Booked) -> MarketSeen:
        """Take what the news calls for; returns what was seen of the market, UNREADABLE when nothing."""
        seen = UNREADABLE
        if booked.opened:
            seen = self._take(booked.trade, SnapshotKind.ENTRY)
        if booked.ended and booked.trade.status is not TradeStatus.CANCELED:
            seen = self._take(booked.trade, SnapshotKind.EXIT)
        return seen

    def _take(self, trade: Trade, kind: SnapshotKind) -> MarketSeen:
        quote, snapshot = self._snapshot(trade, kind)

        def write(connection: Connection) -> None:
            in_one_turn(connection)
            if kind is not SnapshotKind.ENTRY:
                write_snapshots(connection, [snapshot])
                return
            write_snapshot_and_mark(connection, snapshot)
            if not snapshot.stale:
                keep_entry_greeks(connection, trade.id, delta=snapshot.delta, iv=snapshot.iv)

        self._env.database.run(write, username=trade.username, isolation=Isolation.READ_COMMITTED)
        return seen_in(quote, trade.leg.symbol, self._env.clock.now())

    def _snapshot(self, trade: Trade, kind: SnapshotKind) -> tuple[OptionQuote | None, Snapshot]:
        now = self._env.clock.now()
        leg = trade.leg
        quote = underlying = reason = None
        try:
            source = self._env.market_data.for_user(trade.username)
            chain = leg_quotes(source, trade.ticker, [leg.symbol])
            quote, underlying = chain.quotes.get(leg.symbol), chain.underlying_price
        except MarketDataError as error:
            reason = error.reason
        held = OpenLeg(
            username=trade.username,
            trade_id=str(trade.id),
            ticker=trade.ticker,
            leg_no=leg.leg_no,
            symbol=leg.symbol,
            expiry=leg.expiry,
            on_paper=not CAPABILITIES[trade.broker_mode].is_outside,
        )
        return quote, snapshot_of(
            held, quote, kind=kind, timestamp=now, now=now, underlying=underlying, missing_reason=reason
        )
