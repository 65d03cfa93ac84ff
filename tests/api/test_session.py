"""POST and DELETE /api/session over a real sign-in service (moto's), with its cookie."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.security.cognito_client import CognitoClient
from infra.local.aws.aws import LocalAws, UserPool
from infra.local.database.postgres import DatabaseUrls
from tests.api.support import Answer, Api
from tests.security.test_cognito_client import PASSWORD, make_user, set_up_second_factor


@pytest.fixture(scope="module")
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


def sign_in(api: Api, **fields: object) -> Answer:
    return api.send("POST", "/api/session", {"username": "carol", "password": PASSWORD, **fields})


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_a_session_is_an_access_token_and_a_guarded_cookie(api: Api) -> None:
    """api.md: HttpOnly, Secure, SameSite=Strict, limited to /api/session; no refresh token in the body."""
    answer = sign_in(api)
    attributes = {part.strip() for part in answer.headers["set-cookie"].split(";")[1:]}

    assert answer.status == 200
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/api/session"} <= attributes
    assert cookie_of(answer).partition("=")[2] not in answer.text


def test_the_cookie_renews_the_session(api: Api) -> None:
    """POST /api/session/refresh."""
    cookie = cookie_of(sign_in(api))
    renewed = api.send("POST", "/api/session/refresh", headers={"cookie": f"other=1; {cookie}"})

    assert (renewed.status, set(renewed.json)) == (200, {"access_token", "expires_in"})


def test_signing_out_ends_the_session_and_takes_the_cookie(api: Api) -> None:
    """DELETE /api/session."""
    cookie = cookie_of(sign_in(api))
    out = api.send("DELETE", "/api/session", headers={"cookie": cookie})
    again = api.send("DELETE", "/api/session")
    renewed = api.send("POST", "/api/session/refresh", headers={"cookie": cookie})

    assert (out.status, out.text, again.status) == (204, "", 204)
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert (renewed.status, renewed.kind) == (401, "unauthenticated")


def test_tries_to_sign_in_are_ten_a_minute_by_name_and_by_address(api: Api) -> None:
    """api.md, Time: a name is not guessed through, from one place or many; others sign in meanwhile."""
    api.throttle(600)

    def attempt(username: str, *addresses: str) -> Answer:
        body = {"username": username, "password": "wrong"}
        return api.send("POST", "/api/session", body, headers={"x-forwarded-for": ", ".join(addresses)})

    by_name = [attempt("carol", f"198.51.100.{number}", "edge").status for number in range(11)]
    by_address = [attempt(f"u{number}", "faked", "203.0.113.5", "edge").status for number in range(11)]
    elsewhere = attempt("dave", "203.0.113.5", "192.0.2.1", "edge")
    refused = attempt("Carol", "192.0.2.2", "edge")
    api.machine_now += timedelta(seconds=61)

    assert by_name == by_address == [401] * 10 + [429]
    assert elsewhere.status == 401
    assert (refused.status, refused.kind, "retry-after" in refused.headers) == (
        429,
        "too-many-requests",
        True,
    )
    assert sign_in(api).status == 200


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_wrong_name_and_a_wrong_password_look_alike(api: Api, fields: dict[str, str]) -> None:
    """401 in the same words."""
    answer = sign_in(api, **fields)

    assert (answer.status, answer.kind) == (401, "unauthenticated")
    assert answer.json["detail"] == "The name or the password is wrong."
    assert "challenge" not in answer.json


def test_a_second_factor_is_a_challenge(api: Api, pool: UserPool) -> None:
    """api.md: 401 with `challenge`, then the same call with `code`."""
    make_user(pool, "erin")
    set_up_second_factor(pool, sign_in(api, username="erin").json["access_token"], "erin")
    asked = sign_in(api, username="erin")
    answered = sign_in(api, username="erin", code="123456")

    assert (asked.status, asked.json["challenge"]) == (401, "SOFTWARE_TOKEN_MFA")
    assert answered.status == 200


@pytest.mark.parametrize(
    "cookie", ["", "papertape_refresh=", "papertape_refresh=invented", "papertape_refresh"]
)
def test_without_a_good_cookie_nothing_is_renewed(api: Api, cookie: str) -> None:
    """401."""
    assert api.send("POST", "/api/session/refresh", headers={"cookie": cookie}).status == 401


@pytest.mark.parametrize("fields", [{"username": ""}, {"password": 5}, {"code": "12345"}, {"remember": True}])
def test_a_sign_in_has_its_fields(api: Api, fields: dict[str, object]) -> None:
    """422 with the field."""
    answer = sign_in(api, **fields)

    assert (answer.status, answer.fields) == (422, set(fields))


def test_a_sign_in_service_that_is_away_is_503(database_urls: DatabaseUrls) -> None:
    """Nothing was done; Retry-After."""
    api = Api(database_urls)
    answer = sign_in(api)
    api.close()

    assert (answer.status, answer.kind) == (503, "unavailable")
