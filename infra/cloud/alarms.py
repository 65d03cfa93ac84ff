"""What wakes an operator, each with its entry in the runbook (docs/runbook.md)."""

from typing import Final

from chalicelib.jobs.names import AGAIN
from infra.cloud.formation import Node, Resources, attribute, ref, resource, sub
from infra.cloud.functions import functions, queue_id
from infra.cloud.stage import Stage

_MINUTE: Final = 60
#: Messages that wait longer are told of; a failed daily run comes back later than its function's time.
_WAITS_SECONDS_MAX: Final = 300
_AGAIN_WAITS_SECONDS_MAX: Final = 900
RUNBOOK: Final = "docs/runbook.md"


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
    for function in functions():
        found[f"{function.logical_id}Errors"] = _errors(stage, function.name, function.logical_id)
        if function.queue is not None:
            found[f"{function.logical_id}Waiting"] = _alarm(
                stage,
                f"{function.name}-waiting",
                "Messages wait longer than five minutes: the job cannot keep up, or does not run.",
                metric=("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum"),
                dimensions={"QueueName": attribute(queue_id(function.queue), "QueueName")},
                above=_AGAIN_WAITS_SECONDS_MAX if function.name == AGAIN else _WAITS_SECONDS_MAX,
            )
    found["ApiFailing"] = _api_failing(stage)
    found["ClockThrottled"] = _clock_throttled(stage)
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


def _clock_throttled(stage: Stage) -> Node:
    """Tell when `plan` could not start: a minute's ticks were not armed.

    A schedule that cannot call it at all shows among the dead letters.
    """
    return _alarm(
        stage,
        "clock-throttled",
        "The clock's function could not start: its concurrency is spent or Lambda refuses.",
        metric=("AWS/Lambda", "Throttles", "Sum"),
        dimensions={"FunctionName": ref("Plan")},
        above=0,
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
            "AlarmDescription": f"{meaning} What to do: {RUNBOOK}#{name}",
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
                "BudgetName": sub(f"{stage.stack_name}-${{AWS::Region}}"),
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
