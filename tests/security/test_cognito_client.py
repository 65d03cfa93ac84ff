"""Cognito's user calls against moto's server: the words are Cognito's, and so are the refusals."""

from collections.abc import Iterator

import pytest

from chalicelib.security.cognito_client import CognitoClient
from chalicelib.security.errors import SigninRefused, SigninUnavailable
from infra.local.aws.aws import LocalAws, UserPool, client

PASSWORD = "Correct-Horse-9"


@pytest.fixture(scope="module")
def pool() -> Iterator[UserPool]:
    """A pool with one account."""
    aws = LocalAws()
    pool = aws.start()
    make_user(pool, "carol")
    yield pool
    aws.stop()


def make_user(pool: UserPool, username: str) -> None:
    cognito = client("cognito-idp", pool.endpoint_url)
    cognito.admin_create_user(UserPoolId=pool.pool_id, Username=username, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool.pool_id, Username=username, Password=PASSWORD, Permanent=True
    )


@pytest.fixture
def cognito(pool: UserPool) -> CognitoClient:
    return CognitoClient(endpoint=pool.endpoint_url, key_set_url=pool.jwks_url, client_id=pool.client_id)


def set_up_second_factor(pool: UserPool, access_token: str, username: str) -> None:
    """Set an authenticator app up, as the settings of an account do."""
    admin = client("cognito-idp", pool.endpoint_url)
    admin.associate_software_token(AccessToken=access_token)
    admin.verify_software_token(AccessToken=access_token, UserCode="123456")
    admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id,
        Username=username,
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
    )


def test_a_password_opens_a_session_and_its_refresh_token_renews_it(cognito: CognitoClient) -> None:
    """POST /api/session and /refresh."""
    session = cognito.sign_in("carol", PASSWORD, None)
    assert session.refresh_token is not None
    renewed = cognito.refresh(session.refresh_token)

    assert session.access_token.count(".") == renewed.access_token.count(".") == 2
    assert session.expires_in > 0


def test_a_refresh_token_is_used_once_and_two_tabs_both_get_their_answer(cognito: CognitoClient) -> None:
    """Rotation: a copied cookie does not stand beside the real one; renewing twice at once is no theft."""
    first = cognito.sign_in("carol", PASSWORD, None).refresh_token
    assert first is not None
    one, other = cognito.refresh(first), cognito.refresh(first)
    assert one.refresh_token is not None
    assert other.refresh_token is not None
    cognito.sign_out(one.refresh_token)

    assert len({first, one.refresh_token, other.refresh_token}) == 3
    with pytest.raises(SigninRefused):
        cognito.refresh(one.refresh_token)


@pytest.mark.parametrize(("username", "password"), [("carol", "wrong"), ("nobody", PASSWORD)])
def test_wrong_name_and_wrong_password_are_one_refusal(
    cognito: CognitoClient, username: str, password: str
) -> None:
    """Names cannot be probed."""
    with pytest.raises(SigninRefused) as refused:
        cognito.sign_in(username, password, None)

    assert refused.value.challenge is None


def test_a_second_factor_is_asked_for_and_then_taken(cognito: CognitoClient, pool: UserPool) -> None:
    """api.md: 401 with `challenge`, then the same call with `code`."""
    make_user(pool, "dora")
    first = cognito.sign_in("dora", PASSWORD, None)
    set_up_second_factor(pool, first.access_token, "dora")
    with pytest.raises(SigninRefused) as refused:
        cognito.sign_in("dora", PASSWORD, None)
    session = cognito.sign_in("dora", PASSWORD, "123456")

    assert refused.value.challenge == "SOFTWARE_TOKEN_MFA"
    cognito.remove_second_factor(session.access_token)
    assert cognito.sign_in("dora", PASSWORD, None).access_token


def test_after_signing_out_the_refresh_token_is_dead(cognito: CognitoClient) -> None:
    """DELETE /api/session; signing out twice is as good as once, and other devices stay signed in."""
    session = cognito.sign_in("carol", PASSWORD, None)
    other_device = cognito.sign_in("carol", PASSWORD, None)
    assert session.refresh_token is not None
    assert other_device.refresh_token is not None
    cognito.sign_out(session.refresh_token)
    cognito.sign_out(session.refresh_token)

    with pytest.raises(SigninRefused):
        cognito.refresh(session.refresh_token)
    assert cognito.refresh(other_device.refresh_token).access_token


def test_each_app_has_a_secret_of_its_own_and_is_asked_for_once_confirmed(
    cognito: CognitoClient, pool: UserPool
) -> None:
    """POST /api/me/second-factor and /confirm."""
    make_user(pool, "fay")
    session = cognito.sign_in("fay", PASSWORD, None)
    first, second = (cognito.begin_second_factor(session.access_token) for _ in range(2))
    assert first != second
    assert cognito.sign_in("fay", PASSWORD, None).access_token
    cognito.confirm_second_factor(session.access_token, "123456")
    with pytest.raises(SigninRefused) as refused:
        cognito.sign_in("fay", PASSWORD, None)

    assert refused.value.challenge == "SOFTWARE_TOKEN_MFA"


def test_an_invented_token_changes_nothing(cognito: CognitoClient) -> None:
    """Each of the calls that change a sign-in refuses it."""
    for call in (cognito.begin_second_factor, cognito.remove_second_factor, cognito.sign_out_everywhere):
        with pytest.raises(SigninRefused):
            call("invented")


def test_a_sign_in_service_that_is_away_is_trouble(pool: UserPool) -> None:
    """503, nothing was done."""
    away = CognitoClient(
        endpoint="http://127.0.0.1:9", key_set_url="http://127.0.0.1:9/jwks", client_id=pool.client_id
    )
    with pytest.raises(SigninUnavailable):
        away.sign_in("carol", PASSWORD, None)
    with pytest.raises(SigninUnavailable):
        away.key_set()
    no_address = CognitoClient(endpoint="file:///etc", key_set_url="file:///etc/passwd", client_id="x")
    with pytest.raises(SigninUnavailable):
        no_address.key_set()


def test_the_key_set_is_read_as_published(cognito: CognitoClient) -> None:
    """RSA keys with ids."""
    keys = cognito.key_set()["keys"]

    assert isinstance(keys, list)
    assert all(key["kty"] == "RSA" and key["kid"] for key in keys)
