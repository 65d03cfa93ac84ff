"""What people do with their devices, at random, and what they must never be told.

Each device acts on what it last saw, so that stale versions come by themselves.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.local.day.gateway import Answer
from infra.local.day.trader import tick_down, tick_up
from infra.local.simulate import habits
from infra.local.simulate.people import Person, Sent, Trade
from infra.local.simulate.tickets import ticket

_ENDED: Final = frozenset({"CLOSED", "EXPIRED", "CANCELED"})
#: Who has several accounts at work names one this often: what is not connected, or off, is refused.
_NAMES_A_BROKER: Final = 0.6
_THROTTLED: Final = "Too many requests in this minute."


def act(person: Person, device: str) -> None:
    """Do one thing, chosen by what there is to do; now and then something else first."""
    for one in person.beside:
        if one.choices.random() < one.chance:
            one.does(person, device)
    live = [trade for trade in person.seen.get(device, ()) if trade["status"] not in _ENDED]
    does: list[tuple[float, Callable[[], None]]] = [
        (8, lambda: place(person, device)),
        (3, lambda: look(person, device)),
        (0.4, lambda: habits.change_limits(person, device, person.choices)),
        (0.3, lambda: habits.renew_token(person, device)),
        (0.2 * person.is_live, lambda: habits.switch_live(person, device)),
    ]
    if not person.stage.with_orats:
        does.append((0.2, lambda: habits.hammer(person, device)))
    if live:
        trade = person.choices.choice(live)
        does += [
            (4, lambda: close(person, device, trade)),
            (4, lambda: adjust(person, device, trade)),
            (3, lambda: cancel(person, device, trade)),
            (2, lambda: stale(person, device, trade)),
            (1, lambda: refresh(person, device)),
            (1, lambda: annotate(person, device, trade)),
        ]
    if person.sent:
        does.append((2, lambda: again(person, device)))
    if person.others:
        does.append((2, lambda: pry(person, device)))
    weights = [weight for weight, _ in does]
    (_, chosen) = person.choices.choices(does, weights)[0]
    chosen()


def look(person: Person, device: str) -> None:
    """Read the list as the page does; nobody else's trades are in it (I-21)."""
    answer = person.call(device, "GET", "/api/trades?status=OPEN&limit=100")
    if answer.status != 200:
        return
    person.seen[device] = list(answer.body["items"])
    for trade in person.seen[device]:
        label = str((trade.get("trade_context") or {}).get("label", f"{person.name}-"))
        person.findings.check(21, label.startswith(f"{person.name}-"), f"{person.name} was shown {label}")


def place(person: Person, device: str) -> None:
    """Choose a contract and place, with a key of its own."""
    body = ticket(person.stage, person.choices)
    if body is None:
        return
    submit(person, device, body)
    if person.choices.random() < 0.7:
        look(person, device)


def submit(person: Person, device: str, body: dict[str, object]) -> None:
    """Send a ticket for the first time; who has several accounts at work names one of them."""
    if person.elsewhere is not None and person.elsewhere.random() < _NAMES_A_BROKER:
        body["broker_mode"] = person.elsewhere.choice(person.named)
    submit_as_it_is(person, device, body)


def submit_as_it_is(person: Person, device: str, body: dict[str, object]) -> None:
    """Send a ticket for the first time, to the broker that it names."""
    key = f"{person.name}-{len(person.sent) + 1}"
    body["trade_context"] = {"label": key}
    person.sent[key] = Sent(body=body)
    send(person, device, key)


def send(person: Person, device: str, key: str) -> None:
    """Ask for a placing by its key; whatever it answers, it answers again (I-02)."""
    sent = person.sent[key]
    answer = person.call(device, "POST", "/api/trades", sent.body, {"idempotency-key": key})
    if answer.status in {401, 409, 429, 503}:  # says nothing of the placing: one may be disabled just now
        return
    if answer.status < 300:
        person.labels[str(answer.body["id"])] = key
    if person.stage.answer_is_lost:  # nothing could keep it: what comes next is the first that is kept
        sent.unkept = sent.unkept or answer
        return
    if sent.unkept is not None:
        check_what_became(person, key, sent.unkept, answer)
    if sent.first is None:
        sent.first = answer
        return
    if sent.first.status < 300 or sent.first.kind == "broker-refused":
        same = answer.body == sent.first.body or sent.first.status == answer.status
        same_trade = sent.first.status >= 300 or (
            answer.status < 300 and answer.body["id"] == sent.first.body["id"]
        )
        text = f"{key} answered {sent.first.status} first and {answer.status} then"
        person.findings.check(2, same_trade and (same or answer.status < 300), text)


def check_what_became(person: Person, key: str, unkept: Answer, answer: Answer) -> None:
    """I-02 of a placing accepted while the database was away: the same trade, or the broker's refusal."""
    same = answer.status < 300 and answer.body["id"] == unkept.body.get("id")
    text = f"{key} was accepted as {unkept.body.get('id')}, then answered {answer.status}"
    accepted = unkept.status < 300 and not (same or answer.kind == "broker-refused")
    person.findings.check(2, not accepted or _was_never_placed(person, unkept), text)


