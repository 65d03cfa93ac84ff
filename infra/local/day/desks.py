"""The desk's part of a day: strategies that open, walk, leave and expire, a switch that trips, an assignment.

Alice has the condor and put spread of the demo; one is left by a time of day. Carol, on paper, sells a
put of the day itself, deep enough in the money to be assigned; bob has a desk that his strategy's gates stop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from chalicelib.security.groups import OPERATOR_GROUP
from infra.local.day.rig import Rig
from infra.local.day.script import Script
from infra.local.day.trader import Trader
from infra.local.emulators.market.sessions import new_york_date
from infra.local.invariants.view import View
from infra.local.seed.demo_desk import CONDOR, PUT_SPREAD
from infra.local.told_desk import tell_desk_data

OPERATOR: Final = "olga"
REQUIRED_OUTCOMES: Final = frozenset({"CLOSED/STRATEGY_EXIT"})
_CAUTIOUS: Final = {"stop_pct": 400, "time_stop_at": "14:30"}
_MORNING: Final = {
    "dte_min": 30,
    "dte_max": 60,
    "short_delta": 0.16,
    "wing_width": 5,
    "min_credit": 0.10,
    "entry_to": "12:30",
}
LEFT_BY_CLOCK: Final = {
    **PUT_SPREAD,
    "name": "QQQ put spread, out at 14:30",
    "entry_conditions": _MORNING,
    "exit_conditions": _CAUTIOUS,
}
#: Its own day's put: held to the bell, since no buffer takes it out before.
OF_THE_DAY: Final[Mapping[str, object]] = {
    "name": "SPY put of the day",
    "type": "cash_secured_put",
    "underlying": "SPY",
    "preferred_broker": "paper",
    "entry_conditions": {
        "dte_min": 0,
        "dte_max": 0,
        "short_delta": 0.45,
        "min_credit": 0.05,
        "max_gamma_loss_1pct": 1_000_000,
        "liquidity": {"max_spread_pct": 60, "min_open_interest": 0},
    },
    "exit_conditions": {"stop_pct": 10_000, "vix_exit": False},
    "sizing": {"kind": "fixed", "qty": 1},
    "max_positions": 1,
}
#: Its cash is more than half of what she has.
ROOM_FOR_A_PUT: Final = {"heat_limit_pct": 90}
TO_THE_BELL: Final = {"zero_dte_close_buffer_minutes": 0}
#: What people buy by hand on this day could lose far more by tomorrow than a desk's limit of a day's loss.
#: Bob keeps that limit, and value at risk stops his desk.
ROOM_AT_RISK: Final = {"max_daily_loss": 100_000}
#: No index fund offers so much: the last gate of selection says what the best would have been.
GREEDY: Final = {
    **CONDOR,
    "name": "IWM condor for 4.90",
    "underlying": "IWM",
    "entry_conditions": {
        "dte_min": 30,
        "dte_max": 60,
        "short_delta": 0.16,
        "wing_width": 5,
        "min_credit": 4.9,
    },
}


@dataclass(slots=True, kw_only=True)
class DeskPart:
    """Writes the desk's part into a day's script; `traders` are those of the day by name."""

    rig: Rig
    script: Script
    traders: Mapping[str, Trader]
    day: date
    _vix: float = 0.0
    answers: dict[str, Any] = field(default_factory=dict)  # Any: JSON of the API

    def write(self) -> None:
        """Write it down."""
        alice, bob, carol = (self.traders[name] for name in ("alice", "bob", "carol"))
        self._at("09:03", self._tell_market)
        self._at("09:05", partial(alice.call, "PUT", "/api/desk/settings", {200}, ROOM_AT_RISK))
        self._at("09:06", partial(self._begin, alice, CONDOR, LEFT_BY_CLOCK))
        self._at("09:07", partial(self._begin, bob, GREEDY))
        self._at("09:08", partial(carol.call, "PUT", "/api/settings", {200}, ROOM_FOR_A_PUT))
        self._at(
            "09:08:30", partial(carol.call, "PUT", "/api/desk/settings", {200}, TO_THE_BELL | ROOM_AT_RISK)
        )
        self._at("09:09", partial(self._begin, carol, OF_THE_DAY))
        self._at("11:00", partial(self._spike, 1.35))
        self._at("11:06", partial(self._spike, 1 / 1.35))
        self._at("11:08", partial(self._expect_mode, alice, "safe_mode"))
        self._at("11:40", partial(self._expect_mode, alice, "off"))
        self._at("15:55", self._sink_spy)

    def _at(self, clock: str, action: Any) -> None:  # Any: a call without arguments, whatever it answers
        self.script.at(self.day, clock, lambda: action() and None)

    def _tell_market(self) -> None:
        token = self.rig.sign_in.access_token(OPERATOR, groups=(OPERATOR_GROUP,))

        def tell(method: str, path: str, body: Mapping[str, object]) -> None:
            answer = self.rig.gateway.call(method, f"/api{path}", token=token, body=body)
            if answer.status >= 300:
                self.script.surprises.append(f"{method} {path} of the operator answered {answer.status}")

        tell_desk_data(tell, self.rig.world.simulated, new_york_date(self.rig.clock.now()))

    def _begin(self, trader: Trader, *strategies: Mapping[str, object]) -> None:
        for one in strategies:
            trader.call("POST", "/api/strategies", {201}, one)
        trader.call("POST", "/api/bot/on", {200}, {})

    def _spike(self, factor: float) -> None:
        """Have VIX stand above what it is in three months, or come back."""
        market = self.rig.world.simulated
        quote = market.stock_quote("VIX", self.rig.clock.now())
        assert quote is not None
        market.jump("VIX", round(quote.last * factor, 2))

    def _expect_mode(self, trader: Trader, mode: str) -> None:
        found = trader.call("GET", "/api/kill-switch", {200}).body
        if found["mode"] != mode:
            trader.surprise(f"the kill switch is {found['mode']}, not {mode}: {found['rows']}")

    def _sink_spy(self) -> None:
        """Have what carol's strategy sold end in the money, so that it is assigned."""
        held = [one for one in self._open_of("carol") if one["originator"] == "DESK"]
        strikes = [one["strike"] for one in held if one["strike"] is not None]
        if not strikes:
            self.traders["carol"].surprise("the put of the day was never sold")
            return
        self.rig.world.simulated.path("SPY", [(120, round(min(strikes) - 0.5, 2))])

    def _open_of(self, name: str) -> list[Mapping[str, Any]]:  # Any: JSON of the API
        answer = self.traders[name].call("GET", "/api/trades?status=OPEN&limit=200", {200})
        found: list[Mapping[str, Any]] = answer.body["items"]
        return found


def check_desks(view: View) -> list[str]:
    """Say what desks did."""
    desks = [trade for trade in view.trades.values() if trade.originator == "DESK"]
    by_decision: dict[str, int] = {}
    for row in view.desk.evaluations:
        by_decision[row.decision] = by_decision.get(row.decision, 0) + row.count
    decided = ", ".join(f"{name} {count}" for name, count in sorted(by_decision.items()))
    tripped = [row for row in view.desk.switches if row.cause == "vix_backwardation"]
    lifted = [row for row in tripped if row.ended_at is not None]
    at_risk = sorted({row.username for row in view.desk.switches if row.cause == "var_breach"})
    assigned = sum(row.reason == "ASSIGNED" for trade in desks for row in view.transitions.get(trade.id, ()))
    return [
        f"desk: {len(desks)} trades; evaluations: {decided}",
        f"desk: safe_mode tripped {len(tripped)} times by VIX, lifted {len(lifted)} times",
        f"desk: value at risk stopped {', '.join(at_risk) or 'nobody'}",
        f"desk: {assigned} assigned",
    ]
