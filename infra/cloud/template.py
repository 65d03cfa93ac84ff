"""The whole template: Chalice's part, dressed, and everything that Chalice does not make."""

from typing import Final

from infra.cloud.alarms import alarms
from infra.cloud.buckets import PAGE, buckets
from infra.cloud.chalice_part import API_STAGE, RUNTIME, chalice_template
from infra.cloud.clocks import clocks
from infra.cloud.formation import Node, attribute, joined, ref
from infra.cloud.functions import BACKUPS, EXPORTS, HISTORIES, function_overrides, functions
from infra.cloud.gateway import dress_api
from infra.cloud.identity import identity
from infra.cloud.queues import queues
from infra.cloud.roles import roles
from infra.cloud.secrets import secrets
from infra.cloud.sign_in import sign_in_apart
from infra.cloud.site import site
from infra.cloud.stage import Stage

#: What whoever deploys may say of a stack.
_PARAMETERS: Final[Node] = {
    "ForceMarketOpen": {
        "Type": "String",
        "Default": "false",
        "AllowedValues": ["true", "false"],
        "Description": "Opens the session's guard for runs by hand; never applies to live trades.",
    },
    "DisallowMarketOrders": {
        "Type": "String",
        "Default": "true",
        "AllowedValues": ["true", "false"],
        "Description": "Keeps the desk's orders from going out at market; a VIX exit's last step may.",
    },
    "LiveRecordsYears": {
        "Type": "Number",
        "Default": "7",
        "MinValue": 0,
        "MaxValue": 100,
        "Description": "Years for which live records of who left are kept, as a law asks; 0 keeps none.",
    },
}


def build_template(stage: Stage) -> Node:
    """Return the SAM template of a stage, ready for CloudFormation."""
    template = chalice_template(stage)
    template["Description"] = f"papertape, stage {stage.name}: a monitor for paper and live trading"
    template["Parameters"] = dict(_PARAMETERS)
    template["Conditions"] = {"MarketForcedOpen": {"Fn::Equals": [ref("ForceMarketOpen"), "true"]}}
    resources = template["Resources"]
    for function in functions():
        properties = resources[function.logical_id]["Properties"]
        properties.update(function_overrides(function, stage))
        properties["Runtime"] = RUNTIME
    dress_api(resources, stage)
    sign_in_apart(resources, stage)
    for part in (
        roles(stage),
        secrets(stage),
        queues(stage),
        clocks(stage),
        identity(stage),
        buckets(),
        site(stage, API_STAGE),
        alarms(stage),
    ):
        clash = resources.keys() & part.keys()
        assert not clash, f"two parts of the template name {clash}"
        resources.update(part)
    template["Outputs"] = _outputs(stage)
    return template


def _outputs(stage: Stage) -> Node:
    address = stage.domain or attribute("Site", "DomainName")
    values: dict[str, Node] = {
        "SiteUrl": joined("https://", address),
        "DistributionDomain": attribute("Site", "DomainName"),
        "DistributionId": ref("Site"),
        "UserPoolId": ref("UserPool"),
        "UserPoolClientId": ref("UserPoolClient"),
        "PageBucket": ref(PAGE),
        "ExportBucket": ref(EXPORTS),
        "BackupBucket": ref(BACKUPS),
        "HistoryBucket": ref(HISTORIES),
        "DeadLettersUrl": ref("DeadLetters"),
    }
    return {name: {"Value": value} for name, value in values.items()}
