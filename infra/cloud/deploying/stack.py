"""The CloudFormation stack: changes shown before they are made, progress while they are."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.cloud.deploying.aws import Clients, DeploymentFailed

_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_LOOK_SECONDS: Final = 5.0
_SECONDS_MAX: Final = 45 * 60
#: CloudFormation's words for a change set that would change nothing.
_EMPTY: Final = ("didn't contain changes", "No updates are to be performed")
#: A creation that failed: nothing of it works, and CloudFormation lets it only be deleted.
_NEVER_CAME_ABOUT: Final = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
#: What a stack that cannot be changed as it is wants first.
_WANTS: Final[Mapping[str, str]] = {
    "DELETE_FAILED": "take it down again: `dev.py destroy`, which says what is in the way",
    "UPDATE_ROLLBACK_FAILED": "mend what the stack's events name, then `aws cloudformation "
    "continue-update-rollback`",
}
Say = Callable[[str], None]


class Stack:
    """One stage's stack."""

    def __init__(
        self, clients: Clients, name: str, say: Say, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._formation: Any = clients("cloudformation")  # Any: as in `aws`
        self._name = name
        self._say = say
        self._sleep = sleep
        self._change_set = ""

    def status(self) -> str | None:
        """Return the stack's status, None when there is none."""
        try:
            found = self._formation.describe_stacks(StackName=self._name)["Stacks"][0]
        except self._formation.exceptions.ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return str(found["StackStatus"])

    def outputs(self) -> Mapping[str, str]:
        """Return the stack's outputs; none when it is not there or never came about."""
        if self.status() is None:
            return {}
        found = self._formation.describe_stacks(StackName=self._name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def plan(self, template_url: str, release_id: str) -> list[str] | None:
        """Make a change set and return its changes as lines; None when nothing would change.

        What a creation that failed left behind is deleted first. Raises DeploymentFailed.
        """
        is_new = self._made_ready()
        # A release is planned more than once: after a no, after a failure, on the way back.
        self._change_set = f"release-{release_id}-{secrets.token_hex(4)}"
        self._formation.create_change_set(
            StackName=self._name,
            ChangeSetName=self._change_set,
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateURL=template_url,
            Capabilities=_CAPABILITIES,
        )
        return self._changes()

    def _made_ready(self) -> bool:
        """Bring the stack to where a change set can be made; tell whether it is to be created."""
        status = self.status()
        if status in _NEVER_CAME_ABOUT:
            self._say(f"an earlier creation of {self._name} failed ({status}): deleting what is left of it …")
            self.delete()
            status = None
        if status is None or status == "REVIEW_IN_PROGRESS":
            return True
        if not status.endswith("_COMPLETE"):
            wants = _WANTS.get(status, "wait until it has come to rest")
            raise DeploymentFailed(f"the stack {self._name} is {status}: {wants}")
        return False

    def _changes(self) -> list[str] | None:
        for _ in range(int(_SECONDS_MAX / _LOOK_SECONDS)):
            pages = self._pages_of_plan()
            if pages[0]["Status"] == "CREATE_COMPLETE":
                return [_change(one["ResourceChange"]) for page in pages for one in page["Changes"]]
            if pages[0]["Status"] == "FAILED":
                reason = str(pages[0].get("StatusReason", ""))
                self.forget_plan()
                if any(words in reason for words in _EMPTY):
                    return None
                raise DeploymentFailed(f"the plan failed: {reason}")
            self._sleep(_LOOK_SECONDS)
        raise DeploymentFailed("the plan did not come about in time")

    def _pages_of_plan(self) -> list[Mapping[str, Any]]:  # Any: as CloudFormation says it
        def pages() -> Iterator[Mapping[str, Any]]:
            token: dict[str, str] = {}
            while True:
                page = self._formation.describe_change_set(
                    StackName=self._name, ChangeSetName=self._change_set, **token
                )
                yield page
                if not page.get("NextToken"):
                    return
                token = {"NextToken": page["NextToken"]}

        return list(pages())

    def forget_plan(self) -> None:
        """Delete the change set that is not to be carried out."""
        self._formation.delete_change_set(StackName=self._name, ChangeSetName=self._change_set)

    def carry_out(self) -> None:
        """Execute the planned changes and follow them; what fails is rolled back by CloudFormation.

        Raises DeploymentFailed.
        """
        self._formation.execute_change_set(StackName=self._name, ChangeSetName=self._change_set)
        status = self._follow()
        if status in _NEVER_CAME_ABOUT:
            raise DeploymentFailed(
                f"the stack could not be created ({status}): mend what the events name, then deploy again"
            )
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentFailed(f"the stack ended {status}; the former release stands")

    def delete(self) -> None:
        """Delete the stack; what is to be kept (backups, accounts) stays. Raises DeploymentFailed."""
        self._formation.delete_stack(StackName=self._name)
        status = self._follow()
        if status not in {None, "DELETE_COMPLETE"}:
            raise DeploymentFailed(f"the stack could not be deleted: it is {status}; its events say why")

    def _follow(self) -> str | None:
        """Say what happens until the stack comes to rest; return how."""
        told: set[str] = set()
        for _ in range(int(_SECONDS_MAX / _LOOK_SECONDS)):
            status = self.status()
            if status is None:
                return status
            self._tell_events(told)
            if not status.endswith("_IN_PROGRESS"):
                return status
            self._sleep(_LOOK_SECONDS)
        raise DeploymentFailed("the stack did not come to rest in time")

    def _tell_events(self, told: set[str]) -> None:
        events = self._formation.describe_stack_events(StackName=self._name)["StackEvents"]
        for event in reversed(events):
            if event["EventId"] not in told:
                told.add(event["EventId"])
                reason = event.get("ResourceStatusReason", "")
                self._say(f"  {event['ResourceStatus']:28} {event['LogicalResourceId']} {reason}".rstrip())


def _change(change: Mapping[str, Any]) -> str:  # Any: as CloudFormation says it
    replaced = " (replaced)" if change.get("Replacement") == "True" else ""
    return f"{change['Action']:7} {change['ResourceType']:34} {change['LogicalResourceId']}{replaced}"
