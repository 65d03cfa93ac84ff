"""The API as its callers meet it: Chalice's local gateway, a real database, faked brokers and quotes.

A caller speaks HTTP in small: method, path, headers, body; the answer is checked to be what every answer is.
"""

import base64
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway, RouteMatcher
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import Connection

from chalicelib.api.authentication import Authenticator
from chalicelib.api.context import ApiContext
from chalicelib.api.openapi import response_model
from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES
from chalicelib.api.routing import Route
from chalicelib.models.directory import Models
from chalicelib.models.settings import ModelSettings
from chalicelib.notify.directory import ChannelSettings, build_channels, ses_client
from chalicelib.security.cognito import AccessTokenVerifier, PoolKeys
from chalicelib.security.cognito_client import CognitoClient
from chalicelib.security.sealing import AesSealer, KeyRing
from chalicelib.services.environment import Environment
from chalicelib.services.market.kept_answers import KeptAnswers
from chalicelib.services.sign_in.token_owners import TokenOwners
from chalicelib.store.accounts.budget import CallWindows
from chalicelib.store.accounts.deployment import OrderTags
from chalicelib.store.database import Database
from chalicelib.store.engine import open_engine
from chalicelib.vendors.http import HttpPool
from infra.local.aws.memory_accounts import MemoryAccounts
from infra.local.aws.objects import MemoryObjects
from infra.local.database.postgres import DatabaseUrls
from tests.api.doubles import (
    FakeBrokers,
    FakeMarket,
    HandClock,
    KnownConnections,
    MessageBox,
    SystemRandomness,
    no_closures,
)
from tests.brokers.support import OpenBudget

