"""An entry of a trader at the one door (W-07, C-03): judged again there, by the market and the rows of now.

Slots, balance and what moves together are counted under the user's turn, so that two decisions at once never
take the same place; the decision is stored in the transaction that stores its trade, or with none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from chalicelib.domain.accounts import BrokerMode
from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.ai.traders.trader import Trader
from chalicelib.domain.ai.validation.entries import EntryPlan, judge_wish
from chalicelib.domain.ai.validation.entry_rules import Wish
from chalicelib.domain.ai.validation.facts import Case, Moment
from chalicelib.domain.instruments.instrument import Instrument
from chalicelib.domain.trading.commands import PlaceTrade, ScannerFacts, WantedLeg, WantedTarget
from chalicelib.domain.trading.orders import OrderType
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.ai.deciding.seen import Seen
from chalicelib.services.ai.deciding.standing import Funds, account_facts, read_experience, read_standing
from chalicelib.services.commands.listed import Listed
from chalicelib.services.commands.originate import enter
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Forbidden
from chalicelib.store.ai import traders
from chalicelib.store.users import settings

#: Stores the decision with its trade; False where it was carried out, or ended, by somebody else.
Note = Callable[[Connection, UUID, "Judgement"], bool]


class Withheld(Exception):
    """An entry that did not hold any more at the door; nothing is stored."""

    def __init__(self, judgement: "Judgement") -> None:
        super().__init__(judgement.plan.outcome.value)
        self.judgement = judgement


class Stopped(Exception):
    """Its trader was switched off, paused, locked or removed meanwhile; nothing is stored."""


class Settled(Exception):
    """The decision was carried out, or ended, by somebody else; nothing is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """An entry with what it was judged by, so that judging it again says the same (I-41)."""

    case: Case
    plan: EntryPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What of a decision its trade keeps."""

    decision_id: UUID
    word: str
    confidence: Decimal
    reasoning: str


@dataclass(slots=True, kw_only=True)
class AiTicket:
    """The decision that an entry comes of; `by_owner`: its owner said yes, so that none is asked again."""

    trader_id: UUID
    mode: BrokerMode
    symbol: str
    wish: Wish
    confidence: Decimal
    seen: Seen
    funds: Funds | None
    now: Callable[[], datetime]
    note: Note
    by_owner: bool = False
    _judged: Judgement | None = field(default=None, init=False)

    def check(self, connection: Connection, username: str, listed: Listed) -> None:
        """Judge it by what is there now; raises Stopped, Withheld."""
        if not traders.may_enter(connection, username, self.trader_id):
            raise Stopped
        row = traders.read(connection, username, self.trader_id)
        rules = settings.read(connection, username)
        if row is None or rules is None:
            raise Stopped
        trader = row.read()
        if trader.trading.broker_mode is not self.mode:
            raise Stopped  # it trades elsewhere since: what was seen is another account's
        if self.mode.is_live and not row.live_enabled:
            raise Stopped
        now = self.now()
        moment = _moment(self.seen.moment, trader.timeframe, listed, now)
        prices = self.seen.coins.prices
        if moment.fresh_price is not None:
            prices = {**prices, self.symbol: moment.fresh_price}
        account = account_facts(
            read_standing(connection, rules, trader.trading.broker_mode, self.funds),
            trader_id=trader.id,
            symbol=self.symbol,
            seen=replace(self.seen.coins, prices=prices),
            funds=self.funds,
            now=now,
            experience=read_experience(connection, row),
        )
        trading = replace(trader.trading, require_approval=False) if self.by_owner else trader.trading
        case = Case(trading=trading, moment=moment, account=account, confidence=self.confidence)
        judgement = Judgement(case=case, plan=judge_wish(case, self.wish))
        if judgement.plan.outcome is not DecisionOutcome.EXECUTED:
            raise Withheld(judgement)
        self._judged = judgement

    def use(self, connection: Connection, username: str, trade_id: UUID) -> None:
        """Store the decision with its trade; raises Settled."""
        del username
        if self._judged is None:
            raise Forbidden("An entry that was not judged is none.")
        if not self.note(connection, trade_id, self._judged):
            raise Settled


def enter_for(env: Environment, username: str, trader: Trader, ticket: AiTicket, said: Said) -> UUID:
    """Enter what a ticket is for; returns the trade's id.

    Raises Withheld, Stopped, Settled, and what `enter` refuses with, always before anything is stored.
    """
    return enter(
        env,
        username,
        Originator.AI,
        str(trader.id),
        command_of(trader, ticket.symbol, ticket.wish, said),
        f"decision {said.decision_id}",
        ticket=ticket,
    )


def command_of(trader: Trader, symbol: str, wish: Wish, said: Said) -> PlaceTrade:
    """Return what is asked for of the core."""
    return PlaceTrade(
        ticker=symbol,
        legs=(WantedLeg(instrument=Instrument.CRYPTO, side=wish.side),),
        order_type=OrderType.MARKET if wish.limit is None else OrderType.LIMIT,
        qty=wish.quantity,
        limit_price=wish.limit,
        sl_price=wish.stop,
        targets=tuple(WantedTarget(price=one.price, share=one.share) for one in wish.targets),
        strategy=trader.name,
        broker_mode=trader.trading.broker_mode,
        scanner=ScannerFacts(
            ai_score=said.confidence,
            ai_verdict=said.word,
            ai_reasoning_log={"decision_id": str(said.decision_id), "reasoning": said.reasoning},
        ),
    )


def _moment(seen: Moment, timeframe: Timeframe, listed: Listed, now: datetime) -> Moment:
    """Return the moment at the door: the price that the entry was just looked up at."""
    quote = listed.legs[0].quote
    return replace(
        seen,
        now=now,
        price=quote.last,
        price_at=quote.quoted_at,
        candle_due_at=timeframe.closed_at(now),
        filters=listed.legs[0].filters or seen.filters,
    )
