"""Alice's traders, a model that says what a test queues, and the jobs that decide."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chalicelib.domain.ai.decisions.decision import DecisionOutcome
from chalicelib.domain.ai.traders.timeframes import Timeframe
from chalicelib.domain.clocks.decide_messages import DECIDE
from chalicelib.jobs import run_job
from chalicelib.services.ai import manage_traders
from chalicelib.store.ai import decisions, signals
from chalicelib.store.ai.decisions import DecisionFilter, DecisionRow
from chalicelib.store.ai.signals import WebhookSignal
from chalicelib.store.ai.traders import TraderRow
from tests.services.ai.positions.trader_stage import TraderStage
from tests.services.coins.exchange import BTC, ETH

Answer = dict[str, Any]  # Any: JSON


def says(word: str, **fields: Any) -> Answer:  # Any: JSON
    """Return a model's answer, each field there."""
    empty = dict.fromkeys(
        (
            "entry_price",
            "quantity",
            "stop_loss",
            "exit_price",
            "partial_quantity",
            "risk_reward",
            "max_risk_pct",
            "expected_holding_minutes",
        )
    )
    said = {"decision": word, "confidence": 0.8, "reasoning": f"A test says {word}."}
    return {**empty, "take_profits": [], "modifications": [], **said, **fields}


def goes_long(**fields: Any) -> Answer:  # Any: JSON
    """Return a LONG with a stop and a target on BTC at 96,000."""
    targets = [{"price": 98_000, "share": 1}]
    return says("LONG", **{"stop_loss": 95_000, "take_profits": targets, **fields})


class DecisionStage(TraderStage):
    """A model behind the emulated endpoint; messages to `decide` are run when a test says so."""

    def bot(self, *, timeframe: str = "5m", username: str = "alice", **trading: Any) -> TraderRow:
        """Make a trader that executes by itself, a fixed 1,000 USDT an entry."""
        usual = {"enabled": True, "require_approval": False, "position_size_usd": 1000}
        body = {
            "name": "dips",
            "symbols": [BTC, ETH],
            "timeframe": timeframe,
            "filter": None,
            "trading": {**usual, **trading},
        }
        return manage_traders.create_trader(self.env, username, body)

    def answers(self, *answers: Mapping[str, Any] | str | None, **more: Any) -> None:  # Any: JSON
        """Queue what the model says next."""
        self.world.openrouter.queue([{"content": one, **more} for one in answers])

    def asked(self) -> list[dict[str, Any]]:  # Any: JSON
        """Return the calls that reached the model, oldest first."""
        return list(self.world.openrouter.asked())

    def told(self, kind: str) -> list[str]:
        """Return what alice was told of a kind, oldest first."""
        return super().told(kind)

    def situation(self, call: int = -1) -> dict[str, Any]:  # Any: JSON
        """Return what the model was told in a call."""
        found: dict[str, Any] = json.loads(self.asked()[call]["messages"][1]["content"])
        return found

    def signal(self, trader: TraderRow, symbol: str = BTC, **told: Any) -> UUID:  # Any: JSON
        """Raise a signal of a trader."""
        now = self.clock.now()
        signal = WebhookSignal(
            id=self.env.randomness.uuid7(now),
            trader_id=trader.id,
            symbol=symbol,
            candle=Timeframe(trader.timeframe).closed_at(now),
            external_id=None,
            signature=None,
            told=told,
        )
        with self.env.database.transaction(trader.username) as connection:
            signals.add_webhook(connection, trader.username, signal)
        return signal.id

    def decide(self, trader: TraderRow, symbol: str = BTC, **told: Any) -> DecisionRow:  # Any: JSON
        """Raise a signal and have it decided; returns the decision."""
        signal_id = self.signal(trader, symbol, **told)
        self.run(DECIDE, username=trader.username, signal=str(signal_id))
        (found,) = [one for one in self.decisions(trader.username) if one.signal_id == signal_id]
        return found

    def decisions(self, username: str = "alice", **wanted: Any) -> list[DecisionRow]:  # Any: filter
        """Return a user's decisions, newest first."""
        with self.env.database.transaction(username) as connection:
            return decisions.page(connection, username, DecisionFilter(**wanted), limit=100)

    def last(self) -> DecisionRow:
        """Return alice's newest decision."""
        return self.decisions()[0]

    def deliver(self) -> list[dict[str, Any]]:  # Any: JSON
        """Run the messages to `decide` that were sent, each once; returns their results."""
        sent = [one for one in self.bus.sent if one[0] == DECIDE]
        self.bus.sent[:] = [one for one in self.bus.sent if one[0] != DECIDE]
        return [
            run_job(self.container, job, due_at=due_at or self.clock.now(), payload=payload)
            for job, payload, due_at in sent
        ]

    def close_candle(self, minutes: int = 5) -> list[dict[str, Any]]:  # Any: JSON
        """Go to the next close of so many minutes, tick, and have done what it asks for."""
        length = timedelta(minutes=minutes)
        at = _next(self.clock.now(), length)
        self.go_to(at)
        self.run("crypto_tick")
        run_job(self.container, "candle_close", due_at=at, payload={})
        return self.deliver()

    def sync_coins(self) -> None:
        """Run the syncs that were asked for."""
        sent = [one for one in self.bus.sent if one[0] == "sync"]
        self.bus.sent[:] = [one for one in self.bus.sent if one[0] != "sync"]
        for job, payload, due_at in sent:
            run_job(self.container, job, due_at=due_at or self.clock.now(), payload=payload)

    def trades(self, username: str = "alice") -> list[Any]:  # Any: rows
        """Return a user's trades by traders, oldest first."""
        return self.query(
            "select * from paper_trades where username = :name and originator = 'AI' order by id",
            name=username,
        )

    def outcome(self) -> DecisionOutcome:
        """Return what became of alice's newest decision."""
        return self.last().outcome

    def failed(self, row: DecisionRow) -> set[str]:
        """Return the names of the constraints that a decision did not meet."""
        found: Any = (row.validation or {}).get("constraints", [])
        return {one["name"] for one in found if not one["satisfied"]}


def _next(at: datetime, length: timedelta) -> datetime:
    timeframe = next(one for one in Timeframe if one.length == length)
    return timeframe.next_close(at)
