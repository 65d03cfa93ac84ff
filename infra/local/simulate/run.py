"""One run: a seed becomes a few faulty days, with what was found in them."""

from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

from infra.local.emulators.market.sessions import NEW_YORK, open_session
from infra.local.emulators.serving.faults import Vendor
from infra.local.emulators.tradier.quirks import Quirk
from infra.local.invariants.findings import Findings
from infra.local.simulate.ai_traders import traders_of
from infra.local.simulate.asked_outside import AskedOutside
from infra.local.simulate.away import PROMPT, SELDOMER, away_hour_of
from infra.local.simulate.broker_weather import broker_weather_of
from infra.local.simulate.checking import Checker
from infra.local.simulate.closings import Decree
from infra.local.simulate.desks import desks_of
from infra.local.simulate.diary import Diary
from infra.local.simulate.going_back import going_back_of
from infra.local.simulate.moves import Moves
from infra.local.simulate.neighbour import visit
from infra.local.simulate.other_brokers import has_brokers
from infra.local.simulate.outcome import Outcome, surprises_of
from infra.local.simulate.outside import CHANCE, HIDES, Outside
from infra.local.simulate.overselling import overselling_of
from infra.local.simulate.population import has_long_days, populate
from infra.local.simulate.resets import Resets
from infra.local.simulate.risk_desk import risk_desk_of
from infra.local.simulate.season import MINUTE, Day, Window, schedule_instants, times, within
from infra.local.simulate.stage import Stage, stream
from infra.local.simulate.trouble import CALM, Roughness, Troubles

RESTING_SYNCS: Final = 3
#: Until then the lease of a worker that died in the last moment may be held.
LEASES_RUN_OUT: Final = timedelta(seconds=95)
#: A fill within them may be shown without its price at the last look: as many more until none lags.
LAGGING_SYNCS_MAX: Final = 3
#: How often one looks between two commits of one call or job.
LOOKS_MIDWAY: Final = 0.2
#: How often one looks after a call or job where days are long, or accounts many: after each of them the looks
#: would be a third of the day. What is wrong mostly stays so until the next, and at rest all is looked at.
LOOKS_IN_LONG_RUNS: Final = 0.4
#: The same, and midway, where traders have accounts at the exchange: all orders there are read at each look.
LOOKS_AT_EXCHANGE: Final = 0.12
#: How often a seed's broker shows one of its documented quirks.
QUIRK_SHOWN: Final = 0.3


class Found(Exception):
    """An invariant does not hold: the run ends here."""


class Misled(Exception):
    """The broker's lies made the product believe what its rule says: nothing more is to be learnt here."""


