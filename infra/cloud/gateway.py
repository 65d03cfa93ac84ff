"""What API Gateway answers itself, as problem+json; and how much it lets through (api.md, Rules)."""

import json
from typing import Final

from chalicelib.api.problems import CONTENT_TYPE, Problem, gateway_problem
from infra.cloud.formation import Node, Resources
from infra.cloud.stage import Stage

#: A gateway's own refusals (API Gateway developer guide, "Gateway response types") and how we word each.
_STATUS_BY_RESPONSE: Final = {
    "ACCESS_DENIED": 404,
    "API_CONFIGURATION_ERROR": 503,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 503,
    "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 503,
    "INVALID_API_KEY": 404,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
_REQUESTS_A_SECOND: Final = 50
_BURST: Final = 100


def gateway_responses() -> Node:
    """Return the OpenAPI extension that words the gateway's own answers."""
    return {kind: _response(gateway_problem(status)) for kind, status in _STATUS_BY_RESPONSE.items()}


def _response(problem: Problem) -> Node:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **problem.headers,
    }
    return {
        "statusCode": str(problem.status),
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
        },
        "responseTemplates": {"application/json": json.dumps(problem.body())},
    }


def dress_api(resources: Resources, stage: Stage) -> None:
    """Give Chalice's REST API its name, our refusals and its throttle."""
    properties = resources["RestAPI"]["Properties"]
    properties["Name"] = stage.stack_name
    properties["DefinitionBody"]["x-amazon-apigateway-gateway-responses"] = gateway_responses()
    properties["MethodSettings"] = [
        {
            "ResourcePath": "/*",
            "HttpMethod": "*",
            "ThrottlingRateLimit": _REQUESTS_A_SECOND,
            "ThrottlingBurstLimit": _BURST,
            "MetricsEnabled": True,
        }
    ]
    properties["EndpointConfiguration"] = {"Type": "REGIONAL"}
