"""One ENTRY and one EXIT snapshot besides the cycle's, when a trade opens and ends (A-02).

They never hold up trading: a vendor that cannot be read leaves a snapshot that says so.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from chalicelib.brokers.capabilities import CAPABILITIES
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.market_seen import UNREADABLE, MarketSeen
from chalicelib.domain.trading.trades import Trade, TradeStatus
from chalicelib.marketdata.interface import Purpose
from chalicelib.services.accounts.keeper import AccountKeeper
from chalicelib.services.lifecycle.book_news import Booked
from chalicelib.services.market.judge_snapshot import own_prices, snapshot_of
from chalicelib.services.market.trade_quote import ShownQuote, market_in, shown_quote
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
        shown = shown_quote(self._env, trade, Purpose.MARKS)
        snapshots = self._snapshots(trade, shown, kind)

        def write(connection: Connection) -> None:
            in_one_turn(connection)
            if kind is not SnapshotKind.ENTRY:
                write_snapshots(connection, snapshots)
                return
            write_snapshot_and_mark(connection, snapshots)
            own = snapshots[-1]
            if not own.stale:
                keep_entry_greeks(connection, trade.id, delta=own.delta, iv=own.iv)

        self._env.database.run(write, username=trade.username, isolation=Isolation.READ_COMMITTED)
        return market_in(shown, trade, self._env.clock.now())

    def _snapshots(self, trade: Trade, shown: ShownQuote, kind: SnapshotKind) -> list[Snapshot]:
        """Return a snapshot of each leg, and last the trade's own."""
        now = self._env.clock.now()
        on_paper = not CAPABILITIES[trade.broker_mode].is_outside
        legs = [
            OpenLeg(
                username=trade.username,
                trade_id=str(trade.id),
                ticker=trade.ticker,
                leg_no=leg.leg_no,
                symbol=leg.symbol,
                expiry=leg.expiry,
                on_paper=on_paper,
                instrument=leg.instrument,
                side=leg.side,
                ratio=leg.ratio,
                multiplier=leg.multiplier,
            )
            for leg in trade.held_legs or _legs_at_the_end(trade)
        ]
        of_legs = [
            snapshot_of(
                leg,
                shown.quotes.get(leg.symbol),
                kind=kind,
                timestamp=now,
                now=now,
                underlying=shown.underlying_price,
                missing_reason=shown.reason,
            )
            for leg in legs
        ]
        return [*of_legs, *own_prices(legs, legs, of_legs, shown.quotes)]


def _legs_at_the_end(trade: Trade) -> Sequence[Leg]:
    """Return the legs of what holds nothing any more that did not go before it."""
    return [leg for leg in trade.legs if leg.apart_qty != 0] or trade.legs