class Run:
    """Lives through the days of one seed."""

    def __init__(
        self, stage: Stage, seed: int, roughness: Roughness, kinds: frozenset[str] | None, outcome: Outcome
    ) -> None:
        self._stage = stage
        self._engine = stage.engine
        self._roughness = roughness
        self._findings = Findings()
        self._choices = stream(seed, "days")
        choices, crashes = stream(seed, "market"), stream(seed, "crashes")
        self._moves = Moves(stage=stage, choices=choices, crashes=crashes, note=self._note)
        self._looks, self._looks_seldom = stream(seed, "looks"), has_long_days(seed) or has_brokers(seed)
        self._neighbours = stream(seed, "neighbours")
        self._troubles = Troubles(
            book=stage.world.faults,
            choices=stream(seed, "faults"),
            quotes_by=Vendor.ORATS if stage.with_orats else Vendor.TRADIER,
            kinds=kinds,
        )
        if roughness is not CALM:
            _show_quirks(stage, seed)
        self._people = populate(stage, seed, self._findings)
        self._overselling = overselling_of(stage, seed, self._people, self._troubles)
        self._risk_desk = risk_desk_of(stage, seed, self._people, self._note)
        self._desks = desks_of(stage, seed, self._people, self._findings)
        self._traders = traders_of(stage, seed, self._people, kinds)
        self._resets = Resets(stage=stage, people=self._people, choices=stream(seed, "resets"))
        self._going_back = going_back_of(stage, seed, self._findings)
        self._outside_acts = Outside(stage=stage, people=self._people, choices=stream(seed, "outside"))
        self._somebody_acts = self._outside_acts.choices.random() < CHANCE
        acts = self._outside_acts if self._somebody_acts else None
        self._diary = Diary(stage=stage, people=self._people, roughness=roughness, outside=acts)
        stage.world.sandbox.hands.hide_resting(self._outside_acts.choices.random() < HIDES)
        self._checker = Checker(stage, self._people, self._findings)
        seen = partial(getattr, self._checker, "view")
        self._away = away_hour_of(stage, seed, self._people, self._findings, seen=seen, note=self._note)
        self._elsewhere = broker_weather_of(stage, seed, self._people, self._troubles, self._note)
        self._outcome = outcome
        self._opinion = AskedOutside(stage=stage)
        self._misled = False

    def live(self, days: list[Day], decree: Decree | None = None) -> None:
        """Live through the days; raises Found, Misled."""
        if decree is not None:
            self._engine.at(decree.told_at, lambda: self._tell_closing(decree))
        for person in self._people:
            self._engine.spawn(person.name, person.settle_in)
        self._engine.finish_actors(self._after)
        self._desks.begin(self._after)
        self._traders.begin(self._after)
        self._going_back.last_day = days[-1].session.day
        for day in days:
            self._live_day(day)
            self._outcome.days += 1
        self._ask_outside()
        self._going_back.live_on()

    def _tell_closing(self, decree: Decree) -> None:
        self._note("operator", f"{decree.day} ends at {decree.closes:%H:%M}")
        self._stage.tell_closing(decree)

    def _ask_outside(self) -> None:
        view = self._checker.view
        if view is None or self._resets.has_wiped or any(person.is_gone for person in self._people):
            return
        self._misled = self._opinion.ask(view)
        if self._opinion.findings:
            raise Found

    def _live_day(self, day: Day) -> None:
        self._engine.run_until(day.session.open_at - 25 * MINUTE, self._after)
        for person in self._people:
            if not person.is_gone:
                person.sign_in()
        visit(self._stage, self._people, self._neighbours)
        for window in day.windows:
            self._going_back.before(window)
            self._live_window(window)
            if window.name == "midday" and day.rests_in_session:
                self._rest()
        evening = datetime.combine(day.session.day, time(17, 31), NEW_YORK)
        self._engine.run_until(max(evening, self._engine.now()), self._after)
        self._rest()
        self._outcome.ticks_skipped += day.ticks_in_all
        self._stage.world.faults.clear()

    # Windows.

    def _live_window(self, window: Window) -> None:
        engine, rough = self._engine, PROMPT if self._away.is_in(window) else self._roughness
        engine.run_until(window.begins_at - MINUTE, self._after)
        engine.trace.note(engine.now(), "-", "window", window.name)
        self._be(rough)
        for at, job in schedule_instants(
            window.begins_at - MINUTE - timedelta(seconds=1), window.ends_at - MINUTE
        ):
            engine.at(at, partial(self._stage.delivery.deliver, job, at, {}, at=at))
        minutes = (window.ends_at - window.begins_at) / MINUTE
        minutes *= SELDOMER if self._away.is_in(window) else 1
        self._away.plan(window)
        self._elsewhere.plan(window, rough.faults_per_minute * minutes)
        self._diary.plan_people(window, minutes)
        self._moves.plan(window, minutes)
        self._diary.plan_outside(window, minutes)
        for _ in range(times(self._troubles.choices, rough.faults_per_minute * minutes)):
            engine.at(within(self._troubles.choices, window), self._arm)
        self._overselling.plan(window, minutes)
        self._risk_desk.plan(window, minutes)
        self._desks.plan(window, minutes)
        self._traders.plan(window, minutes)
        engine.run_until(window.ends_at, self._after)

    def _be(self, roughness: Roughness) -> None:
        self._stage.delivery.roughness = roughness
        self._stage.seams.race_chance = roughness.race
        self._engine.kills_allowed = roughness.kill > 0

    def _arm(self) -> None:
        accounts = [person.account_id for person in self._people]
        self._note("fault", self._troubles.arm_one(self._engine.now(), accounts))

    # Rest.

    def _rest(self) -> None:
        """Stop all faults, let everybody finish, run syncs a minute apart, then check what must hold."""
        engine = self._engine
        self._note("rest", "faults have stopped")
        self._stage.world.faults.clear()
        self._traders.calm()
        self._be(CALM)
        self._elsewhere.end()
        self._diary.finish_people(self._after)
        self._resets.wipe()
        for turn in range(RESTING_SYNCS + LAGGING_SYNCS_MAX):
            lags = self._stage.world.quirks.lags
            engine.run_until(engine.now() + (MINUTE if turn else LEASES_RUN_OUT), self._after)
            self._stage.delivery.run_calmly("sync", forced=True)
            engine.finish_actors(self._after)
            self._traders.rest(self._after)
            self._checker.after_complete_sync()
            self._judge()
            if turn == RESTING_SYNCS - 1:
                self._resets.confirm()
                engine.finish_actors(self._after)
            if turn + 1 >= RESTING_SYNCS + bool(self._resets.wiped) and self._stage.world.quirks.lags == lags:
                break
        if open_session(engine.now()) is None:
            self._stage.delivery.run_calmly("expire", forced=True)
            engine.finish_actors(self._after)
        self._traders.check_at_rest(self._checker.at_rest())
        self._judge()

    # Checks.

    def _after(self, over: bool) -> None:
        """Look after each call and job, and at times in the midst of one."""
        looks_always = over and not self._looks_seldom
        chance = LOOKS_IN_LONG_RUNS if over else LOOKS_MIDWAY
        if self._traders.exchange is not None:
            chance = LOOKS_AT_EXCHANGE
        if looks_always or self._looks.random() < chance:
            self._checker.after_step()
            self._judge()

    def _judge(self) -> None:
        work = self._stage.work
        inside = work.called_inside_transaction or work.two_at_once or work.astray
        if self._stage.lies.misled(self._checker.view, self._findings.violations):
            self._findings.violations.clear()
            self._misled = True
            raise Misled
        if self._findings.violations or self._stage.surprises or inside:
            raise Found

    def _note(self, kind: str, text: str) -> None:
        self._engine.trace.note(self._engine.now(), "-", kind, text)

    def close(self) -> None:
        """Put what was done and found into the outcome."""
        outcome, view = self._outcome, self._checker.view
        outcome.faults = self._troubles.armed + self._traders.faults
        outcome.sum_up_stage(self._stage)
        outcome.sum_up_findings(view, self._findings.violations)
        outcome.checks = self._findings.checks
        outcome.counts.update(
            looks=self._checker.looks,
            rests=self._checker.rests,
            compared_outside=self._opinion.trades,
            misled=self._misled,
            outside_acts=sum(self._outside_acts.acts.values()),
            trades=len(view.trades) if view else 0,
        )
        outcome.violations += [f"outside checker: {text}" for text in self._opinion.findings]
        outcome.violations += surprises_of(self._stage)


def _show_quirks(stage: Stage, seed: int) -> None:
    """Have the broker lag and surprise as it is documented to: each seed meets some of it."""
    choices = stream(seed, "quirks")
    kinds = [kind for kind in Quirk if choices.random() < QUIRK_SHOWN]
    stage.world.quirks.show(kinds, choices.choice((0.1, 0.3, 1.0)))
    stage.trace.note(stage.engine.now(), "-", "quirks", ", ".join(kinds) or "none")
