"""The rows of a trade that was asked for: PENDING, with its legs, under the key of the call that asked."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.trading.commands import PlaceTrade
from chalicelib.domain.trading.legs import Leg
from chalicelib.domain.trading.trades import CloseReason, Originator, TriggerPrecision
from chalicelib.domain.trading.walk import EntryWalk
from chalicelib.store.ahead import later
from chalicelib.store.schema import paper_trades, trade_legs
from chalicelib.store.trades.targets import insert_targets


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTrade:
    """An entry as it was asked for and what was decided of it; `asked_price` in dollars per share.

    `target_ids` are for the rows of its targets, `order_book` is what was seen of the contract when it was
    ordered. `stops_max` is how many stops may rest for it, None: as many as it wants.
    """

    trade_id: UUID
    username: str
    originator: Originator
    originator_id: str | None
    command: PlaceTrade
    legs: tuple[Leg, ...]
    target_ids: tuple[UUID, ...]
    structure: str
    risk_floor: Decimal
    asked_price: Decimal | None
    broker_mode: BrokerMode
    account_id: str | None
    trigger_precision: TriggerPrecision
    order_book: JsonValue
    idempotency_key: str | None
    shadow_of: UUID | None = None
    stops_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBefore:
    """What a call with the same key placed; `close_reason` is None while it goes on."""

    trade_id: UUID
    close_reason: CloseReason | None


def insert_new_trade(connection: Connection, new: NewTrade) -> None:
    """Insert the trade and its legs."""
    later(connection, insert(paper_trades), _trade_columns(new))
    for leg in new.legs:
        later(connection, insert(trade_legs), _leg_columns(new, leg))
    insert_targets(connection, new.username, new.trade_id, new.command.protection.targets, new.target_ids)


def find_placed(connection: Connection, username: str, idempotency_key: str) -> PlacedBefore | None:
    """Find what a call with this key placed."""
    c = paper_trades.c
    found = connection.execute(
        select(c.id, c.close_reason).where(c.username == username, c.idempotency_key == idempotency_key)
    ).one_or_none()
    if found is None:
        return None
    reason = None if found.close_reason is None else CloseReason(found.close_reason)
    return PlacedBefore(trade_id=found.id, close_reason=reason)


def give_key_back(connection: Connection, trade_id: UUID) -> None:
    """Let another call have the key under which a trade was asked for."""
    connection.execute(update(paper_trades).where(paper_trades.c.id == trade_id).values(idempotency_key=None))


def _trade_columns(new: NewTrade) -> dict[str, object]:
    command, scanner = new.command, new.command.scanner
    return {
        "id": new.trade_id,
        "username": new.username,
        "originator": new.originator,
        "originator_id": new.originator_id,
        "shadow_of": new.shadow_of,
        "ticker": command.ticker,
        **_of_only_leg(new.legs),
        "structure": new.structure,
        "risk_floor": new.risk_floor,
        "qty": command.qty,
        "order_type": command.order_type,
        "limit_price": command.limit_price,
        "asked_price": new.asked_price,
        "sl_price": command.sl_price,
        "initial_sl": command.sl_price,
        "planned_exit": command.protection.planned_exit,
        "tp_price": command.protection.tp_price,
        "stops_max": new.stops_max,
        "strategy": command.strategy,
        "broker_mode": new.broker_mode,
        "account_id": new.account_id,
        "trigger_precision": new.trigger_precision,
        "card_score": scanner.card_score,
        "ai_score": scanner.ai_score,
        "ai_verdict": scanner.ai_verdict,
        "gate_verdict": scanner.gate_verdict,
        "technical_score": scanner.technical_score,
        "sentiment_score": scanner.sentiment_score,
        "signals_given": scanner.signals_given,
        "ai_reasoning_log": scanner.ai_reasoning_log,
        "trade_context": command.trade_context,
        "order_book_state": new.order_book,
        "idempotency_key": new.idempotency_key,
        **_walk_columns(command.walk),
    }


def _walk_columns(walk: EntryWalk | None) -> dict[str, object]:
    if walk is None:
        return {}
    return {
        "walk_worst": walk.worst,
        "walk_step": walk.step,
        "walk_step_seconds": walk.seconds_per_step,
        "walk_seconds": walk.seconds_in_all,
    }


def _of_only_leg(legs: tuple[Leg, ...]) -> dict[str, object]:
    """Return what names a trade of one leg in lists; one of several is named by its legs."""
    if len(legs) > 1:
        return {}
    (leg,) = legs
    return {"option_type": leg.option_type, "strike": leg.strike, "expiry": leg.expiry}


def _leg_columns(new: NewTrade, leg: Leg) -> dict[str, object]:
    return {
        "id": leg.id,
        "username": new.username,
        "trade_id": new.trade_id,
        "leg_no": leg.leg_no,
        "instrument": leg.instrument,
        "symbol": leg.symbol,
        "multiplier": leg.multiplier,
        "side": leg.side,
        "ratio": leg.ratio,
        "quantity": leg.quantity,
        "option_type": leg.option_type,
        "strike": leg.strike,
        "expiry": leg.expiry,
        "price_step": leg.price_step,
        "quantity_step": leg.quantity_step,
    }
