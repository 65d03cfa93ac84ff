"""What a route is, and what its handler is handed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Final, TypeVar
from uuid import UUID

from pydantic import BaseModel

from chalicelib.api.answers import Reply
from chalicelib.api.authentication import Access, Caller
from chalicelib.api.context import ApiContext
from chalicelib.domain.accounts import BrokerName
from chalicelib.services.environment import Environment

M = TypeVar("M", bound=BaseModel)

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request after all checks: its caller, its id, its validated body and query."""

    context: ApiContext
    caller: Caller | None
    subject: UUID | None
    body: BaseModel | None
    query: BaseModel | None
    headers: Mapping[str, str]
    idempotency_key: str | None
    name: str = ""
    """The sign-in name in the path of a route that has one, in lower case."""
    text: str = ""
    """The body of a route that reads CSV."""
    raw: bytes = b""
    """The body as it came."""
    path: Mapping[str, str] = field(default_factory=dict)
    """The values in the path, by their names in the route's."""
    named_broker: BrokerName | None = None

    @property
    def env(self) -> Environment:
        """Return the outside, as use cases see it."""
        return self.context.environment

    @property
    def user(self) -> Caller:
        """Return the caller of a route that needs one."""
        assert self.caller is not None
        return self.caller

    @property
    def username(self) -> str:
        """Return the caller's name."""
        return self.user.username

    @property
    def broker(self) -> BrokerName:
        """Return the broker in the path of a route that has one."""
        assert self.named_broker is not None
        return self.named_broker

    @property
    def id(self) -> UUID:
        """Return the id in the path of a route that has one."""
        assert self.subject is not None
        return self.subject

    def body_as(self, model: type[M]) -> M:
        """Return the body as the model that the route declares."""
        assert isinstance(self.body, model)
        return self.body

    def query_as(self, model: type[M]) -> M:
        """Return the query values as the model that the route declares."""
        assert isinstance(self.query, model)
        return self.query


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Late:
    """A handler in `handlers/`, imported at its first call: a cold start pays only for what it serves."""

    module: str
    function: str

    def __call__(self, call: Call) -> Reply:
        return self.resolve()(call)

    def resolve(self) -> Handler:
        """Import the handler."""
        handler: Handler = getattr(import_module(f"chalicelib.api.handlers.{self.module}"), self.function)
        return handler


@dataclass(frozen=True, slots=True)
class LateModel:
    """A model of a body or a query, imported when it is first asked for: making models is dear."""

    module: str
    name: str

    def resolve(self) -> type[BaseModel]:
        """Import the model."""
        model: type[BaseModel] = getattr(import_module(f"chalicelib.api.{self.module}"), self.name)
        return model


_EMPTY_BODY: Final = LateModel("requests", "EmptyBody")


@dataclass(frozen=True, slots=True)
class LateModels:
    """The models of a module in `api/`, each late: `LateModels("queries").PageQuery`."""

    module: str

    def __getattr__(self, name: str) -> LateModel:
        return LateModel(self.module, name)


#: Raises NotFound when this user has no such thing; run before the body is looked at.
Finder = Callable[[Environment, str, UUID], None]


class LeadsOut(StrEnum):
    """Whether a call ends a risk or takes a right back: such calls are counted apart (api.md, Time)."""

    NEVER = "never"
    ALWAYS = "always"
    SWITCHING_OFF = "switching off"
    """When its body says `enable: false`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One call of api.md. `answers` names the response model of each status that is not a problem."""

    method: str
    path: str
    name: str
    summary: str
    handler: Late
    access: Access
    answers: Mapping[int, str | None]
    problems: tuple[str, ...] = ()
    body: LateModel | None = None
    query: LateModel | None = None
    find: Finder | None = None
    mutates: bool = False
    has_etag: bool = False
    seals_answer: bool = False
    leads_out: LeadsOut = LeadsOut.NEVER
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Media types that a 200 may have besides JSON."""
    reads_csv: bool = False
    """The body is a CSV file, and no JSON."""
    reads_raw: bool = False
    """The handler reads the body itself, once its sender has proven who he is."""
    is_ai: bool = False
    """A call of system C: counted apart, per user (C-08)."""

    @property
    def body_model(self) -> type[BaseModel]:
        """Return the model of its body: one without fields where none is named."""
        return (self.body or _EMPTY_BODY).resolve()

    @property
    def query_model(self) -> type[BaseModel] | None:
        """Return the model of its query values, None where it takes none."""
        return None if self.query is None else self.query.resolve()

    @property
    def takes_body(self) -> bool:
        """Say whether a body is read: every POST, PUT and PATCH, and what names a model for it."""
        return self.method in _WITH_BODY or self.body is not None
