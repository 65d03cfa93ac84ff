"""By what a decision is made and judged: market, account, the trader's rules, as of one look (C-03)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from chalicelib.domain.ai.calibration import Calibration, calibrate, compared_confidence
from chalicelib.domain.ai.decisions.decision import AiDecision
from chalicelib.domain.ai.validation.facts import Account, Case
from chalicelib.domain.money import ZERO
from chalicelib.services.ai.deciding.asking import Asked, ask
from chalicelib.services.ai.deciding.matter import Matter
from chalicelib.services.ai.deciding.seen import Seen, look, look_again
from chalicelib.services.ai.deciding.situation import situation_of
from chalicelib.services.ai.deciding.standing import (
    Experience,
    Funds,
    Standing,
    account_facts,
    read_experience,
    read_funds,
    read_standing,
    save_look,
)
from chalicelib.services.environment import Environment
from chalicelib.store.analysis.confidences import read_judged
from chalicelib.store.database import Isolation
from chalicelib.vendors.deadline import Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One look: `case` is what an answer is held against, its confidence that of the answer."""

    case: Case
    seen: Seen
    funds: Funds | None
    standing: Standing
    experience: Experience
    calibration: Calibration

    def with_answer(self, env: Environment, matter: Matter, decision: AiDecision) -> "Scene":
        """Return the scene at which an answer came: prices have moved while a model thought."""
        timeframe = matter.trader.timeframe
        seen = look_again(env, self.seen, matter.symbol, timeframe, _others(self.standing))
        account = _account(matter, self.standing, seen, self.funds, self.experience)
        compared = compared_confidence(matter.trader.trading, self.calibration, decision.confidence)
        case = replace(self.case, moment=seen.moment, account=account, confidence=compared)
        return replace(self, case=case, seen=seen)


def set_scene(env: Environment, matter: Matter) -> Scene:
    """Look at market and account, and keep what was seen of P&L."""
    scene = look_at(env, matter)
    _keep_look(env, matter, scene)
    return scene


def look_at(env: Environment, matter: Matter) -> Scene:
    """Look at market and account; what cannot be read fails closed later."""
    trading = matter.trader.trading
    funds = read_funds(env, matter.rules, trading.broker_mode)

    def read(connection: Connection) -> tuple[Standing, Experience, Calibration]:
        judged = read_judged(connection, matter.username, matter.trader.id) if trading.calibrated else ()
        standing = read_standing(connection, matter.rules, trading.broker_mode, funds)
        return standing, read_experience(connection, matter.row), calibrate(judged)

    standing, experience, calibration = env.database.run(read, username=matter.username)
    timeframe = matter.trader.timeframe
    candle = timeframe.closed_at(env.clock.now())
    seen = look(env, matter.symbol, timeframe, candle, _others(standing))
    account = _account(matter, standing, seen, funds, experience)
    case = Case(trading=trading, moment=seen.moment, account=account, confidence=ZERO)
    return Scene(
        case=case,
        seen=seen,
        funds=funds,
        standing=standing,
        experience=experience,
        calibration=calibration,
    )


def ask_about(
    env: Environment,
    matter: Matter,
    scene: Scene,
    prompt_version: str,
    *,
    deadline: Deadline | None = None,
) -> Asked:
    """Ask the trader's model, whose calls end before a deadline."""
    situation = situation_of(matter, scene.seen, scene.case.account, scene.standing)
    return ask(env, matter.username, matter.trader, situation, prompt_version, deadline=deadline)


def _others(standing: Standing) -> frozenset[str]:
    return frozenset(one.symbol for one in standing.coins.open)


def _account(
    matter: Matter, standing: Standing, seen: Seen, funds: Funds | None, experience: Experience
) -> Account:
    return account_facts(
        standing,
        trader_id=matter.trader.id,
        symbol=matter.symbol,
        seen=seen.coins,
        funds=funds,
        now=seen.moment.now,
        experience=experience,
    )


def _keep_look(env: Environment, matter: Matter, scene: Scene) -> None:
    looked = scene.standing.after_look(scene.seen.moment.now, scene.seen.coins, scene.funds)
    falls = {whose: fall for whose, fall in looked.items() if fall != scene.standing.falls.get(whose)}
    mode = matter.trader.trading.broker_mode
    if not falls:
        return

    def keep(connection: Connection) -> None:
        save_look(env, connection, matter.username, mode, falls)

    env.database.run(keep, username=matter.username, isolation=Isolation.READ_COMMITTED)
