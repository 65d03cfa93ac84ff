"""The account of a replay: by what of it an answer is judged, at an instant (C-03)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from chalicelib.domain.ai.correlation import is_correlated
from chalicelib.domain.ai.replays.answers import Answer
from chalicelib.domain.ai.replays.riding import Riding
from chalicelib.domain.ai.replays.tape import Tape
from chalicelib.domain.ai.rules.drawdown import Fall, daily_pct, looked, total_pct
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import Trading
from chalicelib.domain.ai.validation.account_rules import CAPPED_LIVE_TRADES
from chalicelib.domain.ai.validation.entries import EntryPlan
from chalicelib.domain.ai.validation.facts import Account, Case, Drawdown, Moment
from chalicelib.domain.money import ZERO
from chalicelib.domain.people import Tier

FEE_RATE: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry at a limit that has not filled."""

    answer: Answer
    plan: EntryPlan
    since: datetime
    until: datetime


class Books:
    """One account: what is held and waits is the replay's own, `realised` what has ended."""

    def __init__(
        self,
        trading: Trading,
        timeframe: Timeframe,
        starting: Decimal,
        held: dict[str, Riding],
        waiting: dict[str, Waiting],
    ) -> None:
        self.trading, self.timeframe, self.starting = trading, timeframe, starting
        self.held, self.waiting = held, waiting
        self.realised = ZERO
        self._fall: Fall | None = None
        self._together: dict[tuple[str, str, datetime], bool] = {}

    def look(self, at: datetime) -> None:
        """Look at the account: a day's first look begins the day's fall, each follows the peak."""
        pnl = self._pnl(at)
        self._fall = looked(self._fall, at.astimezone(UTC).date(), pnl, self.starting + pnl)

    def case(self, answer: Answer, tape: Tape) -> Case:
        """Return what an answer is judged by: its market and the account as they were then."""
        at, last = answer.at, tape.last(answer.at)
        candle_at, atr = tape.frame_at(at)
        moment = Moment(
            now=at,
            price=None if last is None else last.closing,
            price_at=None if last is None else last.ends_at,
            atr=atr,
            candle_at=candle_at,
            candle_due_at=self.timeframe.closed_at(at),
            filters=tape.filters,
            fee_rate=FEE_RATE,
        )
        return Case(
            trading=self.trading,
            moment=moment,
            account=self._account(tape, at),
            confidence=answer.decision.confidence,
        )

    def _account(self, tape: Tape, at: datetime) -> Account:
        pnl = self._pnl(at)
        portfolio = self.starting + pnl
        tied = sum((one.entry_price * one.open_quantity for one in self.held.values()), ZERO)
        tied += sum(
            ((one.plan.wish.limit or ZERO) * one.plan.wish.quantity for one in self.waiting.values()), ZERO
        )
        taken = len(self.held) + len(self.waiting)
        fall = looked(self._fall, at.astimezone(UTC).date(), pnl, portfolio)
        fell = Drawdown(daily_pct=daily_pct(fall, pnl), total_pct=total_pct(fall, pnl))
        return Account(
            tier=Tier.ELITE,
            stopped_by="",
            portfolio=portfolio,
            free_balance=portfolio - tied,
            correlated=self._correlated(tape, at),
            open_of_trader=taken,
            open_of_account=taken,
            trader_drawdown=fell,
            account_drawdown=fell,
            live_trades=CAPPED_LIVE_TRADES,
            is_live_cap_lifted=True,
        )

    def _correlated(self, tape: Tape, at: datetime) -> Decimal:
        return sum(
            (
                one.entry_price * one.open_quantity
                for name, one in self.held.items()
                if name != tape.symbol and self._moves_with(tape, one.tape, at)
            ),
            ZERO,
        )

    def _moves_with(self, one: Tape, other: Tape, at: datetime) -> bool:
        """Say whether two coins move together, as their hours until then have it: known anew each hour."""
        pair = (one.symbol, other.symbol, Timeframe.H1.closed_at(at))
        if pair not in self._together:
            self._together[pair] = is_correlated(one.hours_at(at), other.hours_at(at))
        return self._together[pair]

    def _pnl(self, at: datetime) -> Decimal:
        """Return realised and open P&L of the whole replay at an instant."""
        return self.realised + sum((one.worth(at) for one in self.held.values()), ZERO)
