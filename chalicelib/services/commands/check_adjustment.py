"""What may be asked of stop and targets (A-04, W-03): ticks, sides, distances, shares in whole contracts."""

from decimal import Decimal

from chalicelib.domain.instruments.sides import LegSide
from chalicelib.domain.trading.commands import AdjustTrade, WantedTarget
from chalicelib.domain.trading.protection import Protection
from chalicelib.domain.trading.trades import Trade
from chalicelib.services.commands.check_prices import bracket_errors, level_errors, price_errors
from chalicelib.services.commands.check_targets import share_errors
from chalicelib.services.errors import FieldError, Invalid


def check_adjustment(trade: Trade, change: AdjustTrade, after: Protection, market: Decimal | None) -> None:
    """Raise Invalid for a stop or targets that cannot be; `market` is what leaving brings now, if known."""
    errors: list[FieldError] = []
    if trade.holds_shares:
        message = "Shares from an exercise are closed, not bracketed."
        raise Invalid([FieldError(field=_named(change), message=message)])
    if trade.is_structure and not trade.is_whole:
        message = "Its legs went their own way: what is left is closed, not watched."
        raise Invalid([FieldError(field=_named(change), message=message)])
    if change.targets is not None:
        _raise(_share_errors(trade, change, change.targets))
    if after.sl_price is None and trade.account.holds_coins and trade.side is LegSide.SHORT:
        message = "A coin that is sold short keeps a stop: its loss has no limit."
        raise Invalid([FieldError(field="new_sl", message=message)])
    new_prices = [("new_sl", after.sl_price)] if change.changes_stop else []
    new_prices += _new_targets(change)
    for field, price in new_prices:
        if price is not None:
            errors += price_errors(trade.ticker, field, price, trade.instrument, _step(trade))
    errors += _bracket_errors(trade, change, after)
    stop = after.sl_price if change.changes_stop else None
    errors += _market_errors(trade, Protection(sl_price=stop, tp_price=None), "new_sl", market)
    for field, price in _new_targets(change):
        errors += _market_errors(trade, Protection(sl_price=None, tp_price=price), field, market)
    _raise(errors)


def _step(trade: Trade) -> Decimal | None:
    return None if trade.is_structure else trade.leg.price_step


def _raise(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid(errors)


def _named(change: AdjustTrade) -> str:
    if change.changes_stop:
        return "new_sl"
    return "new_tp" if change.changes_target else "targets"


def _share_errors(trade: Trade, change: AdjustTrade, targets: tuple[WantedTarget, ...]) -> list[FieldError]:
    if change.changes_target:
        return [FieldError(field="targets", message="Give either targets or new_tp.")]
    if trade.is_structure:
        message = "Several legs have one target: no broker holds a part of them."
        return [FieldError(field="targets", message=message)]
    return share_errors(targets, trade.open_qty or trade.qty, trade.leg.lot)


def _new_targets(change: AdjustTrade) -> list[tuple[str, Decimal | None]]:
    """Return the new targets' prices, each with the field that it was asked for in."""
    if change.targets is not None:
        return [(f"targets.{place}.price", target.price) for place, target in enumerate(change.targets)]
    return [("new_tp", change.new_tp)] if change.changes_target else []


def _bracket_errors(trade: Trade, change: AdjustTrade, after: Protection) -> list[FieldError]:
    """Check the stop against each target; a fault of both is told of once."""
    pairs = _new_targets(change) or [("new_sl", goal.price) for goal in after.goals]
    errors: list[FieldError] = []
    for field, price in pairs:
        stop_field = "new_sl" if change.changes_stop else field
        both = Protection(sl_price=after.sl_price, tp_price=price)
        errors += bracket_errors(both, stop_field, field, trade.side, trade.instrument)
    return list(dict.fromkeys(errors))


def _market_errors(trade: Trade, wanted: Protection, field: str, market: Decimal | None) -> list[FieldError]:
    return level_errors(wanted, "market", (field, market), (field, market), trade.side)
