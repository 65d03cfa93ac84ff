"""Secrets out of log lines: by what they look like, and by what they are once somebody has opened one."""

import json
import re
from threading import Lock
from typing import Final, Protocol

REDACTED: Final = "[redacted]"
#: The newest secrets are remembered, whatever number of users one container serves.
_LEARNED_MAX: Final = 2_000
#: A shorter text would redact ordinary words; a longer one is no token.
_LENGTH_MIN: Final = 6
_LENGTH_MAX: Final = 512
#: Each keeps what stands before the secret, so that a line still says what it was about.
_LOOKS: Final = (
    re.compile(r"(?i)((?:proxy-)?authorization['\"]?\s*[:=]\s*['\"]?(?:\w+\s+)?)[^\s'\",;}]+"),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=:-]{6,}"),
    re.compile(
        r"(?i)(\b(?:[a-z_]*token|password|passwd|secret|api_?key|signature|x-amz-security-token)"
        r"['\"]?\s*[=:]\s*['\"]?)[^\s'\"&,;}]+"
    ),
    re.compile(r"(?i)(\b(?:set-)?cookie['\"]?\s*[:=]\s*)[^\r\n]+"),
    re.compile(r"(://[^\s:/@]*:)[^\s@/]+(?=@)"),  # a password in a URL
    re.compile(r"(/bot)\d+:[A-Za-z0-9_-]+"),  # Telegram: the token is in the path
    re.compile(r"()\b\d{5,20}:[A-Za-z0-9_-]{20,}"),
    re.compile(r"(/webhooks/\d+/)[A-Za-z0-9_-]+"),  # Discord: so is its secret
    re.compile(r"()\bpth?_[A-Za-z0-9_-]{8,}"),  # personal access tokens, secrets of webhooks
    re.compile(r"()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+"),  # JSON web tokens
    re.compile(r"(\bv1\.[A-Za-z0-9_-]{1,32}\.)[A-Za-z0-9_=-]{16,}"),  # sealed texts
    re.compile(r"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    # PostgreSQL tells the row that breaks a constraint, all of it.
    re.compile(r"(DETAIL:\s+(?:Failing row contains|Key \([^)]*\)=))[^\r\n]+"),
)
#: A value under such a name is a secret, whatever it looks like.
_NAMES: Final = re.compile(r"(?i)(token|password|passwd|secret|api_?key|authorization|signature|cookie)$")


class Redactor:
    """Takes secrets out of texts; knows each secret that it was told of."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._learned: dict[str, None] = {}

    def learn(self, secret: str | None) -> None:
        """Remember a secret that may have any look."""
        if secret is None or not _LENGTH_MIN <= len(secret) <= _LENGTH_MAX:
            return
        with self._lock:
            self._learned.pop(secret, None)
            self._learned[secret] = None
            while len(self._learned) > _LEARNED_MAX:
                del self._learned[next(iter(self._learned))]

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self._known():
            if secret in text:
                text = text.replace(secret, REDACTED)
        for look in _LOOKS:
            text = look.sub(rf"\1{REDACTED}", text)
        return text

    def value(self, value: object) -> object:
        """Return a log line's value without secrets, in all its depth; what is no text stays."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {
                self.text(str(key)): REDACTED if one and _NAMES.search(str(key)) else self.value(one)
                for key, one in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(one) for one in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(str(value))

    def _known(self) -> list[str]:
        with self._lock:
            # The longest first: a secret that holds another one is taken out whole.
            return sorted(self._learned, key=len, reverse=True)


class _Sealer(Protocol):
    @property
    def begins_with(self) -> str: ...

    def seal(self, secret: str, *, owner: str, field: str) -> str: ...

    def open(self, sealed: str, *, owner: str, field: str) -> str: ...


class LearningSealer:
    """A sealer whose every secret the redactor learns."""

    def __init__(self, sealer: _Sealer, redactor: Redactor) -> None:
        self._sealer = sealer
        self._redactor = redactor

    @property
    def begins_with(self) -> str:
        """Return what everything that is sealed now begins with."""
        return self._sealer.begins_with

    def seal(self, secret: str, *, owner: str, field: str) -> str:
        """Seal a secret."""
        self._learn(secret)
        return self._sealer.seal(secret, owner=owner, field=field)

    def open(self, sealed: str, *, owner: str, field: str) -> str:
        """Open a secret; raises what the sealer raises."""
        secret = self._sealer.open(sealed, owner=owner, field=field)
        self._learn(secret)
        return secret

    def _learn(self, secret: str) -> None:
        """Learn a secret, and each of several that lie under one seal."""
        self._redactor.learn(secret)
        if secret.startswith("{"):
            for one in json.loads(secret).values():
                self._redactor.learn(str(one))
