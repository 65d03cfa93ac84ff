"""What the account must allow before anything is made: Lambda keeps functions free that nobody reserved."""

from typing import Any, Final

from infra.cloud.deploying.aws import Clients, DeploymentFailed
from infra.cloud.formation import Node

#: AWS Lambda developer guide, "Reserved concurrency": so many are left to functions that reserve none. An
#: account whose quota is not larger (new ones have 10 to 50) can reserve none at all.
UNRESERVED_MIN: Final = 100


def reserved_by_function(template: Node) -> dict[str, int]:
    """Return how many calls at once the template keeps free, by function's name."""
    properties = [
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    ]
    return {
        one["FunctionName"]: one["ReservedConcurrentExecutions"]
        for one in properties
        if "ReservedConcurrentExecutions" in one
    }


def check_quotas(clients: Clients, template: Node) -> None:
    """Compare what the template reserves with the account's quota. Raises DeploymentFailed."""
    wanted = reserved_by_function(template)
    if not wanted:
        return
    functions: Any = clients("lambda")  # Any: as in `aws`
    limit = functions.get_account_settings()["AccountLimit"]
    total, unreserved = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
    ours = sum(_reserved_now(functions, name) for name in wanted)
    needed, left = sum(wanted.values()), unreserved + ours - min(UNRESERVED_MIN, total)
    if needed > left:
        raise DeploymentFailed(
            f"this stage keeps {needed} of Lambda's calls at once free for {', '.join(sorted(wanted))}; "
            f"the account may have {total} at once, of which {max(left, 0)} can be kept. Ask for more "
            f"(Service Quotas, Lambda, Concurrent executions: {UNRESERVED_MIN + needed} or more, it costs "
            "nothing), or set api_concurrency = 0"
        )


def _reserved_now(functions: Any, name: str) -> int:  # Any: as in `aws`
    try:
        found = functions.get_function_concurrency(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        return 0
    return int(found.get("ReservedConcurrentExecutions", 0))
