"""What an operator does to a stage besides deploying it: users, the sealing key, taking it down."""

import json
from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from infra.cloud.deploying import operate
from infra.cloud.deploying.aws import Clients

TEMPLATE: Final = {
    "Resources": {
        name: {"Type": "AWS::S3::Bucket", "Properties": {}} for name in ("Page", "Exports", "Backups")
    }
}


class _Formation:
    """moto's CloudFormation with the outputs of a stage whose user pool it cannot make."""

    def __init__(self, formation: Any, pool_id: str) -> None:  # Any: boto3 has no types
        self._formation = formation
        self._pool_id = pool_id

    def __getattr__(self, name: str) -> Any:  # Any: as above
        return getattr(self._formation, name)

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803  # AWS' own name; Any: as above
        found = self._formation.describe_stacks(StackName=StackName)
        listed = self._formation.list_stack_resources(StackName=StackName)["StackResourceSummaries"]
        outputs = {f"{one['LogicalResourceId']}Bucket": one["PhysicalResourceId"] for one in listed}
        outputs = {
            "PageBucket": outputs.get("PageBucket", ""),
            "ExportBucket": outputs.get("ExportsBucket", ""),
            "BackupBucket": outputs.get("BackupsBucket", ""),
            "HistoryBucket": outputs.get("HistoriesBucket", ""),
            "UserPoolId": self._pool_id,
        }
        found["Stacks"][0]["Outputs"] = [
            {"OutputKey": key, "OutputValue": value} for key, value in outputs.items()
        ]
        return found


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """A stage that runs, in an account of moto's."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with mock_aws():
        session = boto3.session.Session(region_name="us-east-1", **keys)
        cognito = session.client("cognito-idp")
        pool_id = cognito.create_user_pool(PoolName="papertape-test")["UserPool"]["Id"]
        cognito.create_group(UserPoolId=pool_id, GroupName=operate.OPERATOR_GROUP)
        formation = _Formation(session.client("cloudformation"), pool_id)
        formation.create_stack(StackName="papertape-test", TemplateBody=json.dumps(TEMPLATE))
        made = {"cloudformation": formation, "cognito-idp": cognito, "s3": session.client("s3")}

        def client(service: str) -> Any:  # Any: as above
            return made.get(service) or session.client(service)

        monkeypatch.setattr(operate, "clients_of", lambda _region: client)
        yield client


def test_a_user_is_made_with_a_lasting_password_told_once(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    """A-10: accounts are the operator's to make; operators are members of the group `operator`."""
    assert operate.add_user("test", "carol", password=None, operator=True) == 0

    cognito = clients("cognito-idp")
    pool_id = cognito.list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    user = cognito.admin_get_user(UserPoolId=pool_id, Username="carol")
    groups = cognito.admin_list_groups_for_user(UserPoolId=pool_id, Username="carol")["Groups"]
    assert user["UserStatus"] == "CONFIRMED"
    assert [group["GroupName"] for group in groups] == ["operator"]
    assert "made carol, password " in capsys.readouterr().out


def test_a_name_is_given_once(clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    operate.add_user("test", "carol", password="Correct-Horse-7", operator=False)

    assert operate.add_user("test", "carol", password="Correct-Horse-8", operator=False) == 2
    assert "the name is taken" in capsys.readouterr().err


def test_a_stage_is_taken_down_and_says_what_it_kept(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFormation deletes empty buckets only, so the page and exports are emptied first."""
    s3 = clients("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.put_object(Bucket=bucket["Name"], Key="one", Body=b"1")

    assert operate.destroy(["--stage", "test", "--yes"]) == 0

    assert "kept: the bucket" in capsys.readouterr().out
    assert operate.destroy(["--stage", "test", "--yes"]) == 0
    assert "there is no stack" in capsys.readouterr().out


def test_a_stage_without_an_owners_url_is_not_migrated(
    clients: Clients, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAPERTAPE_OWNER_URL", raising=False)

    assert operate.migrate(["--stage", "test"]) == 2
    assert "PAPERTAPE_OWNER_URL" in capsys.readouterr().err


def test_a_bad_stage_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert operate.rotate_key(["--stage", "Not A Name"]) == 2
    assert "1 to 20" in capsys.readouterr().err
