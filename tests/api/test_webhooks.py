"""/api/hooks: whoever knows a trader's secret raises a signal, each message once; /api/signals lists them."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.domain.clocks.decide_messages import DECIDE
from chalicelib.security.webhook_proofs import TOLERANCE
from chalicelib.services.ai import hooks
from tests.api.ai_support import Body, hook, lock, made, secret_of, signed, trader_body
from tests.api.support import Answer, Api, User

ALERT: Body = {
    "id": "a1",
    "symbol": "BTCUSDT",
    "side": "buy",
    "price": 64250.5,
    "interval": "15",
    "note": "dip",
}


def post(api: Api, trader_id: str, message: object, **headers: str) -> Answer:
    """Send a webhook that is not signed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.send("POST", f"/api/hooks/{trader_id}", message, headers=named)


def signals_of(user: User) -> list[Body]:
    """List a user's signals."""
    found: list[Body] = user.get("/api/signals").json["items"]
    return found


def test_a_signed_message_raises_a_signal(api: Api, alice: User) -> None:
    """C-01: 202 `{signal_id}`; the signal is of the last closed candle, its setup score is 1 (C-13)."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    api.clock.at += timedelta(minutes=7)
    answer = hook(api, trader["id"], ALERT, secret)

    assert answer.status == 202
    assert signals_of(alice) == [
        {
            "id": answer.json["signal_id"],
            "at": "2026-03-02T15:07:00Z",
            "trader_id": trader["id"],
            "symbol": "BTCUSDT",
            "source": "WEBHOOK",
            "setup_score": 1,
            "candle": "2026-03-02T15:00:00Z",
            "decision_id": None,
        }
    ]


def test_who_cannot_sign_sends_the_secret(api: Api, alice: User) -> None:
    """C-01: TradingView fills a body and sets no header; the secret is kept nowhere of it."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    answer = post(api, trader["id"], {**ALERT, "price": "64250.5", "interval": 15, "secret": secret})

    assert answer.status == 202
    with api.jobs_database() as connection:
        told = connection.exec_driver_sql("select told, external_id from signals").one()
    assert told == ({"side": "buy", "price": 64250.5, "interval": "15", "note": "dip"}, "a1")


def test_an_alert_sent_twice_is_one_signal(api: Api, alice: User) -> None:
    """C-01, complaint: an alert from TradingView sent twice opens twice; here it is answered alike."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    first = post(api, trader["id"], {**ALERT, "secret": secret})
    again = post(api, trader["id"], {**ALERT, "note": "sent again", "secret": secret})
    signed_too = hook(api, trader["id"], ALERT, secret)
    by_key = [
        post(api, trader["id"], {"symbol": "BTCUSDT", "secret": secret}, Idempotency_Key="a2")
        for _ in range(2)
    ]

    assert [one.status for one in (first, again, signed_too, *by_key)] == [202] * 5
    assert first.json == again.json == signed_too.json != by_key[0].json == by_key[1].json
    assert len(signals_of(alice)) == 2


def test_a_recorded_message_cannot_be_played_again(api: Api, alice: User) -> None:
    """C-01: the same time and signature is the same message, with an id or without."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    message = {"symbol": "BTCUSDT", "side": "buy"}
    first = hook(api, trader["id"], message, secret)
    played = hook(api, trader["id"], message, secret)
    later = hook(api, trader["id"], message, secret, at=api.machine_now + timedelta(seconds=1))

    assert first.json == played.json != later.json
    assert len(signals_of(alice)) == 2


def test_one_message_that_comes_twice_at_once_is_one_signal(api: Api, alice: User) -> None:
    """I-20: two deliveries side by side."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: hook(api, trader["id"], ALERT, secret), range(4)))

    assert [one.status for one in answers] == [202] * 4
    assert len({one.json["signal_id"] for one in answers}) == len(signals_of(alice)) == 1


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(api: Api, alice: User, seconds: int) -> None:
    """C-13: tolerance both ways, on the machine's time and not on the product's."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    edge = api.machine_now + timedelta(seconds=seconds)
    beyond = edge + timedelta(seconds=1 if seconds > 0 else -1)

    assert timedelta(seconds=300) == TOLERANCE
    assert hook(api, trader["id"], ALERT, secret, at=beyond).status == 401
    assert hook(api, trader["id"], ALERT, secret, at=edge).status == 202


