"""moto's server as papertape's cloud: accounts that last, tokens that verify, schedules as defined."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.json_value import JsonValue
from chalicelib.security.accounts import CognitoAccounts, operators
from chalicelib.security.errors import SigninUnavailable
from infra.local.aws.accounts import (
    BINANCE_ACCOUNTS,
    IBKR_ACCOUNTS,
    SCHWAB_ACCOUNTS,
    TASTYTRADE_ACCOUNTS,
    Account,
    AccountBook,
    new_password,
)
from infra.local.aws.aws import LocalAws, UserPool, client, make_account
from infra.local.aws.told_users import told_users
from infra.local.seed.private_files import write_private


class Cloud:
    def __init__(self, path: Path) -> None:
        self.book = AccountBook(path)
        self.aws = LocalAws()
        self.pool: UserPool = self.aws.start()

    def claims(self, token: str) -> dict[str, Any]:
        with urllib.request.urlopen(self.pool.jwks_url) as answer:  # noqa: S310  # http on loopback
            keys = {key["kid"]: jwt.PyJWK(key) for key in json.load(answer)["keys"]}
        key = keys[jwt.get_unverified_header(token)["kid"]]
        decoded: dict[str, Any] = jwt.decode(token, key=key, algorithms=["RS256"], issuer=self.pool.issuer)
        return decoded


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path_factory.mktemp("aws") / "accounts.json")
    cloud.book.ensure_demo_users()
    cloud.aws.make_resources({"sealing-keys": "{}"})
    cloud.aws.restore_accounts(cloud.pool, cloud.book)
    yield cloud
    cloud.aws.stop()


def test_a_demo_token_verifies_by_the_key_set_and_outlives_any_run(cloud: Cloud) -> None:
    """local.md: tokens in state.json outlive the stack's run; claims `sub` and `username`."""
    claims = cloud.claims(cloud.aws.access_token(cloud.pool, "alice"))
    alice = cloud.book.get("alice")

    assert alice is not None
    assert (claims["sub"], claims["username"], claims["token_use"]) == (alice.sub, "alice", "access")
    assert claims["client_id"] == cloud.pool.client_id
    assert claims["exp"] > time.time() + 365 * 24 * 3600
    assert claims["cognito:groups"] == ["elite"]


def test_a_demo_user_signs_in_with_the_password_that_was_kept(cloud: Cloud) -> None:
    bob = cloud.book.get("bob")
    assert bob is not None
    cognito = client("cognito-idp", cloud.pool.endpoint_url)
    tokens = cognito.initiate_auth(
        ClientId=cloud.pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "bob", "PASSWORD": bob.password},
    )["AuthenticationResult"]

    assert cloud.claims(tokens["AccessToken"])["username"] == "bob"
    assert cloud.claims(tokens["AccessToken"])["cognito:groups"] == ["pro"]


def test_an_account_keeps_its_sub_over_a_restart(cloud: Cloud, tmp_path: Path) -> None:
    """A-10: a known name with another `sub` is refused, so the local pool must not forget it."""
    kept = AccountBook(tmp_path / "accounts.json")
    kept.put(Account(username="dora", password=new_password(), sub="5b1c5a0e-0000-4000-8000-000000000001"))
    cloud.aws.restore_accounts(cloud.pool, kept)

    claims = cloud.claims(cloud.aws.access_token(cloud.pool, "dora"))
    assert claims["sub"] == "5b1c5a0e-0000-4000-8000-000000000001"


def test_the_operator_makes_accounts_in_a_running_stack(cloud: Cloud) -> None:
    sub = make_account(cloud.pool, Account(username="dave", password=new_password()))

    assert cloud.claims(cloud.aws.access_token(cloud.pool, "dave"))["sub"] == sub


def test_the_schedules_are_made_from_the_definitions_that_are_deployed(cloud: Cloud) -> None:
    scheduler = client("scheduler", cloud.pool.endpoint_url)
    made = {
        name: scheduler.get_schedule(Name=name)
        for name in (one["Name"] for one in scheduler.list_schedules()["Schedules"])
    }

    assert {name: one["ScheduleExpression"] for name, one in made.items()} == {
        f"papertape-{schedule.name}": schedule.expression for schedule in SCHEDULES
    }
    assert {name: one["ScheduleExpressionTimezone"] for name, one in made.items()} == {
        f"papertape-{schedule.name}": schedule.timezone for schedule in SCHEDULES
    }


