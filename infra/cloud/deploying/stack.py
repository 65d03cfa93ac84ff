"""The CloudFormation stack: changes shown before they are made, progress while they are."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.cloud.deploying.aws import Clients, DeploymentFailed

_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_LOOK_SECONDS: Final = 5.0
_SECONDS_MAX: Final = 45 * 60
#: CloudFormation's words for a change set that would change nothing.
_EMPTY: Final = ("didn't contain changes", "No updates are to be performed")
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
        """Return the stack's outputs."""
        found = self._formation.describe_stacks(StackName=self._name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def plan(self, template_url: str, release_id: str) -> list[str] | None:
        """Make a change set and return its changes as lines; None when nothing would change."""
        status = self.status()
        is_new = status is None or status == "REVIEW_IN_PROGRESS"
        if status is not None and not is_new and not status.endswith("_COMPLETE"):
            raise DeploymentFailed(f"the stack {self._name} is {status}: wait, or mend it first")
        self._formation.create_change_set(
            StackName=self._name,
            ChangeSetName=_change_set(release_id),
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateURL=template_url,
            Capabilities=_CAPABILITIES,
        )
        return self._changes(release_id)

    def _changes(self, release_id: str) -> list[str] | None:
        for _ in range(int(_SECONDS_MAX / _LOOK_SECONDS)):
            seen = self._formation.describe_change_set(
                StackName=self._name, ChangeSetName=_change_set(release_id)
            )
            if seen["Status"] == "CREATE_COMPLETE":
                return [_change(one["ResourceChange"]) for one in seen["Changes"]]
            if seen["Status"] == "FAILED":
                reason = str(seen.get("StatusReason", ""))
                if any(words in reason for words in _EMPTY):
                    return None
                raise DeploymentFailed(f"the plan failed: {reason}")
            self._sleep(_LOOK_SECONDS)
        raise DeploymentFailed("the plan did not come about in time")

    def carry_out(self, release_id: str) -> None:
        """Execute the planned changes and follow them; a failed update is rolled back by CloudFormation."""
        self._formation.execute_change_set(StackName=self._name, ChangeSetName=_change_set(release_id))
        status = self._follow()
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise DeploymentFailed(f"the stack ended {status}; the former release stands")

    def delete(self) -> None:
        """Delete the stack; what is to be kept (backups, secrets, accounts) stays."""
        self._formation.delete_stack(StackName=self._name)
        status = self._follow()
        if status not in {None, "DELETE_COMPLETE"}:
            raise DeploymentFailed(f"the stack could not be deleted: it is {status}")

    def _follow(self) -> str | None:
        """Say what happens until the stack comes to rest; return how."""
        told: set[str] = set()
        for _ in range(int(_SECONDS_MAX / _LOOK_SECONDS)):
            status = self.status()
            if status is None or not status.endswith("_IN_PROGRESS"):
                return status
            self._tell_events(told)
            self._sleep(_LOOK_SECONDS)
        raise DeploymentFailed("the stack did not come to rest in time")

    def _tell_events(self, told: set[str]) -> None:
        events = self._formation.describe_stack_events(StackName=self._name)["StackEvents"]
        for event in reversed(events):
            if event["EventId"] not in told:
                told.add(event["EventId"])
                reason = event.get("ResourceStatusReason", "")
                self._say(f"  {event['ResourceStatus']:28} {event['LogicalResourceId']} {reason}".rstrip())


def _change_set(release_id: str) -> str:
    return f"release-{release_id}"


def _change(change: Mapping[str, Any]) -> str:  # Any: as CloudFormation says it
    replaced = " (replaced)" if change.get("Replacement") == "True" else ""
    return f"{change['Action']:7} {change['ResourceType']:34} {change['LogicalResourceId']}{replaced}"
