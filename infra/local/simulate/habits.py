"""What people do beside trading: change limits or tokens in the midst of a day, or ask too much."""

import random
from datetime import timedelta
from itertools import islice, permutations
from typing import TYPE_CHECKING, Final

from chalicelib.security.groups import OPERATOR_GROUP
from infra.local.aws.accounts import OPERATOR
from infra.local.simulate.live_switch import LiveOff

if TYPE_CHECKING:
    from infra.local.simulate.people import Person

#: More calls than a token's budget of a minute has (A-12): 50.
QUESTIONS: Final = 56
#: More chains than everybody's calls of two minutes, each another question.
CHAINS: Final = 600
#: Calls die and databases fail in a simulated day: whoever was disabled must come back.
_ENABLES_MAX: Final = 20
_SYMBOLS: Final = ("SPY", "AAPL", "IWM", "QQQ", "MSFT")


def change_limits(person: "Person", device: str, choices: random.Random) -> None:
    """Allow oneself more or less; what was entered before stays as it was."""
    person.change_limits(device, choices.choice((3, 6, 50)), choices.choice((400.0, 2_000.0, 20_000.0)))


def renew_token(person: "Person", device: str) -> None:
    """Have the broker make a new token, which ends the old one, and store it."""
    if person.is_leaving:
        return
    person.tokens_made += 1
    person.token_is_told = False
    person.stage.open_account(person.account_id, person.broker_token, person.name)
    tell_token(person, device)


def tell_token(person: "Person", device: str) -> None:
    """Store the present token; it may take more than one try."""
    body = {
        "tradier_sandbox_token": person.broker_token,
        "tradier_sandbox_account_id": person.account_id,
    }
    answer = person.call(device, "PUT", "/api/settings", body)
    person.token_is_told = person.token_is_told or answer.status == 200


def borrow_account(person: "Person", device: str) -> None:
    """Store the account of somebody else here, with their token: one account has one owner (A-12)."""
    there = [one for one in person.others if not (one.is_leaving or one.is_gone)]
    if not there:
        return
    owner = person.choices.choice(there)
    body = {
        "tradier_sandbox_token": owner.broker_token,
        "tradier_sandbox_account_id": owner.account_id,
    }
    answer = person.call(device, "PUT", "/api/settings", body)
    text = f"{person.name} stored the account of {owner.name}: {answer.status}"
    person.findings.check(32, answer.status != 200 or owner.is_leaving, text)


def go_live(person: "Person") -> None:
    """Store a live account; the switch was thrown before. Half of those who do so allow market entries."""
    account_id, token = person.account_id.replace("VA", "6YA"), f"live-token-of-{person.name}"
    person.stage.open_live_account(account_id, token, person.name)
    body = {"tradier_live_token": token, "tradier_live_account_id": account_id}
    answer = person.call("home", "PUT", "/api/settings", body)
    if answer.status != 200:
        person.stage.unexpected(f"the live account of {person.name} answered {answer.status}: {answer.body}")
    person.stage.switch_live(person.name, person.choices.random() < 0.5)


def switch_live(person: "Person", device: str) -> None:
    """Switch live off: what was opened there stays, protected and closable (A-12, I-29); or on again."""
    now = person.stage.engine.now
    if person.live_off and person.live_off[-1].until is None:
        person.live_off[-1].until = now()
        person.stage.switch_live(person.name, person.choices.random() < 0.5)
    elif person.call(device, "POST", "/api/settings/live", {"enable": False}).status == 200:
        person.live_off.append(LiveOff(since=now()))


def hammer(person: "Person", device: str) -> None:
    """Ask for more quotes within a minute than there are calls: entries and closes need some, too (I-26)."""
    wanted = (",".join(some) for count in (1, 2, 3) for some in permutations(_SYMBOLS, count))
    for symbols in islice(wanted, QUESTIONS):
        person.call(device, "GET", f"/api/market/quotes?symbols={symbols}")


def browse(person: "Person", device: str) -> None:
    """Ask for chain after chain by the operator's token: no mark of others may wait for it (I-36)."""
    today = person.stage.engine.now().date()
    for number in range(CHAINS):
        symbol, expiry = _SYMBOLS[number % len(_SYMBOLS)], today + timedelta(days=number // len(_SYMBOLS))
        answer = person.call(device, "GET", f"/api/market/chain?symbol={symbol}&expiry={expiry}")
        if answer.status != 200:
            person.stage.engine.breathe(1.0, 0.2)


def be_away(person: "Person", device: str) -> None:
    """Be disabled by the operator for a moment: no session and no token is served meanwhile (I-37)."""
    made = person.call(device, "POST", "/api/tokens", {"name": "script", "scope": "trade"})
    if made.status != 201:
        return
    stage, old = person.stage, {"session": person.token, "token": str(made.body["token"])}
    person.is_away = True
    if _as_operator(person, "disable"):
        for what, bearer in old.items():
            answer = stage.call("GET", "/api/trades?status=OPEN", token=bearer)
            served = f"{person.name} is disabled, and a {what} of theirs got {answer.status}"
            person.findings.check(37, answer.status in {401, 503}, served)
    come_back(person)
    if not person.is_away and not person.is_leaving:
        answer = stage.call("GET", "/api/trades?status=OPEN", token=old["token"])
        person.findings.check(37, answer.status in {401, 503}, f"an ended token got {answer.status}")


def come_back(person: "Person") -> None:
    """Be enabled again, however far the end came: the day goes on."""
    person.is_away = not any(_as_operator(person, "enable") for _ in range(_ENABLES_MAX))
    if not person.is_away:
        person.sign_in()


def be_removed(person: "Person", device: str) -> None:
    """Be removed for good, positions and all: nothing is served from then on, what is held goes on (I-37)."""
    if person.is_leaving or not person.token_is_told or person.logged_out:
        return
    person.is_leaving = True  # another device, or the rest, ends what dies here
    made = person.call(device, "POST", "/api/tokens", {"name": "script", "scope": "trade"})
    end_removal(person)
    if person.is_gone and made.status == 201:
        answer = person.stage.call("GET", "/api/trades?status=OPEN", token=str(made.body["token"]))
        person.findings.check(37, answer.status in {401, 503}, f"a removed token got {answer.status}")


def end_removal(person: "Person") -> None:
    """Have the operator ask until it is done whole."""
    person.is_gone = person.is_gone or any(_as_operator(person, "remove") for _ in range(_ENABLES_MAX))


def _as_operator(person: "Person", action: str) -> bool:
    """Have the operator do this to a person; say whether it was done whole."""
    stage = person.stage
    operator = stage.sign_in.access_token(OPERATOR, groups=(OPERATOR_GROUP,))
    if action == "remove":
        body = {"keep_positions": True}
        answer = stage.call("DELETE", f"/api/users/{person.name}", token=operator, body=body)
    else:
        answer = stage.call("POST", f"/api/users/{person.name}/{action}", token=operator)
    engine = stage.engine
    engine.trace.note(engine.now(), OPERATOR, "api", f"{action} {person.name} → {answer.status}")
    return answer.status == 204
