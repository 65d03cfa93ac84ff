"""One HTTP exchange with a vendor: no redirects, no cookies, no proxies, no texts that could hold a secret.

httpx's transport is used without its client: the client writes whole URLs to its log (ORATS has its token in
the URL) and keeps cookies, which would carry one user's session into another's call. httpx is imported when
the first call is made, since most functions never make one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.vendors.deadline import Deadline
from chalicelib.vendors.errors import OutcomeUnknown, VendorUnreachable

if TYPE_CHECKING:
    import httpx

#: The largest chains are some hundreds of kB; what is larger by far is no answer of a vendor.
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
#: Above `SIDE_BY_SIDE_MAX`: a turn of calls to one vendor does not wait for connections.
_CONNECTIONS_MAX: Final = 40
_SECONDS_MIN: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What to send. `url`, `params` and `headers` may hold a secret, so none of them is ever printed.

    The body is `form` or `document` (JSON), never both.
    """

    method: str
    url: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    document: JsonValue = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """What came back, as text; header names are lower case."""

    status: int
    text: str
    headers: Mapping[str, str]


class HttpPool:
    """Connections that are kept alive and shared by every call of this process, per host.

    `transport` replaces the network, for emulators that run in the same process.
    """

    def __init__(self, transport: "httpx.BaseTransport | None" = None) -> None:
        self._transport = transport
        self._lock = Lock()

    def send(self, request: HttpRequest, *, vendor: str, deadline: Deadline) -> HttpReply:
        """Send once and read the whole answer, at most until `deadline`.

        Raises VendorUnreachable when surely nothing left us, OutcomeUnknown when an answer is missing or cut.
        """
        import httpx

        try:
            built = _build(request, deadline)
        except (httpx.InvalidURL, ValueError) as error:
            raise VendorUnreachable(f"{vendor}: the address is not valid") from _nameless(error)
        try:
            response = self._open().handle_request(built)
            return _read(response, vendor=vendor, deadline=deadline)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            raise VendorUnreachable(f"{vendor} cannot be reached") from _nameless(error)
        except httpx.TimeoutException as error:
            raise OutcomeUnknown(f"{vendor} did not answer in time") from _nameless(error)
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise OutcomeUnknown(f"the connection to {vendor} was lost") from _nameless(error)

    def close(self) -> None:
        """Close every idle connection."""
        if self._transport is not None:
            self._transport.close()

    def _open(self) -> "httpx.BaseTransport":
        import httpx

        with self._lock:
            if self._transport is None:
                limits = httpx.Limits(
                    max_connections=_CONNECTIONS_MAX, max_keepalive_connections=_CONNECTIONS_MAX
                )
                self._transport = httpx.HTTPTransport(trust_env=False, limits=limits)
            return self._transport


class TransportTrouble(Exception):
    """The kind of a transport's error without its text, which may hold an address with a token."""


def _nameless(error: Exception) -> TransportTrouble:
    return TransportTrouble(type(error).__name__)


class _SecondsLeft(dict[str, float]):
    """The transport's time limits, asked for at every step: together they never pass the deadline.

    httpx gives each step (connect, write, each read) the same limit, so fixed ones would add up.
    """

    def __init__(self, deadline: Deadline) -> None:
        super().__init__({step: deadline.seconds_left() for step in ("connect", "read", "write", "pool")})
        self._deadline = deadline

    def get(self, step: str, default: object = None) -> float:
        """Return the seconds left now; the transport takes 0 for "do not wait at all"."""
        del step, default
        return max(_SECONDS_MIN, self._deadline.seconds_left())


def _build(request: HttpRequest, deadline: Deadline) -> "httpx.Request":
    import httpx

    return httpx.Request(
        request.method,
        request.url,
        params=dict(request.params) or None,
        data=None if request.form is None else dict(request.form),
        json=request.document,
        headers={"Accept-Encoding": "gzip", "User-Agent": "papertape", **request.headers},
        extensions={"timeout": _SecondsLeft(deadline)},
    )


def _read(response: "httpx.Response", *, vendor: str, deadline: Deadline) -> HttpReply:
    body = bytearray()
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > ANSWER_BYTES_MAX or deadline.seconds_left() <= 0:
                raise OutcomeUnknown(f"{vendor} did not finish its answer")
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HttpReply(status=response.status_code, text=body.decode("utf-8", "replace"), headers=headers)
