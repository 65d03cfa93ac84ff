"""The user pool's accounts as its operator sees them: who exists, in which groups, whether they may sign in.

These calls are signed with the function's own rights, so they need AWS' library, which is loaded by the first
of them. Source: Amazon Cognito user pools API reference (AdminGetUser, AdminDisableUser, ListUsers …).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chalicelib.security.errors import SigninThrottled, SigninUnavailable
from chalicelib.security.groups import OPERATOR_GROUP

#: Cognito's word for a name that is not in the pool.
_UNKNOWN: Final = "UserNotFoundException"
_PAGE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolAccount:
    """One sign-in account."""

    username: str
    sub: str
    enabled: bool


class Accounts(Protocol):
    """A deployment's sign-in accounts; every call raises SigninUnavailable or SigninThrottled."""

    def find(self, username: str) -> PoolAccount | None:
        """Return the account of this name, None without one."""
        ...

    def list_all(self) -> list[PoolAccount]:
        """Return every account."""
        ...

    def members(self, group: str) -> frozenset[str]:
        """Return the names in a group; none where it does not exist."""
        ...

    def groups(self) -> list[str]:
        """Return the groups' names."""
        ...

    def disable(self, username: str) -> None:
        """Let an account sign in no more and end its sessions; an unknown one is as good as disabled."""
        ...

    def enable(self, username: str) -> None:
        """Let an account sign in again."""
        ...

    def delete(self, username: str) -> None:
        """Delete an account and end its sessions; an unknown one is as good as deleted."""
        ...


def operators(accounts: Accounts) -> frozenset[str]:
    """Return who runs this deployment."""
    return accounts.members(OPERATOR_GROUP)


class CognitoAccounts:
    """The accounts of one user pool."""

    def __init__(self, pool_id: str, client: Callable[[], Any]) -> None:  # Any: boto3 has no types
        self._pool_id = pool_id
        self._new_client = client
        self._client: Any = None

    def find(self, username: str) -> PoolAccount | None:
        found = self._ask("admin_get_user", Username=username)
        return None if found is None else _account(found, "UserAttributes")

    def list_all(self) -> list[PoolAccount]:
        return [_account(one, "Attributes") for one in self._pages("list_users", "Users", "PaginationToken")]

    def members(self, group: str) -> frozenset[str]:
        users = self._pages("list_users_in_group", "Users", "NextToken", GroupName=group)
        return frozenset(str(one["Username"]).lower() for one in users)

    def groups(self) -> list[str]:
        return [str(one["GroupName"]) for one in self._pages("list_groups", "Groups", "NextToken")]

    def disable(self, username: str) -> None:
        self._ask("admin_disable_user", Username=username)
        self._ask("admin_user_global_sign_out", Username=username)

    def enable(self, username: str) -> None:
        self._ask("admin_enable_user", Username=username)

    def delete(self, username: str) -> None:
        self._ask("admin_user_global_sign_out", Username=username)
        self._ask("admin_delete_user", Username=username)

    def _pages(self, operation: str, what: str, cursor: str, **named: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            answer = self._ask(operation, **named, **more, Limit=_PAGE)
            if answer is None:
                return found
            found += answer[what]
            if not answer.get(cursor):
                return found
            more = {cursor: answer[cursor]}

    def _ask(self, operation: str, **named: object) -> Any:  # Any: boto3's answers
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if self._client is None:
                self._client = self._new_client()
            return getattr(self._client, operation)(UserPoolId=self._pool_id, **named)
        except ClientError as error:
            word = error.response["Error"]["Code"]
            if word in {_UNKNOWN, "ResourceNotFoundException"}:
                return None
            if word in {"TooManyRequestsException", "LimitExceededException"}:
                raise SigninThrottled("the sign-in service asks for patience") from error
            raise SigninUnavailable(f"the sign-in service answered {word}") from error
        except BotoCoreError as error:
            raise SigninUnavailable("the sign-in service cannot be reached") from error


def _account(found: Mapping[str, Any], attributes: str) -> PoolAccount:  # Any: boto3's answers
    sub = next((one["Value"] for one in found[attributes] if one["Name"] == "sub"), "")
    return PoolAccount(username=found["Username"].lower(), sub=sub, enabled=bool(found["Enabled"]))
