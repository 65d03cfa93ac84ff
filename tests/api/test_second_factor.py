"""The second factor and the password, over a real sign-in service (moto's): A-17, api.md /api/me."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.security.cognito_client import CognitoClient
from infra.local.aws.aws import LocalAws, UserPool
from infra.local.database.postgres import DatabaseUrls
from tests.api.authenticator_app import AppOf
from tests.api.doubles import LIVE_ACCOUNT, LIVE_TOKEN
from tests.api.support import Answer, Api, User, access_token
from tests.security.test_cognito_client import PASSWORD, make_user, set_up_second_factor

NEW_PASSWORD = "Another-Passw0rd-9"
FACTOR, CONFIRM, NEW = "/api/me/second-factor", "/api/me/second-factor/confirm", "/api/me/password"
SWITCH = {"enable": True, "account_id": LIVE_ACCOUNT, "confirm": LIVE_ACCOUNT}


@pytest.fixture
def pool() -> Iterator[UserPool]:
    """A pool with one account."""
    aws = LocalAws()
    pool = aws.start()
    make_user(pool, "carol")
    yield pool
    aws.stop()


@pytest.fixture
def api(database_urls: DatabaseUrls, pool: UserPool) -> Iterator[Api]:
    """The API with a real sign-in service."""
    signin = CognitoClient(endpoint=pool.endpoint_url, key_set_url=pool.jwks_url, client_id=pool.client_id)
    api = Api(database_urls, signin)
    yield api
    api.close()


@pytest.fixture
def carol(api: Api) -> User:
    """Carol, signed in."""
    user = User(api, access_token("carol", jti="this-device", iat=int(api.machine_now.timestamp())))
    user.get("/api/me")
    return user


def sign_in(api: Api, **fields: object) -> Answer:
    return api.send("POST", "/api/session", {"username": "carol", "password": PASSWORD, **fields})


def set_up(carol: User) -> AppOf:
    """Set carol's app up as she would."""
    begun = carol.post(FACTOR, {"password": PASSWORD})
    assert begun.status == 200
    app = AppOf(carol.api, "carol", begun.json["secret"])
    assert begun.json["otpauth"] == f"otpauth://totp/papertape:carol?secret={app.secret}&issuer=papertape"
    assert carol.post(CONFIRM, {"code": app.code()}).status == 204
    return app


def told(carol: User) -> list[str]:
    return [alert["text"] for alert in carol.get("/api/alerts").json["items"]]


def test_it_is_set_up_by_password_and_code_and_asked_for_from_then_on(api: Api, carol: User) -> None:
    """A-17: secret, confirmed by a code; its owner is told; sign-in asks, and a wrong code is no code."""
    app = set_up(carol)

    assert told(carol) == ["A second factor was set up for your sign-in."]
    asked, wrong = sign_in(api), sign_in(api, code=app.code(steps=-9))
    assert [(one.status, one.json["challenge"]) for one in (asked, wrong)] == [
        (401, "SOFTWARE_TOKEN_MFA")
    ] * 2
    assert sign_in(api, code=app.code()).status == 200


def test_nothing_changes_before_the_right_code(api: Api, carol: User) -> None:
    """A secret that was never confirmed locks nobody out; it waits a quarter of an hour."""
    assert carol.post(CONFIRM, {"code": "123456"}).fields == {"code"}
    secret = carol.post(FACTOR, {"password": PASSWORD}).json["secret"]
    app = AppOf(api, "carol", secret)
    assert carol.post(CONFIRM, {"code": app.code(steps=5)}).fields == {"code"}
    assert sign_in(api).status == 200
    api.machine_now += timedelta(minutes=16)
    assert carol.post(CONFIRM, {"code": app.code()}).fields == {"code"}
    assert sign_in(api).status == 200


def test_a_stolen_access_token_sets_nothing_up(api: Api, carol: User, pool: UserPool) -> None:
    """A-12: neither here without the password, nor at Cognito's own interface for the live switch."""
    assert carol.post(FACTOR, {"password": "guessed"}).fields == {"password"}
    assert carol.post(FACTOR, {}).fields == {"password"}
    carol.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    stolen = sign_in(api).json["access_token"]
    set_up_second_factor(pool, stolen, "carol")
    refused = carol.post("/api/settings/live", {**SWITCH, "code": "123456"})

    assert (refused.status, refused.kind) == (403, "forbidden")


def test_another_app_at_cognito_does_not_replace_ours(api: Api, carol: User, pool: UserPool) -> None:
    """A-12: what was confirmed here switches live on, whatever a stolen token binds or unbinds there."""
    app = set_up(carol)
    carol.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    signed_in = sign_in(api, code=app.code()).json["access_token"]
    set_up_second_factor(pool, signed_in, "carol")
    api.context.signin.remove_second_factor(signed_in)

    assert carol.post("/api/settings/live", {**SWITCH, "code": app.code(steps=7)}).fields == {"code"}
    assert sign_in(api).json["challenge"] == "SOFTWARE_TOKEN_MFA"
    assert carol.post("/api/settings/live", {**SWITCH, "code": app.code()}).status == 200


