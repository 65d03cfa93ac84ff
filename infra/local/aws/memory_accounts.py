"""Sign-in accounts in memory, where a run signs its people in itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chalicelib.security.accounts import PoolAccount
from chalicelib.security.groups import OPERATOR_GROUP


@dataclass
class MemoryAccounts:
    """What a user pool is to the product: accounts by name, groups with their members."""

    known: dict[str, PoolAccount] = field(default_factory=dict)
    in_group: dict[str, set[str]] = field(default_factory=lambda: {OPERATOR_GROUP: set()})
    trouble: Exception | None = None

    def add(self, name: str, *, sub: str, groups: Sequence[str] = ()) -> None:
        """Make an account, unless the name has one."""
        key = name.lower()
        self.known.setdefault(key, PoolAccount(username=key, sub=sub, enabled=True))
        for group in groups:
            self.in_group.setdefault(group, set()).add(key)

    def find(self, username: str) -> PoolAccount | None:
        if self.trouble is not None:
            raise self.trouble
        return self.known.get(username)

    def list_all(self) -> list[PoolAccount]:
        return list(self.known.values())

    def members(self, group: str) -> frozenset[str]:
        return frozenset(self.in_group.get(group, set()))

    def groups(self) -> list[str]:
        return sorted(self.in_group)

    def disable(self, username: str) -> None:
        if username in self.known:
            self.known[username] = replace(self.known[username], enabled=False)

    def enable(self, username: str) -> None:
        if username in self.known:
            self.known[username] = replace(self.known[username], enabled=True)

    def delete(self, username: str) -> None:
        self.known.pop(username, None)
