"""What a deployment will take and cost, said before anything is made."""

from collections.abc import Iterator
from typing import Final

from infra.bench.rows.cost_model import expected_month
from infra.cloud.deploying.quotas import UNRESERVED_MIN, reserved_by_function
from infra.cloud.formation import Node
from infra.cloud.stage import Stage

#: Kinds whose names are the stage's and must be free, by the word for them.
_NAMED: Final = {
    "AWS::Serverless::Function": "functions",
    "AWS::SQS::Queue": "queues",
    "AWS::Scheduler::ScheduleGroup": "groups of schedules",
    "AWS::CloudWatch::Alarm": "alarms",
    "AWS::SNS::Topic": "topic",
    "AWS::Logs::LogGroup": "logs",
}


def forecast(stage: Stage, template: Node) -> Iterator[str]:
    """Say reserved concurrency, price, names and what stays after a destroy, a line each."""
    reserved = reserved_by_function(template)
    if reserved:
        needed = sum(reserved.values())
        kept = ", ".join(f"{count} for {name}" for name, count in sorted(reserved.items()))
        yield f"reserved concurrency: {kept}; Lambda's quota must be {UNRESERVED_MIN + needed} or more"
    else:
        yield "reserved concurrency: none; the API and the jobs share what the account has"
    for users in (1, 100):
        parts = expected_month(users, stage)
        listed = ", ".join(
            f"{part.replace('_', ' ')} {dollars:.2f}" for part, dollars in parts.items() if dollars >= 0.005
        )
        people = "one user" if users == 1 else f"each of {users} users"
        each = sum(parts.values()) / users
        yield f"price: {each:.2f} $ a month for {people} with free tiers (in all: {listed})"
    yield "names it takes: " + "; ".join(_names(stage, template))
    yield (
        f"what stays after `destroy`: the secret {stage.secret_name}, the backups' bucket, the user pool, "
        f"the releases in papertape-artifacts-ACCOUNT-{stage.region}; the database is yours"
    )


def _names(stage: Stage, template: Node) -> Iterator[str]:
    yield f"stack {stage.stack_name}"
    yield f"secret {stage.secret_name}"
    kinds = [one["Type"] for one in template["Resources"].values()]
    for kind, word in _NAMED.items():
        if kind in kinds:
            yield f"{kinds.count(kind)} {word} {stage.stack_name}-*"