def test_whoever_does_not_know_the_secret_is_refused(api: Api, alice: User, bob: User) -> None:
    """C-01, C-13: 401, alike for a wrong secret, another's, none at all, and a trader that is not there."""
    trader, without, bobs = made(alice), made(alice), made(bob)
    secret, other = secret_of(alice, trader), secret_of(bob, bobs)
    raw = json.dumps(ALERT).encode()
    right = signed(secret, raw, api.machine_now)
    path = trader["id"]
    refused = [
        post(api, path, ALERT),
        post(api, path, {**ALERT, "secret": "guess"}),
        post(api, path, {**ALERT, "secret": ""}),
        post(api, path, {**ALERT, "secret": None}),
        post(api, path, {**ALERT, "secret": other}),
        post(api, path, {"secret": 5}),
        post(api, path, {**ALERT, "secret": secret}, X_Papertape_Signature="t=1,v1=00"),
        hook(api, path, ALERT, other),
        hook(api, path, ALERT, "guess"),
        post(api, path, {**ALERT, "note": "changed"}, X_Papertape_Signature=right),
        post(api, path, ALERT, X_Papertape_Signature=right.replace("v1", "v0")),
        api.send("POST", f"/api/hooks/{path}", raw=b"{nonsense"),
        post(api, without["id"], {**ALERT, "secret": secret}),
        hook(api, without["id"], ALERT, "nobody's"),
        post(api, str(uuid4()), {**ALERT, "secret": secret}),
        hook(api, str(uuid4()), ALERT, "nobody's"),
        post(api, "not-an-id", {**ALERT, "secret": secret}),
    ]

    assert {(one.status, one.kind, one.json["detail"]) for one in refused} == {
        (401, "unauthenticated", refused[0].json["detail"])
    }
    assert signals_of(alice) == signals_of(bob) == []


@pytest.mark.parametrize(
    "spelling", [str.upper, lambda header: header.replace(",", ", ")], ids=["upper", "spaced"]
)
def test_hex_may_be_written_in_either_case(api: Api, alice: User, spelling: Any) -> None:
    """A header as senders write it: letter case of the hex, a space after the comma."""
    trader = made(alice)
    raw = json.dumps(ALERT).encode()
    header = signed(secret_of(alice, trader), raw, api.machine_now)
    at, _, proof = header.partition(",v1=")
    sent = f"{at},v1={proof.upper()}" if spelling is str.upper else spelling(header)

    assert (
        api.send(
            "POST", f"/api/hooks/{trader['id']}", raw=raw, headers={"X-Papertape-Signature": sent}
        ).status
        == 202
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"symbol": "SOLUSDT"}, "symbol"),
        ({"symbol": "btcusdt"}, "symbol"),
        ({"symbol": None}, "symbol"),
        ({"note": "n" * 2001}, "note"),
        ({"side": 5}, "side"),
        ({"side": "b" * 21}, "side"),
        ({"price": "high"}, "price"),
        ({"price": True}, "price"),
        ({"price": -1}, "price"),
        ({"price": 1e300}, "price"),
        ({"interval": []}, "interval"),
        ({"id": ""}, "id"),
        ({"id": "i" * 101}, "id"),
        ({"leverage": 20}, "leverage"),
    ],
    ids=str,
)
def test_a_message_that_cannot_be_is_refused_by_field(api: Api, alice: User, change: Any, field: str) -> None:
    """C-13: a symbol outside the trader's list, a note beyond 2,000 characters; told to who signed."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    refused = hook(api, trader["id"], {**ALERT, **change}, secret)

    assert (refused.status, refused.kind, refused.fields) == (422, "invalid", {field})
    assert signals_of(alice) == []
    assert hook(api, trader["id"], {**ALERT, "note": "n" * 2000}, secret).status == 202


def test_what_is_no_json_is_told_to_who_signed_it(api: Api, alice: User) -> None:
    """api.md, Errors: 400 and 415, for a sender that proved who it is."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    headers = {"X-Papertape-Signature": signed(secret, b"[]", api.machine_now)}
    path = f"/api/hooks/{trader['id']}"

    assert api.send("POST", path, raw=b"[]", headers=headers).kind == "malformed"
    assert (
        api.send("POST", path, raw=b"[]", headers={**headers, "Content-Type": "text/plain"}).kind
        == "media-type"
    )


