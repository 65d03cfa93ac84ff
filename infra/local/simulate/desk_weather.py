"""What desks meet beside regimes: quotes that stay away for minutes, figures told while prices drift (B-02).

Both by choices of their own. While a macro window that the operator told of lasts, no scan that began in it
may enter (I-40): looked up in the rows, whatever the evaluation itself says.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from chalicelib.security.groups import OPERATOR_GROUP
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.serving.faults import Fault, FaultKind, Vendor
from infra.local.invariants.findings import Findings
from infra.local.simulate.season import MINUTE, Window, within
from infra.local.simulate.stage import Stage
from infra.local.told_desk import told_windows

#: How likely in a window quotes stay away, and how likely figures are told.
DARK: Final = 0.3
TOLD: Final = 0.3
OPERATOR: Final = "olga"
_MINUTES: Final = (1.5, 3.0, 5.0)
_DRIFTS: Final = (-0.02, -0.008, 0.008, 0.02)
#: As often as anybody asks.
_ALWAYS: Final = 1_000_000
_ENTERED: Final = """
    select t.ticker, e.at from paper_trades t
    join strategy_evaluations e on e.trade_id = t.id and e.event = 'ENTRY_SCAN'
    where t.originator = 'DESK' and e.at > %s and e.at < %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWeather:
    """Darkens quotes and tells of figures, in the runs that have desks."""

    stage: Stage
    choices: random.Random
    findings: Findings
    underlyings: Sequence[str]

    def plan(self, window: Window) -> None:
        """Plan it for a window."""
        choose, engine = self.choices, self.stage.engine
        if choose.random() < DARK:
            engine.at(within(choose, window), self._darken)
        if choose.random() < TOLD:  # before the first scans: later most strategies hold all they may
            engine.at(window.begins_at - MINUTE * choose.random(), self._begin_telling)

    def _darken(self) -> None:
        """Have chains, quotes of underlyings, or both stay away for some minutes; or be those of before."""
        choose, engine = self.choices, self.stage.engine
        minutes, what = choose.choice(_MINUTES), choose.choice(("chains", "quotes", "both", "old"))
        chains = (Vendor.ORATS, "/strikes") if self.stage.with_orats else (Vendor.TRADIER, "/options/chains")
        # Quotes of underlyings come by the sandbox's token, known to be late: old ones are no trouble.
        calls = {"chains": [chains], "old": [chains], "quotes": [(Vendor.TRADIER, "/markets/quotes")]}
        away = calls.get(what, [chains, (Vendor.TRADIER, "/markets/quotes")])
        kind = FaultKind.STALE_QUOTE if what == "old" else FaultKind.STATUS
        faults = [
            Fault(vendor=vendor, kind=kind, path=path, code=503, seconds=60 * minutes, times=_ALWAYS)
            for vendor, path in away
        ]
        for fault in faults:
            self.stage.world.faults.arm(fault)
        self._note(f"{what} stay away for {minutes} minutes")
        engine.at(engine.now() + timedelta(minutes=minutes), partial(_end, faults))

    def _begin_telling(self) -> None:
        self.stage.engine.spawn("operator", self._tell)

    def _tell(self) -> None:
        """Tell of a window that has begun, and have one underlying drift while it lasts."""
        choose, engine = self.choices, self.stage.engine
        symbol, drift, minutes = (
            choose.choice(self.underlyings),
            choose.choice(_DRIFTS),
            choose.choice(_MINUTES),
        )
        start, end = engine.now() - timedelta(minutes=5), engine.now() + timedelta(minutes=minutes)
        told = {
            "name": "unscheduled",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "source": "the run",
        }
        items = [*told_windows(new_york_date(engine.now())), told]
        token = self.stage.sign_in.access_token(OPERATOR, groups=(OPERATOR_GROUP,))
        answer = self.stage.call("PUT", "/api/macro-windows", token=token, body={"items": items})
        self._note(f"a macro window until {end:%H:%M:%S} UTC got {answer.status}")
        quote = self.stage.world.simulated.stock_quote(symbol, engine.now())
        if answer.status != 200 or quote is None:
            return
        price = round(quote.last * (1 + drift), 2)
        self.stage.world.simulated.path(symbol, [(int(60 * minutes), price)])
        self._note(f"{symbol} drifts from {quote.last} to {price}")
        engine.at(end, partial(self._check, engine.now(), end))

    def _check(self, told_at: datetime, end: datetime) -> None:
        entered = self.stage.superuser.execute(_ENTERED, (told_at, end)).fetchall()
        text = f"entered within a macro window told of at {told_at:%H:%M:%S}: {entered}"
        self.findings.check(40, not entered, text)

    def _note(self, text: str) -> None:
        self.stage.trace.note(self.stage.engine.now(), "-", "weather", text)


def _end(faults: Sequence[Fault]) -> None:
    """Have what stayed away be there again."""
    for fault in faults:
        fault.times = 0