def test_the_files_of_accounts_are_their_owners_alone(cloud: Cloud, tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    AccountBook(path).ensure_demo_users()

    assert path.stat().st_mode & 0o777 == 0o600


def test_demo_users_of_an_older_stack_get_a_live_token_and_keep_the_rest(tmp_path: Path) -> None:
    """local.md, Demo users: a token at the live emulator, told of and never stored in the product."""
    book = AccountBook(tmp_path / "accounts.json")
    book.put(Account(username="alice", password="kept", sub="kept too", broker_token="of-the-sandbox"))
    book.ensure_demo_users()
    alice, bob = (book.get(name) for name in ("alice", "bob"))
    assert alice is not None
    assert bob is not None

    assert (alice.password, alice.sub, alice.broker_token) == ("kept", "kept too", "of-the-sandbox")
    assert len({alice.live_token, bob.live_token, alice.broker_token, bob.broker_token}) == 4


def test_an_older_stacks_operator_stays_one_and_alice_becomes_who_she_is(tmp_path: Path) -> None:
    """local.md, Systems B and C: a user of each tier, and an operator apart."""
    path = tmp_path / "accounts.json"
    older: dict[str, JsonValue] = {"username": "alice", "password": "kept", "sub": "a", "operator": True}
    write_private(path, {"alice": dict(older), "erin": {**older, "username": "erin"}})
    book = AccountBook(path)
    book.ensure_demo_users()

    groups = {account.username: account.groups for account in AccountBook(path)}
    assert groups == {
        "alice": ("elite",),
        "erin": ("operator",),
        "bob": ("pro",),
        "carol": ("free",),
        "olga": ("operator",),
    }


def test_who_is_told_has_an_account_at_each_broker_as_a_connection_takes_it(tmp_path: Path) -> None:
    """local.md: `brokers` as `PUT /api/connections/{broker}` takes them (W-03); the operator has none."""
    book = AccountBook(tmp_path / "accounts.json")
    book.ensure_demo_users()
    names = ("alice", "bob", "carol", "olga")
    alice, bob, carol, olga = told_users(book, dict.fromkeys(names, "a token"))

    assert isinstance(olga, dict)
    assert olga["brokers"] == {}
    assert olga["account_id"] is None
    for name, user, groups in (
        ("alice", alice, ["elite"]),
        ("bob", bob, ["pro"]),
        ("carol", carol, ["free"]),
    ):
        kept = book.get(name)
        assert kept is not None
        assert isinstance(user, dict)
        assert user["groups"] == groups
        assert user["brokers"] == {
            "tradier": {
                "environment": "paper",
                "account_id": user["account_id"],
                "credentials": {"token": user["broker_token"]},
            },
            "ibkr": {
                "environment": "paper",
                "account_id": IBKR_ACCOUNTS[name],
                "credentials": json.loads(kept.ibkr),
            },
            "tastytrade": {
                "environment": "paper",
                "account_id": TASTYTRADE_ACCOUNTS[name],
                "credentials": {
                    "client_secret": kept.tastytrade_secret,
                    "refresh_token": kept.tastytrade_token,
                },
            },
            "schwab": {
                "environment": "live",
                "account_id": SCHWAB_ACCOUNTS[name],
                "credentials": {"client_id": kept.schwab_key, "client_secret": kept.schwab_secret},
            },
            "binance": {
                "environment": "paper",
                "account_id": BINANCE_ACCOUNTS[name],
                "credentials": {"api_key": kept.binance_key, "api_secret": kept.binance_secret},
            },
        }


def test_the_pool_says_who_is_here_and_ends_them(cloud: Cloud) -> None:
    """A-10: the calls of an operator, by the product's own client."""
    make_account(cloud.pool, Account(username="erin", password=new_password()))
    accounts = CognitoAccounts(cloud.pool.pool_id, lambda: client("cognito-idp", cloud.pool.endpoint_url))
    found = accounts.find("erin")

    assert found is not None
    assert found.enabled
    assert {"alice", "bob", "erin", "olga"} <= {one.username for one in accounts.list_all()}
    assert operators(accounts) == {"olga"}
    assert accounts.groups() == ["elite", "free", "operator", "pro"]
    assert accounts.members("nobodys") == frozenset()
    accounts.disable("erin")
    disabled = accounts.find("erin")
    assert disabled is not None
    assert not disabled.enabled
    accounts.enable("erin")
    assert accounts.find("erin") == found
    accounts.delete("erin")
    accounts.delete("erin")
    assert accounts.find("erin") is None


def test_a_pool_that_is_away_is_no_answer(cloud: Cloud) -> None:
    """I-24: whoever asks can tell it from "no such account"."""
    accounts = CognitoAccounts(cloud.pool.pool_id, lambda: client("cognito-idp", "http://127.0.0.1:9"))

    with pytest.raises(SigninUnavailable):
        accounts.find("alice")
