"""A deployment that failed, was refused, or was taken down can be made again (A-17)."""

import json
from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from moto import mock_aws

from infra.cloud.chalice_part import ROOT
from infra.cloud.deploying import deploy as deploying
from infra.cloud.deploying.aws import Clients, DeploymentFailed, in_a_sentence
from infra.cloud.deploying.database import StageSecrets
from infra.cloud.deploying.forecast import forecast
from infra.cloud.deploying.quotas import check_quotas
from infra.cloud.deploying.rights import POLICY, deploy_policy, policy_text
from infra.cloud.deploying.stack import Stack
from infra.cloud.stage import Stage
from infra.cloud.template import build_template
from tests.cloud.conftest import Template

STAGE: Final = Stage(name="test")
OWNER: Final = "postgresql://owner:x@db.example/papertape"


def _error(code: str, words: str, operation: str = "CreateChangeSet") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": words}}, operation)


class _Exceptions:
    ClientError = ClientError


class _Formation:
    """CloudFormation's states that moto does not know: what it refuses in each, and what a call leads to."""

    exceptions = _Exceptions

    def __init__(self, status: str | None, *, ends: str | None = None, changes: int = 1) -> None:
        self.status = status
        self.ends = ends
        self.changes = changes
        self.sets: dict[str, str] = {}
        self.done: list[str] = []

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803  # AWS' own name; Any: JSON
        if self.status is None:
            raise _error("ValidationError", f"Stack with id {StackName} does not exist", "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.status}]}

    def create_change_set(self, **asked: Any) -> None:  # Any: JSON
        kind, name = asked["ChangeSetType"], asked["ChangeSetName"]
        if name in self.sets:
            raise _error("AlreadyExistsException", f"ChangeSet {name} already exists")
        if kind == "UPDATE" and self.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}:
            raise _error("ValidationError", f"Stack is in {self.status} state and can not be updated")
        if kind == "CREATE" and self.status not in {None, "REVIEW_IN_PROGRESS"}:
            raise _error("ValidationError", "Stack already exists")
        self.status = self.status or "REVIEW_IN_PROGRESS"
        self.sets[name] = kind

    def describe_change_set(self, *, StackName: str, ChangeSetName: str, NextToken: str = "0") -> Any:  # noqa: N803
        assert (StackName, ChangeSetName in self.sets) == ("papertape-test", True)
        if self.changes == 0:
            return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes"}
        change = {
            "Action": "Add",
            "ResourceType": "AWS::SQS::Queue",
            "LogicalResourceId": f"Queue{NextToken}",
        }
        after = int(NextToken) + 1
        more = {"NextToken": str(after)} if after < self.changes else {}
        return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": change}], **more}

    def delete_change_set(self, *, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        del self.sets[ChangeSetName]
        self.done.append(f"forgot a plan of {StackName}")

    def execute_change_set(self, *, StackName: str, ChangeSetName: str) -> None:  # noqa: N803
        self.done.append(f"carried out {self.sets.pop(ChangeSetName)} of {StackName}")
        self.status = self.ends

    def delete_stack(self, *, StackName: str) -> None:  # noqa: N803
        self.done.append(f"deleted {StackName}")
        self.status = None

    def describe_stack_events(self, *, StackName: str) -> Any:  # noqa: N803  # Any: JSON
        reason = f"Resource of {StackName} already exists"
        event = {"EventId": "1", "ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Plan"}
        return {"StackEvents": [{**event, "ResourceStatusReason": reason}]}


def _stack(formation: _Formation, said: list[str]) -> Stack:
    return Stack(lambda _service: formation, STAGE.stack_name, said.append, sleep=lambda _seconds: None)


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_creation_that_failed_is_deleted_and_made_anew(status: str) -> None:
    """CloudFormation lets such a stack only be deleted: nothing in it ever worked."""
    said: list[str] = []
    formation = _Formation(status, ends="CREATE_COMPLETE")
    stack = _stack(formation, said)

    assert stack.plan("https://template", "r1") == ["Add     AWS::SQS::Queue                    Queue0"]
    stack.carry_out()

    assert formation.done == ["deleted papertape-test", "carried out CREATE of papertape-test"]
    assert status in said[0]


def test_a_creation_that_fails_says_so_with_its_reason() -> None:
    """No release stands, so none is said to; the last event, which has the reason, is told."""
    said: list[str] = []
    stack = _stack(_Formation(None, ends="ROLLBACK_COMPLETE"), said)
    stack.plan("https://template", "r1")

    with pytest.raises(DeploymentFailed, match="could not be created"):
        stack.carry_out()
    assert any("already exists" in line for line in said)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_one_release_can_be_planned_twice(status: str) -> None:
    """After a no, after a failure, or on the way back: a change set's name is given once."""
    formation = _Formation(status)
    for _ in range(2):
        assert _stack(formation, []).plan("https://template", "r1")

    assert len(formation.sets) == 2
    assert set(formation.sets.values()) == {"UPDATE"}


def test_a_plan_that_changes_nothing_leaves_nothing_behind() -> None:
    """Running it again with nothing changed changes nothing, however often."""
    formation = _Formation("UPDATE_COMPLETE", changes=0)

    assert [_stack(formation, []).plan("https://template", "r1") for _ in range(2)] == [None, None]
    assert formation.sets == {}


def test_all_pages_of_a_plan_are_shown() -> None:
    lines = _stack(_Formation(None, changes=3), []).plan("https://template", "r1")

    assert [line.split()[-1] for line in lines or []] == ["Queue0", "Queue1", "Queue2"]


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("UPDATE_IN_PROGRESS", "come to rest"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("DELETE_FAILED", "dev.py destroy"),
    ],
)
def test_a_stack_that_cannot_be_changed_says_what_it_wants(status: str, advice: str) -> None:
    with pytest.raises(DeploymentFailed, match=advice):
        _stack(_Formation(status), []).plan("https://template", "r1")


