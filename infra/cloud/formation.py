"""Small words of CloudFormation, so that templates read as what they say."""

from typing import Any, TypeAlias

#: A piece of a template: JSON, with CloudFormation's functions in it.
Node: TypeAlias = Any  # Any: JSON of any depth, read by CloudFormation
Resources: TypeAlias = dict[str, Node]


def ref(name: str) -> Node:
    """Return another resource's own identifier."""
    return {"Ref": name}


def attribute(name: str, of: str) -> Node:
    """Return an attribute of another resource."""
    return {"Fn::GetAtt": [name, of]}


def arn(name: str) -> Node:
    """Return another resource's ARN."""
    return attribute(name, "Arn")


def sub(text: str) -> Node:
    """Return a text with `${…}` filled in."""
    return {"Fn::Sub": text}


def joined(*parts: Node) -> Node:
    """Return parts put together without anything between."""
    return {"Fn::Join": ["", list(parts)]}


def resource(kind: str, properties: Node, **more: Node) -> Node:
    """Return a resource of this type."""
    return {"Type": kind, "Properties": properties, **more}


def allow(actions: list[str], resources: list[Node], **more: Node) -> Node:
    """Return a statement of a policy that allows these actions on these resources."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def policy(*statements: Node) -> Node:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusted_by(service: str, **condition: Node) -> Node:
    """Return who may take on a role: this AWS service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policy({**statement, **({"Condition": condition} if condition else {})})


def camel(name: str) -> str:
    """Return a name as a logical id: `plan-open` becomes `PlanOpen`."""
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