def _was_never_placed(person: Person, unkept: Answer) -> bool:
    """Say whether the order of a placing surely never arrived: its key is free again (api.md)."""
    looked = person.call("home", "GET", f"/api/trades/{unkept.body['id']}")
    return looked.status != 200 or looked.body.get("close_reason") == "NOT_PLACED"


def again(person: Person, device: str) -> None:
    """Send an earlier key again, or with another body (I-02)."""
    key = person.choices.choice(sorted(person.sent))
    sent = person.sent[key]
    done = sent.first is not None and (sent.first.status < 300 or sent.first.kind == "broker-refused")
    if done and person.choices.random() < 0.4:
        body = {**sent.body, "qty": 9}
        answer = person.call(device, "POST", "/api/trades", body, {"idempotency-key": key})
        refused = answer.kind == "idempotency-mismatch" or answer.status in {401, 409, 429, 503}
        person.findings.check(2, refused, f"another body under the used key {key} got {answer.status}")
        return
    send(person, device, key)


def close(person: Person, device: str, trade: Trade) -> None:
    """Close what this device saw, now and then a part of it."""
    is_part = (trade.get("open_qty") or 0) > 1 and trade["version"] % 3 == 0
    _change(person, device, trade, "close", {"qty": 1} if is_part else {})


def cancel(person: Person, device: str, trade: Trade) -> None:
    """Cancel what this device saw."""
    _change(person, device, trade, "cancel", {})


def adjust(person: Person, device: str, trade: Trade) -> None:
    """Move the stop or the target of what this device saw; those of structures have acts of their own."""
    if is_structure(trade):
        return
    stop, target = trade.get("sl_price"), trade.get("tp_price")
    wanted: dict[str, Any] = {}  # Any: JSON
    if (trade.get("open_qty") or 0) > 1 and trade["version"] % 3 == 1:
        entry = float(trade.get("entry_price") or 1.0)
        share = 0.5 if trade["version"] % 2 else 0.34
        prices = (tick_up(entry * 1.1 + 0.1), tick_up(entry * 1.4 + 0.2))
        wanted["targets"] = [{"price": price, "share": share} for price in prices]
    elif stop and person.choices.random() < 0.6:
        wanted["new_sl"] = max(tick_down(stop * person.choices.choice((0.6, 0.9, 1.1))), 0.05)
    elif target:
        wanted["new_tp"] = tick_up(target * person.choices.choice((0.85, 1.2)))
    else:
        price = float(trade.get("entry_price") or 1.0)
        wanted["new_sl"] = max(tick_down(price * 0.5), 0.05)
    if person.choices.random() < 0.1 and target:
        wanted = {"new_tp": None}
    _change(person, device, trade, "adjust", wanted)


def is_structure(trade: Trade) -> bool:
    """Say whether its prices have another sign or way than those of a contract that was bought."""
    return len(trade["legs"]) > 1 or any(leg["side"] == "SHORT" for leg in trade["legs"])


def _change(person: Person, device: str, trade: Trade, verb: str, fields: Mapping[str, Any]) -> None:
    body = {"version": trade["version"], **fields}
    answer = person.call(device, "POST", f"/api/trades/{trade['id']}/{verb}", body)
    check_exit_is_let_in(person, verb, answer)
    if answer.status == 409 or person.choices.random() < 0.5:
        look(person, device)


def check_exit_is_let_in(person: Person, verb: str, answer: Answer) -> None:
    """Whatever others call, what leads out is never refused for the number of calls."""
    refused = answer.status == 429 and answer.body.get("detail") == _THROTTLED
    person.findings.check(36, not refused, f"{verb} of {person.name} was refused for too many calls")


def stale(person: Person, device: str, trade: Trade) -> None:
    """Send a version that is certainly old: it must be refused (I-22)."""
    if trade["version"] < 2:
        return
    body = {"version": trade["version"] - 1}
    answer = person.call(device, "POST", f"/api/trades/{trade['id']}/close", body)
    person.findings.check(22, answer.status >= 400, f"a write with an old version got {answer.status}")


def annotate(person: Person, device: str, trade: Trade) -> None:
    """Note something on a trade."""
    label = person.labels.get(str(trade["id"]))
    if label is None:
        return
    person.notes += 1
    context = {"label": label, "note": person.notes}
    body = {"version": trade["version"], "trade_context": context}
    person.call(device, "PATCH", f"/api/trades/{trade['id']}", body)


def refresh(person: Person, device: str) -> None:
    """Ask for fresh marks."""
    person.call(device, "POST", "/api/refresh", {})


def pry(person: Person, device: str) -> None:
    """Reach for another's trade: it is not there (I-21)."""
    other = person.choices.choice(person.others)
    known = [trade for trades in other.seen.values() for trade in trades]
    if not known:
        return
    trade = person.choices.choice(known)
    looked = person.call(device, "GET", f"/api/trades/{trade['id']}")
    closed = person.call(device, "POST", f"/api/trades/{trade['id']}/close", {"version": trade["version"]})
    for answer in (looked, closed):
        hidden = answer.status in {401, 404, 429, 503}
        person.findings.check(21, hidden, f"{person.name} got {answer.status} for a trade of {other.name}")