MACHINE_NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool"
CLIENT = "client-1"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_JWKS: Mapping[str, object] = {
    "keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key())), "kid": "k1"}]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str
    data: bytes = b""

    @property
    def json(self) -> Any:  # Any: tests look into free JSON
        return json.loads(self.text)

    @property
    def kind(self) -> str:
        """Return the last word of a problem's `type`."""
        return str(self.json["type"]).rpartition("/")[2]

    @property
    def fields(self) -> set[str]:
        """Return the fields that a 422 names."""
        return {str(error["field"]) for error in self.json["errors"]}


class Api:
    """The API over one database; every part of its outside can be reached by a test."""

    def __init__(self, urls: DatabaseUrls, signin: CognitoClient | None = None) -> None:
        self.clock = HandClock()
        self.machine_now = MACHINE_NOW
        self.engine = open_engine(urls.app)
        self.urls = urls
        self.connections = KnownConnections()
        self.brokers = FakeBrokers()
        self.market = FakeMarket(self.clock)
        self.bus = MessageBox()
        self.environment = Environment(
            objects=MemoryObjects(),
            histories=MemoryObjects(),
            database=Database(self.engine, self.clock),
            clock=self.clock,
            randomness=SystemRandomness(),
            bus=self.bus,
            brokers=self.brokers,
            paper_floor=self.brokers,
            connections=self.connections,
            market_data=self.market,
            models=Models(ModelSettings(), budget=OpenBudget(), clock=self.clock, http=HttpPool()),
            sealer=AesSealer(KeyRing({"k1": bytes(32)}, current="k1"), os.urandom),
            channels=build_channels(ChannelSettings(), HttpPool(), ses=ses_client),
            closures=no_closures,
            tags=OrderTags(Database(self.engine, self.clock), os.urandom),
        )
        self.accounts = MemoryAccounts()
        self.context = self._context(signin)
        self.app = Chalice(app_name="papertape-test")
        register_routes(self.app, ROUTES, lambda: self.context)
        self._matcher = RouteMatcher(list(self.app.routes))
        self._gateway = LocalGateway(self.app, Config.create(lambda_timeout=30))

    def _context(self, signin: CognitoClient | None) -> ApiContext:
        verifier = AccessTokenVerifier(
            issuer=ISSUER,
            client_id=CLIENT,
            keys=PoolKeys(lambda: _JWKS, self.clock.monotonic),
            machine_time=self._machine_time,
        )
        nowhere = "http://127.0.0.1:9"
        return ApiContext(
            environment=self.environment,
            authenticator=Authenticator(
                self.environment,
                verifier,
                self._machine_time,
                TokenOwners(self.environment, self.accounts, self._machine_time),
            ),
            accounts=self.accounts,
            signin=signin or CognitoClient(endpoint=nowhere, key_set_url=nowhere, client_id=CLIENT),
            machine_time=self._machine_time,
            kept=KeptAnswers(self.clock),
            sign_ins=CallWindows(self.environment.database),
        )

    def _machine_time(self) -> datetime:
        return self.machine_now

    def use(self, environment: Environment) -> None:
        """Put a composed product behind the routes in place of the parts that are made up here."""
        self.environment = environment
        self.context = replace(self._context(None), kept=KeptAnswers(environment.clock))

    def use_signin(self, service: object) -> None:
        """Put another sign-in service in place."""
        self.context = replace(self.context, signin=service)  # type: ignore[arg-type]  # a fake of one call

    def throttle(self, requests_per_minute: int) -> None:
        """Count requests from now on."""
        self.context = replace(self.context, requests_per_minute=requests_per_minute)

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Take the database away for a while."""
        present = self.context
        nowhere = open_engine("postgresql://papertape_app@127.0.0.1:9/papertape")
        environment = self.environment.with_database(Database(nowhere, self.clock))
        self.context = replace(present, environment=environment)
        yield
        self.context = present
        nowhere.dispose()

    @contextmanager
    def jobs_database(self) -> Iterator[Connection]:
        """Act as the jobs do, in one transaction."""
        engine = open_engine(self.urls.jobs)
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Make one request; whatever comes back must be an answer of this API."""
        sent = {"accept": "*/*"} | {name.lower(): value for name, value in (headers or {}).items()}
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            sent.setdefault("content-type", "application/json")
        response = self._gateway.handle_request(method, path, sent, raw)
        many = {name: ", ".join(values) for name, values in response["multiValueHeaders"].items()}
        answer = Answer(
            status=response["statusCode"],
            headers={name.lower(): value for name, value in {**response["headers"], **many}.items()},
            **_body(response),
        )
        _check(answer, self._files_of(method, path))
        self._check_shape(method, path, answer)
        return answer

    def _route_of(self, method: str, path: str) -> Route | None:
        pattern = self._matcher.match_route(path).route
        return next((one for one in ROUTES if (one.method, one.path) == (method, pattern)), None)

    def _files_of(self, method: str, path: str) -> Sequence[str]:
        route = self._route_of(method, path)
        return () if route is None else route.files

    def _check_shape(self, method: str, path: str, answer: Answer) -> None:
        """Hold an answer against the model that the route table names for it: these fields and no others."""
        route = self._route_of(method, path)
        if route is None or answer.status >= 400:
            return
        assert answer.status in route.answers, f"{route.name} answers {answer.status}, which is not declared"
        name = route.answers[answer.status]
        if name is None:
            assert answer.text == ""
            return
        if answer.headers["content-type"] == "application/json":
            response_model(name).model_validate(answer.json)

    def user(self, name: str = "alice", *, sub: str | None = None, groups: Sequence[str] = ()) -> "User":
        """Return a signed-in user, who has an account."""
        self.accounts.add(name, sub=sub or f"sub-of-{name.lower()}", groups=groups)
        return User(self, access_token(name, sub=sub, groups=groups))


def _body(response: Mapping[str, Any]) -> dict[str, Any]:  # Any: the gateway's answer
    body = response["body"]
    if response.get("isBase64Encoded"):
        return {"text": "", "data": base64.b64decode(body)}
    return {"text": body}


def _check(answer: Answer, files: Sequence[str]) -> None:
    """Hold an answer against what api.md says of every answer."""
    assert answer.status < 500 or answer.status == 503, answer.text
    assert answer.headers["cache-control"] == "no-store"
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json
        assert problem["status"] == answer.status
        assert {"type", "title", "status", "detail"} <= set(problem)
        assert ("errors" in problem) == (answer.kind == "invalid")
        assert ("retry-after" in answer.headers) == (
            answer.kind in {"too-many-requests", "unavailable", "in-progress"}
        )
    elif answer.text:
        media_type = answer.headers["content-type"].partition(";")[0]
        assert media_type in {"application/json", *files}


@dataclass(frozen=True, slots=True)
class User:
    """A caller with a token."""

    api: Api
    token: str

    def get(self, path: str, **headers: str) -> Answer:
        return self.api.send("GET", path, token=self.token, headers=_named(headers))

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.api.send("POST", path, body, token=self.token, headers=_named(headers))

    def put(self, path: str, body: object, **headers: str) -> Answer:
        return self.api.send("PUT", path, body, token=self.token, headers=_named(headers))

    def patch(self, path: str, body: object, **headers: str) -> Answer:
        return self.api.send("PATCH", path, body, token=self.token, headers=_named(headers))

    def delete(self, path: str, **headers: str) -> Answer:
        return self.api.send("DELETE", path, token=self.token, headers=_named(headers))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def access_token(
    name: str,
    *,
    sub: str | None = None,
    groups: Sequence[str] = (),
    expires_in: timedelta = timedelta(hours=1),
    **changes: object,
) -> str:
    """Sign an access token as the pool would."""
    claims: dict[str, object] = {
        "iss": ISSUER,
        "sub": sub or f"sub-of-{name.lower()}",
        "client_id": CLIENT,
        "token_use": "access",
        "username": name,
        "exp": int((MACHINE_NOW + expires_in).timestamp()),
        **({"cognito:groups": list(groups)} if groups else {}),
        **changes,
    }
    return jwt.encode(claims, _KEY, algorithm="RS256", headers={"kid": "k1"})
