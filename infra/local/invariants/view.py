"""A stack as it stands at one instant: the product's rows beside what the outside world knows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from infra.local.invariants.desk_rows import DeskRows
from infra.local.invariants.paper_rows import PaperFillRow
from infra.local.invariants.rows import (
    AlertRow,
    ChangeRow,
    FillRow,
    JobRunRow,
    LegRow,
    OrderRow,
    OwnCoinsRow,
    SettingsRow,
    SnapshotRow,
    TradeRow,
    TransitionRow,
)
from infra.local.invariants.trader_rows import TraderRows
from infra.local.invariants.truth import TruthAccount, TruthOrder

PRICES_SAMPLED_EVERY: Final = 29
"""Every so many snapshots one is compared with the market itself; a prime, so that all tickers come up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCall:
    """One call that reached a vendor, and whose token it carried."""

    at: datetime
    host: str
    owner: str
    endpoint: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What the market itself showed of a contract: best bid and ask (0 for none) and their sizes."""

    bid: Decimal
    ask: Decimal
    bid_size: int
    ask_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinMinute:
    """What the market itself did in a minute of a coin."""

    opening: Decimal
    high: Decimal
    low: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything the checks read; `snapshots` is empty unless they were asked for.

    `accounts` are the brokers' own books by (mode, account), without what another deployment placed there:
    those are `foreign_orders`. `since` is when the watched run began;
    `lateness_max` how long after its instant a snapshot may have read its quote; `quote_delay` the delay that
    the source of quotes is known for.
    """

    now: datetime
    since: datetime
    trades: Mapping[UUID, TradeRow]
    orders: Mapping[UUID, Sequence[OrderRow]]
    fills: Mapping[UUID, Sequence[FillRow]]
    transitions: Mapping[UUID, Sequence[TransitionRow]]
    changes: Mapping[UUID, Sequence[ChangeRow]]
    alerts: Sequence[AlertRow]
    job_runs: Sequence[JobRunRow]
    paper_fills: Sequence[PaperFillRow]
    settings: Sequence[SettingsRow]
    accounts: Mapping[tuple[str, str], TruthAccount]
    calls: Sequence[VendorCall]
    snapshots: Mapping[UUID, Sequence[SnapshotRow]]
    official_close: Callable[[str, date], Decimal | None]
    touch_at: Callable[[str, datetime], Touch | None]
    coin_minute: Callable[[str, datetime], CoinMinute]
    coin_price: Callable[[str, datetime], Decimal]
    foreign_orders: Sequence[TruthOrder] = ()
    desk: DeskRows = field(default_factory=DeskRows)
    ai: TraderRows = field(default_factory=TraderRows)
    own_coins: Sequence[OwnCoinsRow] = ()
    lateness_max: timedelta = timedelta(0)
    quote_delay: timedelta = timedelta(0)
    prices_sampled_every: int = PRICES_SAMPLED_EVERY

    def facts_of(self, trade: TradeRow) -> list[FillRow]:
        """Return the fills that a trade's facts are made of: what is booked after its end amends (A-01)."""
        steps = self.transitions.get(trade.id, ())
        over_at = steps[-1].at if steps and steps[-1].to_status in {"CLOSED", "EXPIRED"} else None
        return [
            fill
            for fill in self.fills.get(trade.id, ())
            if not fill.amends and (over_at is None or (fill.booked_at or over_at) <= over_at)
        ]

    def waits_for_a_bid(self, trade: TradeRow) -> bool:
        """Say whether a sale rests because nobody bids, and its owner knows (A-04)."""
        kinds = {one.kind for one in self.alerts if one.trade_id == trade.id and one.resolved_at is None}
        return "nobody_bids" in kinds

    def is_asked_of_reset(self, account: TruthAccount, *, until: datetime | None = None) -> bool:
        """Say whether an account's owner is asked if it was reset: it shows nothing, and trades are open.

        With `until` a question counts that was over no earlier.
        """
        return any(
            one.kind == "broker_reset"
            and account.account_id in one.text
            and (one.resolved_at is None or (until is not None and one.resolved_at >= until))
            for one in self.alerts
        )

    def told_short(self, account: TruthAccount) -> frozenset[str]:
        """Return of which contracts an account's owner was told that more was sold there than was held."""
        named = f"account_short:{account.account_id}:"
        keys = (one.dedupe_key or "" for one in self.alerts if one.resolved_at is None)
        return frozenset(key.removeprefix(named) for key in keys if key.startswith(named))

    def leg_of(self, trade: TradeRow, fill: FillRow) -> LegRow | None:
        """Return a fill's leg by its number; None if there is none, or if its order is of something else."""
        order = next((one for one in self.orders.get(trade.id, ()) if one.id == fill.order_id), None)
        named = None if order is None else {str(leg["symbol"]) for leg in order.legs} or {order.symbol}
        return next(
            (
                leg
                for leg in trade.legs
                if leg.leg_no == fill.leg_no and (named is None or leg.symbol in named)
            ),
            None,
        )

    def replayed(self, trade: TradeRow, fills: Iterable[FillRow]) -> tuple[Decimal, Decimal]:
        """Replay fills over all legs: the cash that came in less what went out, and the fees, in dollars."""
        gross = fees = Decimal(0)
        for fill in fills:
            leg = self.leg_of(trade, fill)
            value = Decimal(0) if leg is None else fill.quantity * fill.price * leg.multiplier
            gross += -value if fill.is_buy else value
            fees += fill.fees
        return gross, fees

    def account_of(self, trade: TradeRow) -> TruthAccount | None:
        """Return the broker's own account that holds a trade."""
        return self.accounts.get((trade.broker_mode, trade.account_id))

    def all_orders(self) -> list[OrderRow]:
        """Return the product's orders of all trades."""
        return [order for orders in self.orders.values() for order in orders]
