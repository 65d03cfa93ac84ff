"""Alice's traders on the stage of coins: what a model decides is what a test says."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from chalicelib.domain.accounts import AccountRef
from chalicelib.domain.ai.decisions.decision import ChangeKind, Modification, TakeProfit
from chalicelib.domain.ai.decisions.stored_changes import AskedChanges
from chalicelib.domain.people import Tier
from chalicelib.domain.trading.trades import Originator
from chalicelib.services.ai import manage_traders
from chalicelib.services.ai.positions.answer_changes import apply_change, veto_change
from chalicelib.services.ai.positions.change_case import change_case
from chalicelib.services.ai.positions.propose_changes import Proposed, propose_changes
from chalicelib.services.commands.originate import enter
from chalicelib.store.ai.traders import TraderRow
from chalicelib.store.trades.trades import load_trade
from infra.local.database.postgres import DatabaseUrls
from tests.services.coins.coin_stage import CoinStage
from tests.services.coins.exchange import BTC, ETH

D = Decimal
Trade = dict[str, Any]  # Any: JSON


def move_stop(price: str) -> Modification:
    """Return a model's MOVE_SL."""
    return Modification(kind=ChangeKind.MOVE_SL, reason="structure broke higher", new_stop=D(price))


def trail(distance_pct: str) -> Modification:
    """Return a model's TRAIL_SL."""
    return Modification(kind=ChangeKind.TRAIL_SL, reason="let it run", distance_pct=D(distance_pct))


def of_targets(kind: ChangeKind, *targets: tuple[str, str], target_id: str | None = None) -> Modification:
    """Return a change of targets, each (price, share)."""
    new = tuple(TakeProfit(price=D(price), share=D(share)) for price, share in targets)
    return Modification(kind=kind, reason="momentum", target_id=target_id, new_targets=new)


class TraderStage(CoinStage):
    """Alice is Elite and trades coins on paper, by her own hand and by traders."""

    def __init__(self, urls: DatabaseUrls) -> None:
        super().__init__(urls)
        self.set(broker_mode="PAPER", tier=Tier.ELITE.value)

    def trader(self, **trading: Any) -> TraderRow:  # Any: the block's fields
        """Make a trader of candles of a minute."""
        body = {
            "name": "dips",
            "symbols": [BTC, ETH],
            "timeframe": "1m",
            "filter": None,
            "analysis": {},
            "trading": {"enabled": True, **trading},
        }
        return manage_traders.create_trader(self.env, "alice", body)

    def entered(self, trader: TraderRow, qty: str = "0.01", **changes: Any) -> Trade:  # Any: as `wish`
        """Have a trader's entry filled."""
        wish = self.wish(qty, **{"sl_price": "94000", **changes})
        key = str(self.env.randomness.uuid7(self.clock.now()))
        trade_id = enter(self.env, "alice", Originator.AI, str(trader.id), wish, key)
        return self.trade({"id": str(trade_id)})

    def propose(self, trade: Mapping[str, Any], *changes: Modification, confidence: str = "0.8") -> Proposed:
        """Have a model answer MODIFY."""
        asked = AskedChanges(confidence=D(confidence), changes=changes)
        trade_id = UUID(trade["id"])
        case = change_case(self.jobs, "alice", trade_id, asked.confidence)
        assert case is not None
        found = propose_changes(self.jobs, "alice", trade_id, asked, case, decision_id=None)
        assert found is not None
        return found

    @property
    def jobs(self) -> Any:  # Any: the environment, loosely
        """Return the environment on the jobs' role."""
        return self.container.jobs_environment()

    def stir(self) -> None:
        """Let each of the last minutes reach 100 USDT either way: standing prices have no range."""
        minute = self.clock.now().replace(second=0)
        for back in range(1, 30):
            self.exchange.wick(BTC, minute - timedelta(minutes=back), 95_900, 96_100)

    def with_position(self, **trading: Any) -> Trade:  # Any: the block's fields
        """Have a new trader hold a hundredth, stop at 94,000, target at 99,000, in a market with a range."""
        self.stir()
        return self.entered(self.trader(**trading), tp_price="99000")

    def veto(self, trade: Mapping[str, Any], version: int | None = None) -> Trade:
        """Veto the newest change."""
        change_id = UUID(self.changes(trade)[-1]["id"])
        return veto_change(self.env, "alice", UUID(trade["id"]), change_id, version).trade

    def apply(self, trade: Mapping[str, Any], version: int | None = None) -> Trade:
        """Have the newest change carried out now."""
        change_id = UUID(self.changes(trade)[-1]["id"])
        return apply_change(self.env, "alice", UUID(trade["id"]), change_id, version).trade

    def account_of(self, trade: Mapping[str, Any]) -> AccountRef:
        """Return the account that holds a trade."""
        found = self.env.database.run(lambda c: load_trade(c, UUID(trade["id"])), username="alice")
        assert found is not None
        return found.account

    def changes(self, trade: Mapping[str, Any]) -> list[dict[str, Any]]:  # Any: JSON
        """Read a trade's changes, oldest first."""
        found: list[dict[str, Any]] = self.trade(trade)["changes"]
        return found

    def told(self, kind: str) -> list[str]:
        """Return what alice was told of a kind, oldest first."""
        rows = self.query(
            "select text from alerts where username = 'alice' and kind = :kind order by id", kind=kind
        )
        return [row.text for row in rows]

    def stops(self, trade: Mapping[str, Any]) -> list[Decimal]:
        """Return at which prices stops rest for a trade."""
        orders = self.trade(trade)["orders"]
        return [
            D(str(one["stop_price"]))
            for one in orders
            if one["role"] == "STOP_LOSS" and one["status"] == "OPEN"
        ]
