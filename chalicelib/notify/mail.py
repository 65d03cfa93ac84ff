"""Mail by Amazon SES (API v2). The target is an address; the sender is the operator's, verified at SES.

SES answers MessageRejected while an account is in its sandbox and the address is not verified.
Source: SES API v2 reference, SendEmail, errors.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC
from threading import Lock
from typing import Any, Final

from chalicelib.domain.alerts import AlertLine
from chalicelib.notify.interface import BadTarget, Delivery, Verdict, headline, vendor_words
from chalicelib.vendors.deadline import Deadline

LINES_LENGTH_MAX: Final = 40_000
_RETRY_SECONDS: Final = 60.0
#: A plain address as people write them; SES has the last word.
_TARGET: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}"
)
_LATER: Final = frozenset({"TooManyRequestsException", "LimitExceededException", "ThrottlingException"})
_UNKNOWN: Final = frozenset({"InternalServiceError", "InternalFailure", "ServiceUnavailable"})


class MailChannel:
    """Writes mail; boto3 is imported when the first one is sent."""

    def __init__(self, connect: Callable[[], Any], *, sender: str | None) -> None:
        """`connect` makes boto3's client of SES v2 (Any: boto3 has no types), which must not repeat calls."""
        self._connect = connect
        self._sender = sender
        self._lock = Lock()
        self._client: Any = None  # Any: as above

    def check_target(self, target: str) -> None:
        """Raise BadTarget unless the text is an address."""
        if len(target) > 254 or _TARGET.fullmatch(target) is None:
            raise BadTarget("must be a mail address")

    @property
    def length_max(self) -> int:
        """Return how many characters of lines one mail holds."""
        return LINES_LENGTH_MAX

    def length(self, line: AlertLine) -> int:
        """Count characters."""
        return len(_row(line))

    def send(self, target: str, lines: Sequence[AlertLine], deadline: Deadline) -> Delivery:
        """Send one mail of plain text; its time limits are the client's own."""
        del deadline
        if self._sender is None:
            return Delivery(verdict=Verdict.REFUSED, reason="the operator has set up no sender of mail")
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._open().send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [target]},
                Content={"Simple": _content(lines)},
            )
        except ClientError as error:
            return _refusal(error.response.get("Error", {}))
        except BotoCoreError as error:
            return _trouble(error)
        return Delivery(verdict=Verdict.SENT)

    def _open(self) -> Any:  # Any: boto3 has no types
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client


def _content(lines: Sequence[AlertLine]) -> dict[str, Any]:  # Any: boto3's nested dictionaries
    text = "\n".join(_row(line) for line in lines)
    return {
        "Subject": {"Data": headline(lines), "Charset": "UTF-8"},
        "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
    }


def _row(line: AlertLine) -> str:
    at = line.at.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC  {line.severity.value:8}  {line.words}"


def _refusal(error: Any) -> Delivery:  # Any: botocore's dictionary
    code, words = str(error.get("Code", "")), vendor_words(str(error.get("Message", "")))
    if code in _LATER:
        return Delivery(verdict=Verdict.LATER, reason=code, retry_after_seconds=_RETRY_SECONDS)
    verdict = Verdict.UNKNOWN if code in _UNKNOWN else Verdict.REFUSED
    return Delivery(verdict=verdict, reason=f"{code}: {words}")


def _trouble(error: Exception) -> Delivery:
    from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

    reason = f"SES could not be asked: {type(error).__name__}"
    if isinstance(error, ConnectionClosedError | ReadTimeoutError):
        return Delivery(verdict=Verdict.UNKNOWN, reason=reason)
    return Delivery(verdict=Verdict.LATER, reason=reason, retry_after_seconds=_RETRY_SECONDS)
