"""Another papertape that trades in the same broker account: a laptop's stack beside the deployed one (I-32).

It leaves a buy far below the market in the account and never touches it again. Its ticker is none that people
trade here, so that only its tag could make anybody take it for theirs.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from infra.local.emulators.market.occ import Right, contract_symbol
from infra.local.emulators.market.sessions import new_york_date
from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.world import World
from infra.local.invariants.foreign import FOREIGN_PREFIX
from infra.local.simulate.people import Person
from infra.local.simulate.stage import Stage

TICKER: Final = "QQQ"
VISITS_A_DAY: Final = 0.4
_LIMIT_PRICE: Final = "0.01"
#: So many expiries ahead a contract at the money is worth dollars for as long as any run lasts.
_EXPIRIES_AHEAD: Final = 12


def visit(stage: Stage, people: Sequence[Person], choices: random.Random) -> None:
    """Leave an order in somebody's account on some days, while no faults are armed."""
    if choices.random() >= VISITS_A_DAY:
        return
    person, now = choices.choice(people), stage.engine.now()
    account_id, token = person.account_id, person.broker_token
    taken = leave_order(stage.world, choices, account_id=account_id, token=token, at=now)
    stage.trace.note(now, "-", "neighbour", f"an order in the account of {person.name}: {taken}")
    stage.work.wrote = True


def leave_order(world: World, choices: random.Random, *, account_id: str, token: str, at: datetime) -> bool:
    """Place one resting order; returns whether the broker took it."""
    symbol = _contract(world, at)
    if symbol is None:
        return False
    form = {
        "class": "option",
        "symbol": TICKER,
        "option_symbol": symbol,
        "side": "buy_to_open",
        "quantity": "1",
        "type": "limit",
        "price": _LIMIT_PRICE,
        "duration": "gtc",
        "tag": _tag(choices),
    }
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    target = f"/v1/accounts/{account_id}/orders"
    answer = world.sandbox.handle(request_from_target("POST", target, headers, urlencode(form).encode()))
    return answer.status == 200


def _tag(choices: random.Random) -> str:
    """Make a tag of its own deployment, at times of one from before tags named anybody."""
    intent = UUID(int=choices.getrandbits(128))
    if choices.random() < 0.5:
        return f"{FOREIGN_PREFIX}00ff00ff-{intent}"
    return f"{FOREIGN_PREFIX}{str(intent).partition('-')[2]}"


def _contract(world: World, at: datetime) -> str | None:
    expiries = world.simulated.expiries(TICKER, new_york_date(at))
    chain = world.market.chain(TICKER, expiries[_EXPIRIES_AHEAD], at)
    if chain is None:
        return None
    strike = min((float(one) for one in chain.strikes), key=lambda one: abs(one - chain.spot))
    return contract_symbol(TICKER, chain.expiry, Right.CALL, strike)
