"""What wakes an operator, each with its entry in the runbook (docs/runbook.md).

Ten alarms are free and each further one costs a fourth of a secret, so there is one for each thing to be
done and not one for each function: what fails for good lies among the dead letters, whichever function it
was.
"""

import hashlib
from typing import Final

from chalicelib.domain.clocks.jobs import ROTATE
from infra.cloud.clock_silence import clock_silent, described
from infra.cloud.formation import Node, Resources, attribute, ref, resource, sub
from infra.cloud.functions import functions, queue_id
from infra.cloud.stage import Stage

_MINUTE: Final = 60
#: Messages that wait longer are told of.
_WAITS_SECONDS_MAX: Final = 300
#: Functions whose first error is told: what they do not do now nobody does later, or nobody would see.
_ERRORS_TOLD_AT_ONCE: Final = ("plan", "sync", "snapshot", "desk_exits", ROTATE)
#: Queues on which money or news of it waits.
_WAITING_TOLD: Final = ("sync", "alert")


def alarms(stage: Stage) -> Resources:
    """Return the topic that alarms go to, the alarms, and the budget."""
    found: Resources = {"Alarms": resource("AWS::SNS::Topic", {"TopicName": f"{stage.stack_name}-alarms"})}
    if stage.alarm_mail is not None:
        found["AlarmsByMail"] = resource(
            "AWS::SNS::Subscription",
            {"TopicArn": ref("Alarms"), "Protocol": "email", "Endpoint": stage.alarm_mail},
        )
        found["Budget"] = _budget(stage, stage.alarm_mail)
    found["DeadLettersAlarm"] = _alarm(
        stage,
        "dead-letters",
        "A message failed three times, or a schedule could not call its job.",
        metric=("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
        dimensions={"QueueName": attribute("DeadLetters", "QueueName")},
        above=0,
    )
    by_name = {function.name: function for function in functions()}
    for name in _ERRORS_TOLD_AT_ONCE:
        found[f"{by_name[name].logical_id}Errors"] = _errors(stage, name, by_name[name].logical_id)
    for name in _WAITING_TOLD:
        found[f"{by_name[name].logical_id}Waiting"] = _alarm(
            stage,
            f"{name}-waiting",
            "Messages wait longer than five minutes: the job cannot keep up, or does not run.",
            metric=("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
            dimensions={"QueueName": attribute(queue_id(name), "QueueName")},
            above=_WAITS_SECONDS_MAX,
        )
    found["ApiFailing"] = _api_failing(stage)
    found["ClockSilent"] = clock_silent(stage)
    return found


def _errors(stage: Stage, name: str, logical_id: str) -> Node:
    return _alarm(
        stage,
        f"{name}-errors",
        "The function ended with an error or ran out of time.",
        metric=("AWS/Lambda", "Errors", "Sum"),
        dimensions={"FunctionName": ref(logical_id)},
        above=0,
    )


def _api_failing(stage: Stage) -> Node:
    return _alarm(
        stage,
        "api-failing",
        "The API answers 5xx: the database, the broker or the sign-in service is away, or a defect.",
        metric=("AWS/ApiGateway", "5XXError", "Sum"),
        dimensions={"ApiName": stage.stack_name, "Stage": "api"},
        above=5,
    )


def _alarm(
    stage: Stage,
    name: str,
    meaning: str,
    *,
    metric: tuple[str, str, str],
    dimensions: dict[str, Node],
    above: float,
) -> Node:
    namespace, metric_name, statistic = metric
    return resource(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": f"{stage.stack_name}-{name}",
            "AlarmDescription": described(meaning, name),
            "Namespace": namespace,
            "MetricName": metric_name,
            "Statistic": statistic,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            "Period": 5 * _MINUTE,
            "EvaluationPeriods": 1,
            "Threshold": above,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [ref("Alarms")],
            "OKActions": [ref("Alarms")],
        },
    )


def _budget(stage: Stage, mail: str) -> Node:
    subscriber = [{"SubscriptionType": "EMAIL", "Address": mail}]
    return resource(
        "AWS::Budgets::Budget",
        {
            "Budget": {
                "BudgetName": sub(f"{stage.stack_name}-${{AWS::Region}}-{_told_by(mail)}"),
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": stage.budget_dollars, "Unit": "USD"},
            },
            "NotificationsWithSubscribers": [
                {
                    "Notification": {
                        "NotificationType": kind,
                        "ComparisonOperator": "GREATER_THAN",
                        "Threshold": percent,
                    },
                    "Subscribers": subscriber,
                }
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        },
    )


def _told_by(mail: str) -> str:
    """Name a budget by who is told: another address replaces it, and two cannot share a name."""
    return hashlib.sha256(mail.encode()).hexdigest()[:6]
