"""Whatever the OpenAPI document allows or forbids is sent: no 5xx, no leak, no undescribed answer."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
import schemathesis
from chalice.app import Chalice
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.api.registration import register_routes
from chalicelib.api.routes import ROUTES
from chalicelib.security.cognito_client import SignedIn
from chalicelib.security.errors import SigninRefused
from infra.local.day.rig import Rig, started
from infra.local.front.gateway import Gateway
from infra.local.front.web import Environ, StartResponse, send

pytestmark = pytest.mark.slow

IN_SESSION: Final = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
#: The document's calls that talk to the sign-in service, which this rig does not have: tests/api covers them.
SIGN_IN: Final = "/api/session"
#: What no answer may hold, whatever was asked: SQL, stack traces, our own modules, sealed text.
#: `trade_legs` stands beside `paper_trades` in every statement; the latter is a word of C-13 as well.
TELLTALES: Final = (b"Traceback", b"sqlalchemy", b"psycopg", b"chalicelib", b"trade_legs", b"sealed")
EXAMPLES: Final = 16
#: A standing clock never refills the budget of calls to the broker.
SECONDS_BETWEEN_CALLS: Final = timedelta(seconds=2)
Case = schemathesis.Case[Any]  # Any: whatever JSON the document allows
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SECRETS: Final = {name: f"broker-token-of-{name}-0123456789" for name in ("alice", "bob")}


@dataclass(frozen=True, slots=True)
class Target:
    """The whole product behind one WSGI application, and what two users have in it."""

    app: Any  # Any: a WSGI application, called by schemathesis alone
    rig: Rig
    tokens: dict[str, str]
    contract: dict[str, object]
    own_ids: list[str]
    foreign_ids: list[str]

    def version_of(self, trade_id: str) -> int:
        """Return the version of an own trade, 1 for a foreign one."""
        read = self.rig.gateway.call("GET", f"/api/trades/{trade_id}", token=self.tokens["alice"])
        return int(read.body["version"]) if read.status == 200 else 1


class NoPassword:
    """A sign-in service that knows no password."""

    def sign_in(self, username: str, password: str, code: str | None) -> SignedIn:
        raise SigninRefused


def _settings_of(name: str) -> dict[str, object]:
    return {
        "tradier_sandbox_token": SECRETS[name],
        "tradier_sandbox_account_id": f"VA-{name}",
        "account_balance": 1_000_000,
        "max_positions": 1000,
        "daily_loss_limit": 1_000_000,
        "heat_limit_pct": 100,
    }


def _open_account(rig: Rig, name: str, token: str) -> None:
    rig.open_account(f"VA-{name}", SECRETS[name], name)
    stored = rig.gateway.call("PUT", "/api/settings", token=token, body=_settings_of(name))
    assert stored.status == 200, stored.body


def _contract(rig: Rig, token: str) -> dict[str, object]:
    """Return a contract near the money, as a ticket names it."""
    expiry = rig.gateway.call("GET", "/api/market/expirations?symbol=SPY", token=token).body["items"][4]
    chain = rig.gateway.call("GET", f"/api/market/chain?symbol=SPY&expiry={expiry}", token=token).body
    near = min(chain["items"], key=lambda item: abs(item["strike"] - chain["underlying_price"]))
    return {"ticker": "SPY", "option_type": near["option_type"], "expiry": expiry, "strike": near["strike"]}


def _place(rig: Rig, token: str, contract: Mapping[str, object]) -> list[str]:
    """Place a market order, one with a stop, and one that rests; return their trades' ids."""
    placed = [
        rig.gateway.call(
            "POST",
            "/api/trades",
            token=token,
            body={"order_type": "market", **contract, **extra},
        )
        for extra in ({}, {"sl_price": 0.5}, {"order_type": "limit", "limit_price": 0.05})
    ]
    assert [answer.status for answer in placed] == [201] * 3, placed
    return [str(answer.body["id"]) for answer in placed]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The product on a standing clock in the middle of a session, without faults."""
    with started(
        tmp_path_factory.mktemp("fuzz"),
        seed=1,
        begins_at=IN_SESSION,
        replay=None,
        machine_time=lambda: datetime.now(UTC),
    ) as rig:
        tokens = {name: rig.sign_in.access_token(name) for name in SECRETS}
        for name, token in tokens.items():
            _open_account(rig, name, token)
        contract = _contract(rig, tokens["alice"])
        ids = {name: _place(rig, token, contract) for name, token in tokens.items()}
        app = Chalice(app_name="papertape-fuzz")
        context = replace(rig.gateway.context, signin=NoPassword())  # type: ignore[arg-type]
        register_routes(app, ROUTES, lambda: context)
        gateway = Gateway(app)

        def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
            environ.pop("REQUEST_URI", None)  # werkzeug's test client leaves the query out of it
            return send(gateway.answer(environ), start_response, head=environ["REQUEST_METHOD"] == "HEAD")

        yield Target(
            app=wsgi,
            rig=rig,
            tokens=tokens,
            contract=contract,
            own_ids=ids["alice"],
            foreign_ids=ids["bob"],
        )


@pytest.fixture(scope="module")
def document(target: Target) -> Mapping[str, Any]:  # Any: operations, found by their path and method
    """The document as the product serves it."""
    loaded: Mapping[str, Any] = schemathesis.openapi.from_wsgi("/api/openapi.json", target.app)
    return loaded


FUZZED: Final = [route for route in ROUTES if not route.path.startswith(SIGN_IN)]
CALLS: Final = [pytest.param(route.method, route.path, id=route.name) for route in FUZZED]
BREAKABLE_CALLS: Final = [
    pytest.param(route.method, route.path, id=route.name)
    for route in FUZZED
    # Any text is a CSV file; what is none has its tests beside the import's own.
    if not route.reads_csv
    and (route.query is not None or "{id}" in route.path or route.method in {"POST", "PUT", "PATCH"})
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_call_as_described_gets_a_described_answer_that_leaks_nothing(
    target: Target, document: Mapping[str, Any], method: str, path: str
) -> None:
    """api.md, Errors: never a 5xx, never a stack trace, token or SQL text; I-21: nothing of another user.

    Half of the cases speak of contracts, trades and versions that exist, so that they reach the services.
    """
    known_ids = st.sampled_from([*target.own_ids, *target.foreign_ids])

    @given(case=document[path][method].as_strategy(), known_id=st.none() | known_ids)
    @bounded
    def hold(case: Case, known_id: str | None) -> None:
        if known_id is not None:
            _speak_of_what_exists(target, case, known_id)
        _send_and_hold(target, case)

    hold()


@pytest.mark.parametrize(("method", "path"), BREAKABLE_CALLS)
def test_a_call_that_breaks_its_description_is_refused_and_leaks_nothing(
    target: Target, document: Mapping[str, Any], method: str, path: str
) -> None:
    """api.md, Bounds and Errors: what the document forbids is answered with a 4xx of its own."""
    operation = document[path][method]

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    @bounded
    def hold(case: Case) -> None:
        _send_and_hold(target, case)

    hold()


def _speak_of_what_exists(target: Target, case: Case, known_id: str) -> None:
    """Put a real trade, its version and a real contract where a case names some."""
    facts: dict[str, Any] = {  # Any: JSON of several kinds
        **target.contract,
        "symbol": target.contract["ticker"],
        "symbols": "SPY,QQQ",
        "version": target.version_of(known_id),
    }
    if "id" in case.path_parameters:
        case.path_parameters["id"] = known_id
    for part in (case.query, case.body):
        if isinstance(part, dict):
            part.update({name: value for name, value in facts.items() if name in part})


def _send_and_hold(target: Target, case: Case) -> None:
    target.rig.clock.move(target.rig.clock.now() + SECONDS_BETWEEN_CALLS)
    response = case.call(headers={"Authorization": f"Bearer {target.tokens['alice']}"})
    _hold_against_the_document(case, response)
    _hold_against_leaks(target, case, response)


def _hold_against_the_document(case: Case, response: schemathesis.Response) -> None:
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_headers_conformance,
            response_schema_conformance,
            negative_data_rejection,
        ],
    )


def _read(response: schemathesis.Response) -> bytes:
    """Return what is said; of an archive what its files hold, whose names are those of tables (C-13)."""
    if response.headers.get("content-type") != ["application/zip"]:
        return response.content
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return b"".join(map(archive.read, archive.namelist()))


def _hold_against_leaks(target: Target, case: Case, response: schemathesis.Response) -> None:
    body = _read(response)
    asked = repr((case.path_parameters, case.query, case.body))
    said = [word for word in TELLTALES if word in body and word.decode() not in asked]
    assert said == []
    assert [name for name, secret in SECRETS.items() if secret.encode() in body] == []
    foreign = [one for one in target.foreign_ids if one.encode() in body and one not in asked]
    assert foreign == []
    if any(one in asked for one in target.foreign_ids):
        assert response.status_code in {400, 401, 404, 405, 413, 415}