def test_a_trader_takes_ten_a_minute(api: Api, alice: User) -> None:
    """C-01, C-13: the eleventh is 429; refused sign-ins do not count; each trader for itself."""
    trader, other = made(alice), made(alice)
    secret, others = secret_of(alice, trader), secret_of(alice, other)
    for _ in range(20):
        post(api, trader["id"], {**ALERT, "secret": "guess"})
    let = [post(api, trader["id"], {**ALERT, "id": str(n), "secret": secret}).status for n in range(10)]
    refused = post(api, trader["id"], {**ALERT, "id": "10", "secret": secret})

    assert set(let) == {202}
    assert (refused.status, refused.kind) == (429, "too-many-requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert post(api, other["id"], {**ALERT, "secret": others}).status == 202
    assert len(signals_of(alice)) == hooks.PER_MINUTE + 1
    api.clock.at += timedelta(seconds=60)
    assert post(api, trader["id"], {**ALERT, "id": "10", "secret": secret}).status == 202


def test_a_new_secret_ends_the_old_one(api: Api, alice: User) -> None:
    """C-13: 201 `{secret}`, shown once, sealed at rest; the old one ends at once, the version stays."""
    trader = made(alice)
    old, new = secret_of(alice, trader), secret_of(alice, trader)

    assert old != new
    assert post(api, trader["id"], {**ALERT, "secret": old}).status == 401
    assert hook(api, trader["id"], ALERT, old).status == 401
    assert hook(api, trader["id"], ALERT, new).status == 202
    assert alice.get(f"/api/traders/{trader['id']}").json == trader
    with api.jobs_database() as connection:
        assert new not in str(connection.exec_driver_sql("select * from traders").all())


def test_a_key_shows_the_secret_again_and_keeps_it_sealed(api: Api, alice: User) -> None:
    """api.md, Idempotency: the first answer again, and no plain secret in the keys' table."""
    path = f"/api/traders/{made(alice)['id']}/secret"
    first = alice.post(path, Idempotency_Key="k")
    again = alice.post(path, Idempotency_Key="k")

    assert (first.status, again.status, again.json) == (201, 200, first.json)
    with api.jobs_database() as connection:
        kept = connection.exec_driver_sql("select body::text from idempotency_keys").scalars().all()
    assert first.json["secret"] not in str(kept)


@pytest.mark.parametrize(("act", "sent"), [("nothing", 1), ("pause", 1), ("off", 0), ("lock", 0)])
def test_what_runs_or_is_paused_is_sent_to_be_decided(api: Api, alice: User, act: str, sent: int) -> None:
    """C-07: paused ones are analysed too; of one that was stopped the signal is kept and nobody decides."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    match act:
        case "pause":
            alice.post(f"/api/traders/{trader['id']}/pause")
        case "off":
            alice.put(f"/api/traders/{trader['id']}", {**trader_body(trading__enabled=False), "version": 1})
        case "lock":
            lock(api, trader)
    answers = [hook(api, trader["id"], ALERT, secret) for _ in range(2)]

    told = [{"username": "alice", "signal": answers[0].json["signal_id"]}] * sent
    assert [payload for job, payload in api.bus.sent if job == DECIDE] == told


def test_a_removed_trader_takes_nothing(api: Api, alice: User) -> None:
    """C-12, complaint: a deleted bot trades on."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    alice.delete(f"/api/traders/{trader['id']}?version=1")

    assert hook(api, trader["id"], ALERT, secret).status == 401


def test_somebody_who_is_served_no_more_takes_nothing(api: Api, alice: User) -> None:
    """I-37: a disabled person's webhooks are refused from that moment on."""
    trader = made(alice)
    secret = secret_of(alice, trader)
    with api.environment.database.transaction("alice") as connection:
        connection.exec_driver_sql("update user_settings set state = 'DISABLED'")

    assert hook(api, trader["id"], ALERT, secret).status == 401


def test_signals_are_paged_and_each_sees_his_own(api: Api, alice: User, bob: User) -> None:
    """C-12: newest first, of all traders or one; nobody sees another's (A-10)."""
    traders = [made(alice), made(alice)]
    ids = []
    for trader in traders:
        secret = secret_of(alice, trader)
        for number in range(2):
            api.clock.at += timedelta(seconds=1)
            ids.append(hook(api, trader["id"], {**ALERT, "id": str(number)}, secret).json["signal_id"])
    first = alice.get("/api/signals?limit=3").json
    rest = alice.get(f"/api/signals?limit=3&cursor={first['next_cursor']}").json

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None
    of_one = alice.get(f"/api/signals?trader={traders[0]['id']}").json["items"]
    assert [item["id"] for item in of_one] == ids[1::-1]
    assert bob.get("/api/signals").json["items"] == []
    assert bob.get(f"/api/signals?trader={traders[0]['id']}").json["items"] == []
    assert alice.get("/api/signals?trader=x").fields == {"trader"}
    assert alice.get("/api/signals?cursor=zzz").fields == {"cursor"}
