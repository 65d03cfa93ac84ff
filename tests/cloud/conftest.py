"""The template of a stage, made once; and moto as the account that it is created in."""

import importlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.parsing import resource_class_from_type
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from infra.cloud.stage import Stage
from infra.cloud.template import build_template

STAGE: Final = Stage(name="prod", alarm_mail="ops@example.com", mail_sender="papertape@example.com")
REGION: Final = "us-east-1"
#: What moto refuses although it knows the type: a deployment wants methods that moto does not read.
REFUSED: Final = frozenset({"AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"})
#: moto learns a service's types when its models are imported.
_SERVICES: Final = ("cloudwatch", "cognitoidp", "scheduler", "secretsmanager", "sns", "sqs", "s3", "budgets")

Template = dict[str, Any]  # Any: JSON of any depth


@pytest.fixture(scope="session")
def template() -> Template:
    """Return the SAM template of a stage with every option."""
    built: Template = build_template(STAGE)
    return built


@pytest.fixture(scope="session")
def translated(template: Template) -> Template:
    """Return the template as the official translator turns it into plain CloudFormation."""
    copied: Template = json.loads(json.dumps(template))
    for one in copied["Resources"].values():
        if one["Type"] == "AWS::Serverless::Function":
            one["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "deployment.zip"}
    found: Template = Translator(
        {}, Parser(), boto_session=boto3.session.Session(region_name=REGION)
    ).translate(copied, {})
    return found


@pytest.fixture(scope="module")
def account(translated: Template) -> Iterator[Any]:  # Any: boto3 has no types
    """Create everything that moto can hold, and hand out clients of the account."""
    for service in _SERVICES:
        importlib.import_module(f"moto.{service}.models")
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with mock_aws():
        session = boto3.session.Session(region_name=REGION, **keys)
        _put_package(session)
        session.client("cloudformation").create_stack(
            StackName=STAGE.stack_name,
            TemplateBody=json.dumps(_held_by_moto(translated)),
            Capabilities=["CAPABILITY_IAM"],
        )
        _create_schedules(session.client("scheduler"), translated)
        yield session.client


def _put_package(session: Any) -> None:  # Any: as above
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as package:
        package.writestr("app.py", "")
    s3 = session.client("s3")
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="deployment.zip", Body=body.getvalue())


def _create_schedules(scheduler: Any, translated: Template) -> None:  # Any: as above
    """Create what moto's CloudFormation does not know, by the calls that CloudFormation itself makes."""
    resources = translated["Resources"]

    def plain(node: Any) -> Any:  # Any: JSON of any depth
        if not isinstance(node, dict):
            return node
        if "Ref" in node:
            return resources[node["Ref"]]["Properties"]["Name"]
        if "Fn::GetAtt" in node:
            return _arn(resources[node["Fn::GetAtt"][0]], node["Fn::GetAtt"][0])
        if "Fn::If" in node:
            return node["Fn::If"][2]  # its condition is false by default
        return {key: plain(value) for key, value in node.items()}

    for one in resources.values():
        if one["Type"] == "AWS::Scheduler::ScheduleGroup":
            scheduler.create_schedule_group(**one["Properties"])
    for one in resources.values():
        if one["Type"] == "AWS::Scheduler::Schedule":
            scheduler.create_schedule(**plain(one["Properties"]))


def _arn(one: Template, logical_id: str) -> str:
    named = {
        "AWS::Lambda::Function": ("lambda", "function:", "FunctionName"),
        "AWS::SQS::Queue": ("sqs", "", "QueueName"),
    }
    service, kind, name = named.get(one["Type"], ("iam", "role/", ""))
    return f"arn:aws:{service}:{REGION}:123456789012:{kind}{one['Properties'].get(name, logical_id)}"


def _held_by_moto(translated: Template) -> Template:
    gone = {
        name
        for name, one in translated["Resources"].items()
        if one["Type"] in REFUSED or resource_class_from_type(one["Type"]) is None
    }

    def kept(node: Any) -> Any:  # Any: JSON of any depth
        if isinstance(node, dict):
            if node.get("Ref") in gone or node.get("Fn::GetAtt", [None])[0] in gone:
                return "not-held"
            return {key: kept(value) for key, value in node.items() if key != "DependsOn"}
        return [kept(value) for value in node] if isinstance(node, list) else node

    resources = {name: kept(one) for name, one in translated["Resources"].items() if name not in gone}
    return {**translated, "Resources": resources, "Outputs": kept(translated["Outputs"])}
