"""A trade's rows as values: which columns a `Trade` is made of, and how each is read."""

from typing import Final

from sqlalchemy import RowMapping

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.instruments.symbols import OptionType
from chalicelib.domain.trading.legs import Leg, LegOrigin
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.protection import Target
from chalicelib.domain.trading.trades import CloseReason, Originator, Trade, TradeStatus
from chalicelib.domain.trading.walk import EntryWalk
from chalicelib.store.schema import paper_trades

#: Taken over as they are stored.
_AS_STORED: Final = (
    "id",
    "username",
    "version",
    "ticker",
    "qty",
    "filled_qty",
    "open_qty",
    "excess_qty",
    "missing_qty",
    "limit_price",
    "entry_price",
    "entry_date",
    "sl_price",
    "tp_price",
    "trailing_pct",
    "ai_paused",
    "best_price",
    "drawdown_from_peak",
    "override_count",
    "account_id",
    "created_at",
    "last_updated",
    "close_requested_at",
    "cancel_requested_at",
    "asked_price",
    "protection_failures",
    "protection_tried_at",
    "unprotected_since",
    "stops_max",
    "originator_id",
    "shadow_of",
    "strategy",
    "current_price",
    "max_gain",
    "max_drawdown",
    "mark_at",
    "closing_limit_price",
    "closing_qty",
    "closing_buffer_pct",
    "closing_hurried_at",
    "walk_ended_at",
    "risk_floor",
    "risk_basis",
)
#: Read as a word of ours, or together.
_READ: Final = (
    "status",
    "originator",
    "order_type",
    "broker_mode",
    "closing_reason",
    "close_reason",
)
_WALK: Final = (
    "walk_worst",
    "walk_step",
    "walk_step_seconds",
    "walk_seconds",
)
#: What a `Trade` is made of: the time capsule's documents are large, and each read would decode them.
TRADE_COLUMNS: Final = tuple(paper_trades.c[name] for name in (*_AS_STORED, *_READ, *_WALK))

#: The columns that a `Trade` shows of its own row.
IN_A_TRADE: Final = frozenset(column.name for column in TRADE_COLUMNS)


def trade_from_row(row: RowMapping, legs: tuple[Leg, ...], targets: tuple[Target, ...] = ()) -> Trade:
    """Read a row of paper_trades as a value."""
    return Trade(
        **{name: row[name] for name in _AS_STORED},
        legs=legs,
        status=TradeStatus(row["status"]),
        originator=Originator(row["originator"]),
        order_type=OrderType(row["order_type"]),
        broker_mode=BrokerMode(row["broker_mode"]),
        closing_reason=None if row["closing_reason"] is None else CloseReason(row["closing_reason"]),
        close_reason=None if row["close_reason"] is None else CloseReason(row["close_reason"]),
        walk=_walk_from(row),
        targets=targets,
    )


def _walk_from(row: RowMapping) -> EntryWalk | None:
    if row["walk_worst"] is None:
        return None
    return EntryWalk(
        worst=row["walk_worst"],
        step=row["walk_step"],
        seconds_per_step=row["walk_step_seconds"],
        seconds_in_all=row["walk_seconds"],
    )


def leg_from_row(row: RowMapping) -> Leg:
    """Read a row of trade_legs as a value."""
    return Leg(
        id=row["id"],
        leg_no=row["leg_no"],
        instrument=Instrument(row["instrument"]),
        symbol=row["symbol"],
        multiplier=row["multiplier"],
        side=LegSide(row["side"]),
        ratio=row["ratio"],
        quantity=row["quantity"],
        option_type=None if row["option_type"] is None else OptionType(row["option_type"]),
        strike=row["strike"],
        expiry=row["expiry"],
        entry_price=row["entry_price"],
        close_price=row["close_price"],
        apart_qty=row["apart_qty"],
        missing_qty=row["missing_qty"],
        origin=None if row["origin"] is None else LegOrigin(row["origin"]),
        price_step=row["price_step"],
        quantity_step=row["quantity_step"],
    )