def test_live_goes_on_with_a_fresh_code_and_its_owner_is_told(api: Api, carol: User) -> None:
    """A-12: proven within the call, each code once; off needs none."""
    app = set_up(carol)
    carol.put("/api/settings", {"tradier_live_token": LIVE_TOKEN})
    code = app.code()
    on = carol.post("/api/settings/live", {**SWITCH, "code": code})
    carol.post("/api/settings/live", {"enable": False})
    again = carol.post("/api/settings/live", {**SWITCH, "code": code})

    assert (on.status, on.json["broker_mode"]) == (200, "TRADIER_LIVE")
    said = f"Live trading was switched on for account {LIVE_ACCOUNT}: new orders use real money."
    assert said in told(carol)
    assert again.fields == {"code"}
    assert carol.get("/api/settings").json["broker_mode"] == "TRADIER_SANDBOX"
    api.machine_now += timedelta(seconds=30)
    assert carol.post("/api/settings/live", {**SWITCH, "code": app.code()}).status == 200


def test_codes_cannot_be_gone_through(api: Api, carol: User) -> None:
    """A-12: tries are counted, whether or not requests are."""
    app = set_up(carol)
    wrong = app.code(steps=50)
    statuses = [carol.post("/api/settings/live", {**SWITCH, "code": wrong}).status for _ in range(30)]

    assert set(statuses) == {422, 429}
    assert statuses[-1] == 429


def test_it_is_removed_by_password_and_code(api: Api, carol: User) -> None:
    """A-17: its owner is told; another one may be set up then, and none beside it."""
    app = set_up(carol)
    assert carol.post(FACTOR, {"password": PASSWORD}).status == 403
    remove = {"password": PASSWORD, "code": app.code()}
    assert api.send("DELETE", FACTOR, {**remove, "code": app.code(steps=9)}, token=carol.token).fields == {
        "code"
    }
    assert api.send("DELETE", FACTOR, {**remove, "password": "x"}, token=carol.token).fields == {"password"}
    assert api.send("DELETE", FACTOR, remove, token=carol.token).status == 204

    assert "The second factor was removed from your sign-in." in told(carol)
    assert sign_in(api).status == 200
    assert api.send("DELETE", FACTOR, remove, token=carol.token).status == 403


def test_a_new_password_ends_other_sessions(api: Api, carol: User) -> None:
    """A-17: what the operator made up is its owner's to change; this session goes on, others do not."""
    other = User(api, access_token("carol", jti="other", iat=int(api.machine_now.timestamp())))
    cookie = sign_in(api).headers["set-cookie"].partition(";")[0]
    assert other.get("/api/me").status == 200
    api.machine_now += timedelta(seconds=5)
    wrong = carol.post(NEW, {"password": "wrong", "new_password": NEW_PASSWORD})
    changed = carol.post(NEW, {"password": PASSWORD, "new_password": NEW_PASSWORD})

    assert wrong.fields == {"password"}
    assert (changed.status, changed.text) == (204, "")
    assert (carol.get("/api/me").status, other.get("/api/me").status) == (200, 401)
    assert api.send("POST", "/api/session/refresh", headers={"cookie": cookie}).status == 401
    renewed = changed.headers["set-cookie"].partition(";")[0]
    assert api.send("POST", "/api/session/refresh", headers={"cookie": renewed}).status == 200
    assert (sign_in(api).status, sign_in(api, password=NEW_PASSWORD).status) == (401, 200)
    assert told(carol) == ["Your password was changed; other sessions have ended."]


def test_a_new_password_needs_the_code_where_there_is_one(api: Api, carol: User) -> None:
    """A-17: with a second factor the password alone changes nothing."""
    app = set_up(carol)
    change = {"password": PASSWORD, "new_password": NEW_PASSWORD}

    assert carol.post(NEW, change).fields == {"code"}
    assert carol.post(NEW, {**change, "code": app.code()}).status == 204
    assert sign_in(api, password=NEW_PASSWORD, code=app.code()).status == 200


@pytest.mark.parametrize(
    ("method", "path"), [("POST", FACTOR), ("POST", CONFIRM), ("DELETE", FACTOR), ("POST", NEW)]
)
def test_personal_tokens_touch_none_of_it(api: Api, carol: User, method: str, path: str) -> None:
    """api.md: full sign-in only."""
    api.accounts.add("carol", sub="sub-of-carol")
    script = carol.post("/api/tokens", {"name": "n", "scope": "trade"}).json["token"]

    assert api.send(method, path, {"password": PASSWORD}, token=script).status == 403
