"""What the tests of the brokers share: a clock that is moved by hand, answers that are scripted."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chalicelib.brokers.tradier.broker import TradierBroker
from chalicelib.brokers.tradier.environment import TradierEnvironment
from chalicelib.domain.accounts import BrokerMode
from chalicelib.vendors.budget import CallBudget, Share, Urgency
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import BudgetSpent, VendorClosed
from chalicelib.vendors.http import HttpPool

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "../shared/fixtures"
TOKEN = "a-token-of-the-sandbox"
ACCOUNT = "VA00000001"
BASE = "https://sandbox.example.test"
NOON = datetime(2026, 2, 18, 17, 0, tzinfo=UTC)


def fixture(vendor: str, name: str) -> str:
    """Return an authentic answer as text; skips when the shared folder is not beside the repository."""
    path = FIXTURES / vendor / name
    if not path.exists():
        pytest.skip(f"the shared fixtures are absent: {vendor}/{name}")
    return path.read_text()


def ed25519_pair() -> tuple[str, str]:
    """Return the public and the private half of a key, as texts that keys are handed on as."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public.decode(), private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class HandClock:
    """Product time that moves when told; sleeping is recorded and passes monotonic time alone."""

    at: datetime = NOON
    slept: list[float] = field(default_factory=list)
    passed: float = 0.0

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def real_seconds_since(self, product_instant: datetime) -> float:
        return (self.at - product_instant).total_seconds()

    def monotonic(self) -> float:
        return self.passed

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class CountedRandomness:
    """Identifiers in the order they were asked for."""

    def __init__(self) -> None:
        self.count = 0

    def uuid7(self, at: datetime) -> UUID:
        self.count += 1
        milliseconds = int(at.timestamp() * 1000)
        return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | self.count)

    def token_bytes(self, count: int) -> bytes:
        self.count += 1
        return self.count.to_bytes(count, "big")


@dataclass
class OpenBudget:
    """A budget that counts and refuses when told; what PostgreSQL counts has tests of its own."""

    left: int = 1000
    taken: list[Urgency] = field(default_factory=list)
    vendor_said: list[int] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)

    closed: dict[str, datetime] = field(default_factory=dict)

    def take(
        self, key: str, urgency: Urgency, *, at: datetime, share: Share | None = None, weight: int = 1
    ) -> None:
        if key in self.closed and at < self.closed[key]:
            raise VendorClosed("closed", retry_after_seconds=(self.closed[key] - at).total_seconds())
        if self.left <= 0:
            raise BudgetSpent("spent", retry_after_seconds=7.0)
        self.left -= weight
        self.taken.append(urgency)

    def check(self, keys: Sequence[str], urgency: Urgency, *, at: datetime) -> None:
        if self.left <= 0:
            raise BudgetSpent("spent", retry_after_seconds=7.0)

    def vendor_left(self, key: str, left: int, *, at: datetime, ends_at: datetime | None) -> None:
        self.vendor_said.append(left)
        self.filled.append(key)

    def close(self, key: str, *, until: datetime) -> None:
        self.closed[key] = until


Script = Callable[[httpx.Request], httpx.Response]


class ScriptedVendor(httpx.BaseTransport):
    """Answers from a list, in order, and keeps what it was asked; an exception in the list is raised."""

    def __init__(self, *answers: httpx.Response | Exception | Script) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def form(self, index: int = -1) -> dict[str, str]:
        """Return the form of a request."""
        return dict(parse_qsl(self.asked[index].content.decode()))


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    """Build an answer: a text as it is, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return httpx.Response(status, text=text, headers=headers)


def sandbox(base_url: str = BASE, token: str = TOKEN) -> TradierEnvironment:
    """Return a sandbox environment."""
    return TradierEnvironment(mode=BrokerMode.TRADIER_SANDBOX, base_url=base_url, token=token)


def tradier(
    vendor: httpx.BaseTransport,
    *,
    clock: HandClock | None = None,
    budget: CallBudget | None = None,
    deadline: Deadline | None = None,
    account: str = ACCOUNT,
) -> TradierBroker:
    """Return a TradierBroker whose network is `vendor`."""
    return TradierBroker(
        sandbox(),
        account,
        budget=budget or OpenBudget(),
        clock=clock or HandClock(),
        http=HttpPool(vendor),
        deadline=deadline,
    )