class _Lambda:
    """Lambda's account settings, and what our function keeps already."""

    class exceptions:  # noqa: N801  # as boto3 has it
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, total: int, unreserved: int, *, ours: int | None) -> None:
        self.limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": unreserved}
        self.ours = ours

    def get_account_settings(self) -> Any:  # Any: JSON
        return {"AccountLimit": self.limit}

    def get_function_concurrency(self, *, FunctionName: str) -> Any:  # noqa: N803  # Any: JSON
        if self.ours is None:
            raise self.exceptions.ResourceNotFoundException(FunctionName)
        return {"ReservedConcurrentExecutions": self.ours} if self.ours else {}


@pytest.mark.parametrize(
    ("account", "fits"),
    [
        (_Lambda(10, 10, ours=None), False),  # a new account
        (_Lambda(50, 50, ours=None), False),
        (_Lambda(1000, 105, ours=None), False),  # others reserve nearly all
        (_Lambda(1000, 1000, ours=None), True),
        (_Lambda(110, 100, ours=10), True),  # a running stage keeps its own
        (_Lambda(112, 112, ours=0), True),
    ],
)
def test_the_quota_is_looked_at_before_anything_is_made(
    template: Template, account: _Lambda, fits: bool
) -> None:
    """Lambda refuses a reservation that leaves less than a hundred, and a new account has ten in all."""
    if fits:
        check_quotas(lambda _service: account, template)
        return
    with pytest.raises(DeploymentFailed, match="api_concurrency = 0"):
        check_quotas(lambda _service: account, template)


