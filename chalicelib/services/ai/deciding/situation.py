"""From a matter and what was seen to what a model is told (C-02)."""

from datetime import datetime
from decimal import Decimal

from chalicelib.domain.ai.context.results import results_line
from chalicelib.domain.ai.context.situation import HeldWords, LimitWords, Situation
from chalicelib.domain.ai.sizing import BALANCE_SHARE, PORTFOLIO_SHARE
from chalicelib.domain.ai.validation.account_rules import POSITIONS_OF_ACCOUNT_MAX
from chalicelib.domain.ai.validation.facts import Account, Moment
from chalicelib.domain.instants import rfc3339
from chalicelib.domain.json_value import plain_json
from chalicelib.domain.money import percent, to_cents
from chalicelib.services.ai.deciding.matter import HeldStory, Matter
from chalicelib.services.ai.deciding.seen import Seen
from chalicelib.services.ai.deciding.standing import Standing


def situation_of(matter: Matter, seen: Seen, account: Account, standing: Standing) -> Situation:
    """Return what is told of a matter."""
    held = None
    if matter.position is not None:
        opened = standing.trade_in(matter.trader.id, matter.symbol)
        pnl = None if opened is None else opened.pnl(seen.moment.fresh_price)
        held = _held(matter.position, pnl, seen.moment.now)
    return Situation(
        symbol=matter.symbol,
        now=seen.moment.now,
        price=seen.moment.fresh_price,
        setup_score=matter.setup_score,
        frames=seen.frames,
        held=held,
        limits=_limits(matter, account, seen.moment),
        results=results_line(matter.results_pct),
        watched_since=None if matter.watched_since is None else rfc3339(matter.watched_since),
        outside=matter.outside,
    )


def _limits(matter: Matter, account: Account, moment: Moment) -> LimitWords:
    trading = matter.trader.trading
    slots = min(
        trading.max_positions - account.open_of_trader, POSITIONS_OF_ACCOUNT_MAX - account.open_of_account
    )
    largest = None
    if account.free_balance is not None and account.portfolio is not None:
        largest = min(account.free_balance * BALANCE_SHARE, account.portfolio * PORTFOLIO_SHARE)
    return LimitWords(
        free_slots=max(slots, 0),
        largest_usd=None if largest is None else to_cents(largest),
        max_risk_pct=trading.max_risk_pct,
        min_confidence=trading.min_confidence,
        fee_pct_a_side=moment.fee_rate * 100,
        shorts_allowed=trading.may_sell_short,
        may_move_stop=trading.dynamic_sl,
        may_move_targets=trading.dynamic_tp,
    )


def _held(story: HeldStory, pnl: Decimal | None, now: datetime) -> HeldWords:
    trade, position = story.held.trade, story.held.position
    since = trade.entry_date or trade.created_at
    cost = position.entry_price * position.quantity
    return HeldWords(
        side=position.side.value,
        quantity=position.quantity,
        entry_price=position.entry_price,
        pnl_usd=None if pnl is None else to_cents(pnl),
        pnl_pct=None if pnl is None else percent(pnl, cost),
        minutes_held=max(int((now - since).total_seconds() // 60), 0),
        stop=position.stop,
        targets=[
            {"target_id": name, "price": plain_json(one.price), "share": plain_json(one.share)}
            for name, one in position.targets.items()
        ],
        entry_reason=None if story.entered_by is None else story.entered_by.reasoning,
        last_changes=[
            {
                "at": rfc3339(one.at),
                "by": one.triggered_by,
                "kind": one.kind,
                "reason": one.reason,
                "state": one.state,
            }
            for one in story.changes
        ],
        best_pnl_usd=trade.max_gain,
        worst_pnl_usd=trade.max_drawdown,
    )
