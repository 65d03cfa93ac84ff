"""One ENTRY and one EXIT snapshot besides the cycle's, when a trade opens and ends (A-02).

They never hold up trading: a vendor that cannot be read leaves a snapshot that says so.
"""

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.trades import Trade, TradeStatus
from chalicelib.marketdata.interface import MarketDataError
from chalicelib.marketdata.leg_quotes import leg_quotes
from chalicelib.services.judge_snapshot import snapshot_of
from chalicelib.services.ledger import Booked
from chalicelib.services.send_order import Desk
from chalicelib.store.database import Isolation
from chalicelib.store.open_legs import OpenLeg
from chalicelib.store.snapshots import (
    Snapshot,
    SnapshotKind,
    keep_entry_greeks,
    write_snapshots,
    write_snapshots_and_marks,
)


class EdgeSnapshots:
    """Takes the snapshots at a trade's two ends."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._env = desk.env

    def after(self, booked: Booked) -> None:
        """Take what the news calls for."""
        if booked.opened:
            self._take(booked.trade, SnapshotKind.ENTRY)
        if booked.ended and booked.trade.status is not TradeStatus.CANCELED:
            self._take(booked.trade, SnapshotKind.EXIT)

    def _take(self, trade: Trade, kind: SnapshotKind) -> None:
        snapshot = self._snapshot(trade, kind)

        def write(connection: Connection) -> None:
            if kind is not SnapshotKind.ENTRY:
                write_snapshots(connection, [snapshot])
                return
            write_snapshots_and_marks(connection, [snapshot], snapshot.timestamp)
            if not snapshot.stale:
                keep_entry_greeks(connection, trade.id, delta=snapshot.delta, iv=snapshot.iv)

        self._env.database.run(write, username=trade.username, isolation=Isolation.READ_COMMITTED)

    def _snapshot(self, trade: Trade, kind: SnapshotKind) -> Snapshot:
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
        return snapshot_of(
            held, quote, kind=kind, timestamp=now, now=now, underlying=underlying, missing_reason=reason
        )