def test_a_stage_that_keeps_nothing_asks_for_no_quota() -> None:
    """A new account can deploy the same day: without a reservation nothing is compared."""
    built = build_template(Stage(name="test", api_concurrency=0))

    def nobody(service: str) -> Any:  # Any: boto3 has no types
        raise AssertionError(service)

    check_quotas(nobody, built)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "no AWS credentials"),
        (EndpointConnectionError(endpoint_url="https://sts"), "could not be asked"),
        (_error("AccessDenied", "User x may not", "CreateStack"), "docs/deploy-policy.json"),
        (_error("ValidationError", "Stack is busy"), "CreateChangeSet with ValidationError: Stack is busy"),
    ],
)
def test_what_aws_refuses_is_a_sentence(
    error: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and what to do, no traceback."""

    def refused(*_args: object, **_more: object) -> int:
        raise error

    monkeypatch.setenv(deploying.OWNER_URL, OWNER)
    monkeypatch.setattr(deploying, "prepare", lambda *_args: _Prepared())
    monkeypatch.setattr(deploying, "carry_out", refused)

    assert deploying.main(["--stage", "test", "--yes"]) == 1
    told = capsys.readouterr().out
    assert words in told
    assert words in in_a_sentence(error)
    assert len(told.strip().splitlines()) == 1


class _Prepared:
    stage = STAGE


@pytest.fixture
def clients() -> Iterator[Clients]:
    """An account without anything."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with mock_aws():
        session = boto3.session.Session(region_name=STAGE.region, **keys)
        yield session.client


@pytest.mark.parametrize("between", ["nothing", "waits to be deleted"])
def test_a_stage_that_comes_back_takes_its_secret_over(clients: Clients, between: str) -> None:
    """Destroy keeps it, and its name is taken for as long as it waits: what was sealed must open again."""
    first = StageSecrets(clients, STAGE)
    first.prepare()
    passwords = first.passwords()
    first.fill(OWNER, passwords, {"ORATS_TOKEN": "orats-token"})
    manager = clients("secretsmanager")
    ring = manager.get_secret_value(SecretId=STAGE.secret_name, VersionStage="AWSCURRENT")["SecretString"]
    if between == "waits to be deleted":
        manager.delete_secret(SecretId=STAGE.secret_name)

    again = StageSecrets(clients, STAGE)
    again.prepare()

    assert again.passwords() == passwords
    found = manager.get_secret_value(SecretId=STAGE.secret_name, VersionStage="AWSCURRENT")
    assert found["SecretString"] == ring
    again.fill(OWNER, passwords, {})
    kept = manager.get_secret_value(SecretId=STAGE.secret_name, VersionStage="vendor-tokens")
    assert json.loads(kept["SecretString"]) == {"ORATS_TOKEN": "orats-token"}


def test_the_plan_says_what_it_takes_costs_and_leaves(template: Template) -> None:
    """The dry run: reserved concurrency, the month's price, names, what stays after a destroy."""
    told = "\n".join(forecast(Stage(name="prod"), template))

    assert "10 for papertape-prod-api" in told
    assert "112 or more" in told
    assert "$ a month for one user with free tiers" in told
    assert "secret papertape/prod" in told
    kinds = [one["Type"] for one in template["Resources"].values()]
    assert f"{kinds.count('AWS::Serverless::Function')} functions papertape-prod-*" in told
    assert "what stays after `destroy`: the secret papertape/prod, the backups' bucket, the user pool" in told


#: CloudFormation's name of a service, and IAM's.
SERVICES: Final = {"ApiGateway": "apigateway", "Cognito": "cognito-idp"}


def test_the_policy_to_copy_covers_every_kind_of_resource(translated: Template) -> None:
    """docs/deploy-policy.json is what the code says, and no kind of the template lacks its right."""
    allowed = {action for one in deploy_policy()["Statement"] for action in one["Action"]}
    kinds = {one["Type"].split("::")[1] for one in translated["Resources"].values()}
    services = {SERVICES.get(kind, kind.lower()) for kind in kinds}

    assert {name for name in services if not any(one.startswith(f"{name}:") for one in allowed)} == set()
    assert allowed >= {
        "iam:PassRole",
        "lambda:GetLayerVersion",
        "lambda:GetAccountSettings",
        "s3:ListAllMyBuckets",
    }
    assert (ROOT / POLICY).read_text(encoding="utf-8") == policy_text()
    compact = json.dumps(deploy_policy(), separators=(",", ":"))
    assert len(compact) <= 6144, "IAM takes no longer managed policy"


def test_no_right_reaches_beyond_papertapes_names_where_aws_can_bind_it() -> None:
    """A right over everything is one that AWS binds to no name: reads, and what makes the unnamed."""
    wide = {
        action for one in deploy_policy()["Statement"] if one["Resource"] == ["*"] for action in one["Action"]
    }
    verbs = {action.partition(":")[2] for action in wide if not action.startswith("cloudfront:")}

    assert "*" not in verbs
    assert verbs >= {"GetAccountSettings", "CreateUserPool"}
    assert {verb for verb in verbs if verb.startswith(("Delete", "Update", "Put"))} == set()
